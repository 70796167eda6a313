"""Reads what stands in the databases at the end of a run."""

from collections.abc import Iterator
from typing import Any

import psycopg

from reliability.house import NAMES, PAIRS, House
from reliability.verdict import Effect, Logged, Made, Remains
from ustawi.demo.office import LOGS

# What a command of each method makes: its table, the column of the id, and the id's field in the reply.
MAKES = {
    ("registry", "register_organisation"): ("organisation", "organisation", "organisation"),
    ("registry", "register_group"): ("registered_group", '"group"', "group"),
    ("loans", "record_repayment"): ("repayment", "repayment", "repayment"),
    ("loans", "reverse_repayment"): ("repayment_reversal", "repayment", "repayment"),
    ("loans", "set_aside"): ("set_aside", "set_aside", "set_aside"),
    ("cases", "receive_complaint"): ("complaint", "complaint", "complaint"),
    ("cases", "acknowledge_complaint"): ("acknowledgement", "complaint", "complaint"),
    ("cases", "open_case"): ("welfare_case", '"case"', "case"),
    ("cases", "record_assessment"): ("assessment", "assessment", "assessment"),
}

Connection = psycopg.Connection[dict[str, Any]]


def read_effects(connection: Connection, service: str) -> list[Effect]:
    rows = connection.execute(f"SELECT command::text, method, reply FROM {service}.command").fetchall()
    return [Effect(row["command"], row["method"], row["reply"]) for row in rows]


def read_log(connection: Connection, service: str) -> list[Logged]:
    rows = connection.execute(
        f"SELECT position, event::text, body, chain FROM {service}.event ORDER BY position"
    ).fetchall()
    return [Logged(row["position"], row["event"], row["body"], bytes(row["chain"])) for row in rows]


def collect(house: House) -> Remains:
    """Everything that the verdict needs; the system must have come to rest."""
    with house.as_superuser() as connection:
        return Remains(
            effects={name: read_effects(connection, name) for name in NAMES},
            logs={name: read_log(connection, name) for name in NAMES},
            rows={key: _made(connection, *key) for key in MAKES},
            taken={("reports", source): _facts(connection, source) for source in LOGS},
            troubles=[*_troubles(connection), *_figures(house, connection)],
        )


def _made(connection: Connection, service: str, method: str) -> Made:
    table, column, told = MAKES[service, method]
    rows = connection.execute(f"SELECT {column}::text AS id FROM {service}.{table}").fetchall()
    return Made(told, [row["id"] for row in rows])


def _facts(connection: Connection, source: str) -> list[tuple[int, str]]:
    rows = connection.execute("SELECT position, event::text FROM reports.fact WHERE source = %s", (source,))
    return [(row["position"], row["event"]) for row in rows]


def _troubles(connection: Connection) -> Iterator[str]:
    """What the databases themselves say is not as it should be."""
    for follower, source in PAIRS:
        row = connection.execute(
            f"""
            SELECT p.position, h.position AS head, p.log = h.log AND p.chain = h.chain AS same, p.forked, p.stopped,
                   (SELECT count(*) FROM {follower}.parked_event WHERE source = %(source)s) AS parked
            FROM {follower}.stream_position p, {source}.log_head h WHERE p.source = %(source)s
            """,
            {"source": source},
        ).fetchone()
        if row is None or row["position"] != row["head"] or not row["same"]:
            yield f"{follower} does not stand at the head of {source}: {row}"
        elif row["forked"] or row["stopped"] or row["parked"]:
            yield f"the stream of {source} in {follower} is in trouble: {row}"
    for row in connection.execute("SELECT * FROM loans.ledger_fault LIMIT 5"):
        yield f"the ledger of loans has a fault: {row}"
    for row in connection.execute(
        """
        SELECT coalesce(o."group", c."group") AS "group", o.status, c.status AS copied
        FROM registry.registered_group o FULL JOIN loans.known_group c USING ("group")
        WHERE o.status IS DISTINCT FROM c.status LIMIT 5
        """
    ):
        yield f"loans' copy of a group differs from the registry's: {row}"
    for name in ("loans", "cases", "reports"):
        for row in connection.execute(
            f"""
            SELECT coalesce(a.area, s.area) AS area FROM registry.area a FULL JOIN {name}.scope_area s USING (area)
            WHERE a.area IS NULL OR s.area IS NULL LIMIT 5
            """
        ):
            yield f"{name}'s copy of the areas differs from the registry's: {row}"
    for row in connection.execute(
        """
        SELECT subject, type, body::json->'data'->>'kind' AS kind, count(*) FROM cases.event
        WHERE type IN ('deadline_warned', 'deadline_breached') GROUP BY 1, 2, 3 HAVING count(*) > 1 LIMIT 5
        """
    ):
        yield f"a deadline was told of more than once: {row}"


_LIVE = """
    SELECT indicator, grain, starts_on, area, dim1, dim2, dim3, value
    FROM reports.measure JOIN reports.figures_version USING (slot)
    WHERE state = 'live' AND value <> 0 ORDER BY 1, 2, 3, 4, 5, 6, 7
"""


def _figures(house: House, connection: Connection) -> Iterator[str]:
    """The figures that grew through all of it are those of a rebuild."""
    live = connection.execute(_LIVE).fetchall()
    done = house.rebuild()
    if done.returncode:
        yield f"the figures could not be made again: {done.stderr[-300:]}"
    elif not live or connection.execute(_LIVE).fetchall() != live:
        yield "the live figures are not those of a rebuild"
