"""Groups that ceased or cannot be found, and members who left: what that means for what they asked for and owe."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date

import pytest

from chassis.errors import Conflict, Refused
from loans.groups.handlers import COPYING, HANDLERS
from loans.service import SERVICE

LOST_ON = "2026-02-03"


def lose(office, group, status="not_found", on=LOST_ON):
    more = {"reason_code": "dispersed", "found_by": "visit"} if status == "ceased" else {}
    return office.svc.deliver(
        "registry",
        f"group_{status}",
        subject=group,
        group=group,
        council=office.council,
        ward=office.ward,
        on=on,
        **more,
    )


def find(office, group, on="2026-02-10"):
    office.svc.deliver(
        "registry",
        "group_verified",
        subject=group,
        group=group,
        kind="youth",
        council=office.council,
        ward=office.ward,
        verified_on=on,
        member_ids=[m["member"] for m in office.groups[group]["members"]],
    )


def members(office, group, kind, member, left):
    office.svc.deliver(
        "registry",
        f"group_member_{kind}",
        subject=group,
        group=group,
        member=member,
        member_ids=left,
        on=LOST_ON,
    )


@pytest.mark.parametrize("status", ["not_found", "ceased"])
def test_what_a_lost_group_owes_is_told_and_listed_the_same_day(office, status):
    office.set_aside()
    group = office.group()
    loan = office.lent(group=group)
    lose(office, group, status)

    (event,) = office.told(loan, "loan_endangered")
    assert (event["cause"], event["on"], event["outstanding"]) == (f"group_{status}", LOST_ON, 9_000_000)
    listed = office.ask("defaulters", area=office.council, as_of=date(2026, 2, 3))["defaulters"]
    assert [(line["loan"], line["warning"]) for line in listed] == [(loan, f"group_{status}")]
    shown = office.ask("portfolio", area=office.council, as_of=date(2026, 2, 3))
    assert shown["endangered"] == {"loans": 1, "outstanding": 9_000_000}
    day_before = office.ask("portfolio", area=office.council, as_of=date(2026, 2, 2))
    assert day_before["endangered"] == {"loans": 0, "outstanding": 0}
    assert measured(office) == 9_000_000
    office.repay(loan, 2_000_000, on=date(2026, 2, 4))
    assert measured(office) == 7_000_000


def measured(office):
    from loans.portfolio.store import pot_totals

    with office.svc.tx() as tx:
        return sum(row["endangered"] for row in pot_totals(tx) if str(row["council"]) == office.council)


def test_a_loan_in_time_of_a_group_that_is_there_is_no_warning(office):
    office.set_aside()
    office.lent()
    assert office.ask("portfolio", area=office.council, as_of=date(2025, 10, 1))["endangered"]["loans"] == 0
    assert office.ask("defaulters", area=office.council, as_of=date(2025, 10, 1))["defaulters"] == []


def test_a_group_that_is_found_again_is_in_no_danger_and_may_cease_after_all(office):
    office.set_aside()
    group = office.group()
    loan = office.lent(group=group)
    lose(office, group)
    lose(office, group)  # a second visit finds nobody either
    find(office, group)
    assert office.told(loan, "loan_out_of_danger")[0]["on"] == "2026-02-10"
    assert office.ask("portfolio", area=office.council, as_of=date(2026, 2, 10))["endangered"]["loans"] == 0
    assert office.ask("portfolio", area=office.council, as_of=date(2026, 2, 9))["endangered"]["loans"] == 1
    lose(office, group, on="2026-03-02")
    lose(office, group, "ceased", on="2026-03-09")
    causes = [told["cause"] for told in office.told(loan, "loan_endangered")]
    assert causes == ["group_not_found", "group_not_found", "group_ceased"]
    shown = office.ask("portfolio", area=office.council, as_of=date(2026, 3, 9))
    assert shown["endangered"]["loans"] == 1


@pytest.mark.parametrize("status", ["not_found", "ceased"])
def test_a_lost_group_s_approval_lapses_and_frees_its_reserve_once(office, status):
    office.set_aside()
    group = office.group()
    before = office.pots()["youth"]["available"]
    application = office.approved(group)
    assert office.pots()["youth"]["reserved"] == 9_000_000
    lose(office, group, status, on="2025-08-20")
    lose(office, group, status, on="2025-08-21")

    pot = office.pots()["youth"]
    assert (pot["available"], pot["reserved"]) == (before, 0)
    (event,) = office.told(application, "application_lapsed")
    assert (event["released"], event["reason_code"]) == (9_000_000, f"group_{status}")
    assert office.ask("application", application=application)["status"] == "lapsed"
    with pytest.raises(Conflict, match="status_moved"):
        office.disburse(application)
    assert office.svc.sql("SELECT 1 FROM borrower WHERE application = %(a)s", a=application) == []
    assert (
        office.svc.sql("SELECT 1 FROM deadline WHERE subject = %(a)s AND fired_at IS NULL", a=application)
        == []
    )


def test_money_that_the_bank_had_until_later_is_not_free_before_it_was_back(office):
    office.set_aside()
    group = office.group()
    loan = office.disburse(office.approved(group), on=date(2025, 9, 1))["loan"]
    office.void(loan, on=date(2025, 9, 10))
    out = office.pots(date(2025, 9, 5))["youth"]
    lose(office, group, on="2025-09-04")

    assert office.pots(date(2025, 9, 5))["youth"] == out
    back = office.pots(date(2025, 9, 10))["youth"]
    assert (back["available"], back["reserved"]) == (220_200_000, 0)


def test_an_approval_and_the_loss_of_its_group_at_once_leave_nothing_reserved(office):
    office.set_aside()
    for _ in range(4):
        group = office.group()
        application = office.submit(group)["application"]
        gate = threading.Barrier(2)

        def approve(application=application, gate=gate):
            gate.wait(timeout=10)
            with suppress(Conflict, Refused):
                office.decide(application)

        def loss(group=group, gate=gate):
            gate.wait(timeout=10)
            lose(office, group, on="2025-08-20")

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(approve), pool.submit(loss)]:
                done.result()
        assert office.ask("application", application=application)["status"] == "lapsed"
    assert office.pots()["youth"]["reserved"] == 0


def test_a_request_not_yet_decided_lapses_too_and_the_group_may_ask_again_once_found(office):
    office.set_aside()
    group = office.group()
    application = office.submit(group)["application"]
    lose(office, group, on="2025-08-10")

    (event,) = office.told(application, "application_lapsed")
    assert event["released"] == 0
    with pytest.raises(Conflict, match="status_moved"):
        office.decide(application)
    find(office, group, on="2025-08-12")
    assert office.submit(group, on=date(2025, 8, 13))["status"] == "submitted"


def test_nothing_is_approved_for_a_lost_group_that_asked_all_the_same(office):
    office.set_aside()
    group = office.group()
    lose(office, group, on="2025-08-01")
    application = office.submit(group)["application"]  # the registry's answer was older than its event
    with pytest.raises(Refused, match="group_not_verified"):
        office.decide(application)


def test_a_loss_known_after_the_quarter_was_closed_is_an_adjustment(office):
    office.set_aside()
    group = office.group()
    application = office.approved(group)
    office.close_quarter(1)
    lose(office, group, on="2025-09-15")

    (event,) = office.told(application, "application_lapsed")
    assert (event["on"], event["relates_to"]) == ("2025-10-01", "2025-09-15")


def test_a_loss_told_before_the_group_is_taken_as_it_comes(office):
    group = office.group(status="registered")
    lose(office, group, "ceased")
    assert office.svc.sql('SELECT status FROM known_group WHERE "group" = %(g)s', g=group) == [
        {"status": "ceased"}
    ]
    assert office.svc.sql("SELECT 1 FROM parked_event WHERE subject = %(g)s", g=group) == []


def test_a_member_who_left_still_owes_and_joins_no_other_borrowing_group(office):
    office.set_aside()
    group = office.group()
    loan = office.lent(group=group)
    left, *rest = [m["member"] for m in office.groups[group]["members"]]
    members(office, group, "left", left, rest)

    known = office.svc.sql('SELECT member::text FROM known_group_member WHERE "group" = %(g)s', g=group)
    assert {row["member"] for row in known} == set(rest)
    other = office.group(members=[office.member(member=left), *(office.member() for _ in range(4))])
    verdict = office.ask("eligibility", group=other, on=date(2026, 2, 10), amount=9_000_000)
    unmet = {c["criterion"]: c["members"] for c in verdict["criteria"] if not c["met"]}
    assert left in next(members for members in unmet.values() if members)
    assert not verdict["eligible"]
    office.repay(loan, 9_000_000)
    verdict = office.ask("eligibility", group=other, on=date(2026, 2, 10), amount=9_000_000)
    assert not any(left in (c["members"] or []) for c in verdict["criteria"] if not c["met"])


def test_members_follow_whoever_joins(office):
    group = office.group()
    newcomer = office.member()["member"]
    everybody = [*(m["member"] for m in office.groups[group]["members"]), newcomer]
    for _ in range(2):
        members(office, group, "joined", newcomer, everybody)
    known = office.svc.sql('SELECT member::text FROM known_group_member WHERE "group" = %(g)s', g=group)
    assert {row["member"] for row in known} == set(everybody)


@pytest.mark.parametrize("status", ["not_found", "ceased"])
def test_when_the_copy_is_made_again_nothing_is_decided_anew(office, status):
    office.set_aside()
    group = office.group()
    office.lent(group=group)
    event = lose(office, group, status)
    said = len(office.svc.events())
    with office.svc.tx() as tx:
        tx.run('DELETE FROM known_group WHERE "group" = %(group)s', group=group)
        COPYING[event.type](tx, event)
    known = office.svc.sql('SELECT status FROM known_group WHERE "group" = %(g)s', g=group)
    assert known == [{"status": status}]
    assert len(office.svc.events()) == said
    assert COPYING.keys() == HANDLERS.keys()
    # A split moves money and is in no copy.
    stream = SERVICE.streams[0]
    assert stream.copies.handlers.keys() == stream.handlers.keys() - {"area_split"}
