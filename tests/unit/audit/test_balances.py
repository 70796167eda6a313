"""What loans owe by their events alone."""

from typing import Any

from ustawi.audit.balances import Books


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "data": {"loan": "l1", **data}}


LIFE = [
    event("loan_disbursed", principal=12_000),
    event("repayment_recorded", principal=6_000, credit=0, amount=6_000),
    event("repayment_recorded", principal=6_000, credit=500, amount=6_500),
    event("repayment_reversed", principal=6_000, credit=500, amount=6_500),
    event("repayment_recorded", principal=1_000, credit=0, amount=1_000),
]


def books(*events: dict[str, Any]) -> Books:
    made = Books()
    made.take(events)
    return made


def row(outstanding: int, credit: int) -> dict[str, Any]:
    return {"loan": "l1", "reference": "L-00001-1", "outstanding": outstanding, "credit": credit}


def test_payments_and_reversals_sum_to_what_is_owed() -> None:
    assert books(*LIFE).differences([row(5_000, 0)]) == []


def test_credit_refunded_written_off_and_void_end_at_nothing() -> None:
    paid_too_much = event("repayment_recorded", principal=5_000, credit=300, amount=5_300)
    assert books(*LIFE, paid_too_much, event("credit_refunded", amount=300)).differences([row(0, 0)]) == []
    assert books(*LIFE, event("loan_written_off", amount=5_000)).differences([row(0, 0)]) == []
    assert books(LIFE[0], event("disbursement_voided", principal=12_000)).differences([row(0, 0)]) == []


def test_what_a_reversal_lays_bare_after_a_write_off_is_owed_no_more() -> None:
    given_up = event("loan_written_off", amount=5_000)
    reversed_ = event("repayment_reversed", principal=1_000, credit=0, amount=1_000)
    assert books(*LIFE, given_up, reversed_).differences([row(0, 0)]) == []


def test_a_row_that_differs_and_a_loan_without_row_or_events_are_told() -> None:
    assert [d["table"] for d in books(*LIFE).differences([row(4_000, 0)])] == [4_000]
    assert [(d["table"], d["events"]) for d in books(*LIFE).differences([])] == [(None, 5_000)]
    assert [d["events"] for d in books().differences([row(1, 0)])] == [None, None]
