"""SQL of groups and their members."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def members_by_national_id(tx: Transaction, indexes: Sequence[bytes]) -> dict[bytes, dict[str, Any]]:
    """Who of these is on record already: blind index -> {member, taken}; `taken` is who is in a group now."""
    rows = tx.all(
        """
        SELECT m.national_id_index, m.member,
               EXISTS (SELECT FROM membership ms WHERE ms.member = m.member AND ms.left_on IS NULL) AS taken
        FROM member m WHERE m.national_id_index = ANY (%(indexes)s)
        """,
        indexes=list(indexes),
    )
    return {bytes(row["national_id_index"]): row for row in rows}


def add_members(tx: Transaction, members: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Keep persons who are new, in the order of their index so that no two registrations wait for each other.

    Returns who was kept: who is missing was put on record by another transaction meanwhile.
    """
    ordered = sorted(members, key=lambda member: member["national_id_index"])
    columns = ("member", "country", "national_id_index", "national_id", "name", "born_on", "phone", "sex")
    rows = tx.all(
        """
        INSERT INTO member
               (member, country, national_id_index, national_id, name, born_on, phone, sex, recorded_at)
        SELECT t.*, %(now)s
        FROM unnest(%(member)s::uuid[], %(country)s::text[], %(national_id_index)s::bytea[],
                    %(national_id)s::bytea[], %(name)s::bytea[], %(born_on)s::bytea[], %(phone)s::bytea[],
                    %(sex)s::text[]) AS t
        ON CONFLICT (national_id_index) DO NOTHING
        RETURNING member
        """,
        now=tx.now,
        **{column: [member[column] for member in ordered] for column in columns},
    )
    return {row["member"] for row in rows}


def renew_members(tx: Transaction, members: Sequence[Mapping[str, Any]]) -> None:
    """Take over what a person who was on record says now."""
    tx.many(
        """
        UPDATE member
        SET national_id = %(national_id)s, name = %(name)s, born_on = %(born_on)s, phone = %(phone)s,
            sex = %(sex)s
        WHERE member = %(member)s
        """,
        sorted(members, key=lambda member: member["member"]),
    )


def add_group(tx: Transaction, group: Mapping[str, Any]) -> bool:
    """Keep a new group; false when its bank account belongs to another one."""
    added = tx.run(
        """
        INSERT INTO registered_group
               ("group", reference, kind, name, folded, country, council, ward, village, enterprise, plan,
                bank, bank_account, bank_account_index, status, registered_on, registered_by, version,
                recorded_at)
        VALUES (%(group)s, %(reference)s, %(kind)s, %(name)s, %(folded)s, %(country)s, %(council)s, %(ward)s,
                %(village)s, %(enterprise)s, %(plan)s, %(bank)s, %(bank_account)s, %(bank_account_index)s,
                'registered', %(registered_on)s, %(by)s, 1, %(now)s)
        ON CONFLICT (bank_account_index) WHERE status NOT IN ('refused', 'ceased') DO NOTHING
        """,
        **group,
        by=tx.actor.subject,
        now=tx.now,
    )
    return added == 1


def add_memberships(tx: Transaction, group: UUID, memberships: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Make persons members of a group; returns who now is one: who is missing belongs to another group."""
    ordered = sorted(memberships, key=lambda membership: membership["member"])
    columns = ("member", "position", "citizen", "formally_employed", "disability", "joined_on")
    rows = tx.all(
        """
        INSERT INTO membership ("group", member, position, citizen, formally_employed, disability, joined_on,
                                recorded_at)
        SELECT %(group)s, t.*, %(now)s
        FROM unnest(%(member)s::uuid[], %(position)s::text[], %(citizen)s::boolean[],
                    %(formally_employed)s::boolean[], %(disability)s::boolean[], %(joined_on)s::date[]) AS t
        ON CONFLICT DO NOTHING
        RETURNING member
        """,
        group=group,
        now=tx.now,
        **{column: [membership[column] for membership in ordered] for column in columns},
    )
    return {row["member"] for row in rows}


def lock_group(tx: Transaction, group: UUID) -> dict[str, Any] | None:
    return tx.one('SELECT * FROM registered_group WHERE "group" = %(group)s FOR NO KEY UPDATE', group=group)


def group(tx: Transaction, group: UUID | None, reference: str | None) -> dict[str, Any] | None:
    return tx.one(
        'SELECT * FROM registered_group WHERE "group" = %(group)s OR reference = %(reference)s',
        group=group,
        reference=reference,
    )


def decide_group(
    tx: Transaction, group: UUID, status: str, on: date, reason_code: str | None, findings: bytes
) -> int:
    """Keep what the verifier decided; returns the group's new version."""
    version: int = tx.value(
        """
        UPDATE registered_group
        SET status = %(status)s, decided_on = %(on)s, decided_by = %(by)s, reason_code = %(reason_code)s,
            findings = %(findings)s, version = version + 1
        WHERE "group" = %(group)s
        RETURNING version
        """,
        group=group,
        status=status,
        on=on,
        by=tx.actor.subject,
        reason_code=reason_code,
        findings=findings,
    )
    return version


def end_memberships(tx: Transaction, group: UUID, on: date) -> None:
    tx.run(
        """
        UPDATE membership SET left_on = greatest(%(on)s, joined_on)
        WHERE "group" = %(group)s AND left_on IS NULL
        """,
        group=group,
        on=on,
    )


def members_of(tx: Transaction, group: UUID) -> list[dict[str, Any]]:
    """Everyone who is or was a member, officers of the group first; personal fields sealed."""
    return tx.all(
        """
        SELECT ms.*, m.national_id, m.name, m.born_on, m.phone, m.sex
        FROM membership ms JOIN member m USING (member)
        WHERE ms."group" = %(group)s
        ORDER BY array_position(ARRAY['chair', 'secretary', 'treasurer', 'member'], ms.position), ms.member
        """,
        group=group,
    )


def current_members(tx: Transaction, group: UUID) -> list[UUID]:
    rows = tx.all(
        'SELECT member FROM membership WHERE "group" = %(group)s AND left_on IS NULL ORDER BY member',
        group=group,
    )
    return [row["member"] for row in rows]


def members_on(tx: Transaction, group: UUID, on: date) -> list[dict[str, Any]]:
    """Who was a member on a date, and of how many other groups on that date."""
    return tx.all(
        """
        SELECT ms.member, ms.citizen, ms.formally_employed, ms.disability, m.born_on,
               (SELECT count(*) FROM membership other
                WHERE other.member = ms.member AND other."group" <> ms."group"
                  AND other.joined_on <= %(on)s AND (other.left_on > %(on)s) IS NOT FALSE) AS other_groups
        FROM membership ms JOIN member m USING (member)
        WHERE ms."group" = %(group)s AND ms.joined_on <= %(on)s AND (ms.left_on > %(on)s) IS NOT FALSE
        ORDER BY ms.member
        """,
        group=group,
        on=on,
    )


def groups(
    tx: Transaction,
    *,
    area: UUID | None,
    kind: str | None,
    status: str | None,
    words: str | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of the groups within the caller's areas, oldest first; `words` is a tsquery."""
    return tx.all(
        """
        SELECT g."group", g.reference, g.kind, g.name, g.council, g.ward, g.status, g.registered_on,
               (SELECT count(*) FROM membership ms
                WHERE ms."group" = g."group" AND ms.left_on IS NULL) AS members
        FROM registered_group g
        WHERE ('*' = ANY (%(areas)s::text[])
               OR g.ward IN (SELECT v.area FROM visible_area(%(areas)s, moment => %(now)s) v))
          AND (%(area)s::text IS NULL
               OR g.ward IN (SELECT v.area FROM visible_area(ARRAY[%(area)s::text], moment => %(now)s) v))
          AND (%(kind)s::text IS NULL OR g.kind = %(kind)s)
          AND (%(status)s::text IS NULL OR g.status = %(status)s)
          AND (%(words)s::text IS NULL OR to_tsvector('simple', g.folded) @@ to_tsquery('simple', %(words)s))
          AND (%(after)s::uuid IS NULL OR g."group" > %(after)s)
        ORDER BY g."group"
        LIMIT %(limit)s
        """,
        areas=list(tx.actor.areas),
        area=None if area is None else str(area),
        kind=kind,
        status=status,
        words=words,
        after=after,
        limit=limit,
    )


def groups_by_status(tx: Transaction) -> dict[str, int]:
    """How many groups stand in each status."""
    rows = tx.all("SELECT status, count(*) AS n FROM registered_group GROUP BY status")
    return {row["status"]: row["n"] for row in rows}


def council_on(tx: Transaction, ward: UUID, on: date) -> UUID | None:
    """The council in which a ward lies on a day, or lay last; wards move from one to another."""
    council: UUID | None = tx.value(
        """
        SELECT up.area
        FROM area_answering(%(on)s) w JOIN scope_area up ON up.area = ANY (w.path)
        WHERE w.area = %(ward)s AND up.level = 'council'
        LIMIT 1
        """,
        ward=ward,
        on=on,
    )
    return council
