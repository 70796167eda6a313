"""How a bank's SWIFT message is read."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.bank.model import Line
from loans.bank.mt940 import read_mt940
from loans.rule_broken import RuleBroken

STATEMENT = """{1:F01BANKTZTZAXXX0000000000}{2:I940BANKTZTZXXXXN}{4:
:20:ST 2/2026
:25:20110012345
:28C:2/1
:60F:C260201TZS100000000,00
:61:2602020202C6500000,00NTRFERV 004512//NMB20260202-77
:86:UPENDO GROUP, MKOPO
:61:2602030203D5000000,NMSCNONREF//NMB20260203-01
:61:2602040204RC500000,NTRFERV 004513
:61:2602040204RD1000,00NCHGNONREF//NMB20260204-02
:62F:C260204TZS101001000,00
-}
"""
LINES = [
    Line(date(2026, 2, 2), "NMB20260202-77", "ERV 004512", 6_500_000),
    Line(date(2026, 2, 3), "NMB20260203-01", None, -5_000_000),
    Line(date(2026, 2, 4), "ERV 004513", None, -500_000),
    Line(date(2026, 2, 4), "NMB20260204-02", None, 1_000),
]


def test_credits_came_in_debits_went_out_and_what_was_taken_back_turns_round():
    assert read_mt940(STATEMENT, "TZS") == LINES


def test_several_statements_of_one_file_are_read_and_a_line_given_twice_is_one():
    later = STATEMENT.replace("ST 2/2026", "ST 3/2026").replace("260202", "260209").replace("-77", "-78")
    again = Line(date(2026, 2, 9), "NMB20260209-78", "ERV 004512", 6_500_000)
    assert read_mt940(f"{STATEMENT}\n{later}", "TZS") == [*LINES, again]


def test_a_statement_in_several_messages_carries_its_balance_over():
    first = STATEMENT.replace(":62F:", ":62M:")
    assert read_mt940(first, "TZS") == LINES


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("TZS100000000", "TZS100000001", "statement_unbalanced"),
        (":61:2602030203D5000000,NMSCNONREF//NMB20260203-01\n", "", "statement_unbalanced"),
        ("TZS", "KES", "currency_differs"),
        ("6500000,00", "6500000,50", "statement_unreadable"),
        ("6500000,00", "x", "statement_unreadable"),
        ("2602020202C", "2613020202C", "statement_unreadable"),
        ("NTRFERV 004513", "NTRFNONREF", "statement_unreadable"),
        (":60F:C260201TZS100000000,00\n", "", "statement_unreadable"),
        (":62F:C260204TZS101001000,00\n", "", "statement_unreadable"),
        (":20:", ":21:", "statement_unreadable"),
    ],
)
def test_a_statement_that_is_not_whole_is_refused(before, after, code):
    text = STATEMENT.replace(before, after)
    assert text != STATEMENT
    with pytest.raises(RuleBroken) as refused:
        read_mt940(text, "TZS")
    assert refused.value.code == code


def test_a_text_that_names_a_file_is_not_taken_for_that_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ":20:ST").write_text(STATEMENT)
    with pytest.raises(RuleBroken, match="statement_unreadable"):
        read_mt940(":20:ST", "TZS")


def test_a_statement_is_bounded():
    line = ":61:2602020202C1,NTRFNONREF//NMB{}\n"
    lines = "".join(line.format(number) for number in range(1_001))
    with pytest.raises(RuleBroken, match="too_many_lines"):
        read_mt940(f":20:ST\n:60F:C260201TZS0,\n{lines}:62F:C260204TZS1001,\n", "TZS")


@given(st.text(max_size=200), st.integers(0, len(STATEMENT)), st.integers(0, 80))
def test_whatever_is_sent_is_read_or_refused(text, at, instead_of):
    for sent in (f":20:{text}", STATEMENT[:at] + text + STATEMENT[at + instead_of :]):
        with suppress(RuleBroken):
            assert all(line.amount for line in read_mt940(sent, "TZS"))
