"""What makes a country's definition sound, and which days are holidays once officers have had their word."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from zoneinfo import available_timezones

from registry.rule_broken import RuleBroken

ROOT = "country"


def check_definition(
    time_zone: str,
    languages: Sequence[str],
    levels: Sequence[str],
    level_names: Mapping[str, Mapping[str, str]],
) -> None:
    """Refuse a definition in which a language lacks a word for a level, or whose time zone nobody knows."""
    if time_zone not in available_timezones():
        raise RuleBroken(
            "unknown_time_zone", "Give a time zone of the IANA list, such as Africa/Dar_es_Salaam."
        )
    if len(set(languages)) < len(languages):
        raise RuleBroken("language_twice", "Name each language once, the office's own first.")
    if len(set(levels)) < len(levels) or levels[0] != ROOT:
        raise RuleBroken("bad_levels", f"Name each level once, from the root down, beginning with '{ROOT}'.")
    lacking = [
        f"{language}: {level}"
        for language in languages
        for level in levels
        if level not in level_names.get(language, {})
    ]
    if lacking:
        raise RuleBroken(
            "level_without_name",
            "Name every level in every language.",
            {"level_names": ", ".join(lacking[:10])},
        )
    unknown = sorted(
        set(level_names) - set(languages) | {n for names in level_names.values() for n in names} - set(levels)
    )
    if unknown:
        raise RuleBroken(
            "name_without_level",
            "Leave out what is no language or level of this country.",
            {"level_names": ", ".join(unknown[:10])},
        )


def check_redefinition(
    levels_before: Sequence[str],
    levels: Sequence[str],
    fixed_before: Mapping[str, object],
    fixed: Mapping[str, object],
) -> None:
    """Refuse to change what recorded facts already lean on: currency, fiscal year, and the levels' order."""
    changed = sorted(name for name in fixed if fixed[name] != fixed_before[name])
    if changed:
        raise RuleBroken(
            "country_fixed",
            "Amounts and periods on record lean on these; they cannot change.",
            dict.fromkeys(changed, "fixed"),
        )
    kept = [level for level in levels if level in set(levels_before)]
    if kept != list(levels_before):
        raise RuleBroken("level_lost", "Add levels as you need; those there are stay, in their order.")


def holidays_in_force(
    published: Iterable[tuple[date, str]], overrides: Iterable[tuple[date, bool, str | None]]
) -> dict[date, str]:
    """The holidays after the officers' overrides, in the order in which they were given; date -> name."""
    days = dict(published)
    for on, holiday, name in overrides:
        if holiday:
            days[on] = name or days.get(on, "")
        else:
            days.pop(on, None)
    return dict(sorted(days.items()))
