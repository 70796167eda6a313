"""How a bank's statement is read."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loans.bank.model import HEADER, Line, read_statement
from loans.rule_broken import RuleBroken

FIRST = ",".join(HEADER)


def test_a_statement_is_read_line_by_line_and_a_line_given_twice_is_one():
    text = f"{FIRST}\r\n2026-02-02,NMB 1,ERV 1,6500000\n\n2026-02-03,NMB 2,,-500\n2026-02-03,NMB 2,,-500\n"
    assert read_statement(text) == [
        Line(date(2026, 2, 2), "NMB 1", "ERV 1", 6_500_000),
        Line(date(2026, 2, 3), "NMB 2", None, -500),
    ]
    assert read_statement(FIRST) == []


@pytest.mark.parametrize(
    "line",
    [
        "2026-02-30,NMB 1,,5",
        "20260202,NMB 1,,5",
        "2026-02-02,,,5",
        "2026-02-02,NMB 1,,5.0",
        "2026-02-02,NMB 1,,1_000",
        "2026-02-02,NMB 1,,0",
        "2026-02-02,NMB 1,,",
        "2026-02-02,NMB 1,5",
        f"2026-02-02,{'N' * 61},,5",
        "2026-02-02,NMB 1,,9000000000000001",
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_imported(line):
    with pytest.raises(RuleBroken, match="line_unreadable") as refused:
        read_statement(f"{FIRST}\n2026-02-02,NMB 0,,5\n{line}")
    assert refused.value.fields == {"lines": [3]}


@pytest.mark.parametrize("text", ["", "date,amount\n2026-02-02,5", "2026-02-02,NMB 1,,5"])
def test_a_file_of_another_shape_is_refused(text):
    with pytest.raises(RuleBroken, match="header_unknown"):
        read_statement(text)


def test_a_statement_is_bounded():
    with pytest.raises(RuleBroken, match="too_many_lines"):
        read_statement("\n".join([FIRST, *(f"2026-02-02,NMB {n},,5" for n in range(1_001))]))


@given(st.text(max_size=300))
def test_whatever_is_sent_is_read_or_refused(text):
    for sent in (text, f"{FIRST}\n{text}"):
        with suppress(RuleBroken):
            assert all(line.amount for line in read_statement(sent))
