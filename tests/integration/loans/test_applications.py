"""A group asks for a loan, and somebody else decides."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from chassis.errors import Conflict, Forbidden, NotFound, Refused, Unavailable


def told_of(office, application, type):
    [event] = [e for e in office.svc.events(type) if e["subject"] == application]
    return event["data"]


def test_an_eligible_group_applies_and_the_event_says_so(office):
    group = office.group("women")
    told = office.submit(group, 12_000_000)
    assert (told["pot"], told["status"], told["version"], told["rule_version"]) == (
        "women",
        "submitted",
        1,
        "2024",
    )
    assert told_of(office, told["application"], "application_submitted") == {
        "application": told["application"],
        "reference": told["reference"],
        "group": group,
        "council": office.council,
        "ward": office.ward,
        "pot": "women",
        "amount": 12_000_000,
        "on": office.applied_on.isoformat(),
    }


def test_the_judgement_is_kept_with_its_facts_and_members_by_id(office):
    people = [office.member(age=age) for age in (18, 25, 45, 33, 40)]
    told = office.submit(office.group(members=people))
    seen = office.ask("application", application=told["application"])
    assert {c["criterion"] for c in seen["criteria"]} >= {
        "group_size",
        "members_of_age",
        "members_in_one_group",
    }
    assert all(c["met"] for c in seen["criteria"])
    assert set(seen["members"]) == {m["member"] for m in people}
    kept = office.svc.sql(
        "SELECT member::text, age FROM application_member WHERE application = %(a)s", a=told["application"]
    )
    assert {row["member"]: row["age"] for row in kept} == {m["member"]: m["age"] for m in people}


def test_a_group_that_fails_is_refused_with_every_reason_and_nothing_is_kept(office):
    group = office.group(members=[office.member(age=46, citizen=False)], has_bank_account=False)
    with pytest.raises(Refused) as refused:
        office.submit(group, 1, minutes=None)
    assert set(refused.value.fields) == {
        "group_size",
        "members_of_age",
        "members_citizens",
        "bank_account",
        "minutes",
        "amount",
    }
    assert office.ask("applications", group=group)["applications"] == []


def test_eligibility_explains_every_criterion_without_an_application(office):
    old = office.member(age=46)
    group = office.group(members=[*(office.member() for _ in range(5)), old])
    told = office.ask("eligibility", group=group, on=office.applied_on, minutes="MIN 1", letter="WEO 1")
    assert told["eligible"] is False
    [failed] = [c for c in told["criteria"] if not c["met"]]
    assert failed == {
        "criterion": "members_of_age",
        "met": False,
        "advice": "Every member must be 45 or younger on the day of the application.",
        "members": [old["member"]],
    }


def test_a_group_is_judged_by_the_rules_in_force_on_the_day_of_its_application(office):
    group = office.group(members=[office.member(age=40) for _ in range(10)])
    on = {"minutes": "MIN 1", "letter": "WEO 1"}
    assert office.ask("eligibility", group=group, on=date(2023, 3, 1), **on)["rule_version"] == "2021"
    assert office.ask("eligibility", group=group, on=date(2023, 3, 1), **on)["eligible"] is False
    assert office.ask("eligibility", group=group, on=date(2024, 7, 1), **on)["eligible"] is True


def test_one_person_with_disability_alone_applies_with_the_written_finding(office):
    group = office.group("pwd", [office.member(disability=True)])
    with pytest.raises(Refused, match="not_eligible"):
        office.submit(group)
    assert office.submit(group, finding="FIN 3/2025")["pot"] == "pwd"


def test_double_membership_in_any_council_is_refused(office):
    with pytest.raises(Refused) as refused:
        office.submit(
            office.group(members=[*(office.member() for _ in range(4)), office.member(other_groups=1)])
        )
    assert set(refused.value.fields) == {"members_in_one_group"}


def test_a_group_has_one_live_application(office):
    group = office.group()
    office.submit(group)
    with pytest.raises(Refused) as refused:
        office.submit(group)
    assert set(refused.value.fields) == {"no_live_application"}


def test_an_application_is_not_dated_in_the_future(office):
    with pytest.raises(Refused, match="in_future"):
        office.submit(office.group(), on=date(2026, 7, 1))


def test_an_unknown_product_is_refused(office):
    with pytest.raises(Refused, match="product_unknown"):
        office.submit(office.group(), product="golden")


def test_while_the_registry_is_away_nothing_is_judged(office):
    group = office.group()

    def away(question):
        raise Unavailable("no_answer", "The registry does not answer.")

    office.svc.answers("registry", "member_facts", away)
    with pytest.raises(Unavailable):
        office.submit(group)


def test_approval_reserves_the_money_in_the_groups_pot(office):
    office.set_aside(100_000_000)
    application = office.submit(office.group("youth"), 9_000_000)["application"]
    told = office.decide(application)
    assert (told["status"], told["amount"], told["version"]) == ("approved", 9_000_000, 4)
    assert (told["next_step"], told["sign_by"]) == ("contract_signed", "2025-09-18")
    youth = office.pots()["youth"]
    assert (youth["available"], youth["reserved"]) == (31_000_000, 9_000_000)
    assert office.pots()["women"]["available"] == 40_000_000
    assert told_of(office, application, "application_approved")["amount"] == 9_000_000


def test_the_council_may_grant_less_than_was_asked_for(office):
    office.set_aside(100_000_000)
    application = office.submit(office.group(), 9_000_000)["application"]
    assert office.decide(application, amount=5_000_000)["amount"] == 5_000_000
    assert office.pots()["youth"]["reserved"] == 5_000_000


def test_more_than_was_asked_for_is_not_granted(office):
    office.set_aside(100_000_000)
    application = office.submit(office.group(), 9_000_000)["application"]
    with pytest.raises(Refused, match="more_than_asked"):
        office.decide(application, amount=9_000_001)


def test_an_exhausted_pot_promises_nothing_and_other_pots_do_not_help_out(office):
    office.set_aside(10_000_000)  # youth: 4,000,000
    application = office.submit(office.group("youth"), 4_000_001)["application"]
    with pytest.raises(Refused, match="pot_exhausted") as refused:
        office.decide(application)
    assert refused.value.fields == {"available": 4_000_000, "asked": 4_000_001}
    assert office.decide(application, amount=4_000_000)["status"] == "approved"
    assert office.pots()["youth"]["available"] == 0


def test_a_council_without_a_fund_promises_nothing(office):
    application = office.submit(office.group())["application"]
    with pytest.raises(Refused, match="pot_exhausted"):
        office.decide(application)


def test_an_approval_dated_back_finds_only_the_money_of_its_day(office):
    office.set_aside(10_000_000, on=date(2025, 9, 1))
    application = office.submit(office.group(), 4_000_000)["application"]
    with pytest.raises(Refused, match="pot_exhausted"):
        office.decide(application, on=date(2025, 8, 31))
    assert office.decide(application, on=date(2025, 9, 1))["status"] == "approved"


def test_an_approval_dated_back_does_not_spend_what_a_later_one_has_promised(office):
    office.set_aside(10_000_000)
    early, late = (office.submit(office.group(), 3_000_000)["application"] for _ in range(2))
    office.decide(late, on=date(2025, 8, 20))
    with pytest.raises(Refused, match="pot_exhausted"):
        office.decide(early, on=date(2025, 8, 10))


def test_who_submitted_does_not_decide(office):
    office.set_aside()
    application = office.submit(office.group())["application"]
    with pytest.raises(Refused, match="maker_is_checker"):
        office.decide(application, caller="ward", roles=["council_officer"])


def test_a_member_of_the_group_does_not_decide_even_one_who_joined_later(office):
    office.set_aside()
    people = [office.member() for _ in range(5)]
    group = office.group(members=people)
    application = office.submit(group)["application"]
    newcomer = str(uuid4())
    office.svc.deliver(
        "registry",
        "group_verified",
        subject=group,
        group=group,
        kind="youth",
        council=office.council,
        ward=office.ward,
        verified_on="2025-08-10",
        member_ids=[*(m["member"] for m in people), newcomer],
    )
    for member in (people[3]["member"], newcomer):
        with pytest.raises(Refused, match="member_decides"):
            office.decide(application, caller=member)


def test_a_group_that_the_registry_has_refused_since_gets_nothing(office):
    office.set_aside()
    group = office.group()
    application = office.submit(group)["application"]
    office.svc.deliver(
        "registry", "group_refused", subject=group, group=group, on="2025-08-12", reason_code="not_found"
    )
    with pytest.raises(Refused, match="group_not_verified"):
        office.decide(application)


def test_a_group_that_the_registry_has_not_told_of_waits(office):
    office.set_aside()
    group = office.group(status="registered")
    office.groups[group]["status"] = "verified"  # verified there, and the event is still on its way
    application = office.submit(group)["application"]
    with pytest.raises(Refused, match="group_unknown"):
        office.decide(application)


def test_a_decision_is_taken_once(office):
    office.set_aside()
    application = office.approved(office.group())
    for decision in ("approve", "reject"):
        with pytest.raises(Conflict, match="status_moved"):
            office.decide(application, decision, reason_code="other_priority")
    assert office.pots()["youth"]["reserved"] == 9_000_000


def test_a_repeated_approval_reserves_once(office):
    office.set_aside()
    application = office.submit(office.group())["application"]
    command = str(uuid4())
    told = office.decide(application, command_id=command)
    assert office.decide(application, command_id=command) == told
    assert office.pots()["youth"]["reserved"] == 9_000_000


def test_a_rejection_names_its_reason_and_lets_the_group_apply_again(office):
    group = office.group()
    application = office.submit(group)["application"]
    with pytest.raises(Refused, match="reason_unknown"):
        office.decide(application, "reject")
    assert office.decide(application, "reject", reason_code="plan_not_viable")["status"] == "rejected"
    assert told_of(office, application, "application_rejected")["reason_code"] == "plan_not_viable"
    assert office.submit(group)["status"] == "submitted"


def test_a_decision_is_not_dated_before_the_application_nor_in_the_future(office):
    office.set_aside()
    application = office.submit(office.group())["application"]
    with pytest.raises(Refused, match="before_earlier_step"):
        office.decide(application, on=office.applied_on - timedelta(1))
    with pytest.raises(Refused, match="in_future"):
        office.decide(application, on=date(2026, 7, 1))


def test_an_officer_who_read_an_older_version_reads_again(office):
    application = office.submit(office.group())["application"]
    with pytest.raises(Conflict, match="version_moved"):
        office.decide(application, expected_version=2)


def test_while_the_minister_has_suspended_the_scheme_nothing_is_approved(office):
    office.set_aside(fiscal_year="2022/23", quarter=3, on=date(2023, 3, 1))
    group = office.group(members=[office.member() for _ in range(5)])
    application = office.submit(group, on=date(2023, 4, 10))["application"]
    with pytest.raises(Refused, match="scheme_suspended"):
        office.decide(application, on=date(2023, 4, 13))
    assert office.decide(application, on=date(2023, 4, 12))["status"] == "approved"


def test_a_member_who_is_bound_by_another_groups_approval_waits(office):
    """The registry may not have seen it yet: the loans service knows by itself."""
    office.set_aside()
    shared = office.member()
    first, second = (office.group(members=[shared, *(office.member() for _ in range(4))]) for _ in range(2))
    applications = [office.submit(group, 1_000_000)["application"] for group in (first, second)]
    office.decide(applications[0])
    with pytest.raises(Refused, match="members_owe"):
        office.decide(applications[1])
    third = office.group(members=[shared, *(office.member() for _ in range(4))])
    with pytest.raises(Refused) as refused:
        office.submit(third)
    assert set(refused.value.fields) == {"members_free_of_debt"}


def test_out_of_scope_applications_answer_as_not_found_and_lists_agree(office, new_office):
    application = office.submit(office.group())["application"]
    elsewhere = new_office()
    for areas, found in (([elsewhere.council], False), ([office.ward], True), ([office.council], True)):
        listed = office.svc.call("applications", roles=["ward_officer"], areas=areas)["applications"]
        assert (application in {row["application"] for row in listed}) == found
        if found:
            office.svc.call("application", roles=["ward_officer"], areas=areas, application=application)
        else:
            with pytest.raises(NotFound):
                office.svc.call("application", roles=["ward_officer"], areas=areas, application=application)
    with pytest.raises(NotFound):
        office.decide(application, areas=[elsewhere.council])
    with pytest.raises(NotFound):
        office.decide(str(uuid4()))


def test_a_ward_officer_may_not_decide(office):
    application = office.submit(office.group())["application"]
    with pytest.raises(Forbidden):
        office.decide(application, roles=["ward_officer"])


def test_applications_are_read_page_by_page(office):
    submitted = [office.submit(office.group())["application"] for _ in range(5)]
    seen, after = [], None
    while True:
        page = office.ask("applications", council=office.council, limit=2, after=after)
        seen += [row["application"] for row in page["applications"]]
        after = page["after"]
        if after is None:
            break
    assert seen == submitted
