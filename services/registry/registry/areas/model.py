"""The rules of an import of areas: it adds what is new, leaves alone what is known, and changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.rule_broken import RuleBroken

ROOT = "country"
_SHOWN = 20  # an error names this many areas and counts the rest


@dataclass(frozen=True, slots=True)
class Row:
    """An area as it is asked for; `parent` is a code of the same country."""

    code: str
    level: str
    name: str
    parent: str | None
    valid_from: date


@dataclass(frozen=True, slots=True)
class Known:
    """An area on record: the version that the row speaks of, or else its last; since when, and until when, it is."""

    level: str
    name: str
    parent: str | None
    valid_from: date
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does: new areas, parents before children, and how many were there already."""

    new: list[Row]
    unchanged: int


def plan_import(
    rows: Sequence[Row], known: Mapping[str, Known], levels: Sequence[str], has_root: bool
) -> Plan:
    """Decide an import against what is on record.

    `known` holds every area on record that the rows or their parents name, by code; `has_root` tells whether
    the country's own area is on record. Raises `RuleBroken` naming each row at fault: nothing is imported by
    halves.
    """
    _refuse("code_twice", "Name each area once in an import.", _repeated(rows))
    _refuse(
        "area_changed",
        "An import adds areas and never changes one. Leave these rows out: a new name, level or parent is a "
        "change of its own, with its own legal instrument.",
        {r.code: what for r in rows if r.code in known and (what := _difference(r, known[r.code]))},
    )
    new = {row.code: row for row in rows if row.code not in known}
    rank = {level: index for index, level in enumerate(levels)}
    _refuse("bad_area", "Mend these rows; nothing was imported.", _faults(new, known, rank, has_root))
    return Plan(
        new=sorted(new.values(), key=lambda r: (rank[r.level], r.code)), unchanged=len(rows) - len(new)
    )


def lay_out(
    new: Sequence[Row], ids: Mapping[str, Any], paths: Mapping[str, Sequence[Any]], new_id: Callable[[], Any]
) -> list[dict[str, Any]]:
    """Give new areas their ids and their paths from the root; parents come before children in `new`.

    `ids` and `paths` are those of the areas on record, by code; answers {area, code, level, name, parent,
    valid_from, path} in the same order.
    """
    known, ways = dict(ids), dict(paths)
    laid_out = []
    for row in new:
        known[row.code] = area = new_id()
        ways[row.code] = [*(ways[row.parent] if row.parent else ()), area]
        laid_out.append(
            {
                "area": area,
                "code": row.code,
                "level": row.level,
                "name": row.name,
                "parent": known[row.parent] if row.parent else None,
                "valid_from": row.valid_from,
                "path": ways[row.code],
            }
        )
    return laid_out


def _repeated(rows: Sequence[Row]) -> dict[str, str]:
    seen: set[str] = set()
    repeated = {}
    for row in rows:
        if row.code in seen:
            repeated[row.code] = "named twice"
        seen.add(row.code)
    return repeated


def _difference(row: Row, known: Known) -> str | None:
    """Which facts of a known area the row tells otherwise."""
    facts = ("level", "name", "parent", "valid_from")
    told = [fact for fact in facts if getattr(row, fact) != getattr(known, fact)]
    return f"other {', '.join(told)} than on record" if told else None


def _faults(
    new: Mapping[str, Row], known: Mapping[str, Known], rank: Mapping[str, int], has_root: bool
) -> dict[str, str]:
    faults = {}
    roots = [row.code for row in new.values() if row.level == ROOT]
    for code, row in new.items():
        parent = None if row.parent is None else new.get(row.parent) or known.get(row.parent)
        if row.level not in rank:
            faults[code] = f"no level '{row.level}' in this country"
        elif row.level == ROOT:
            if row.parent is not None:
                faults[code] = "a country has no parent"
            elif has_root or roots[0] != code:
                faults[code] = "this country has its root already"
        elif row.parent is None:
            faults[code] = "name its parent"
        elif parent is None:
            faults[code] = "its parent is neither on record nor in this import"
        elif rank.get(parent.level, len(rank)) >= rank[row.level]:
            faults[code] = f"a {row.level} cannot lie in a {parent.level}"
        elif row.valid_from < _since(parent):
            faults[code] = "in force before its parent"
        elif isinstance(parent, Known) and parent.until is not None:
            faults[code] = "its parent was abolished"
    return faults


def _since(area: Row | Known) -> date:
    return area.since if isinstance(area, Known) else area.valid_from


def _refuse(code: str, message: str, faults: Mapping[str, str]) -> None:
    if faults:
        shown = dict(list(faults.items())[:_SHOWN])
        more = f" {len(faults) - len(shown)} more rows are at fault." if len(faults) > len(shown) else ""
        raise RuleBroken(code, message + more, shown)
