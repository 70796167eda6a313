"""SQL of applications: the request, its judgement, its steps, and who is bound by it."""

import json
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from chassis import scope
from chassis.transaction import Transaction
from loans.applications.model import GroupFacts, Verdict


def lock_application(tx: Transaction, application: UUID) -> dict[str, Any] | None:
    """The application, locked for whoever takes its next step."""
    return tx.one(
        "SELECT * FROM application WHERE application = %(application)s FOR UPDATE", application=application
    )


def find_application(tx: Transaction, application: UUID) -> dict[str, Any] | None:
    return tx.one("SELECT * FROM application WHERE application = %(application)s", application=application)


def has_live(tx: Transaction, group: UUID) -> bool:
    """Whether the group has an application under way or a loan that is not repaid."""
    return bool(
        tx.value(
            """
            SELECT EXISTS (SELECT FROM application WHERE "group" = %(group)s AND live)
                OR EXISTS (SELECT FROM loan WHERE "group" = %(group)s AND state IN ('active', 'written_off'))
            """,
            group=group,
        )
    )


def owing(tx: Transaction, members: Collection[UUID]) -> set[UUID]:
    """Those of `members` who are bound by an approved or unpaid loan of any group."""
    rows = tx.all("SELECT member FROM borrower WHERE member = ANY(%(members)s)", members=list(members))
    return {row["member"] for row in rows}


def add_application(tx: Transaction, application: dict[str, Any]) -> bool:
    """Keep an application; False where the group has a live one, be it by another officer in this moment."""
    return (
        tx.run(
            """
            INSERT INTO application (application, reference, "group", country, council, ward, pot, amount,
                                     product, terms, "window", way, "on", minutes, letter, plan, finding,
                                     rule_version, status, live, recorded_at)
            VALUES (%(application)s, %(reference)s, %(group)s, %(country)s, %(council)s, %(ward)s, %(pot)s,
                    %(amount)s, %(product)s, %(terms)s::jsonb, %(window)s, %(way)s, %(on)s, %(minutes)s, %(letter)s,
                    %(plan)s, %(finding)s, %(rule_version)s, 'submitted', true, %(now)s)
            ON CONFLICT ("group") WHERE live DO NOTHING
            """,
            **{**application, "terms": json.dumps(application["terms"])},
            now=tx.now,
        )
        == 1
    )


def add_judgement(tx: Transaction, application: UUID, verdict: Verdict, facts: GroupFacts) -> None:
    """Keep each criterion as it was judged, and the facts that it was judged on."""
    tx.many(
        """
        INSERT INTO application_criterion (application, criterion, met, members)
        VALUES (%(application)s, %(criterion)s, %(met)s, %(members)s)
        """,
        [
            {"application": application, "criterion": c.criterion, "met": c.met, "members": list(c.members)}
            for c in verdict.criteria
        ],
    )
    members = facts.members
    tx.run(
        """
        INSERT INTO application_member (application, member, age, adult, citizen, formally_employed,
                                        disability, other_groups)
        SELECT %(application)s, m.*
        FROM unnest(%(member)s::uuid[], %(age)s::smallint[], %(adult)s::boolean[], %(citizen)s::boolean[],
                    %(formally_employed)s::boolean[], %(disability)s::boolean[],
                    %(other_groups)s::integer[]) AS m
        """,
        application=application,
        member=[m.member for m in members],
        age=[m.age for m in members],
        adult=[m.adult for m in members],
        citizen=[m.citizen for m in members],
        formally_employed=[m.formally_employed for m in members],
        disability=[m.disability for m in members],
        other_groups=[m.other_groups for m in members],
    )


def add_step(tx: Transaction, application: UUID, step: str, on: date, reason_code: str | None = None) -> None:
    """Note who took a step, and when."""
    tx.run(
        """
        INSERT INTO application_step (application, step, "on", actor, reason_code, recorded_at)
        VALUES (%(application)s, %(step)s, %(on)s, %(actor)s, %(reason_code)s, %(now)s)
        """,
        application=application,
        step=step,
        on=on,
        actor=tx.actor.subject,
        reason_code=reason_code,
        now=tx.now,
    )


def steps_of(tx: Transaction, application: UUID) -> list[dict[str, Any]]:
    return tx.all(
        """
        SELECT step, "on", actor, reason_code FROM application_step
        WHERE application = %(application)s ORDER BY place
        """,
        application=application,
    )


def voided_on(tx: Transaction, application: UUID) -> date | None:
    """The day on which the bank last sent this application's money back."""
    found: date | None = tx.value(
        """
        SELECT max("on") FROM application_step
        WHERE application = %(application)s AND step = 'disbursement_voided'
        """,
        application=application,
    )
    return found


def criteria_of(tx: Transaction, application: UUID) -> list[dict[str, Any]]:
    return tx.all(
        """
        SELECT criterion, met, members FROM application_criterion
        WHERE application = %(application)s ORDER BY criterion
        """,
        application=application,
    )


def members_of(tx: Transaction, application: UUID) -> list[UUID]:
    """The members on whose facts the application was judged."""
    rows = tx.all(
        "SELECT member FROM application_member WHERE application = %(application)s ORDER BY member",
        application=application,
    )
    return [row["member"] for row in rows]


def set_approved(tx: Transaction, application: UUID, amount: int, on: date) -> None:
    """Note what was granted; the step itself is taken by `move`."""
    tx.run(
        """
        UPDATE application SET approved_amount = %(amount)s, approved_on = %(on)s
        WHERE application = %(application)s
        """,
        application=application,
        amount=amount,
        on=on,
    )


def move(tx: Transaction, application: UUID, status: str, *, live: bool) -> int:
    """Mark the application's next status; returns the new version."""
    return int(
        tx.value(
            """
            UPDATE application SET status = %(status)s, live = %(live)s, version = version + 1
            WHERE application = %(application)s RETURNING version
            """,
            application=application,
            status=status,
            live=live,
        )
    )


def bind_members(tx: Transaction, application: UUID) -> int:
    """Bind the judged members to this application; returns how many are bound by another one already.

    Who comes second waits for the first and then finds the member taken.
    """
    bound = tx.run(
        """
        INSERT INTO borrower (member, application)
        SELECT member, application FROM application_member
        WHERE application = %(application)s ORDER BY member
        ON CONFLICT (member) DO NOTHING
        """,
        application=application,
    )
    return len(members_of(tx, application)) - bound


def release_members(tx: Transaction, application: UUID) -> None:
    """The loan is repaid or was never paid out: its members may borrow again, unless they owe another one."""
    tx.run("DELETE FROM borrower WHERE application = %(application)s", application=application)
    others = tx.all(
        """
        SELECT DISTINCT l.application
        FROM application_member m
        JOIN application_member o USING (member)
        JOIN loan l ON l.application = o.application
        WHERE m.application = %(application)s AND o.application <> %(application)s
          AND l.state IN ('active', 'written_off')
        """,
        application=application,
    )
    if others:
        bind_again(tx, [row["application"] for row in others])


def bind_again(tx: Transaction, applications: Collection[UUID]) -> None:
    """Members owe again what had been repaid; who is bound by another loan meanwhile stays bound by that one."""
    tx.run(
        """
        INSERT INTO borrower (member, application)
        SELECT member, application FROM application_member
        WHERE application = ANY(%(applications)s) ORDER BY member, application
        ON CONFLICT (member) DO NOTHING
        """,
        applications=list(applications),
    )


def reopen(tx: Transaction, application: UUID) -> None:
    """Its loan is no longer repaid: live again where that lies, unless the group has gone on to another one."""
    tx.run(
        """
        UPDATE application a
        SET status = 'disbursed', live = true, council = l.council, ward = l.ward, version = a.version + 1
        FROM loan l
        WHERE a.application = %(application)s AND l.application = a.application AND l.state <> 'void'
          AND NOT EXISTS (SELECT FROM application o WHERE o."group" = a."group" AND o.live)
        """,
        application=application,
    )


def list_applications(
    tx: Transaction, only: dict[str, Any], after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """A page of what the caller may see, by id; `only` holds what it is filtered by."""
    return tx.all(
        f"""
        SELECT application, reference, "group", council, ward, pot, amount, approved_amount, "window", "on", status,
               next_step, c.due_on AS next_step_due_on, version
        FROM application LEFT JOIN (
            SELECT application, step, due_on, due_at FROM step_clock WHERE met_on IS NULL AND stopped_on IS NULL
        ) c USING (application)
        WHERE {scope.visible("ward")}
          AND (%(council)s::uuid IS NULL OR council = %(council)s)
          AND (%(ward)s::uuid IS NULL OR ward = %(ward)s)
          AND (%(group)s::uuid IS NULL OR "group" = %(group)s)
          AND (%(pot)s::text IS NULL OR pot = %(pot)s)
          AND (%(window)s::uuid IS NULL OR "window" = %(window)s)
          AND (%(status)s::text IS NULL OR status = %(status)s)
          AND (%(next_step)s::text IS NULL OR next_step = %(next_step)s)
          AND (%(overdue)s::boolean IS NULL OR %(overdue)s = (coalesce(c.due_at <= %(now)s, false)))
          AND (%(after)s::uuid IS NULL OR application > %(after)s)
        ORDER BY application
        LIMIT %(limit)s
        """,  # noqa: S608 - the condition names a column and holds no input
        areas=list(tx.actor.areas),
        after=after,
        limit=limit,
        now=tx.now,
        **only,
    )
