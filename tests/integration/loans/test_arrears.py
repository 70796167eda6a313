"""What is late, told on a day and at the close of each day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from chassis.errors import NotFound, Refused
from loans import events
from loans.portfolio.model import standing
from loans.portfolio.store import instalments_of
from loans.repayments.store import move_loan, payments_of
from loans.write_offs import model as write_offs
from running import eventually

# A loan of 9,000,000 disbursed on 2025-09-01 falls due by 1,000,000 on 2026-01-01, 02-02, 03-02, 04-01, 05-01, 06-01,
# 07-01, 08-03, 09-01.
AS_OF = date(2026, 3, 31)


def portfolio(office, as_of=AS_OF, area=None, **body):
    return office.ask("portfolio", area=area or office.council, as_of=as_of, **body)


def risk(told):
    return {row["days"]: row["outstanding"] for row in told["at_risk"]}


def test_the_portfolio_of_a_council_is_the_one_worked_out_by_hand(office):
    office.set_aside()
    on_time, late, never, repaid = (office.lent(9_000_000) for _ in range(4))
    for on in (date(2026, 1, 1), date(2026, 2, 2), date(2026, 3, 2)):
        office.repay(on_time, 1_000_000, on=on)
    office.repay(late, 1_000_000, on=date(2026, 1, 20))  # of 1 January: the next two are missing
    office.repay(repaid, 9_500_000, on=date(2026, 1, 1))
    told = portfolio(office)
    assert (told["loans"], told["outstanding"], told["overdue"]) == (3, 23_000_000, 5_000_000)
    assert told["since"] == "2026-01-01"
    assert [
        (row["from_days"], row["loans"], row["outstanding"]) for row in told["ageing"] if row["loans"]
    ] == [
        (0, 1, 6_000_000),
        (31, 1, 8_000_000),  # since 2 February: 57 days
        (61, 1, 9_000_000),  # since 1 January: 89 days
    ]
    assert risk(told) == {0: 17_000_000, 30: 17_000_000, 60: 9_000_000, 90: 0, 180: 0}
    assert told["arrears_rate"] == 2_174  # 5 / 23
    # Three instalments of four loans fell due. By their days came 3 of the first and 3 of the fourth, none else.
    assert (told["fell_due"], told["on_time"], told["on_time_rate"]) == (12_000_000, 6_000_000, 5_000)
    assert (told["collected"], told["current_recovery_rate"]) == (13_000_000, 10_833)
    assert portfolio(office, area=office.ward) == {**told, "area": office.ward}
    assert never


def test_put_off_given_up_part_paid_and_pre_paid_loans_count_as_worked_out_by_hand(office, monkeypatch):
    """PARx by CGAP's Consensus Guidelines (2003): all that is owed by loans late for more than x days, and by those
    that were put off, over all that is owed; what was given up is in neither. Millions, on 31 March 2026:

        loan      paid  owed  overdue  late since  on time
        part       1.5   7.5      1.5  2 February      1.5
        ahead      4.0   5.0      0.0                  3.0
        put off    0.0   9.0      0.0                  0.0
        given up   0.0   0.0      0.0                  0.0
    """
    monkeypatch.setattr(write_offs, "require_hopeless", lambda *_: None)  # a year is longer than this story
    office.set_aside()
    part, ahead, later, lost = (office.lent(9_000_000) for _ in range(4))
    office.repay(part, 1_500_000, on=date(2026, 1, 1))
    office.repay(ahead, 4_000_000, on=date(2026, 1, 1))
    office.ask_to_put_off(later, on=date(2026, 2, 10))
    office.put_off(later, date(2026, 2, 10))
    office.ask_to_give_up(lost)
    office.give_up(lost, date(2026, 3, 20))
    told = portfolio(office)

    assert (told["loans"], told["outstanding"], told["overdue"]) == (3, 21_500_000, 1_500_000)
    assert told["rescheduled"] == 9_000_000
    assert [(row["days"], row["outstanding"], row["rate"]) for row in told["at_risk"]] == [
        (0, 16_500_000, 7_674),
        (30, 16_500_000, 7_674),
        (60, 9_000_000, 4_186),
        (90, 9_000_000, 4_186),
        (180, 9_000_000, 4_186),
    ]
    assert told["arrears_rate"] == 698  # 1.5 / 21.5
    # By contract three instalments of all four loans fell due.
    assert (told["fell_due"], told["on_time"], told["on_time_rate"]) == (12_000_000, 4_500_000, 3_750)
    assert (told["collected"], told["current_recovery_rate"]) == (5_500_000, 4_583)


def test_old_arrears_are_no_part_of_the_on_time_rate(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    office.repay(loan, 3_000_000, on=date(2026, 3, 2))
    told = portfolio(office, since=date(2026, 3, 1))
    assert (told["fell_due"], told["on_time"], told["collected"]) == (1_000_000, 1_000_000, 3_000_000)
    told = portfolio(office, since=date(2026, 1, 1))
    assert (told["fell_due"], told["on_time"]) == (3_000_000, 1_000_000)


def test_an_area_without_loans_has_no_rates(office):
    told = portfolio(office)
    assert (told["loans"], told["outstanding"], told["arrears_rate"], told["on_time_rate"]) == (
        0,
        0,
        None,
        None,
    )
    with pytest.raises(NotFound):
        office.svc.call("portfolio", roles=["council_officer"], areas=[office.ward], area=office.council)


@pytest.mark.parametrize("as_of", [date(2026, 1, 1), date(2026, 2, 3), AS_OF, date(2026, 6, 30)])
def test_the_set_based_standing_is_the_standing_of_each_loan(office, as_of):
    """One definition in SQL for a whole area, one in the rules for a loan: they agree on every day."""
    office.set_aside()
    loans = [office.lent(1_000_000 * n) for n in (1, 2, 3)]
    for n, loan in enumerate(loans, start=1):
        office.repay(loan, 300_000 * n, on=date(2026, 1, 4 + n))
        gone = office.repay(loan, 100_000, on=date(2026, 2, 3))["repayment"]
        if n == 2:
            office.reverse(gone)
    with office.svc.tx() as tx:
        for loan in loans:
            row = tx.one("SELECT * FROM loans_on(%(on)s) WHERE loan = %(loan)s", on=as_of, loan=loan)
            stood = standing(instalments_of(tx, loan, as_of), payments_of(tx, loan), as_of)
            assert (row["outstanding"], row["overdue"], row["days_late"]) == (
                stood.outstanding,
                stood.overdue,
                stood.days_late,
            )


def test_defaulters_are_listed_with_how_late_they_are(office):
    office.set_aside()
    late = office.lent(9_000_000)
    office.repay(office.lent(2_000_000), 2_000_000, on=date(2026, 1, 1))
    told = office.ask("defaulters", area=office.council, as_of=AS_OF)
    [line] = told["defaulters"]
    assert (line["loan"], line["overdue"], line["days_late"], line["bucket"]) == (late, 3_000_000, 89, 61)
    page = office.ask("defaulters", area=office.council, as_of=AS_OF, limit=1)
    assert page["after"] == late
    rest = office.ask("defaulters", area=office.council, as_of=AS_OF, limit=1, after=late)
    assert rest == {"as_of": "2026-03-31", "defaulters": [], "after": None}


def test_a_collection_sheet_says_what_each_group_is_to_pay_that_day(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    office.repay(loan, 600_000, on=date(2026, 1, 1))
    [line] = office.ask("collection_sheet", ward=office.ward, on=date(2026, 2, 2))["lines"]
    assert (line["overdue"], line["due"], line["outstanding"]) == (400_000, 1_000_000, 8_400_000)
    assert (line["next_due_on"], line["next_amount"]) == ("2026-03-02", 1_000_000)
    office.repay(loan, 2_100_000, on=date(2026, 2, 2))
    [line] = office.ask("collection_sheet", ward=office.ward, on=date(2026, 2, 2))["lines"]
    assert (line["overdue"], line["due"], line["next_amount"]) == (0, 0, 300_000)


def close(office, on, **body):
    given = {"council": office.council, "on": on, **body}
    return office.svc.call("close_day", given, roles=["council_officer"], caller="officer")


def test_a_day_is_closed_once_and_tells_which_loans_are_later_than_before(office):
    office.set_aside()
    loan = office.lent(9_000_000)
    assert [close(office, date(2026, 1, 1))["days"] for _ in range(2)] == [1, 0]
    told = close(office, date(2026, 1, 2))
    assert (told["days"], told["changed"]) == (1, 1)
    [event] = office.told(loan, "arrears_changed")
    assert (event["bucket"], event["days_late"], event["overdue"], event["on"]) == (
        1,
        1,
        1_000_000,
        "2026-01-02",
    )
    told = close(office, date(2026, 2, 3))  # a month was missed
    assert (told["days"], told["changed"]) == (32, 1)
    assert [(e["on"], e["bucket"]) for e in office.told(loan, "arrears_changed")] == [
        ("2026-01-02", 1),
        ("2026-02-01", 31),
    ]
    assert close(office, date(2026, 2, 3))["days"] == 0
    office.repay(loan, 9_000_000, on=date(2026, 2, 4))
    close(office, date(2026, 2, 4))
    assert office.told(loan, "arrears_changed")[-1] == {
        **event,
        "on": "2026-02-04",
        "bucket": 0,
        "days_late": 0,
        "overdue": 0,
        "outstanding": 0,
    }
    with pytest.raises(Refused, match="day_not_over"):
        close(office, date(2026, 6, 30))


def test_the_clock_closes_each_day_and_what_a_standstill_missed(office):
    office.svc.at(datetime(2026, 1, 1, 9, tzinfo=UTC))
    office.set_aside(on=date(2025, 7, 14))
    loan = office.lent(9_000_000)
    office.svc.fire_deadlines()
    assert office.svc.sql("SELECT * FROM closed_day WHERE council = %(c)s", c=office.council) == []
    office.svc.at(datetime(2026, 1, 1, 21, tzinfo=UTC))  # midnight in Dar es Salaam
    office.svc.fire_deadlines()
    office.svc.fire_deadlines()
    office.svc.at(datetime(2026, 1, 6, 9, tzinfo=UTC))
    office.svc.fire_deadlines()
    days = office.svc.sql('SELECT "on" FROM closed_day WHERE council = %(c)s ORDER BY "on"', c=office.council)
    assert [row["on"] for row in days] == [date(2026, 1, n) for n in range(1, 6)]
    assert [event["on"] for event in office.told(loan, "arrears_changed")] == ["2026-01-02"]


def test_a_day_closed_beside_a_payment_tells_no_older_version_of_the_loan(office):
    """The payment has moved the loan and is not yet committed; the close must wait for it, or tell what was before."""
    office.set_aside()
    loan = office.lent(9_000_000)
    with ThreadPoolExecutor(1) as beside:
        with office.svc.tx() as tx:
            version = move_loan(tx, loan, None)
            paid = tx.emit(events.LoanRepaid, subject=loan, version=version, **events.LoanRepaid.example)
            tx.flush()
            closing = beside.submit(close, office, date(2026, 1, 5))
            eventually(lambda: closing.done() or waits(office), what="the close is done or waits")
        assert closing.result(timeout=20)["changed"] == 1
    told = [event for event in office.svc.events() if event["subject"] == loan]
    assert told[-2]["id"] == paid
    assert told[-1]["type"] == "arrears_changed"
    assert [event["aggregateversion"] for event in told] == sorted(
        event["aggregateversion"] for event in told
    )


def waits(office):
    """Whether a session waits for the lock of another."""
    return office.svc.sql(
        "SELECT FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity "
        "WHERE datname = current_database())"
    )
