"""What the template asks of a board: its figures in the shapes that the page shows."""

from collections.abc import Mapping
from typing import Any

from reports.fund.model import POTS, Statement, together
from reports.web import charts
from reports.web.board import Board, Row
from reports.web.formats import Formats
from reports.web.people import People
from reports.words import LANGUAGES

# What the page shows, in its order: for the definitions at its foot.
SHOWN = (
    "fund_set_aside",
    "loans_disbursed",
    "loans_disbursed_amount",
    "loans_repaid_amount",
    "loans_outstanding",
    "fund_available",
    "fund_reserved",
    "fund_credits",
    "fund_expected",
    "account_difference",
    "loans_recovered_amount",
    "loans_refunded_amount",
    "loans_late",
    "loans_late_amount",
    "loans_overdue_amount",
    "loans_at_risk_amount",
    "groups_registered",
    "groups_verified",
    "organisations",
    "organisations_registered",
    "complaints_received",
    "complaints_acknowledged",
    "complaints_answered",
    "complaints_overdue",
    "cases_opened",
    "cases_open",
    "collaborators",
)


def values(board: Board, f: Formats) -> dict[str, Any]:
    """The values that `board.html` is filled with."""
    people = board.people
    series = [
        board.total(name).flow for name in ("fund_set_aside", "loans_disbursed_amount", "loans_repaid_amount")
    ]
    kinds = sorted({kind for kind, _ in board.organisations}, key=lambda kind: -_sum(board, kind=kind))
    levels = sorted({level for _, level in board.organisations}, key=lambda level: -_sum(board, level=level))
    most = max(board.organisations.values(), default=0)
    owed = [row.ever.get("loans_outstanding", 0) for row in board.rows]
    opened = [people.value("cases_opened", row=row) or 0 for row, _ in people.rows] if people else []
    has = _has(board)
    # Below the council nothing is set aside: no column for it.
    aside = any(row.ever.get("fund_set_aside") for row in board.rows if row.area != board.area["area"])
    return dict(
        b=board,
        positions={row["source"]: row for row in board.positions},
        fund_chart=charts.columns(series),
        roster_chart=charts.steps(board.roster, min(board.today, board.quarter.period.last))
        if board.roster
        else None,
        unit=lambda size: f"{f.currency} {f.size_named(size)}".strip(),
        most_owed=max(owed, default=0),
        most_opened=max(opened, default=0),
        labels=[f.quarter_short(quarter) for quarter in board.quarters],
        pot_parts=lambda name, mode: _pots(board, name, mode),
        people_series=lambda name: (
            [people.value(name, nth=nth) for nth in range(len(people.quarters))] if people else []
        ),
        share_series=lambda: _shares(people) if people else [],
        has=has,
        cards=_cards(board, has),
        aside=aside,
        fund_rows=_rows(board, "loans_disbursed_amount", *(["fund_set_aside"] if aside else [])),
        funds=[each for each in board.funds if each.whole.moved or each.expected],
        fund_pots=[together(each.pots[pot] for each in board.funds) for pot in POTS],
        fund_whole=together(each.whole for each in board.funds),
        fund_lines=_lines(together(each.whole for each in board.funds)),
        funds_balance=all(each.balances for each in board.funds),
        late=board.late,
        group_rows=_rows(board, "groups_registered", "groups_verified"),
        whole_code=(board.trail[0] if board.trail else board.area)["code"],
        whole_name=(board.trail[0] if board.trail else board.area)["name"],
        organisation_kinds=kinds,
        organisation_levels=levels,
        organisation_sum=lambda kind=None, level=None: _sum(board, kind=kind, level=level),
        heat=lambda value: 0 if not value else min(4, 1 + value * 4 // (most + 1)),
        level_name=lambda level: _level_name(board.country, level, f.language),
        shown=SHOWN,
    )


# The lines of a quarter's statement: its field, the words for it, its sign; those in `_ONLY_WHERE` stand only where
# they have anything to tell.
_LINES = (
    ("brought_forward", "brought_forward", ""),
    ("opening", "fund_opening", "+"),
    ("set_asides", "fund_set_aside", "+"),
    ("repayments", "loans_repaid_amount", "+"),
    ("recoveries", "loans_recovered_amount", "+"),
    ("taken_over", "fund_taken_over", "+"),
    ("disbursed", "loans_disbursed_amount", "−"),
    ("refunded", "loans_refunded_amount", "−"),
    ("handed_over", "fund_handed_over", "−"),
    ("held", "held", "="),
    ("available", "fund_available", "of"),
    ("reserved", "fund_reserved", "of"),
    ("credits", "fund_credits", "of"),
    ("shortfall", "shortfall", "less"),
)
_ONLY_WHERE = ("opening", "shortfall", "recoveries", "refunded", "taken_over", "handed_over")


def _lines(whole: Statement) -> list[tuple[str, str, str]]:
    return [each for each in _LINES if each[0] not in _ONLY_WHERE or getattr(whole, each[0])]


def _has(board: Board) -> dict[str, bool]:
    """Which parts of the page have anything to show in the quarters shown."""

    def there(*names: str) -> bool:
        return any(
            name in names and (series.start or any(series.flow)) for (name, _), series in board.series.items()
        )

    def told(name: str) -> bool:
        return board.people is not None and any(
            board.people.value(name, nth=nth) != 0 for nth in range(len(board.people.quarters))
        )

    return {
        "loans": there(
            "fund_set_aside", "loans_disbursed_amount", "loans_outstanding", "loans_repaid_amount"
        ),
        "groups": there("groups_registered", "groups_verified"),
        "organisations": there("organisations"),
        "complaints": told("complaints_received") or told("complaints_answered"),
        "cases": told("cases_opened"),
    }


def _rows(board: Board, *indicators: str) -> list[Row]:
    """The rows of a table by area; the area's own row only where it has something to tell."""
    own = board.area["area"]
    return [row for row in board.rows if row.area != own or any(row.ever.get(name) for name in indicators)]


def _cards(board: Board, has: Mapping[str, bool]) -> int:
    """How many cards there are at a glance."""
    told = 2 * has["complaints"] + has["cases"] if board.people else 0
    return 3 * has["loans"] + has["groups"] + told + has["organisations"] + bool(board.roster)


def _shares(people: People) -> list[int | None]:
    """How many in a thousand answers were in time, quarter by quarter; None where that is not told."""
    found: list[int | None] = []
    for nth in range(len(people.quarters)):
        whole, good = (
            people.value("complaints_answered", nth=nth),
            people.value("complaints_answered", "in_time", nth=nth),
        )
        found.append(None if good is None or not whole else good * 1000 // whole)
    return found


def _pots(board: Board, indicator: str, mode: str) -> list[int]:
    found = []
    for pot in ("women", "youth", "pwd"):
        series = board.total(indicator, [pot])
        found.append(max(0, series.stock[-1] if mode == "stock" else series.flow[-1]))
    return found


def _sum(board: Board, kind: str | None = None, level: str | None = None) -> int:
    return sum(
        value
        for (its_kind, its_level), value in board.organisations.items()
        if kind in (None, its_kind) and level in (None, its_level)
    )


def _level_name(country: Mapping[str, Any], level: str, language: str) -> str:
    names = country["level_names"]
    for each in (language, *LANGUAGES):
        if level in names.get(each, {}):
            return str(names[each][level])
    return level
