"""Every word is there in every language, and numbers, money and dates are written as its readers write them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.indicators.catalogue import INDICATORS
from reports.periods.model import Quarter
from reports.web.formats import Formats, language_of
from reports.words import LANGUAGES, WORDS


def leaves(branch: Mapping[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in branch.items():
        if isinstance(value, Mapping):
            yield from leaves(value, *above, key)
        else:
            yield (*above, key), value


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word_with_the_same_blanks_to_fill(language: str) -> None:
    english, other = dict(leaves(WORDS.of("en"))), dict(leaves(WORDS.of(language)))
    assert other.keys() == english.keys()
    for key, text in other.items():
        assert isinstance(text, str), key
        assert text.strip(), key
        assert blanks(text) >= blanks(english[key]) - {"n"}, key


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_indicator_and_dimension_is_named_and_every_indicator_defined(language: str) -> None:
    for name, indicator in INDICATORS.items():
        assert WORDS.of(language, "indicators", name).keys() == {"title", "definition"}
        for dimension in indicator.dimensions:
            assert WORDS.of(language, "dimensions", dimension)


def test_a_code_that_is_not_in_our_lists_speaks_for_itself() -> None:
    assert WORDS.code("en", "category", "something_new") == "something new"
    assert WORDS.code("sw", "no_such_dimension", "x") == "x"


@pytest.mark.parametrize(
    ("language", "money", "short"),
    [
        ("sw", "TZS\u00a01,243,500,000", "TZS\u00a0bilioni\u00a01.24"),
        ("en", "TZS\u00a01,243,500,000", "TZS\u00a01.24\u00a0billion"),
        ("id", "TZS\u00a01.243.500.000", "TZS\u00a01,24\u00a0miliar"),
        ("vi", "TZS\u00a01.243.500.000", "TZS\u00a01,24\u00a0tỷ"),
    ],
)
def test_money_is_told_in_whole_units_and_large_amounts_briefly(
    language: str, money: str, short: str
) -> None:
    f = Formats(language, "TZS")
    assert f.money(1_243_500_000) == money
    assert f.short_money(1_243_500_000) == short
    assert f.short(999_999) == f.count(999_999)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6), st.sampled_from(LANGUAGES))
def test_the_shares_of_a_whole_add_up_to_a_hundred(parts: list[int], language: str) -> None:
    told = Formats(language).split(parts)
    if any(parts):
        assert sum(int(share.strip("%\u00a0 ")) for share in told.split(" : ")) == 100
    else:
        assert told == "–"


@pytest.mark.parametrize(
    ("language", "day", "quarter"),
    [
        ("sw", "1 Okt 2025", "Robo ya 2 ya 2025/26"),
        ("en", "1 Oct 2025", "Quarter 2 of 2025/26"),
        ("id", "1 Okt 2025", "Triwulan 2 2025/26"),
        ("vi", "1 thg 10, 2025", "Quý 2 năm 2025/26"),
    ],
)
def test_days_and_quarters(language: str, day: str, quarter: str) -> None:
    f = Formats(language, "TZS", "Africa/Dar_es_Salaam")
    assert f.day(date(2025, 10, 1)) == day
    assert f.quarter(Quarter(2025, 2, 7)) == quarter
    assert f.moment(datetime(2025, 9, 30, 21, 30, tzinfo=UTC)).startswith(day)


def test_plural_forms_are_those_of_the_language() -> None:
    assert Formats("en").say("loans_count", n=1) == "1 loan"
    assert Formats("en").say("loans_count", n=13) == "13 loans"
    assert Formats("id").say("loans_count", n=1) == "1 pinjaman"


@pytest.mark.parametrize(
    ("asked", "accepted", "answered"),
    [
        ("vi", ["en"], "vi"),
        (None, ["fr", "id-ID"], "id"),
        ("xx", ["en-GB"], "en"),
        (None, [], "sw"),
        ("", ["zh"], "sw"),
    ],
)
def test_a_reader_is_answered_in_the_language_asked_for_or_accepted(
    asked: str | None, accepted: list[str], answered: str
) -> None:
    assert language_of(asked, accepted) == answered
