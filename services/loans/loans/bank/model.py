"""How a bank's statement is read."""

import csv
from dataclasses import dataclass
from datetime import date

from loans.rule_broken import RuleBroken

HEADER = ("on", "bank_reference", "receipt_number", "amount")
MOST_LINES = 1_000
MATCHES = ("reference", "receipt", "day")  # in this order: the surest first
_LONGEST = 60  # characters of a reference
_MOST = 9_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """Money that came in (above 0) or went out (below 0) on a day, in whole shillings."""

    on: date
    bank_reference: str
    receipt_number: str | None
    amount: int


def read_statement(text: str) -> list[Line]:
    """The lines of a statement as CSV with the header on,bank_reference,receipt_number,amount.

    Days are YYYY-MM-DD, amounts whole shillings without separators; a line that is given twice is one line.
    """
    rows = csv.reader(text.splitlines(), strict=True)
    try:
        header, *body = [row for row in rows if any(cell.strip() for cell in row)] or [[]]
    except csv.Error:
        raise _unreadable([0]) from None
    if tuple(cell.strip() for cell in header) != HEADER:
        raise RuleBroken("header_unknown", f"Give a CSV file whose first line is {','.join(HEADER)}.")
    if len(body) > MOST_LINES:
        raise RuleBroken("too_many_lines", f"Import at most {MOST_LINES:,} lines at a time.")
    lines = [_read(row) for row in body]
    wrong = [number for number, line in enumerate(lines, start=2) if line is None]
    if wrong:
        raise _unreadable(wrong)
    return list(dict.fromkeys(line for line in lines if line is not None))


def _read(row: list[str]) -> Line | None:
    if len(row) != len(HEADER):
        return None
    on, reference, receipt, amount = (cell.strip() for cell in row)
    try:
        day, value = date.fromisoformat(on), int(amount)
    except ValueError:
        return None
    plain = day.isoformat() == on and str(value) == amount.removeprefix("+")
    line = Line(day, reference, receipt or None, value)
    return line if plain and fits(line) else None


def fits(line: Line) -> bool:
    """Whether the books can hold a line: references of at most 60 characters, an amount that is not 0."""
    references = 0 < len(line.bank_reference) <= _LONGEST and len(line.receipt_number or "") <= _LONGEST
    return references and 0 < abs(line.amount) <= _MOST


def _unreadable(numbers: list[int]) -> RuleBroken:
    told = ", ".join(str(number) for number in numbers[:10])
    return RuleBroken(
        "line_unreadable",
        f"Mend these lines of the file, then import it again: {told}. Nothing was imported.",
        {"lines": numbers[:10]},
    )
