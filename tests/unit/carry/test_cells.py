"""No cell of an export is taken for a formula, and figures stay figures."""

import csv

import pytest

from ustawi.carry.cells import csv_line, harmless


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\tx", "\r=1"])
def test_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", [0, -5, 19_666_668, "-12", "youth", "", None, "2025-07-01"])
def test_figures_and_words_stay_as_they_are(value: object) -> None:
    assert harmless(value) == ("" if value is None else str(value))


def test_quotes_and_commas_come_back_as_they_went() -> None:
    assert next(csv.reader([csv_line(["a,b", 'say "x"', 7])])) == ["a,b", 'say "x"', "7"]
