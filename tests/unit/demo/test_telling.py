"""What officers read: plain lines where nobody looks on, and numbers that can be read."""

import io

import pytest

from ustawi.demo.telling import Teller, day, money


@pytest.fixture
def told():
    return io.StringIO()


@pytest.fixture
def teller(told):
    return Teller(told)


def test_without_a_terminal_there_is_nothing_but_text(teller, told):
    teller.chapter("Areas")
    teller.say("x" * 200)
    teller.refused("a group", "not_eligible", "Add the letter.")
    teller.table("Loans", ("council", "amount", ""), [("Nkasi", 12_000_000, True), ("Kalambo", 5, False)])
    teller.verdict(False, "1 of 2 checks failed.")
    text = told.getvalue()
    assert "\x1b" not in text
    assert "\n1. Areas\n" in text
    assert "x" * 200 in text  # lines are not folded
    assert "refused  a group: Add the letter. (not_eligible)" in text
    assert "12,000,000" in text
    assert "PASS" in text
    assert "FAIL" in text


def test_words_in_brackets_are_told_as_they_are(teller, told):
    teller.say("[bold]no markup[/bold]")
    assert "[bold]no markup[/bold]" in told.getvalue()


def test_progress_is_told_ten_times_without_a_terminal(teller, told):
    with teller.progress("300 loans", 600) as advance:
        for _ in range(600):
            advance()
    lines = told.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("   300 loans: 600 of 600 (")


def test_dates_and_amounts_are_told_as_people_write_them():
    assert day("2026-06-30") == "30 June 2026"
    assert money(550_500_000) == "550,500,000"
