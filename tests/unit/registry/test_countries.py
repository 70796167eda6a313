"""What a country's definition must hold, and which days are holidays."""

from datetime import date

import pytest

from registry.countries.model import check_definition, check_redefinition, holidays_in_force
from registry.countries.proclaimed import public_holidays
from registry.rule_broken import RuleBroken

LEVELS = ["country", "region"]
NAMES = {"sw": {"country": "nchi", "region": "mkoa"}, "en": {"country": "country", "region": "region"}}


def test_a_sound_definition_passes():
    check_definition("Africa/Dar_es_Salaam", ["sw", "en"], LEVELS, NAMES)


@pytest.mark.parametrize(
    ("code", "zone", "languages", "levels", "names"),
    [
        ("unknown_time_zone", "Africa/Sumbawanga", ["sw", "en"], LEVELS, NAMES),
        ("language_twice", "Africa/Dar_es_Salaam", ["sw", "sw"], LEVELS, NAMES),
        ("bad_levels", "Africa/Dar_es_Salaam", ["sw", "en"], ["region", "country"], NAMES),
        ("bad_levels", "Africa/Dar_es_Salaam", ["sw", "en"], ["country", "region", "region"], NAMES),
        ("level_without_name", "Africa/Dar_es_Salaam", ["sw", "en"], [*LEVELS, "ward"], NAMES),
        ("name_without_level", "Africa/Dar_es_Salaam", ["sw"], LEVELS, NAMES),
    ],
)
def test_an_unsound_definition_is_refused(code, zone, languages, levels, names):
    with pytest.raises(RuleBroken) as refused:
        check_definition(zone, languages, levels, names)
    assert refused.value.code == code


def test_levels_may_be_added_and_neither_taken_away_nor_turned_round():
    fixed = {"currency": "TZS"}
    check_redefinition(LEVELS, ["country", "zone", "region"], fixed, fixed)
    for levels in (["country"], ["country", "ward"]):
        with pytest.raises(RuleBroken, match="level_lost"):
            check_redefinition(LEVELS, levels, fixed, fixed)
    with pytest.raises(RuleBroken, match="country_fixed"):
        check_redefinition(LEVELS, LEVELS, fixed, {"currency": "USD"})


def test_the_last_word_on_a_day_counts():
    published = [(date(2026, 3, 20), "Eid (makadirio)"), (date(2026, 12, 9), "Uhuru")]
    words = [
        (date(2026, 3, 20), False, None),
        (date(2026, 3, 21), True, "Eid El-Fitri"),
        (date(2026, 12, 9), False, None),
        (date(2026, 12, 9), True, None),
    ]
    assert holidays_in_force(published, words) == {date(2026, 3, 21): "Eid El-Fitri", date(2026, 12, 9): ""}


@pytest.mark.parametrize(
    ("country", "language", "on", "name"),
    [
        ("TZ", "sw", date(2025, 12, 9), "Uhuru na Jamhuri"),
        ("ID", "id", date(2025, 8, 17), "Hari Kemerdekaan Republik Indonesia"),
        ("VN", "vi", date(2025, 9, 2), "Quốc khánh"),
    ],
)
def test_holidays_come_in_the_countrys_language(country, language, on, name):
    assert (on, name) in public_holidays(country, 2025, language)


def test_a_country_or_language_that_the_list_does_not_know_is_told():
    for country, language in (("XX", "en"), ("TZ", "vi")):
        with pytest.raises(LookupError):
            public_holidays(country, 2025, language)
