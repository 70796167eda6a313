"""From the ward to the loan, step by step: nobody skips one, takes one twice, or takes two of them."""

from datetime import date
from uuid import uuid4

import psycopg
import pytest

from chassis.errors import Conflict, Forbidden, NotFound, Refused

ON = date(2025, 8, 11)
STEPS = ["recommended", "assessed", "approved", "contract_signed", "disbursed"]


@pytest.fixture
def people(office):
    return [office.member() for _ in range(5)]


@pytest.fixture
def application(office, people):
    """An application that the ward has just taken in, of a council that has money."""
    office.set_aside(100_000_000)
    application: str = office.take_in(office.group(members=people), 9_000_000)["application"]
    return application


def seen(office, application):
    return office.ask("application", application=application)


def test_each_step_is_told_with_its_day_and_the_next_one(office, application, people):
    assert seen(office, application)["way"] == STEPS
    told = office.recommend(application, on=date(2025, 8, 8), minutes="KMK 3/2025")
    assert (told["status"], told["next_step"], told["version"]) == ("recommended", "assessed", 2)
    visit = {"visited_on": date(2025, 8, 9), "members_met": 4, "records": "none", "risks": ["theft"]}
    told = office.assess(application, on=ON, visit=visit, proposed_amount=8_000_000)
    assert (told["status"], told["next_step"], told["version"]) == ("assessed", "approved", 3)
    told = office.decide(application)
    assert (told["amount"], told["next_step"], told["sign_by"]) == (
        8_000_000,
        "contract_signed",
        "2025-09-18",
    )
    shares = [{"member": m["member"], "amount": 1_600_000} for m in people]
    told = office.sign(application, on=date(2025, 8, 22), number="MKT 14/2025", shares=shares)
    assert (told["amount"], told["disburse_by"], told["version"]) == (8_000_000, "2025-10-22", 5)
    assert office.disburse(application, on=date(2025, 10, 22))["principal"] == 8_000_000

    now = seen(office, application)
    assert [step["step"] for step in now["steps"]] == ["submitted", *STEPS]
    assert len({step["actor"] for step in now["steps"]}) == 6
    assert (now["ward_minutes"], now["assessed_amount"], now["next_step"]) == ("KMK 3/2025", 8_000_000, None)
    assert now["visit"] == {
        "visited_on": "2025-08-09",
        "members_met": 4,
        "enterprise": "running",
        "premises": "rented",
        "records": "none",
        "market": "fair",
        "risks": ["theft"],
        "proposed_amount": 8_000_000,
        "passed": True,
    }
    assert now["contract"]["number"] == "MKT 14/2025"
    assert {share["member"]: share["amount"] for share in now["contract"]["shares"]} == {
        m["member"]: 1_600_000 for m in people
    }
    [recommended] = office.told(application, "application_recommended")
    assert recommended["on"] == "2025-08-08"
    [assessed] = office.told(application, "application_assessed")
    assert (assessed["amount"], assessed["members_met"], assessed["risks"]) == (8_000_000, 4, ["theft"])
    [signed] = office.told(application, "contract_signed")
    assert (signed["amount"], sum(share["amount"] for share in signed["shares"])) == (8_000_000, 8_000_000)


def test_no_step_is_skipped_or_taken_twice(office, application):
    deeds = [office.recommend, office.assess, office.decide, office.sign, office.disburse]
    days = [ON, ON, office.approved_on, office.approved_on, office.disbursed_on]
    for place, (deed, on) in enumerate(zip(deeds, days, strict=True)):
        for later in deeds[place + 1 :]:
            with pytest.raises(Refused, match="step_skipped"):
                later(application, on=on)
        deed(application, on=on)
        for done in deeds[: place + 1]:
            with pytest.raises(Conflict, match="status_moved"):
                done(application, on=on, caller="another")


def test_the_rules_of_an_earlier_day_ask_for_fewer_steps(office):
    office.set_aside(fiscal_year="2021/22", quarter=1, on=date(2021, 8, 2))
    told = office.take_in(office.group(), 2_000_000, on=date(2021, 9, 1))
    assert told["way"] == STEPS[1:]
    application = told["application"]
    with pytest.raises(Conflict, match="status_moved"):
        office.recommend(application, on=date(2021, 9, 2))
    with pytest.raises(Refused, match="step_skipped"):
        office.decide(application, on=date(2021, 9, 2))
    office.assess(application, on=date(2021, 9, 2))
    assert office.decide(application, on=date(2021, 9, 3))["sign_by"] is None
    assert office.sign(application, on=date(2022, 1, 3))["disburse_by"] is None
    assert office.disburse(application, on=date(2022, 6, 1))["principal"] == 2_000_000


def test_the_ward_may_say_no_and_the_group_may_apply_again(office, application):
    with pytest.raises(Refused, match="reason_unknown"):
        office.recommend(application, decision="decline")
    told = office.recommend(application, decision="decline", reason_code="group_not_found")
    assert (told["status"], told["next_step"]) == ("rejected", None)
    [event] = office.told(application, "application_rejected")
    assert (event["step"], event["reason_code"]) == ("recommended", "group_not_found")
    with pytest.raises(Conflict, match="status_moved"):
        office.assess(application)
    group = seen(office, application)["group"]
    assert office.take_in(group)["status"] == "submitted"


def test_a_failed_assessment_ends_an_application_with_its_form_on_record(office, application):
    office.recommend(application)
    missing = {"enterprise": "not_found", "members_met": 0}
    with pytest.raises(Refused, match="not_fit"):
        office.assess(application, visit=missing)
    told = office.assess(application, decision="fail", visit=missing, reason_code="plan_not_viable")
    assert told["status"] == "rejected"
    now = seen(office, application)
    assert (now["visit"]["enterprise"], now["visit"]["passed"]) == ("not_found", False)
    assert [step["step"] for step in now["steps"]] == ["submitted", "recommended", "rejected"]
    assert office.told(application, "application_rejected")[0]["step"] == "assessed"


def test_the_visit_form_takes_codes_and_no_story(office, application):
    office.recommend(application)
    for wrong in ({"enterprise": "doing_fine"}, {"risks": ["fire_in_the_house"]}):
        with pytest.raises(Refused, match="code_unknown"):
            office.assess(application, visit=wrong)
    with pytest.raises(Refused, match="visit_out_of_order"):
        office.assess(application, visit={"visited_on": date(2025, 8, 3)})
    with pytest.raises(Refused, match="too_many_met"):
        office.assess(application, visit={"members_met": 6})


def test_each_officer_takes_one_step_of_an_application(office, application):
    takers = ["ward"]
    deeds = [
        (office.recommend, "ward_officer"),
        (office.assess, "council_officer"),
        (office.decide, "council_director"),
        (office.sign, "council_officer"),
    ]
    for deed, role in deeds:
        for taker in takers:
            with pytest.raises(Refused, match="maker_is_checker"):
                deed(application, caller=taker, roles=[role])
        deed(application)
        takers.append(office.ask("application", application=application)["steps"][-1]["actor"])
    for taker in takers:
        with pytest.raises(Refused, match="maker_is_checker"):
            office.disburse(application, caller=taker)


def test_a_member_of_the_group_takes_no_step_on_its_loan(office, application, people):
    member = people[2]["member"]
    for deed, go_on in ((office.recommend, True), (office.assess, True), (office.sign, False)):
        if not go_on:
            office.decide(application)
        with pytest.raises(Refused, match="member_decides"):
            deed(application, caller=member)
        if go_on:
            deed(application)


def test_who_may_take_which_step_and_where(office, application, new_office):
    with pytest.raises(Forbidden):
        office.recommend(application, roles=["finance_officer"])
    with pytest.raises(NotFound):
        office.recommend(application, areas=[new_office().council])
    office.recommend(application)
    with pytest.raises(Forbidden):
        office.assess(application, roles=["ward_officer"])
    office.assess(application)
    office.decide(application)
    with pytest.raises(Forbidden):
        office.sign(application, roles=["ward_officer"])


def test_steps_do_not_run_backwards_and_not_into_the_future(office, application):
    office.recommend(application, on=ON)
    for deed in (office.assess, office.withdraw):
        with pytest.raises(Refused, match="before_earlier_step"):
            deed(application, on=date(2025, 8, 8))
    with pytest.raises(Refused, match="in_future"):
        office.assess(application, on=date(2026, 7, 1), visit={"visited_on": ON})
    with pytest.raises(Conflict, match="version_moved"):
        office.assess(application, on=ON, expected_version=1)


def test_a_repeated_step_is_one(office, application):
    command = str(uuid4())
    body = {"command_id": command, "minutes": "KMK 1/2025"}
    assert office.recommend(application, **body) == office.recommend(application, **body)
    assert len(office.told(application, "application_recommended")) == 1


def test_the_council_grants_at_most_what_the_committee_proposed(office, application):
    office.recommend(application)
    office.assess(application, proposed_amount=6_000_000)
    with pytest.raises(Refused, match="more_than_assessed"):
        office.decide(application, amount=6_000_001)
    assert office.decide(application, amount=5_000_000)["amount"] == 5_000_000


# -- The contract


def approved(office, application):
    office.recommend(application)
    office.assess(application)
    office.decide(application)
    return application


def test_the_shares_of_all_members_sum_to_the_principal_to_the_shilling(office, application, people):
    approved(office, application)
    shares = [{"member": m["member"], "amount": 1_800_000} for m in people]
    for wrong, code in (
        ([*shares[:4], {**shares[4], "amount": 1_799_999}], "shares_do_not_sum"),
        (shares[:4], "shares_not_of_members"),
        ([*shares[:4], {"member": str(uuid4()), "amount": 1_800_000}], "shares_not_of_members"),
        ([*shares[:4], shares[3]], "shares_not_of_members"),
    ):
        with pytest.raises(Refused, match=code):
            office.sign(application, shares=wrong)
    assert office.sign(application, shares=shares)["amount"] == 9_000_000


def test_without_shares_all_members_are_liable_for_the_same(office):
    office.set_aside()
    told = office.take_in(office.group(members=[office.member() for _ in range(7)]), 1_000_000)
    shares = office.sign(approved(office, told["application"]))["shares"]
    amounts = [share["amount"] for share in shares]
    assert (sum(amounts), max(amounts) - min(amounts), len(amounts)) == (1_000_000, 1, 7)


def test_liability_is_frozen_whatever_becomes_of_the_group(office, application, people):
    before = office.sign(approved(office, application))["shares"]
    group = seen(office, application)["group"]
    members = [*(m["member"] for m in people[:4]), str(uuid4())]
    office.svc.deliver(
        "registry",
        "group_verified",
        subject=group,
        group=group,
        kind="youth",
        council=office.council,
        ward=office.ward,
        verified_on="2025-08-20",
        member_ids=members,
    )
    office.disburse(application)
    after = seen(office, application)["contract"]["shares"]
    assert sorted(after, key=str) == sorted(before, key=str)


def test_a_contract_number_stands_for_one_contract_of_the_council(office, new_office):
    office.set_aside()
    first, second = (approved(office, office.take_in(office.group())["application"]) for _ in range(2))
    office.sign(first, number="MKT 7/2025")
    with pytest.raises(Conflict, match="contract_number_taken"):
        office.sign(second, number="mkt7/2025")
    office.sign(second, number="MKT 8/2025")


# -- What comes to nothing


@pytest.mark.parametrize("steps", range(5))
def test_a_withdrawal_at_any_step_frees_what_was_reserved_once(office, application, steps):
    deeds = [office.recommend, office.assess, office.decide, office.sign]
    for deed in deeds[:steps]:
        deed(application)
    reserved = 9_000_000 if steps >= 3 else 0
    assert office.pots()["youth"]["reserved"] == reserved
    assert office.withdraw(application)["released"] == reserved
    assert (office.pots()["youth"]["reserved"], office.pots()["youth"]["available"]) == (0, 40_000_000)
    with pytest.raises(Refused, match="not_withdrawable"):
        office.withdraw(application)
    assert office.release()["released"] == []
    assert office.take_in(seen(office, application)["group"], on=date(2025, 8, 25))["status"] == "submitted"


def test_an_approval_that_nobody_signs_for_lapses_after_a_month(office, application):
    approved(office, application)
    with pytest.raises(Refused, match="approval_lapsed"):
        office.sign(application, on=date(2025, 9, 19))
    assert office.release(on=date(2025, 9, 18))["released"] == []
    told = office.release(on=date(2025, 9, 19))
    assert told["released"] == [{"application": application, "amount": 9_000_000}]
    assert office.release()["released"] == []
    assert office.pots()["youth"]["available"] == 40_000_000
    [event] = office.told(application, "application_lapsed")
    assert (event["on"], event["released"]) == ("2025-09-19", 9_000_000)


def test_the_two_months_count_from_the_contract(office, application):
    approved(office, application)
    office.sign(application, on=date(2025, 9, 18))
    assert office.release(on=date(2025, 11, 18))["released"] == []
    with pytest.raises(Refused, match="approval_lapsed"):
        office.disburse(application, on=date(2025, 11, 19))
    assert office.disburse(application, on=date(2025, 11, 18))["principal"] == 9_000_000


def test_what_waits_for_the_office_does_not_lapse(office, application):
    office.recommend(application)
    assert office.release()["released"] == []
    assert seen(office, application)["status"] == "recommended"


def test_money_that_the_bank_sent_back_waits_under_its_contract(office, application):
    approved(office, application)
    office.sign(application)
    office.void(office.disburse(application)["loan"])
    now = seen(office, application)
    assert (now["status"], now["next_step"]) == ("contract_signed", "disbursed")
    with pytest.raises(Conflict, match="status_moved"):
        office.sign(application)
    assert office.disburse(application, on=date(2025, 9, 8))["principal"] == 9_000_000


# -- Pages


def test_applications_are_found_by_step_pot_ward_and_window(office, new_office):
    office.set_aside()
    women = office.take_in(office.group("women"))
    youth = office.submit(office.group("youth"), on=date(2025, 10, 6))
    elsewhere = new_office()
    elsewhere.take_in(elsewhere.group())

    def found(**only):
        rows = office.ask("applications", council=office.council, **only)["applications"]
        return [row["application"] for row in rows]

    window = seen(office, youth["application"])["window"]
    assert found(next_step="recommended") == found(pot="women") == found(status="submitted")
    assert found(next_step="recommended") == [women["application"]]
    assert found(next_step="approved") == found(window=window) == [youth["application"]]
    assert found(ward=office.ward) == [women["application"], youth["application"]]
    assert found(ward=elsewhere.ward) == found(next_step="disbursed") == []


# -- What the database keeps, whatever the code does


@pytest.mark.parametrize("status", ["assessed", "approved", "contract_signed", "disbursed", "closed"])
def test_the_database_lets_no_step_be_skipped(office, application, status):
    with pytest.raises(psycopg.errors.CheckViolation, match="does not go"):
        office.svc.sql(
            "UPDATE application SET status = %(status)s, live = %(status)s <> 'closed' WHERE application = %(a)s "
            "RETURNING 1",
            status=status,
            a=application,
        )


def test_the_database_lets_nobody_move_an_application_without_a_name(office, application):
    with pytest.raises(psycopg.errors.CheckViolation, match="nobody took the step"):
        office.svc.sql(
            "UPDATE application SET status = 'recommended' WHERE application = %(a)s RETURNING 1",
            a=application,
        )
    with pytest.raises(psycopg.errors.CheckViolation, match="does not go"):
        office.svc.sql(
            "UPDATE application SET way = '{approved,disbursed}' WHERE application = %(a)s RETURNING 1",
            a=application,
        )


def take_in_database(office, application, step, actor):
    office.svc.sql(
        """INSERT INTO application_step (application, step, "on", actor, recorded_at)
           VALUES (%(a)s, %(step)s, '2025-08-20', %(actor)s, now()) RETURNING 1""",
        a=application,
        step=step,
        actor=actor,
    )


def test_the_database_keeps_makers_checkers_and_members_apart(office, application, people):
    with pytest.raises(psycopg.errors.UniqueViolation):
        take_in_database(office, application, "recommended", "ward")
    with pytest.raises(psycopg.errors.CheckViolation, match="member of the group"):
        take_in_database(office, application, "recommended", people[0]["member"])
    office.recommend(application)
    with pytest.raises(psycopg.errors.UniqueViolation):
        take_in_database(office, application, "recommended", "somebody-else")
    with pytest.raises(psycopg.errors.CheckViolation, match="same officer"):
        take_in_database(office, application, "disbursed", "ward-committee")


def test_the_database_keeps_a_contract_whole_and_as_it_was_signed(office, application, people):
    approved(office, application)
    with pytest.raises(psycopg.errors.CheckViolation, match="do not sum"):
        office.svc.sql(
            """INSERT INTO contract (application, council, number, "on", amount, recorded_at, recorded_by)
               VALUES (%(a)s, %(council)s, 'X 1', '2025-08-20', 9000000, now(), 'x') RETURNING 1""",
            a=application,
            council=office.council,
        )
    office.sign(application)
    for change in (
        "UPDATE contract_share SET amount = amount + 1 WHERE application = %(a)s RETURNING 1",
        "DELETE FROM contract_share WHERE application = %(a)s RETURNING 1",
        "UPDATE contract SET amount = 1 WHERE application = %(a)s RETURNING 1",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation, match="holds facts"):
            office.svc.sql(change, a=application)


def test_an_application_of_before_the_steps_were_kept_ends_as_it_began(office, application):
    """What was taken in when only approval and disbursement were known goes that way."""
    old = office.group()
    office.svc.sql(
        """WITH old AS (
               INSERT INTO application (application, reference, "group", country, council, ward, pot, amount, product,
                                        "on", rule_version, status, live, way, recorded_at)
               SELECT gen_random_uuid(), 'A-OLD-' || left(gen_random_uuid()::text, 8), %(old)s, country, council, ward,
                      pot, amount, product, "on", rule_version, 'submitted', true, '{approved,disbursed}', recorded_at
               FROM application WHERE application = %(a)s
               RETURNING application, "on", recorded_at
           )
           INSERT INTO application_step (application, step, "on", actor, recorded_at)
           SELECT application, 'submitted', "on", 'ward', recorded_at FROM old RETURNING 1""",
        old=old,
        a=application,
    )
    [row] = office.ask("applications", group=old)["applications"]
    assert row["next_step"] == "approved"
    told = office.decide(row["application"])
    assert (told["next_step"], told["disburse_by"]) == ("disbursed", "2025-10-18")
    loan = office.disburse(row["application"])["loan"]
    assert office.void(loan)["goes_to"] == "reserved"
    assert seen(office, row["application"])["status"] == "approved"
