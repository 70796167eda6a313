"""SQL of the groups' copy: each write can be made again without harm, and facts may turn up in any order."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def save_registered(tx: Transaction, group: dict[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO known_group ("group", reference, kind, council, ward, status, registered_on,
                                 has_enterprise, has_bank_account)
        VALUES (%(group)s, %(reference)s, %(kind)s, %(council)s, %(ward)s, 'registered', %(registered_on)s,
                %(has_enterprise)s, %(has_bank_account)s)
        ON CONFLICT ("group") DO UPDATE
        SET reference = excluded.reference, kind = excluded.kind, council = excluded.council,
            ward = excluded.ward,
            registered_on = excluded.registered_on, has_enterprise = excluded.has_enterprise,
            has_bank_account = excluded.has_bank_account
        """,
        **group,
    )
    save_members(tx, group)


def save_verified(tx: Transaction, group: dict[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO known_group ("group", kind, council, ward, status, verified_on)
        VALUES (%(group)s, %(kind)s, %(council)s, %(ward)s, 'verified', %(verified_on)s)
        ON CONFLICT ("group") DO UPDATE
        SET kind = excluded.kind, council = excluded.council, ward = excluded.ward, status = 'verified',
            verified_on = excluded.verified_on, refused_on = NULL, reason_code = NULL, lost_on = NULL
        """,
        **group,
    )
    save_members(tx, group)


def save_refused(tx: Transaction, group: dict[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO known_group ("group", status, refused_on, reason_code)
        VALUES (%(group)s, 'refused', %(on)s, %(reason_code)s)
        ON CONFLICT ("group") DO UPDATE
        SET status = 'refused', refused_on = excluded.refused_on, reason_code = excluded.reason_code
        """,
        **group,
    )


def save_lost(tx: Transaction, group: dict[str, Any], status: str) -> None:
    """A group that was not found, or has ceased; who has ceased has no members any more."""
    tx.run(
        """
        INSERT INTO known_group ("group", status, lost_on, reason_code)
        VALUES (%(group)s, %(status)s, %(on)s, %(reason_code)s)
        ON CONFLICT ("group") DO UPDATE
        SET status = excluded.status, lost_on = excluded.lost_on, reason_code = excluded.reason_code
        """,
        **group,
        status=status,
    )
    if status == "ceased":
        save_members(tx, {**group, "member_ids": []})


def lock_pending(tx: Transaction, group: UUID) -> list[dict[str, Any]]:
    """The group's applications that are neither paid out nor ended, locked."""
    return tx.all(
        """
        SELECT * FROM application WHERE "group" = %(group)s AND live AND status <> 'disbursed'
        ORDER BY application FOR UPDATE
        """,
        group=group,
    )


def endanger(tx: Transaction, group: UUID, loss: str, on: date) -> list[dict[str, Any]]:
    """Note the group's loans that are owed and not known to be in this danger; returns them with what they owe."""
    found = tx.all(
        """
        WITH owed AS (
            SELECT l.loan, l."group", l.council, l.ward, l.pot, l.version,
                   (SELECT coalesce(sum(a.balance), 0)::bigint FROM account a
                    WHERE a.council = l.council AND a.pot = l.pot AND a.subject = l.loan
                      AND a.kind IN ('outstanding', 'written_off')) AS outstanding
            FROM loan l WHERE l."group" = %(group)s AND l.state IN ('active', 'written_off')
        ), other AS (
            UPDATE endangered_loan e SET over_on = greatest(%(on)s, since_on)
            FROM owed WHERE e.loan = owed.loan AND e.over_on IS NULL AND e.cause <> %(loss)s
        ), known AS (
            SELECT loan FROM endangered_loan WHERE over_on IS NULL AND cause = %(loss)s
        )
        SELECT * FROM owed WHERE loan NOT IN (SELECT loan FROM known) ORDER BY loan
        """,
        group=group,
        loss=loss,
        on=on,
    )
    tx.run(
        """
        INSERT INTO endangered_loan (loan, cause, since_on, recorded_at)
        SELECT loan, %(loss)s, %(on)s, %(now)s FROM unnest(%(loans)s::uuid[]) AS loan
        """,
        loans=[row["loan"] for row in found],
        loss=loss,
        on=on,
    )
    return found


def out_of_danger(tx: Transaction, group: UUID, on: date) -> list[dict[str, Any]]:
    """End the danger of the group's loans; returns those that were in any."""
    return tx.all(
        """
        UPDATE endangered_loan e SET over_on = greatest(%(on)s, e.since_on)
        FROM loan l
        WHERE l.loan = e.loan AND l."group" = %(group)s AND e.over_on IS NULL
        RETURNING l.loan, l."group", l.council, l.ward, l.pot, l.version
        """,
        group=group,
        on=on,
    )


def status_of(tx: Transaction, group: object) -> str | None:
    """The group's state as far as the registry has told us; None for a group that it has not told of."""
    status: str | None = tx.value('SELECT status FROM known_group WHERE "group" = %(group)s', group=group)
    return status


def members_of(tx: Transaction, group: object) -> list[Any]:
    rows = tx.all('SELECT member FROM known_group_member WHERE "group" = %(group)s', group=group)
    return [row["member"] for row in rows]


def save_members(tx: Transaction, group: dict[str, Any]) -> None:
    tx.run(
        """
        WITH present AS (SELECT unnest(%(member_ids)s::uuid[]) AS member),
             left_out AS (
                 DELETE FROM known_group_member
                 WHERE "group" = %(group)s AND member NOT IN (SELECT member FROM present)
             )
        INSERT INTO known_group_member ("group", member) SELECT %(group)s, member FROM present
        ON CONFLICT DO NOTHING
        """,
        group=group["group"],
        member_ids=group["member_ids"],
    )
