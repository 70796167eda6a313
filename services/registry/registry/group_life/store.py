"""SQL of a group's life: its steps, and who comes and goes."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def add_step(
    tx: Transaction,
    group: UUID,
    status: str,
    on: date,
    *,
    found_by: str | None = None,
    reason_code: str | None = None,
    findings: bytes | None = None,
) -> None:
    tx.run(
        """
        INSERT INTO group_step ("group", status, "on", found_by, reason_code, findings, recorded_by, recorded_at)
        VALUES (%(group)s, %(status)s, %(on)s, %(found_by)s, %(reason_code)s, %(findings)s, %(by)s, %(now)s)
        """,
        group=group,
        status=status,
        on=on,
        found_by=found_by,
        reason_code=reason_code,
        findings=findings,
        by=tx.actor.subject,
    )


def last_step_on(tx: Transaction, group: UUID) -> date:
    """The day of the last thing on record that was found of a group."""
    on: date = tx.value('SELECT max("on") FROM group_step WHERE "group" = %(group)s', group=group)
    return on


def status_on(tx: Transaction, group: UUID, on: date) -> str | None:
    """A group's state at the end of a day; None before it was registered."""
    status: str | None = tx.value(
        """
        SELECT status FROM group_step WHERE "group" = %(group)s AND "on" <= %(on)s
        ORDER BY "on" DESC, step DESC LIMIT 1
        """,
        group=group,
        on=on,
    )
    return status


def steps_of(tx: Transaction, group: UUID) -> list[dict[str, Any]]:
    """What was found of a group, oldest first; findings sealed."""
    return tx.all(
        """
        SELECT status, "on", found_by, reason_code, findings FROM group_step
        WHERE "group" = %(group)s ORDER BY "on", step
        """,
        group=group,
    )


def move_group(tx: Transaction, group: UUID, status: str | None = None) -> int:
    """Give a group its new state, or leave it as it is; returns its new version."""
    return int(
        tx.value(
            """
            UPDATE registered_group SET status = coalesce(%(status)s, status), version = version + 1
            WHERE "group" = %(group)s RETURNING version
            """,
            group=group,
            status=status,
        )
    )


def joined_on(tx: Transaction, group: UUID, member: UUID) -> date | None:
    """Since when a person is a member of a group; None for who is none."""
    on: date | None = tx.value(
        """
        SELECT joined_on FROM membership
        WHERE "group" = %(group)s AND member = %(member)s AND left_on IS NULL
        """,
        group=group,
        member=member,
    )
    return on


def left_last(tx: Transaction, member: UUID) -> date | None:
    """The first day on which a person was in no group any more."""
    on: date | None = tx.value("SELECT max(left_on) FROM membership WHERE member = %(member)s", member=member)
    return on


def end_membership(tx: Transaction, group: UUID, member: UUID, on: date, reason_code: str) -> None:
    tx.run(
        """
        UPDATE membership SET left_on = %(on)s, left_reason_code = %(reason_code)s
        WHERE "group" = %(group)s AND member = %(member)s AND left_on IS NULL
        """,
        group=group,
        member=member,
        on=on,
        reason_code=reason_code,
    )


def to_visit(
    tx: Transaction, area: UUID | None, before: date, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """A page of the groups that are verified or not found, and were last seen before a day."""
    return tx.all(
        """
        SELECT g."group", g.reference, g.kind, g.council, g.ward, g.status, seen.last_seen_on
        FROM registered_group g
        CROSS JOIN LATERAL (
            SELECT max(s."on") AS last_seen_on FROM group_step s
            WHERE s."group" = g."group" AND s.status = 'verified'
        ) seen
        WHERE g.status IN ('verified', 'not_found')
          AND (g.status = 'not_found' OR seen.last_seen_on < %(before)s)
          AND ('*' = ANY (%(areas)s::text[])
               OR g.ward IN (SELECT v.area FROM visible_area(%(areas)s, moment => %(now)s) v))
          AND (%(area)s::text IS NULL
               OR g.ward IN (SELECT v.area FROM visible_area(ARRAY[%(area)s::text], moment => %(now)s) v))
          AND (%(after)s::uuid IS NULL OR g."group" > %(after)s)
        ORDER BY g."group" LIMIT %(limit)s
        """,
        areas=list(tx.actor.areas),
        area=None if area is None else str(area),
        before=before,
        after=after,
        limit=limit,
    )
