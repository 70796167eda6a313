"""Countries, areas and public holidays as this service knows them: a dated copy, kept from the registry's
events.

The registry itself keeps the same tables by the same functions. Everything is an upsert, and ids that are not
known yet are taken as they come, so order of arrival does not matter.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from chassis.clock import BusinessCalendar
from chassis.errors import Refused

if TYPE_CHECKING:
    from chassis.envelope import Event
    from chassis.transaction import Transaction

VISIBLE = (
    "('*' = ANY (%(areas)s::text[])"
    " OR {column} IN (SELECT area FROM visible_area(%(areas)s, moment => %(now)s)))"
)


def visible(column: str) -> str:
    """A list query's condition that keeps it to the caller's areas; pass `areas=tx.actor.areas` too.

    `%(now)s` is in every statement of a transaction: whose area it is, is judged on the local day.
    """
    return VISIBLE.format(column=column)


# -- Keeping the copy


def put_country(tx: "Transaction", country: Mapping[str, Any]) -> None:
    """Keep a country, as the event `country_defined` tells it."""
    tx.run(
        """
        INSERT INTO scope_country
               (country, name, time_zone, currency, fiscal_year_start_month, languages, level_names)
        VALUES (%(country)s, %(name)s, %(time_zone)s, %(currency)s, %(fiscal_year_start_month)s,
                %(languages)s, %(level_names)s)
        ON CONFLICT (country) DO UPDATE
        SET name = excluded.name, time_zone = excluded.time_zone, currency = excluded.currency,
            fiscal_year_start_month = excluded.fiscal_year_start_month, languages = excluded.languages,
            level_names = excluded.level_names
        """,
        country=country["country"],
        name=country["name"],
        time_zone=country["time_zone"],
        currency=country["currency"],
        fiscal_year_start_month=country["fiscal_year_start_month"],
        languages=list(country["languages"]),
        level_names=Jsonb(country["level_names"]),
    )


def put_areas(tx: "Transaction", areas: Iterable[Mapping[str, Any]]) -> None:
    """Keep versions of areas: {area, country, level, code, name, parent, path, valid_from, valid_to}, any
    number.

    `path` goes from the root to the area itself; `valid_to` is the first day on which the version is no
    longer in force, and may be left out. A version ends, at the latest, where the area's next one begins.
    """
    told = {(str(area["area"]), str(area["valid_from"])): _told(area) for area in areas}
    if not told:
        return
    # Two writers at once would each miss the version that the other adds between its own.
    _one_writer(tx)
    tx.run(
        """
        WITH told AS (
            SELECT t.area, t.country, t.level, t.code, t.name, t.parent, t.path, t.valid_from,
                   -- What was told of a version's end is not untold by its beginning, should that come again.
                   coalesce(t.valid_to, (SELECT a.valid_to FROM scope_area a
                                         WHERE a.area = t.area AND a.valid_from = t.valid_from)) AS valid_to
            FROM jsonb_to_recordset(%(told)s::jsonb)
                AS t (area uuid, country text, level text, code text, name text, parent uuid, path uuid[],
                      valid_from date, valid_to date)
        ), versions AS (
            SELECT * FROM told
            UNION ALL
            SELECT kept.*
            FROM (SELECT DISTINCT area FROM told) touched
            CROSS JOIN LATERAL (
                SELECT a.area, a.country, a.level, a.code, a.name, a.parent, a.path, a.valid_from, a.valid_to
                FROM scope_area a WHERE a.area = touched.area
                OFFSET 0  -- by the key for each area, whatever the planner believes of a table just loaded
            ) kept
            WHERE NOT EXISTS (SELECT FROM told t WHERE t.area = kept.area AND t.valid_from = kept.valid_from)
        )
        INSERT INTO scope_area
               (area, country, level, code, name, parent, path, valid_from, valid_to,
                answers_from, answers_to)
        SELECT area, country, level, code, name, parent, path, valid_from,
               least(valid_to, lead(valid_from) OVER dated),
               CASE WHEN lag(valid_from) OVER dated IS NULL THEN '0001-01-01' ELSE valid_from END,
               coalesce(lead(valid_from) OVER dated, '9999-12-31')
        FROM versions WINDOW dated AS (PARTITION BY area ORDER BY valid_from)
        ON CONFLICT (area, valid_from) DO UPDATE
        SET country = excluded.country, level = excluded.level, code = excluded.code, name = excluded.name,
            parent = excluded.parent, path = excluded.path, valid_to = excluded.valid_to,
            answers_from = excluded.answers_from, answers_to = excluded.answers_to
        WHERE scope_area IS DISTINCT FROM excluded
        """,
        told=json.dumps(list(told.values()), default=str),
    )


def put_successors(tx: "Transaction", area: Any, successors: Iterable[Any], on: date | str) -> None:
    """Keep who took over from an area that was abolished on a day: they see what belonged to it."""
    _one_writer(tx)
    added = tx.run(
        """
        INSERT INTO scope_succession (area, successor, "on")
        SELECT %(area)s, successor, %(on)s FROM unnest(%(successors)s::uuid[]) AS successor
        ON CONFLICT DO NOTHING
        """,
        area=area,
        successors=list(successors),
        on=on,
    )
    if not added:
        return
    tx.run(
        """
        WITH RECURSIVE way AS (
            SELECT area, successor, "on", 1 AS steps FROM scope_succession
            UNION
            SELECT way.area, next.successor, greatest(way."on", next."on"), way.steps + 1
            FROM way JOIN scope_succession next ON next.area = way.successor
            WHERE next.successor <> way.area AND way.steps < 50
        )
        INSERT INTO scope_predecessor (successor, area, "on")
        SELECT successor, area, min("on") FROM way GROUP BY successor, area
        ON CONFLICT (successor, area) DO UPDATE SET "on" = excluded."on"
        WHERE scope_predecessor."on" <> excluded."on"
        """
    )


def _one_writer(tx: "Transaction") -> None:
    tx.run("SELECT pg_advisory_xact_lock(hashtextextended('scope_area ' || current_schema(), 0))")


def _told(area: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: area[name] for name in ("area", "country", "level", "code", "name", "path", "valid_from")},
        "parent": area.get("parent"),
        "valid_to": area.get("valid_to"),
    }


def put_holidays(tx: "Transaction", country: str, year: int, holidays: Iterable[Mapping[str, Any]]) -> None:
    """Keep the holidays published for a year, [{on, name}], in place of what was published for it before.

    Overrides of officers stay, whether they came before or after.
    """
    tx.run(
        """
        WITH told AS (
            SELECT "on", min(name) AS name
            FROM jsonb_to_recordset(%(told)s::jsonb) AS t ("on" date, name text)
            WHERE extract(year FROM "on") = %(year)s GROUP BY "on"
        ), withdrawn AS (
            DELETE FROM scope_holiday h
            WHERE country = %(country)s AND extract(year FROM "on") = %(year)s
              AND overridden IS NULL AND NOT EXISTS (SELECT FROM told WHERE told."on" = h."on")
        ), unpublished AS (
            UPDATE scope_holiday h SET published = NULL
            WHERE country = %(country)s AND extract(year FROM "on") = %(year)s
              AND overridden IS NOT NULL AND NOT EXISTS (SELECT FROM told WHERE told."on" = h."on")
        )
        INSERT INTO scope_holiday (country, "on", published) SELECT %(country)s, "on", name FROM told
        ON CONFLICT (country, "on") DO UPDATE SET published = excluded.published
        """,
        country=country,
        year=year,
        told=json.dumps([{"on": each["on"], "name": each["name"]} for each in holidays], default=str),
    )


def override_holiday(
    tx: "Transaction", country: str, on: date | str, holiday: bool, name: str | None
) -> None:
    """Keep what an officer decided for a day: a holiday not published, or a working day that was one."""
    tx.run(
        """
        INSERT INTO scope_holiday (country, "on", overridden, name)
        VALUES (%(country)s, %(on)s, %(holiday)s, %(name)s)
        ON CONFLICT (country, "on") DO UPDATE SET overridden = excluded.overridden, name = excluded.name
        """,
        country=country,
        on=on,
        holiday=holiday,
        name=name,
    )


def _country_defined(tx: "Transaction", event: "Event") -> None:
    put_country(tx, event.data)


def _area_version(tx: "Transaction", event: "Event") -> None:
    put_areas(tx, [event.data])


def _area_abolished(tx: "Transaction", event: "Event") -> None:
    put_areas(tx, [event.data])
    successors = [each["area"] for each in event.data.get("successors") or ()]
    put_successors(tx, event.data["area"], successors, event.data["valid_to"])


def _holidays_published(tx: "Transaction", event: "Event") -> None:
    put_holidays(tx, event.data["country"], event.data["year"], event.data["holidays"])


def _holiday_overridden(tx: "Transaction", event: "Event") -> None:
    put = event.data
    override_holiday(tx, put["country"], put["on"], put["holiday"], put.get("name"))


# What holds the copy, and nothing else.
TABLES = ("scope_country", "scope_area", "scope_succession", "scope_predecessor", "scope_holiday")

HANDLERS: dict[str, Callable[["Transaction", Any], None]] = {
    "country_defined": _country_defined,
    "area_created": _area_version,
    "area_renamed": _area_version,
    "area_moved": _area_version,
    "area_abolished": _area_abolished,
    "holidays_published": _holidays_published,
    "holiday_overridden": _holiday_overridden,
}


# -- Asking it


def countries(tx: "Transaction") -> list[str]:
    """The countries that are known here."""
    return [row["country"] for row in tx.all("SELECT country FROM scope_country ORDER BY country")]


def area(tx: "Transaction", area: Any, on: date | None = None) -> dict[str, Any] | None:
    """The version of an area that was in force on a date; without one, the one that answers today, where it lies.

    {area, country, level, code, name, parent, path (root to area), valid_from, valid_to (the first day after
    it)}; None when the area is not known, or was not there on that date.
    """
    return tx.one(
        """
        SELECT area, country, level, code, name, parent, path, valid_from, valid_to
        FROM area_answering(%(on)s, %(now)s)
        WHERE area = %(area)s
          AND (%(on)s::date IS NULL OR valid_from <= %(on)s AND coalesce(%(on)s < valid_to, true))
        """,
        area=area,
        on=on,
        now=tx.now,
    )


def within(tx: "Transaction", area: Any, areas: Iterable[str], on: date | None = None) -> bool:
    """Whether an area lies in one of `areas` or below, on a date or today where it lies; "*" holds all.

    Agrees with `visible_area`, so that a list and a look at one record tell the same.
    """
    scope = list(areas)
    return "*" in scope or bool(
        tx.value(
            """
            SELECT EXISTS (SELECT FROM visible_area(%(areas)s, %(on)s, %(now)s) AS seen
                           WHERE seen.area = %(area)s)
            """,
            areas=scope,
            on=on,
            now=tx.now,
            area=area,
        )
    )


def local_date(tx: "Transaction", country: str) -> date:
    """The date in a country now; `Refused` while the country is not known here."""
    return BusinessCalendar(_time_zone(tx, country)).local_date(tx.now)


def calendar(tx: "Transaction", country: str) -> BusinessCalendar:
    """A country's working days, published and overridden; `Refused` while it is not known here."""
    rows = tx.all(
        """
        SELECT "on", coalesce(name, published) AS name FROM scope_holiday
        WHERE country = %(country)s AND coalesce(overridden, published IS NOT NULL)
        """,
        country=country,
    )
    return BusinessCalendar(_time_zone(tx, country), holidays={row["on"]: row["name"] for row in rows})


def _time_zone(tx: "Transaction", country: str) -> str:
    zone: str | None = tx.value(
        "SELECT time_zone FROM scope_country WHERE country = %(country)s", country=country
    )
    if zone is None:
        raise Refused(
            "country_unknown", f"The country {country} is not known here yet; define it, or try again soon."
        )
    return zone
