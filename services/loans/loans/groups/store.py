"""SQL of the groups' copy: each write can be made again without harm, and facts may turn up in any order."""

from typing import Any

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
    _save_members(tx, group)


def save_verified(tx: Transaction, group: dict[str, Any]) -> None:
    tx.run(
        """
        INSERT INTO known_group ("group", kind, council, ward, status, verified_on)
        VALUES (%(group)s, %(kind)s, %(council)s, %(ward)s, 'verified', %(verified_on)s)
        ON CONFLICT ("group") DO UPDATE
        SET kind = excluded.kind, council = excluded.council, ward = excluded.ward, status = 'verified',
            verified_on = excluded.verified_on, refused_on = NULL, reason_code = NULL
        """,
        **group,
    )
    _save_members(tx, group)


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


def status_of(tx: Transaction, group: object) -> str | None:
    """The group's state as far as the registry has told us; None for a group that it has not told of."""
    status: str | None = tx.value('SELECT status FROM known_group WHERE "group" = %(group)s', group=group)
    return status


def members_of(tx: Transaction, group: object) -> list[Any]:
    rows = tx.all('SELECT member FROM known_group_member WHERE "group" = %(group)s', group=group)
    return [row["member"] for row in rows]


def _save_members(tx: Transaction, group: dict[str, Any]) -> None:
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
