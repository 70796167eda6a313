"""Ages, national ids, and what those see who may not read personal data."""

import re
from collections.abc import Sequence
from datetime import date

from registry.rule_broken import RuleBroken

_DIGITS = {"TZ": (20,), "ID": (16,), "VN": (12, 9)}


def age_on(born_on: date, on: date) -> int:
    """Whole years; who was born on 29 February has the birthday on 1 March in other years."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def national_id_digits(country: str, national_id: str) -> str:
    """The number's digits alone, as compared; people write it with hyphens and blanks."""
    return re.sub(r"[\s.-]", "", national_id) if country in _DIGITS else national_id.strip().casefold()


def fault_of_national_id(country: str, digits: str, born_on: date, sex: str) -> str | None:
    """What is wrong with a national id number, if anything; `digits` as `national_id_digits` gives them.

    Tanzania (NIDA): 20 digits, of which the first 8 are the birth date, year first. Indonesia (NIK): 16
    digits, of which the 7th to 12th are day, month and year of birth, 40 added to a woman's day. Vietnam: 12
    digits, or 9 on older cards.
    """
    lengths = _DIGITS.get(country)
    if lengths is None:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) not in lengths:
        return f"a national id of {country} has {' or '.join(map(str, lengths))} digits"
    if country == "TZ" and digits[:8] != f"{born_on:%Y%m%d}":
        return "the national id tells another birth date (its first eight digits)"
    if country == "ID":
        day = born_on.day + (40 if sex == "female" else 0)
        if digits[6:12] != f"{day:02d}{born_on:%m%y}":
            return "the national id tells another birth date or sex (its 7th to 12th digits)"
    return None


def mask(name: str) -> str:
    """A person's name as shown to those who may not read it: the first letter of each word."""
    return " ".join(f"{word[0]}***" for word in name.split())


def mask_number(number: str) -> str:
    """A number as shown to those who may not read it: its last two characters."""
    return f"***{number[-2:]}" if len(number) > 6 else "***"


def check_may_be_erased(ended_on: Sequence[date | None], on: date) -> None:
    """Nobody is forgotten while a member of a group, or on the roster."""
    if any(end is None or end > on for end in ended_on):
        raise RuleBroken(
            "still_a_member",
            "This person is a member of a group or serves as a collaborator; record that they left, then erase.",
        )
