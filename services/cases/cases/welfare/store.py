"""The SQL of welfare cases. Every read goes through the need-to-know condition."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases.need_to_know import store as need_to_know
from chassis.transaction import Transaction


def add_case(tx: Transaction, case: Mapping[str, Any]) -> None:
    """A new case."""
    tx.run(
        """
        INSERT INTO welfare_case ("case", reference, person, category, restricted, rule_version, country,
                                  area, place, channel, sex, age_band, story, received_on, recorded_at,
                                  recorded_by, worker)
        VALUES (%(case)s, %(reference)s, %(person)s, %(category)s, %(restricted)s, %(rule_version)s,
                %(country)s, %(area)s, %(place)s, %(channel)s, %(sex)s, %(age_band)s, %(story)s,
                %(received_on)s, %(now)s, %(by)s, %(worker)s)
        """,
        now=tx.now,
        by=tx.actor.subject,
        **case,
    )


def lock_case(tx: Transaction, case: UUID) -> dict[str, Any] | None:
    """A case that the caller may know of, locked until the transaction ends; None where there is none."""
    return tx.one(
        f"""
        SELECT c."case", c.reference, c.person, c.category, c.restricted, c.country, c.area, c.received_on,
               c.state, c.worker, c.version,
               (SELECT max(a."on") FROM assessment a WHERE a."case" = c."case") AS last_on
        FROM welfare_case c WHERE c."case" = %(case)s AND {need_to_know.CASE} FOR UPDATE OF c
        """,  # noqa: S608 - fixed conditions, no input
        case=case,
        **need_to_know.of_case(tx),
    )


def add_assignment(tx: Transaction, case: UUID, version: int, worker: str, on: date) -> None:
    """Who has the case from now on."""
    tx.run(
        """
        INSERT INTO case_assignment ("case", version, worker, "on", recorded_at, recorded_by)
        VALUES (%(case)s, %(version)s, %(worker)s, %(on)s, %(now)s, %(by)s)
        """,
        case=case,
        version=version,
        worker=worker,
        on=on,
        now=tx.now,
        by=tx.actor.subject,
    )


def set_worker(tx: Transaction, case: UUID, worker: str) -> None:
    """The officer that the case is assigned to."""
    tx.run('UPDATE welfare_case SET worker = %(worker)s WHERE "case" = %(case)s', case=case, worker=worker)


def next_version(tx: Transaction, case: UUID) -> int:
    """One change more; returns the version with it."""
    version: int = tx.value(
        'UPDATE welfare_case SET version = version + 1 WHERE "case" = %(case)s RETURNING version', case=case
    )
    return version


def loads(tx: Transaction, workers: Sequence[str]) -> dict[str, int]:
    """How many open cases each of some workers has."""
    rows = tx.all(
        """
        SELECT worker, count(c."case") AS open
        FROM unnest(%(workers)s::text[]) AS w (worker)
        LEFT JOIN welfare_case c USING (worker)
        WHERE c.state IS NULL OR c.state = 'open' GROUP BY worker
        """,
        workers=list(workers),
    )
    return dict.fromkeys(workers, 0) | {row["worker"]: row["open"] for row in rows}


def add_assessment(tx: Transaction, assessment: Mapping[str, Any]) -> None:
    """What was found at a look at the case."""
    tx.run(
        """
        INSERT INTO assessment (assessment, "case", risk, needs, notes, assessed_at, "on", recorded_at,
                                recorded_by)
        VALUES (%(assessment)s, %(case)s, %(risk)s, %(needs)s, %(notes)s, %(assessed_at)s, %(on)s, %(now)s,
                %(by)s)
        """,
        now=tx.now,
        by=tx.actor.subject,
        **assessment,
    )


def add_danger_answer(tx: Transaction, answer: Mapping[str, Any]) -> None:
    """What was done about a danger."""
    tx.run(
        """
        INSERT INTO danger_answer (assessment, action, notes, answered_at, "on", in_time, recorded_at,
                                   recorded_by)
        VALUES (%(assessment)s, %(action)s, %(notes)s, %(answered_at)s, %(on)s, %(in_time)s, %(now)s, %(by)s)
        """,
        now=tx.now,
        by=tx.actor.subject,
        **answer,
    )


def add_closure(tx: Transaction, case: UUID, outcome: str, reason: bytes, closed_on: date) -> None:
    """The end of a case."""
    tx.run(
        """
        INSERT INTO case_closure ("case", outcome, reason, closed_on, recorded_at, recorded_by)
        VALUES (%(case)s, %(outcome)s, %(reason)s, %(closed_on)s, %(now)s, %(by)s)
        """,
        case=case,
        outcome=outcome,
        reason=reason,
        closed_on=closed_on,
        now=tx.now,
        by=tx.actor.subject,
    )
    tx.run("""UPDATE welfare_case SET state = 'closed' WHERE "case" = %(case)s""", case=case)


def read_case(tx: Transaction, case: UUID) -> dict[str, Any] | None:
    """A case that the caller may know of, sealed as it is."""
    return tx.one(
        f"""
        SELECT c."case", c.reference, c.state, c.category, c.restricted, c.country, c.area, c.place,
               c.channel, c.received_on, c.age_band, c.worker, c.story, c.person, c.version
        FROM welfare_case c WHERE c."case" = %(case)s AND {need_to_know.CASE}
        """,  # noqa: S608 - fixed conditions, no input
        case=case,
        **need_to_know.of_case(tx),
    )


def assessments(tx: Transaction, case: UUID) -> list[dict[str, Any]]:
    """A case's assessments in order, each with the answer to the danger that it found."""
    return tx.all(
        """
        SELECT a.assessment, a.risk, a.needs, a.notes, a.assessed_at, a."on",
               d.action AS danger_action, d.answered_at AS danger_answered_at, d.in_time AS danger_in_time
        FROM assessment a LEFT JOIN danger_answer d USING (assessment)
        WHERE a."case" = %(case)s ORDER BY a.assessed_at, a.assessment LIMIT 1000
        """,
        case=case,
    )


def closure(tx: Transaction, case: UUID) -> dict[str, Any] | None:
    """How a case ended."""
    return tx.one('SELECT outcome, reason, closed_on FROM case_closure WHERE "case" = %(case)s', case=case)


_LINE = """
    c."case", c.reference, c.state, c.category, c.restricted, c.country, c.area, c.received_on, c.age_band,
    c.worker, c.version, c.person,
    (SELECT a.risk FROM assessment a WHERE a."case" = c."case"
     ORDER BY a.assessed_at DESC, a.assessment DESC LIMIT 1) AS risk,
    (SELECT min(k.due_at) FROM clock k WHERE k.subject = c."case" AND k.kind = 'danger' AND k.met_at IS NULL)
        AS danger_by
"""


def page(
    tx: Transaction,
    *,
    area: UUID | None,
    categories: Sequence[str] | None,
    state: str | None,
    worker: str | None,
    limit: int,
    after: UUID | None,
) -> list[dict[str, Any]]:
    """A page of cases in order of entry."""
    wanted = {
        "c.area IN (SELECT area FROM visible_area(%(within)s, moment => %(now)s))": area is not None,
        "c.category = ANY (%(categories)s)": categories is not None,
        "c.state = %(state)s": state is not None,
        "c.worker = %(worker)s": worker is not None,
        'c."case" > %(after)s': after is not None,
    }
    conditions = "".join(f" AND {condition}" for condition, asked in wanted.items() if asked)
    return tx.all(
        f"""
        SELECT {_LINE} FROM welfare_case c WHERE {need_to_know.CASE}{conditions}
        ORDER BY c."case" LIMIT %(limit)s
        """,  # noqa: S608 - fixed conditions, no input
        within=[str(area)],
        categories=list(categories or ()),
        state=state,
        worker=worker,
        limit=limit,
        after=after,
        **need_to_know.of_case(tx),
    )


def counts(tx: Transaction, area: UUID | None) -> list[dict[str, Any]]:
    """How many cases there are by category and state."""
    lies_in = "AND c.area IN (SELECT area FROM visible_area(%(within)s, moment => %(now)s))"
    within = lies_in if area is not None else ""
    return tx.all(
        f"""
        SELECT c.category, c.state, count(*)::integer AS count FROM welfare_case c
        WHERE {need_to_know.CASE} {within} GROUP BY c.category, c.state ORDER BY c.category, c.state
        """,  # noqa: S608 - fixed conditions, no input
        within=[str(area)],
        **need_to_know.of_case(tx),
    )


def cases_of(tx: Transaction, people: Sequence[UUID]) -> list[dict[str, Any]]:
    """The cases of some people."""
    return tx.all(
        f"""
        SELECT {_LINE} FROM welfare_case c
        WHERE c.person = ANY (%(people)s) AND {need_to_know.CASE} ORDER BY c."case" LIMIT 200
        """,  # noqa: S608 - fixed conditions, no input
        people=list(people),
        **need_to_know.of_case(tx),
    )


def knows(tx: Transaction, person: UUID) -> bool:
    """Whether the caller may know of at least one case of a person."""
    known: bool = tx.value(
        f"SELECT EXISTS (SELECT FROM welfare_case c WHERE c.person = %(person)s AND {need_to_know.CASE})",  # noqa: S608 - fixed conditions, no input
        person=person,
        **need_to_know.of_case(tx),
    )
    return known


def open_danger(tx: Transaction, case: UUID) -> datetime | None:
    """By when a danger that was found must be answered; None where none is open."""
    due: datetime | None = tx.value(
        """
        SELECT min(due_at) FROM clock WHERE subject = %(case)s AND kind = 'danger' AND met_at IS NULL
        """,
        case=case,
    )
    return due


def open_by_country(tx: Transaction) -> list[dict[str, Any]]:
    """For the gauges: open cases, and dangers that nobody has answered, of each country."""
    return tx.all(
        """
        SELECT country, count(*) AS open,
               (SELECT count(*) FROM clock k WHERE k.country = c.country AND k.kind = 'danger'
                AND k.met_at IS NULL)
                   AS danger
        FROM welfare_case c WHERE state = 'open' GROUP BY country
        """
    )
