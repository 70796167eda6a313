"""Short public references, such as `G-00012-4`: prefix, running number, check character (ISO 7064 mod 37,36).

People read them out on the telephone and copy them by hand: one wrong character is always found, and two
neighbours that changed places nearly always.
"""

import re
from typing import TYPE_CHECKING

from stdnum.iso7064 import mod_37_36

from chassis.errors import Invalid

if TYPE_CHECKING:
    from chassis.transaction import Transaction

_PREFIX = re.compile(r"[A-Z]{1,4}")
_COMPACT = re.compile(r"([A-Z]{1,4})([0-9]{5,18})([0-9A-Z])")
_BETWEEN = re.compile(r"[\s\u2010-\u2015\u2212-]+")  # spaces and every sort of dash
_LONGEST = 60


def format_reference(prefix: str, number: int) -> str:
    """The reference of a number, of five digits or more; ValueError if the prefix is not 1 to 4 letters."""
    if not _PREFIX.fullmatch(prefix) or number < 1:
        raise ValueError(f"no reference for {prefix!r} and {number}")
    return f"{prefix}-{number:05d}-{mod_37_36.calc_check_digit(f'{prefix}{number:05d}')}"


def check_reference(text: str) -> tuple[str, int]:
    """The prefix and number of a reference as a person typed it, in any case, with or without dashes and
    spaces.

    Raises `Invalid` with code reference_invalid when a character is wrong or missing.
    """
    compact = _BETWEEN.sub("", text[:_LONGEST]).upper() if len(text) <= _LONGEST else ""
    found = _COMPACT.fullmatch(compact)
    if found:
        prefix, number = found[1], int(found[2])
        if number >= 1 and format_reference(prefix, number).replace("-", "") == compact:
            return prefix, number
    raise Invalid(
        "reference_invalid", "This reference has a wrong or missing character; read it again from the paper."
    )


def next_reference(tx: "Transaction", prefix: str) -> str:
    """The next reference of a prefix; without gaps, so those who take one of a prefix wait in line."""
    number = tx.value(
        """
        INSERT INTO reference_counter (prefix, last) VALUES (%(prefix)s, 1)
        ON CONFLICT (prefix) DO UPDATE SET last = reference_counter.last + 1
        RETURNING last
        """,
        prefix=prefix,
    )
    return format_reference(prefix, number)
