"""Reads a bank's statement as SWIFT MT940, the customer statement message (SWIFT Standards, category 9)."""

import re
from datetime import date
from decimal import Decimal

from mt940.models import Balance, Transactions

from loans.bank.model import MOST_LINES, Line, fits
from loans.rule_broken import RuleBroken

_NO_REFERENCE = "NONREF"
_CAME_IN = ("C", "RD")  # credit, and a debit taken back; the others went out


def read_mt940(text: str, currency: str) -> list[Line]:
    """The lines of one or more statements in `currency`; a line that is given twice is one line.

    The bank's own reference (behind `//` in field 61) names a line, the customer's reference beside it is the
    receipt; where there is only the latter, it names the line. Each statement must add up: opening balance and
    lines give the closing balance. What field 86 says about who paid is not read.
    """
    blocks = [block for block in re.split(r"(?m)^(?=:20:)", text) if block.startswith(":20:")]
    if not blocks:
        raise RuleBroken("statement_unreadable", "Give an MT940 statement; its first field is :20:.")
    lines = [line for number, block in enumerate(blocks, start=1) for line in _read(block, number, currency)]
    if len(lines) > MOST_LINES:
        raise RuleBroken("too_many_lines", f"Import at most {MOST_LINES:,} lines at a time.")
    return list(dict.fromkeys(lines))


def _read(block: str, number: int, currency: str) -> list[Line]:
    try:
        # Never `mt940.parse`: it would take a text that names a file of this machine for that file.
        read = Transactions()
        read.parse(block)
        lines = [_line(entry.data) for entry in read if "amount" in entry.data]
        balances = [_balance(read.data, "opening"), _balance(read.data, "closing")]
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):
        raise _unreadable(number) from None
    if any(used != currency for used, _ in balances):
        raise RuleBroken(
            "currency_differs", f"Import statements of an account in {currency}.", {"statement": number}
        )
    (_, opening), (_, closing) = balances
    if opening + sum(line.amount for line in lines) != closing:
        raise RuleBroken(
            "statement_unbalanced",
            "Opening balance and lines do not give the closing balance; ask the bank for the whole statement.",
            {"statement": number},
        )
    # A field that the parser did not know as a line would be money that nobody looks for.
    if len(lines) != len(re.findall(r"(?m)^:61:", block)):
        raise _unreadable(number)
    return lines


def _line(entry: dict[str, object]) -> Line:
    given = [entry.get("bank_reference"), entry.get("customer_reference")]
    references = [str(text).strip() for text in given if text and str(text).strip() != _NO_REFERENCE]
    size = abs(_whole(entry["amount"]))
    day = entry["date"]
    if not isinstance(day, date):
        raise TypeError
    line = Line(
        date(day.year, day.month, day.day),
        references[0],
        references[1] if len(references) > 1 else None,
        size if entry["status"] in _CAME_IN else -size,
    )
    if not fits(line):
        raise ValueError
    return line


def _balance(fields: dict[str, object], which: str) -> tuple[str, int]:
    """Currency and amount of a balance; a statement in several messages has intermediate ones between."""
    balance = fields.get(f"final_{which}_balance") or fields[f"intermediate_{which}_balance"]
    if not isinstance(balance, Balance):
        raise TypeError
    return str(getattr(balance.amount, "currency", "")), _whole(balance.amount)


def _whole(amount: object) -> int:
    value = getattr(amount, "amount", None)
    if not isinstance(value, Decimal) or value != value.to_integral_value():
        raise ValueError
    return int(value)


def _unreadable(number: int) -> RuleBroken:
    return RuleBroken(
        "statement_unreadable",
        "This is no whole MT940 statement in whole units of money; ask the bank for it again. Nothing was imported.",
        {"statement": number},
    )
