"""The lines of a fund's quarter: each pot adds up, and what did not happen is not spoken of."""

from reports.fund.model import Statement, statement
from reports.web.view import _lines


def test_what_is_taken_over_comes_in_and_what_is_handed_over_goes_out() -> None:
    held = {"fund_available": 700, "fund_reserved": 300}
    giver = statement(held, {"fund_handed_over": 1_000}, {})
    taker = statement({}, {"fund_taken_over": 1_000}, held)
    assert (giver.held, giver.difference, giver.handed_over) == (0, 0, 1_000)
    assert (taker.held, taker.difference, taker.taken_over) == (1_000, 0, 1_000)


def test_the_lines_of_transfers_are_shown_only_where_there_are_any() -> None:
    def shown(whole: Statement) -> set[str]:
        return {field for field, _, _ in _lines(whole)}

    assert shown(Statement()).isdisjoint({"taken_over", "handed_over"})
    assert "taken_over" in shown(Statement(taken_over=1))
    assert "handed_over" in shown(Statement(handed_over=1))
