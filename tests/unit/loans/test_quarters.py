"""What a closed quarter forbids, and where what is known too late is booked."""

from datetime import date

import pytest

from loans.quarters.model import ValueDate, first_open, require_next, require_open, require_over, value_date
from loans.rule_broken import RuleBroken

ENDS = date(2025, 9, 30)
IN, AFTER = date(2025, 9, 30), date(2025, 10, 1)


def test_a_quarter_is_closed_after_its_last_day():
    require_over(ENDS, AFTER)
    with pytest.raises(RuleBroken, match="quarter_not_over"):
        require_over(ENDS, ENDS)


def test_quarters_are_closed_in_order_and_once():
    require_next(AFTER, ENDS)
    require_next(date(2025, 7, 1), None)
    with pytest.raises(RuleBroken, match="quarter_closed"):
        require_next(date(2025, 7, 1), ENDS)


def test_nothing_is_dated_into_a_closed_quarter():
    require_open(IN, None)
    require_open(AFTER, ENDS)
    with pytest.raises(RuleBroken, match="quarter_closed") as refused:
        require_open(IN, ENDS)
    assert refused.value.fields["open_from"] == "2025-10-01"


def test_an_adjustment_is_about_a_day_in_a_closed_quarter():
    require_open(AFTER, ENDS, relates_to=IN)
    for closed in (ENDS, None):
        with pytest.raises(RuleBroken, match="quarter_open"):
            require_open(date(2025, 10, 9), closed, relates_to=AFTER)


def test_a_correction_is_booked_on_the_day_that_it_corrects_while_that_is_open():
    found = date(2025, 11, 3)
    assert value_date(AFTER, found, ENDS) == ValueDate(AFTER)
    assert value_date(IN, found, None) == ValueDate(IN)
    assert value_date(IN, found, ENDS) == ValueDate(found, IN)
    with pytest.raises(RuleBroken, match="quarter_closed"):
        value_date(IN, IN, ENDS)


def test_what_falls_due_in_a_closed_quarter_is_booked_on_the_first_open_day():
    assert first_open(IN, ENDS) == ValueDate(AFTER, IN)
    assert first_open(AFTER, ENDS) == ValueDate(AFTER)
    assert first_open(IN, None) == ValueDate(IN)
