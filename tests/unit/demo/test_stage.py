"""What the law forbids must be refused, and a refusal that did not come is seen."""

import io
from typing import Any

import pytest

from chassis.errors import Forbidden, NotFound, Refused
from ustawi.demo.stage import ExpectedLoan, Stage
from ustawi.demo.telling import Teller


@pytest.fixture
def told():
    return io.StringIO()


@pytest.fixture
def stage(told):
    nobody: Any = None
    return Stage(nobody, Teller(told), nobody)


@pytest.mark.parametrize(
    "error", [Refused("not_eligible", "Add the letter."), NotFound("not_found", "No such record.")]
)
def test_a_refusal_is_told_and_counted(stage, told, error):
    with stage.refusal("the application", "not_eligible", "not_found"):
        raise error
    assert stage.forbidden == {"the application": True}
    assert f"refused  the application: {error.message} ({error.code})" in told.getvalue()


def test_a_refusal_for_another_reason_is_not_what_the_law_says(stage):
    with stage.refusal("the application", "not_eligible"):
        raise Refused("in_future", "Give a day that has come.")
    assert stage.forbidden == {"the application": False}


def test_a_refusal_that_did_not_come_is_seen(stage, told):
    with stage.refusal("the application"):
        pass
    assert stage.forbidden == {"the application": False}
    assert "NOT refused" in told.getvalue()


def test_an_error_of_another_kind_stops_the_story(stage):
    with pytest.raises(Forbidden), stage.refusal("the application"):
        raise Forbidden("forbidden", "Your role does not allow it.")


def test_a_loan_owes_what_its_payments_leave_and_never_less_than_nothing():
    assert ExpectedLoan("L-1", 1_000, 400).outstanding == 600
    assert ExpectedLoan("L-1", 1_000, 1_050).outstanding == 0
