"""The SQL of appeals."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def add_appeal(tx: Transaction, appeal: Mapping[str, Any]) -> None:
    """The appeal against an answer."""
    tx.run(
        """
        INSERT INTO appeal (complaint, channel, grounds, appealed_at, "on", recorded_at, recorded_by)
        VALUES (%(complaint)s, %(channel)s, %(grounds)s, %(appealed_at)s, %(on)s, %(now)s, %(by)s)
        """,
        now=tx.now,
        by=tx.actor.subject,
        **appeal,
    )


def add_decision(tx: Transaction, decision: Mapping[str, Any]) -> None:
    """The decision on an appeal, by the officer who calls."""
    tx.run(
        """
        INSERT INTO appeal_decision (complaint, decision, answer_channel, words, answered_by, decided_by,
                                     decided_at, "on", in_time, recorded_at)
        VALUES (%(complaint)s, %(decision)s, %(answer_channel)s, %(words)s, %(answered_by)s, %(by)s,
                %(decided_at)s, %(on)s, %(in_time)s, %(now)s)
        """,
        now=tx.now,
        by=tx.actor.subject,
        **decision,
    )


def read_appeal(tx: Transaction, complaint: UUID) -> dict[str, Any] | None:
    """The appeal of a complaint with its decision, sealed as it is."""
    return tx.one(
        """
        SELECT a.channel, a.grounds, a.appealed_at, d.decision, d.answer_channel, d.words, d.decided_at,
               d.decided_by, d.in_time
        FROM appeal a LEFT JOIN appeal_decision d USING (complaint) WHERE a.complaint = %(complaint)s
        """,
        complaint=complaint,
    )
