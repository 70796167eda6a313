"""The SQL of complaints. Every read of an officer goes through the need-to-know condition."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases.need_to_know import store as need_to_know
from chassis.transaction import Transaction


def add_complaint(tx: Transaction, complaint: Mapping[str, Any]) -> None:
    """A new complaint."""
    tx.run(
        """
        INSERT INTO complaint (complaint, reference, kind, category, channel, country, area, place, person,
                               anonymous, reachable, private, complex, words, about, about_officer,
                               receipt_hash, rule_version, received_at, received_on, recorded_at,
                               recorded_by)
        VALUES (%(complaint)s, %(reference)s, %(kind)s, %(category)s, %(channel)s, %(country)s, %(area)s,
                %(place)s, %(person)s, %(anonymous)s, %(reachable)s, %(private)s, %(complex)s, %(words)s,
                %(about)s, %(about_officer)s, %(receipt_hash)s, %(rule_version)s, %(received_at)s,
                %(received_on)s, %(now)s, %(by)s)
        """,
        now=tx.now,
        by=tx.actor.subject,
        **complaint,
    )


_LOCKED = """
    c.complaint, c.reference, c.kind, c.category, c.country, c.area, c.person, c.private, c.reachable,
    c.received_at, c.received_on, c.state, c.version,
    (SELECT k.acknowledged_at FROM acknowledgement k WHERE k.complaint = c.complaint) AS acknowledged_at
"""


def lock_complaint(tx: Transaction, complaint: UUID) -> dict[str, Any] | None:
    """A complaint that the caller may know of, locked until the transaction ends."""
    return tx.one(
        f"""
        SELECT {_LOCKED} FROM complaint c WHERE c.complaint = %(complaint)s AND {need_to_know.COMPLAINT}
        FOR UPDATE OF c
        """,  # noqa: S608 - fixed conditions, no input
        complaint=complaint,
        **need_to_know.of_complaint(tx),
    )


def lock_by_receipt(tx: Transaction, receipt_hash: bytes) -> dict[str, Any] | None:
    """The complaint of a receipt, locked: its holder needs no other right."""
    return tx.one(
        f"SELECT {_LOCKED} FROM complaint c WHERE c.receipt_hash = %(receipt_hash)s FOR UPDATE OF c",  # noqa: S608 - fixed conditions, no input
        receipt_hash=receipt_hash,
    )


def add_acknowledgement(
    tx: Transaction, complaint: UUID, acknowledged_at: datetime, on: date, in_time: bool
) -> None:
    """The acknowledgement of a complaint."""
    tx.run(
        """
        INSERT INTO acknowledgement (complaint, acknowledged_at, "on", in_time, recorded_at, recorded_by)
        VALUES (%(complaint)s, %(acknowledged_at)s, %(on)s, %(in_time)s, %(now)s, %(by)s)
        """,
        complaint=complaint,
        acknowledged_at=acknowledged_at,
        on=on,
        in_time=in_time,
        now=tx.now,
        by=tx.actor.subject,
    )


def add_answer(tx: Transaction, answer: Mapping[str, Any]) -> None:
    """The answer to a complaint, by the officer who calls."""
    tx.run(
        """
        INSERT INTO answer (complaint, decision, answer_channel, words, answered_at, answered_by, "on",
                            in_time, appeal_by, recorded_at)
        VALUES (%(complaint)s, %(decision)s, %(answer_channel)s, %(words)s, %(answered_at)s, %(by)s, %(on)s,
                %(in_time)s, %(appeal_by)s, %(now)s)
        """,
        now=tx.now,
        by=tx.actor.subject,
        **answer,
    )


def go_to(tx: Transaction, complaint: UUID, state: str) -> int:
    """Take a complaint to its next state; returns the version with it."""
    version: int = tx.value(
        """
        UPDATE complaint SET state = %(state)s, version = version + 1 WHERE complaint = %(complaint)s
        RETURNING version
        """,
        complaint=complaint,
        state=state,
    )
    return version


def next_version(tx: Transaction, complaint: UUID) -> int:
    """One change more that leaves the state; returns the version with it."""
    version: int = tx.value(
        "UPDATE complaint SET version = version + 1 WHERE complaint = %(complaint)s RETURNING version",
        complaint=complaint,
    )
    return version


def read_complaint(tx: Transaction, complaint: UUID) -> dict[str, Any] | None:
    """A complaint that the caller may know of, sealed as it is, with its acknowledgement."""
    return tx.one(
        f"""
        SELECT c.complaint, c.reference, c.state, c.kind, c.category, c.channel, c.country, c.area, c.place,
               c.received_at, c.received_on, c.recorded_at, c.anonymous, c.private, c.complex, c.words,
               c.about, c.person, c.version, k.acknowledged_at, k.in_time AS acknowledged_in_time
        FROM complaint c LEFT JOIN acknowledgement k USING (complaint)
        WHERE c.complaint = %(complaint)s AND {need_to_know.COMPLAINT}
        """,  # noqa: S608 - fixed conditions, no input
        complaint=complaint,
        **need_to_know.of_complaint(tx),
    )


def read_answer(tx: Transaction, complaint: UUID) -> dict[str, Any] | None:
    """The answer to a complaint, sealed as it is."""
    return tx.one(
        """
        SELECT decision, answer_channel, words, answered_at, answered_by, "on", in_time, appeal_by
        FROM answer WHERE complaint = %(complaint)s
        """,
        complaint=complaint,
    )


# What is owed and late: the answer, or the decision on the appeal. While the office waits nothing is due.
_PAST_DUE = """EXISTS (SELECT FROM clock k
                       WHERE k.subject = c.complaint AND k.kind IN ('decide', 'appeal_decide')
                         AND k.met_at IS NULL AND k.due_at <= %(now)s)"""
_WAITING = """EXISTS (SELECT FROM pause p LEFT JOIN resumption r USING (subject, number)
                      WHERE p.subject = c.complaint AND r.subject IS NULL)"""
_LINE = f"""
    c.complaint, c.reference, c.state, c.kind, c.category, c.channel, c.country, c.area, c.received_on,
    c.anonymous,
    c.version, {_PAST_DUE} AS past_due, {_WAITING} AS waiting,
    (SELECT k.due_at FROM clock k WHERE k.cause = c.complaint AND k.kind = 'acknowledge') AS acknowledge_by,
    (SELECT k.due_at FROM clock k WHERE k.cause = c.complaint AND k.kind = 'decide') AS decide_by
"""  # noqa: S608 - fixed conditions, no input


def page(
    tx: Transaction,
    *,
    area: UUID | None,
    kind: str | None,
    category: str | None,
    state: str | None,
    unanswered_past_due: bool,
    limit: int,
    after: UUID | None,
) -> list[dict[str, Any]]:
    """A page of complaints in order of entry."""
    wanted = {
        "c.area IN (SELECT area FROM visible_area(%(within)s, moment => %(now)s))": area is not None,
        "c.kind = %(kind)s": kind is not None,
        "c.category = %(category)s": category is not None,
        "c.state = %(state)s": state is not None,
        f"c.state IN ('received', 'acknowledged', 'appealed') AND {_PAST_DUE}": unanswered_past_due,
        "c.complaint > %(after)s": after is not None,
    }
    conditions = "".join(f" AND {condition}" for condition, asked in wanted.items() if asked)
    return tx.all(
        f"""
        SELECT {_LINE} FROM complaint c WHERE {need_to_know.COMPLAINT}{conditions}
        ORDER BY c.complaint LIMIT %(limit)s
        """,  # noqa: S608 - fixed conditions, no input
        within=[str(area)],
        kind=kind,
        category=category,
        state=state,
        limit=limit,
        after=after,
        now=tx.now,
        **need_to_know.of_complaint(tx),
    )


def counts(tx: Transaction, area: UUID | None) -> list[dict[str, Any]]:
    """How many complaints there are by kind and state, and how many of them are late."""
    lies_in = "AND c.area IN (SELECT area FROM visible_area(%(within)s, moment => %(now)s))"
    within = lies_in if area is not None else ""
    return tx.all(
        f"""
        SELECT kind, state, count(*)::integer AS count, count(*) FILTER (WHERE past_due)::integer AS past_due
        FROM (SELECT c.kind, c.state, {_PAST_DUE} AS past_due FROM complaint c
              WHERE {need_to_know.COMPLAINT} {within}) AS known
        GROUP BY kind, state ORDER BY kind, state
        """,  # noqa: S608 - fixed conditions, no input
        within=[str(area)],
        now=tx.now,
        **need_to_know.of_complaint(tx),
    )


def by_receipt(tx: Transaction, receipt_hash: bytes) -> dict[str, Any] | None:
    """Where a complaint stands, for the holder of its receipt: one statement, found or not."""
    return tx.one(
        f"""
        SELECT c.reference, c.kind, c.state, c.country, c.received_on, {_PAST_DUE} AS past_due,
        {_WAITING} AS waiting,
               (SELECT k.due_at FROM clock k WHERE k.cause = c.complaint
                AND k.kind = 'acknowledge') AS acknowledge_by,
               (SELECT k.due_at FROM clock k WHERE k.cause = c.complaint AND k.kind = 'decide') AS decide_by,
               (SELECT k.due_at FROM clock k WHERE k.cause = c.complaint AND k.kind = 'appeal_decide')
                   AS appeal_decide_by,
               a."on" AS acknowledged_on, b."on" AS answered_on, b.decision, b.answer_channel, b.appeal_by,
               d."on" AS appealed_on, e."on" AS appeal_decided_on, e.decision AS appeal_decision
        FROM complaint c
        LEFT JOIN acknowledgement a USING (complaint)
        LEFT JOIN answer b USING (complaint)
        LEFT JOIN appeal d USING (complaint)
        LEFT JOIN appeal_decision e USING (complaint)
        WHERE c.receipt_hash = %(receipt_hash)s
        """,  # noqa: S608 - fixed conditions, no input
        receipt_hash=receipt_hash,
        now=tx.now,
    )


def unanswered_by_country(tx: Transaction) -> list[dict[str, Any]]:
    """For the gauges, by country: complaints and appeals without a decision, late ones, waiting ones."""
    return tx.all(
        """
        SELECT country, count(*) AS unanswered, count(*) FILTER (WHERE due_at <= %(now)s) AS past_due,
               count(*) FILTER (WHERE due_at IS NULL) AS waiting
        FROM clock WHERE kind IN ('decide', 'appeal_decide') AND met_at IS NULL GROUP BY country
        """,
        now=tx.now,
    )
