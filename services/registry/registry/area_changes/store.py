"""SQL of changes of areas: the map around them, the versions that end and begin, and who takes over."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def map_on(
    tx: Transaction, country: str, named: Collection[str], changing: Collection[str], on: date
) -> list[dict[str, Any]]:
    """The areas of these codes, all below those that change, and all above any of them, as of a day.

    {area, code, level, name, parent (code), valid_from, settled: nothing is on record for that day or later}
    """
    return tx.all(
        """
        WITH RECURSIVE below AS (
            SELECT area FROM area WHERE country = %(country)s AND code = ANY (%(changing)s)
            UNION
            SELECT v.area FROM below JOIN area_version v ON v.parent = below.area
            WHERE v.valid_to IS NULL OR v.valid_to > %(on)s
        ), way AS (
            (SELECT area FROM below
             UNION
             SELECT area FROM area WHERE country = %(country)s AND code = ANY (%(named)s))
            UNION
            SELECT v.parent FROM way JOIN area_version v USING (area)
            WHERE v.parent IS NOT NULL AND v.valid_from <= %(on)s AND (v.valid_to > %(on)s) IS NOT FALSE
        )
        SELECT a.area, a.code, v.level, v.name, parent.code AS parent, v.valid_from,
               v.valid_from < %(on)s AND v.valid_to IS NULL AS settled
        FROM way
        JOIN area a USING (area)
        JOIN area_version v ON v.area = a.area
                           AND v.valid_from <= %(on)s AND (v.valid_to > %(on)s) IS NOT FALSE
        LEFT JOIN area parent ON parent.area = v.parent
        ORDER BY a.code
        """,
        country=country,
        named=list(named),
        changing=list(changing),
        on=on,
    )


def codes_given(tx: Transaction, country: str, codes: Collection[str]) -> set[str]:
    """Those of the codes that were ever given to an area."""
    rows = tx.all(
        "SELECT code FROM area WHERE country = %(country)s AND code = ANY (%(codes)s)",
        country=country,
        codes=list(codes),
    )
    return {row["code"] for row in rows}


def go_on(
    tx: Transaction, versions: Sequence[Mapping[str, Any]], on: date, source: str, instrument: str
) -> dict[UUID, int]:
    """End the last version of areas and begin their next: {area, level, name, folded, parent (id)}.

    Returns the number of each area's new version.
    """
    rows = tx.all(
        """
        WITH told AS (
            SELECT * FROM jsonb_to_recordset(%(versions)s::jsonb)
                AS t (area uuid, level text, name text, folded text, parent uuid)
        ), ended AS (
            UPDATE area_version v SET valid_to = %(on)s
            FROM told WHERE v.area = told.area AND v.valid_to IS NULL
            RETURNING v.area, v.version
        )
        INSERT INTO area_version (area, version, level, name, folded, parent, valid_from,
                                  source, instrument, recorded_by, recorded_at)
        SELECT told.area, ended.version + 1, told.level, told.name, told.folded, told.parent, %(on)s,
               %(source)s, %(instrument)s, %(by)s, %(now)s
        FROM told JOIN ended USING (area)
        RETURNING area, version
        """,
        versions=json.dumps(list(versions), default=str),
        on=on,
        source=source,
        instrument=instrument,
        by=tx.actor.subject,
    )
    return {row["area"]: row["version"] for row in rows}


def abolish(tx: Transaction, areas: Collection[UUID], on: date) -> dict[UUID, int]:
    """End areas; returns the number of each one's last version."""
    rows = tx.all(
        """
        UPDATE area_version SET valid_to = %(on)s, abolished = true
        WHERE area = ANY (%(areas)s) AND valid_to IS NULL
        RETURNING area, version
        """,
        areas=list(areas),
        on=on,
    )
    return {row["area"]: row["version"] for row in rows}


def add_successions(
    tx: Transaction, successions: Sequence[Mapping[str, Any]], on: date, instrument: str
) -> None:
    """Keep who takes over from whom: {area, successor, kind, weight}."""
    tx.many(
        """
        INSERT INTO area_succession (area, successor, "on", kind, weight, instrument, recorded_by, recorded_at)
        VALUES (%(area)s, %(successor)s, %(on)s, %(kind)s, %(weight)s, %(instrument)s, %(by)s, %(now)s)
        """,
        [
            {**each, "on": on, "instrument": instrument, "by": tx.actor.subject, "now": tx.now}
            for each in successions
        ],
    )


def successors_of(tx: Transaction, area: UUID) -> list[dict[str, Any]]:
    """Who took over from an area, wholly or in part: {area, on, kind, weight, instrument}."""
    return tx.all(
        """
        SELECT successor AS area, "on", kind, weight, instrument FROM area_succession
        WHERE area = %(area)s ORDER BY "on", successor
        """,
        area=area,
    )


def predecessors_of(tx: Transaction, area: UUID) -> list[dict[str, Any]]:
    """From whom an area took over: {area, on, kind, weight, instrument}."""
    return tx.all(
        """
        SELECT area, "on", kind, weight, instrument FROM area_succession
        WHERE successor = %(area)s AND area <> successor ORDER BY "on", area
        """,
        area=area,
    )
