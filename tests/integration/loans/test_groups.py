"""Our copy of the registry's groups, in whatever order its facts turn up."""

from uuid import uuid4


def known(office, group):
    [row] = office.svc.sql('SELECT * FROM known_group WHERE "group" = %(group)s', group=group)
    members = office.svc.sql(
        'SELECT member::text FROM known_group_member WHERE "group" = %(group)s', group=group
    )
    return row, {member["member"] for member in members}


def registered(office, group, members, **facts):
    office.svc.deliver(
        "registry",
        "group_registered",
        subject=group,
        **{
            "group": group,
            "reference": "G-00012-7",
            "kind": "youth",
            "country": "TZ",
            "council": office.council,
            "ward": office.ward,
            "registered_on": "2025-06-20",
            "member_ids": members,
            "has_enterprise": True,
            "has_bank_account": False,
            **facts,
        },
    )


def verified(office, group, members):
    office.svc.deliver(
        "registry",
        "group_verified",
        subject=group,
        group=group,
        kind="youth",
        council=office.council,
        ward=office.ward,
        verified_on="2025-07-01",
        member_ids=members,
    )


def test_a_group_is_copied_with_its_members_by_id(office):
    group, members = str(uuid4()), [str(uuid4()) for _ in range(5)]
    registered(office, group, members)
    row, copied = known(office, group)
    assert (row["status"], row["reference"], row["has_enterprise"], row["has_bank_account"]) == (
        "registered",
        "G-00012-7",
        True,
        False,
    )
    assert copied == set(members)


def test_verification_brings_the_members_of_its_day(office):
    group, members = str(uuid4()), [str(uuid4()) for _ in range(5)]
    registered(office, group, members)
    verified(office, group, [*members[1:], newcomer := str(uuid4())])
    row, copied = known(office, group)
    assert (row["status"], str(row["verified_on"])) == ("verified", "2025-07-01")
    assert copied == {*members[1:], newcomer}


def test_a_group_that_we_did_not_know_is_taken_as_it_comes(office):
    group, members = str(uuid4()), [str(uuid4()) for _ in range(5)]
    verified(office, group, members)
    assert known(office, group)[0]["status"] == "verified"
    registered(office, group, members)
    row, _ = known(office, group)
    assert (row["status"], row["reference"]) == ("verified", "G-00012-7")
    unknown = str(uuid4())
    office.svc.deliver(
        "registry", "group_refused", subject=unknown, group=unknown, on="2025-07-02", reason_code="x"
    )
    assert known(office, unknown)[0]["status"] == "refused"


def test_the_same_fact_twice_changes_nothing(office):
    group, members = str(uuid4()), [str(uuid4()) for _ in range(5)]
    for _ in range(2):
        verified(office, group, members)
    assert known(office, group)[1] == set(members)


def test_what_the_registry_says_beyond_our_needs_is_ignored(office):
    group = str(uuid4())
    registered(office, group, [], motto="Umoja ni nguvu")
    assert known(office, group)[0]["status"] == "registered"
    assert office.svc.sql("SELECT * FROM parked_event WHERE subject = %(group)s", group=group) == []
