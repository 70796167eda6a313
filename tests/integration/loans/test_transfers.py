"""Wards that move and councils that are split or merged: loans, approvals and money follow, and nothing is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis import scope
from chassis.errors import Refused
from running import eventually

DAY = date(2026, 3, 2)
KINDS = (
    "opening",
    "set_asides",
    "repayments",
    "recoveries",
    "shortfall",
    "available",
    "reserved",
    "credits_held",
    "disbursed",
    "refunded",
    "outstanding",
)


@dataclass
class Map:
    """Two councils of one region with a ward each, their offices, and the registry that changes them."""

    here: object
    there: object
    region: str = ""
    versions: dict = field(default_factory=dict)

    @property
    def svc(self):
        return self.here.svc

    def version(self, area, on=None):
        with self.svc.tx() as tx:
            found = scope.area(tx, area, on)
        return {k: found[k] for k in ("area", "country", "level", "code", "name", "parent", "valid_from")} | {
            "path": [str(step) for step in found["path"]]
        }

    def move(self, ward, council, on=DAY):
        told = self.version(ward)
        path = [*self.version(council)["path"], ward]
        told |= {"parent": council, "path": path, "valid_from": on, "instrument": "GN 1", "carried": False}
        self.svc.deliver("registry", "area_moved", subject=ward, **told)

    def abolish(self, area, *heirs, on=DAY):
        told = self.version(area) | {"valid_to": on, "instrument": "GN 1"}
        shares = [{"area": heir, "weight": weight} for heir, weight in heirs]
        self.svc.deliver("registry", "area_abolished", subject=area, successors=shares, **told)

    def split(self, area, *into, on=DAY):
        self.svc.deliver(
            "registry",
            "area_split",
            subject=area,
            area=area,
            country="TZ",
            level="council",
            on=on,
            instrument="GN 1",
            into=[{"area": heir, "weight": weight} for heir, weight in into],
        )

    def follow(self):
        self.svc.fire_deadlines()

    def offices(self):
        return [self.here, self.there]

    def totals(self, as_of=None):
        """All figures of all councils of the story together, pot by pot."""
        pots = [office.pots(as_of) for office in self.offices()]
        return {pot: {k: sum(p[pot][k] for p in pots) for k in KINDS} for pot in ("women", "youth", "pwd")}

    def faults(self):
        return [fault for office in self.offices() for fault in office.faults()]


@pytest.fixture
def map(new_office):
    return _map(new_office)


def _map(new_office):
    here, there = new_office(), new_office()
    there.groups = here.groups  # one registry answers for both
    svc = here.svc
    # Days are closed by tests of their own; here they would only take time.
    svc.sql("DELETE FROM deadline")
    svc.at(datetime(2026, 6, 30, 9, tzinfo=UTC))
    return Map(here, there)


def test_a_ward_s_loans_go_with_it_and_what_was_stays_as_it_was(map):
    here, there = map.offices()
    here.set_aside()
    loan = here.lent()
    here.repay(loan, 3_000_000, on=date(2026, 1, 5))
    before, was = map.totals(), (here.pots(date(2026, 3, 1)), there.pots(date(2026, 3, 1)))
    map.move(here.ward, there.council)
    map.follow()

    assert map.totals() == before
    assert (here.pots(date(2026, 3, 1)), there.pots(date(2026, 3, 1))) == was
    mine, theirs = here.pots(DAY)["youth"], there.pots(DAY)["youth"]
    assert (mine["outstanding"], theirs["outstanding"]) == (0, 6_000_000)
    assert (mine["transfers_out"], theirs["transfers_in"]) == (6_000_000, 6_000_000)
    assert mine["available"] == was[0]["youth"]["available"]
    (told,) = here.told(loan, "loan_transferred")
    assert (told["council"], told["on"], told["outstanding"]) == (there.council, "2026-03-02", 6_000_000)
    assert here.ask("loan", loan=loan)["council"] == there.council
    assert map.faults() == []


def test_what_is_paid_afterwards_goes_to_the_pot_that_took_the_loan_over(map):
    here, there = map.offices()
    here.set_aside()
    loan = here.lent()
    early = here.repay(loan, 1_000_000, on=date(2026, 1, 5))
    map.move(here.ward, there.council)
    map.follow()
    here.repay(loan, 2_000_000, on=date(2026, 4, 1))
    here.repay(loan, 500_000, on=date(2026, 2, 2))  # known late: dated before the day on which it went over
    was = here.pots(date(2026, 3, 1))["youth"]

    assert there.pots(date(2026, 3, 1))["youth"]["available"] == 0
    assert there.pots()["youth"]["available"] == 2_500_000
    here.reverse(early["repayment"])
    assert there.pots()["youth"]["available"] == 1_500_000
    assert there.pots()["youth"]["outstanding"] == 6_500_000
    assert here.pots(date(2026, 3, 1))["youth"] == was
    assert map.faults() == []


def test_an_approval_goes_with_its_ward_and_is_paid_out_there(map):
    here, there = map.offices()
    here.set_aside()
    application = here.approved(here.group(), applied_on=date(2026, 2, 2), approved_on=date(2026, 2, 20))
    before = map.totals()
    map.move(here.ward, there.council)
    map.follow()

    assert map.totals() == before
    assert (here.pots()["youth"]["reserved"], there.pots()["youth"]["reserved"]) == (0, 9_000_000)
    loan = here.disburse(application, on=date(2026, 3, 10))["loan"]
    assert here.ask("loan", loan=loan)["council"] == there.council
    assert there.pots()["youth"]["disbursed"] == 9_000_000
    assert map.faults() == []


def test_a_council_that_is_merged_hands_over_all_that_it_has(map):
    here, there = map.offices()
    here.open_books()
    here.set_aside(10_000_001)
    loan = here.lent(3_000_000)
    before = map.totals()
    map.move(here.ward, there.council)
    map.abolish(here.council, (there.council, None))
    map.follow()

    assert map.totals() == before
    for pot in here.pots().values():
        assert (pot["available"], pot["reserved"], pot["outstanding"]) == (0, 0, 0)
    (told,) = here.told(there.council, "fund_transferred")
    assert (
        sum(told["pots"].values())
        == before["women"]["available"] + before["youth"]["available"] + before["pwd"]["available"]
    )
    here.repay(loan, 3_000_000, on=date(2026, 4, 1))
    assert map.faults() == []


def test_nothing_more_comes_into_the_fund_of_a_council_that_is_no_more(map):
    here, there = map.offices()
    here.set_aside()
    map.move(here.ward, there.council)
    map.abolish(here.council, (there.council, None))
    map.follow()
    for on in (date(2026, 2, 16), date(2026, 4, 7)):
        with pytest.raises(Refused, match="council_is_no_more"):
            here.set_aside(1_000_000, on=on)
    with pytest.raises(Refused, match="council_is_no_more"):
        here.open_books()
    there.set_aside(1_000_000, on=date(2026, 4, 7))


def test_a_council_gives_a_new_one_its_share_of_what_can_be_promised(map):
    here, there = map.offices()
    here.set_aside(100)  # 40, 40, 20
    map.split(here.council, (here.council, 2), (there.council, 1))
    map.follow()

    given = {pot: position["transfers_out"] for pot, position in here.pots().items()}
    assert given == {"women": 13, "youth": 13, "pwd": 7}
    assert {pot: position["available"] for pot, position in there.pots().items()} == given
    assert map.faults() == []


def test_a_council_that_goes_on_keeps_its_money_where_the_instrument_names_no_shares(map):
    here, there = map.offices()
    here.set_aside(100)
    map.split(here.council, (here.council, None), (there.council, None))
    map.follow()
    assert here.pots()["women"]["available"] == 40


def test_what_a_pot_is_short_of_goes_over_too(map):
    here, there = map.offices()
    here.set_aside(25_000_000)
    first = here.lent(10_000_000)
    paid = here.repay(first, 10_000_000, on=date(2025, 10, 1))
    second = here.disburse(
        here.approved(here.group(), 10_000_000, applied_on=date(2025, 10, 2), approved_on=date(2025, 10, 10)),
        on=date(2025, 10, 20),
    )["loan"]
    here.reverse(paid["repayment"])
    assert here.pots()["youth"]["shortfall"] == 10_000_000
    before = map.totals()
    map.move(here.ward, there.council)
    map.abolish(here.council, (there.council, None))
    map.follow()

    assert (here.pots()["youth"]["shortfall"], there.pots()["youth"]["shortfall"]) == (0, 10_000_000)
    assert map.totals() == before
    here.repay(second, 10_000_000, on=date(2026, 4, 1))
    assert there.pots()["youth"]["shortfall"] == 0
    assert map.faults() == []


def test_a_change_to_come_moves_nothing_before_its_day(map):
    here, there = map.offices()
    here.set_aside()
    here.lent()
    here.svc.at(datetime(2026, 2, 20, 9, tzinfo=UTC))
    map.move(here.ward, there.council)
    map.follow()
    assert there.pots()["youth"]["outstanding"] == 0
    here.svc.at(datetime(2026, 3, 1, 20, 59, tzinfo=UTC))
    map.follow()
    assert there.pots()["youth"]["outstanding"] == 0
    here.svc.at(datetime(2026, 3, 1, 21, 0, tzinfo=UTC))  # midnight in Tanzania
    map.follow()
    assert there.pots()["youth"]["outstanding"] == 9_000_000
    assert map.faults() == []


def test_closed_quarters_stay_closed(map):
    here, there = map.offices()
    here.set_aside()
    there.set_aside()
    here.lent()
    for quarter in (1, 2, 3):
        there.close_quarter(quarter)
    stood = there.pots(date(2026, 3, 31))
    map.move(here.ward, there.council)
    map.follow()

    assert there.pots(date(2026, 3, 31)) == stood
    assert there.pots(date(2026, 4, 1))["youth"]["outstanding"] == 9_000_000
    assert map.faults() == []


def test_told_twice_it_moves_once(map):
    here, there = map.offices()
    here.set_aside()
    here.lent()
    for _ in range(2):
        map.move(here.ward, there.council)
        map.abolish(here.council, (there.council, None))
        map.follow()
    before = map.totals()
    here.svc.sql("UPDATE deadline SET fired_at = NULL WHERE kind = 'areas_take_effect'")
    map.follow()

    assert map.totals() == before
    assert (
        len(here.svc.sql("SELECT 1 FROM transfer WHERE kind = 'loan' AND council = %(c)s", c=there.council))
        == 1
    )
    assert map.faults() == []


def test_a_ward_that_was_merged_into_another_takes_its_loans_along(map):
    here, there = map.offices()
    here.set_aside()
    loan = here.lent()
    map.abolish(here.ward, (there.ward, None))
    map.follow()

    shown = here.ask("loan", loan=loan)
    assert (shown["council"], shown["ward"]) == (there.council, there.ward)
    assert there.pots()["youth"]["outstanding"] == 9_000_000
    assert map.faults() == []


def test_groups_go_with_their_wards(map):
    here, there = map.offices()
    group = here.group()
    map.move(here.ward, there.council)
    map.follow()
    [known] = here.svc.sql('SELECT council::text FROM known_group WHERE "group" = %(g)s', g=group)
    assert known["council"] == there.council


def test_a_disbursement_that_comes_back_after_the_move_is_reserved_where_the_loan_is(map):
    here, there = map.offices()
    here.set_aside()
    application = here.approved(here.group(), applied_on=date(2026, 2, 2), approved_on=date(2026, 2, 20))
    loan = here.disburse(application, on=date(2026, 2, 27))["loan"]
    before = map.totals()
    map.move(here.ward, there.council)
    map.follow()
    assert map.totals() == before
    here.void(loan, on=date(2026, 3, 4))

    assert (there.pots()["youth"]["reserved"], there.pots()["youth"]["disbursed"]) == (9_000_000, 0)
    again = here.disburse(application, on=date(2026, 3, 10))["loan"]
    assert here.ask("loan", loan=again)["council"] == there.council
    assert map.faults() == []


def test_a_loan_that_is_owed_again_after_the_move_takes_its_application_along(map):
    here, there = map.offices()
    here.set_aside()
    application = here.approved(here.group(), applied_on=date(2026, 2, 2), approved_on=date(2026, 2, 20))
    loan = here.disburse(application, on=date(2026, 2, 27))["loan"]
    paid = here.repay(loan, 9_000_000, on=date(2026, 2, 28))["repayment"]
    map.move(here.ward, there.council)
    map.follow()
    held = map.totals()["youth"]["available"]
    here.reverse(paid, on=date(2026, 3, 4))
    here.void(loan, on=date(2026, 3, 5))
    assert here.ask("application", application=application)["council"] == there.council
    here.withdraw(application, on=date(2026, 3, 6))

    youth = map.totals()["youth"]
    assert (youth["available"], youth["reserved"], youth["shortfall"]) == (held, 0, 0)
    assert map.faults() == []


def test_a_payment_and_the_move_at_once_lose_nothing(map):
    here, there = map.offices()
    here.set_aside()
    loans = [here.lent(1_000_000) for _ in range(4)]
    gate = threading.Barrier(2)

    def pay():
        gate.wait(timeout=10)
        for loan in loans:
            here.repay(loan, 400_000, on=date(2026, 4, 1))

    def move():
        gate.wait(timeout=10)
        map.move(here.ward, there.council)
        map.follow()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(pay), pool.submit(move)]:
            done.result()
    map.follow()
    total = map.totals()["youth"]
    assert (total["outstanding"], total["repayments"]) == (2_400_000, 1_600_000)
    assert there.pots()["youth"]["outstanding"] == 2_400_000
    assert map.faults() == []


def test_an_application_of_before_the_move_that_is_entered_after_it_goes_along(map):
    here, there = map.offices()
    there.set_aside()
    here.set_aside(1)
    map.move(here.ward, there.council)
    map.follow()
    application = here.submit(here.group(), on=date(2026, 2, 2))["application"]
    map.follow()

    assert here.ask("application", application=application)["council"] == there.council
    here.decide(application, on=date(2026, 3, 9))
    assert there.pots()["youth"]["reserved"] == 9_000_000
    assert map.faults() == []


def test_a_disbursement_of_the_moment_of_the_move_is_not_left_behind(map):
    here, there = map.offices()
    here.set_aside()
    application = here.approved(here.group(), applied_on=date(2026, 2, 2), approved_on=date(2026, 2, 20))
    map.move(here.ward, there.council)
    with ThreadPoolExecutor(2) as pool:
        with here.svc.tx() as tx:
            tx.run("SELECT FROM application WHERE application = %(a)s FOR UPDATE", a=application)
            paid_out = pool.submit(here.disburse, application, on=date(2026, 3, 10))
            eventually(lambda: waiting(here.svc) == 1, what="the disbursement waits")
            moved = pool.submit(map.follow)
            eventually(lambda: waiting(here.svc) == 2, what="the move waits behind it")
        loan = paid_out.result()["loan"]
        moved.result()

    assert here.ask("loan", loan=loan)["council"] == there.council
    assert there.pots()["youth"]["outstanding"] == 9_000_000
    assert map.faults() == []


def waiting(svc):
    """How many sessions wait for the lock of another."""
    return len(
        svc.sql(
            "SELECT DISTINCT pid FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database())"
        )
    )


step = st.one_of(
    st.tuples(st.just("lend"), st.sampled_from([0, 1]), st.integers(1, 6)),
    st.tuples(st.just("approve"), st.sampled_from([0, 1]), st.integers(1, 6)),
    st.tuples(st.just("repay"), st.integers(0, 5), st.integers(1, 7)),
    st.tuples(st.just("reverse"), st.integers(0, 5), st.none()),
    st.tuples(st.just("move"), st.sampled_from([0, 1]), st.sampled_from([0, 1])),
    st.tuples(st.just("split"), st.sampled_from([0, 1]), st.integers(1, 5)),
    st.tuples(st.just("merge"), st.sampled_from([0, 1]), st.none()),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=3, max_size=12))
def test_any_sequence_of_changes_keeps_every_total(request, steps):
    """Whatever moves, all councils together hold, owe and have done what they did before; no law is broken."""
    map = _map(request.getfixturevalue("new_office"))
    offices = map.offices()
    offices[0].set_aside(60_000_000)
    offices[1].set_aside(30_000_000)
    loans = [offices[0].lent(3_000_000), offices[1].lent(2_000_000)]
    payments = [offices[0].repay(loans[0], 1_000_000, on=date(2025, 12, 1))["repayment"]]
    gone, on = set(), date(2026, 1, 1)
    for kind, which, how in steps:
        on = on.replace(month=on.month % 12 + 1) if on.day == 28 else on.replace(day=min(28, on.day + 9))
        if on > date(2026, 6, 28):
            break
        office = offices[which % 2]
        try:
            if kind in ("lend", "approve"):
                # The registry tells where a ward lies by now.
                council = str(map.version(office.ward)["path"][-2])
                group = office.group(council=council)
                application = office.approved(group, how * 1_000_000, applied_on=on, approved_on=on)
                if kind == "lend":
                    loans.append(office.disburse(application, on=on)["loan"])
            elif kind == "repay" and loans:
                loan = loans[which % len(loans)]
                payments.append(office.repay(loan, how * 700_000, on=on)["repayment"])
            elif kind == "reverse" and payments:
                office.reverse(payments.pop(which % len(payments)), on=on)
        except Refused:
            continue
        before = map.totals()
        if kind == "move" and offices[how].council not in gone:
            map.move(office.ward, offices[how].council, on=on)
        elif kind == "split" and not gone:
            map.split(office.council, (office.council, how), (offices[1 - which].council, 1), on=on)
        elif kind == "merge" and not gone:
            for each in offices:
                map.move(each.ward, offices[1 - which].council, on=on)
            map.abolish(office.council, (offices[1 - which].council, None), on=on)
            gone.add(office.council)
        map.follow()
        after = map.totals()
        if not any(p["shortfall"] for p in before.values()):
            assert after == before
        for pot in after:
            assert after[pot]["available"] - after[pot]["shortfall"] == (
                before[pot]["available"] - before[pot]["shortfall"]
            )
        assert map.faults() == []
    parked = map.svc.sql("SELECT 1 FROM parked_event")
    assert parked == []
