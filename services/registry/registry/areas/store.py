"""SQL of areas and their versions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def on_record(
    tx: Transaction, country: str, valid_from_by_code: Mapping[str, date | None]
) -> list[dict[str, Any]]:
    """The areas of these codes: the version that begins on the date named, or else the last one.

    {area, code, level, name, parent (code), valid_from, since, until (when it was abolished), path (ids from the
    root to the area itself, as it is now)}
    """
    return tx.all(
        """
        WITH RECURSIVE asked AS (
            SELECT * FROM unnest(%(codes)s::text[], %(dates)s::date[]) AS t (code, valid_from)
        ), found AS (
            SELECT a.area, a.code, v.level, v.name, v.parent, v.valid_from,
                   (SELECT min(first.valid_from) FROM area_version first WHERE first.area = a.area) AS since,
                   (SELECT ended.valid_to FROM area_version ended
                    WHERE ended.area = a.area AND ended.abolished) AS until
            FROM asked
            JOIN area a ON a.country = %(country)s AND a.code = asked.code
            CROSS JOIN LATERAL (
                SELECT * FROM area_version v
                WHERE v.area = a.area
                ORDER BY (v.valid_from = asked.valid_from) IS TRUE DESC, v.valid_from DESC
                LIMIT 1
            ) v
        ), way AS (
            SELECT last.area AS lowest, last.area, last.parent, ARRAY[last.area] AS path
            FROM found JOIN area_version last ON last.area = found.area AND last.next_from IS NULL
            UNION ALL
            SELECT way.lowest, up.area, up.parent, up.area || way.path
            FROM way JOIN area_version up ON up.area = way.parent AND up.next_from IS NULL
        )
        SELECT found.area, found.code, found.level, found.name, parent.code AS parent,
               found.valid_from, found.since, found.until, way.path
        FROM found
        JOIN way ON way.lowest = found.area AND way.parent IS NULL
        LEFT JOIN area parent ON parent.area = found.parent
        """,
        country=country,
        codes=list(valid_from_by_code),
        dates=list(valid_from_by_code.values()),
    )


def add_areas(
    tx: Transaction, country: str, areas: Sequence[Mapping[str, Any]], source: str, instrument: str
) -> None:
    """Keep new areas and their first versions: {area, code, level, name, folded, parent (id), valid_from}."""
    tx.run(
        """
        WITH told AS (
            SELECT * FROM jsonb_to_recordset(%(areas)s::jsonb)
                AS t (area uuid, code text, level text, name text, folded text, parent uuid, valid_from date)
        ), added AS (
            INSERT INTO area (area, country, code, root, recorded_at)
            SELECT area, %(country)s, code, parent IS NULL, %(now)s FROM told
        )
        INSERT INTO area_version (area, version, level, name, folded, parent, valid_from,
                                  source, instrument, recorded_by, recorded_at)
        SELECT area, 1, level, name, folded, parent, valid_from, %(source)s, %(instrument)s, %(by)s, %(now)s
        FROM told
        """,
        country=country,
        areas=json.dumps(list(areas), default=str),
        source=source,
        instrument=instrument,
        by=tx.actor.subject,
        now=tx.now,
    )


def by_code(tx: Transaction, country: str, code: str) -> dict[str, Any] | None:
    return tx.one(
        "SELECT area, country FROM area WHERE country = %(country)s AND code = %(code)s",
        country=country,
        code=code,
    )


def by_id(tx: Transaction, area: UUID) -> dict[str, Any] | None:
    return tx.one("SELECT area, country FROM area WHERE area = %(area)s", area=area)


def version_on(tx: Transaction, area: UUID, on: date) -> dict[str, Any] | None:
    """The version of an area in force on a date."""
    return tx.one(
        """
        SELECT a.area, a.country, a.code, v.level, v.name, v.parent, v.version,
               v.valid_from, v.valid_to, v.source, v.instrument
        FROM area a JOIN area_version v USING (area)
        WHERE a.area = %(area)s AND v.valid_from <= %(on)s AND (v.valid_to > %(on)s) IS NOT FALSE
        """,
        area=area,
        on=on,
    )


def way_on(tx: Transaction, area: UUID, on: date) -> list[dict[str, Any]]:
    """The areas from the root down to this one as they were on a date: {area, level, name}."""
    return tx.all(
        """
        WITH RECURSIVE way AS (
            SELECT area, level, name, parent, 0 AS up FROM area_version
            WHERE area = %(area)s AND valid_from <= %(on)s AND (valid_to > %(on)s) IS NOT FALSE
            UNION ALL
            SELECT v.area, v.level, v.name, v.parent, way.up + 1
            FROM way JOIN area_version v ON v.area = way.parent
            WHERE v.valid_from <= %(on)s AND (v.valid_to > %(on)s) IS NOT FALSE AND way.up < 20
        )
        SELECT area, level, name FROM way ORDER BY up DESC
        """,
        area=area,
        on=on,
    )


def areas_on(
    tx: Transaction,
    country: str,
    on: date,
    *,
    parent: UUID | None,
    level: str | None,
    words: str | None,
    after: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of a country's areas on a date, by code; `words` is a tsquery over folded names."""
    return tx.all(
        """
        SELECT a.area, a.code, v.level, v.name, v.parent, v.valid_from
        FROM area a JOIN area_version v USING (area)
        WHERE a.country = %(country)s
          AND v.valid_from <= %(on)s AND (v.valid_to > %(on)s) IS NOT FALSE
          AND (%(parent)s::uuid IS NULL OR v.parent = %(parent)s)
          AND (%(level)s::text IS NULL OR v.level = %(level)s)
          AND (%(words)s::text IS NULL OR to_tsvector('simple', v.folded) @@ to_tsquery('simple', %(words)s))
          AND (%(after)s::text IS NULL OR a.code > %(after)s)
        ORDER BY a.code
        LIMIT %(limit)s
        """,
        country=country,
        on=on,
        parent=parent,
        level=level,
        words=words,
        after=after,
        limit=limit,
    )


def below(tx: Transaction, area: UUID, areas: Iterable[UUID], on: date) -> set[UUID]:
    """Those of `areas` that are this area or lie below it on a date."""
    rows = tx.all(
        """
        SELECT area FROM visible_area(ARRAY[%(area)s::text], %(on)s) WHERE area = ANY (%(areas)s)
        """,
        area=str(area),
        on=on,
        areas=list(areas),
    )
    return {row["area"] for row in rows}


def areas_by_country(tx: Transaction) -> dict[str, int]:
    """How many areas are on record in each country."""
    return {r["country"]: r["n"] for r in tx.all("SELECT country, count(*) AS n FROM area GROUP BY country")}
