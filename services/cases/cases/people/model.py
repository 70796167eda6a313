"""What may be said of a person without saying who they are: an age band; and when they may be forgotten."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cases.rule_broken import RuleBroken

UNKNOWN_BAND = "unknown"


def whole_years(born_on: date, on: date) -> int:
    """Age in whole years; who is born on 29 February grows older on 1 March of other years."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def age_on(born_on: date | None, estimated_age: int | None, on: date) -> int | None:
    """The age from the birth date, else the worker's estimate, else None."""
    if born_on is None:
        return estimated_age
    if born_on > on:
        raise RuleBroken("born_later", "The birth date lies after the day of receipt; correct one of them.")
    return whole_years(born_on, on)


def age_band(age: int | None, starts: Sequence[int]) -> str:
    """The band of an age, such as `5-14` or `60+`, given the first year of each band in order.

    Every age of 0 and above falls in exactly one band; no age is `unknown`.
    """
    if age is None:
        return UNKNOWN_BAND
    first = max(start for start in starts if start <= age)
    later = [start for start in starts if start > age]
    return f"{first}-{min(later) - 1}" if later else f"{first}+"


def normal_id(national_id: str) -> str:
    """A national id as it is compared: letters and digits alone, folded."""
    return "".join(c for c in unicodedata.normalize("NFKC", national_id).casefold() if c.isalnum())


def normal_phone(phone: str, dialling_code: str) -> str:
    """A telephone number as it is compared: `0784 123 456` and `+255 784 123 456` are one and the same."""
    digits = "".join(c for c in phone if c.isdecimal() and c.isascii())
    if phone.strip().startswith("+"):
        return digits
    if digits.startswith("00"):
        return digits[2:]
    return dialling_code + digits.lstrip("0")


def check_may_be_erased(records: Sequence[Mapping[str, Any]]) -> None:
    """A person is forgotten only when nothing is still owed to them.

    Args:
        records: their cases and complaints, each with `state`.
    """
    if any(record["state"] not in ("closed", "answered", "decided") for record in records):
        raise RuleBroken(
            "still_open",
            "A case or complaint of this person is still open; close or answer it first, then erase.",
        )
