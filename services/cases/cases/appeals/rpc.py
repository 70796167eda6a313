"""Commands of appeals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from cases import events
from cases.appeals import model, store
from cases.appeals import schemas as shape
from cases.clocks import running
from cases.complaints import model as complaint_model
from cases.complaints import store as complaints
from chassis.commands import command
from chassis.errors import Conflict, NotFound, Refused
from chassis.transaction import Transaction


class AppealsRpc:
    """What follows an answer that does not content."""

    @command(shape.AppealComplaintIn, replies=shape.AppealComplaintOut, needs="complaints.receive")
    def appeal_complaint(
        self,
        tx: Transaction,
        complaint: UUID | None,
        receipt: str | None,
        channel: str,
        grounds: str | None,
        appealed_at: datetime | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Appeal against an answer, within the time told with it."""
        if (complaint is None) == (receipt is None):
            raise Refused("one_of_two", "Name the complaint or give its receipt, not both.")
        row = complaints.lock_by_receipt(tx, tx.receipt_hash(receipt)) if receipt else None
        row = complaints.lock_complaint(tx, complaint) if complaint else row
        _check_found(row, expected_version)
        assert row is not None
        appealed_at = appealed_at or tx.now
        model.check_appeal(_answered(tx, row), appealed_at=appealed_at, now=tx.now)
        lists = tx.rules("complaints", row["received_on"], row["country"])
        complaint_model.check_code(lists["channels"], channel, "channel")
        on = tx.calendar(row["country"]).local_date(appealed_at)
        store.add_appeal(
            tx,
            {
                "complaint": row["complaint"],
                "channel": channel,
                "grounds": tx.seal(row["person"], grounds, "appeal.grounds") if grounds else None,
                "appealed_at": appealed_at,
                "on": on,
            },
        )
        version = complaints.go_to(tx, row["complaint"], "appealed")
        clock = running.start(
            tx,
            kind="appeal_decide",
            term="appeal_decide",
            subject_kind="complaint",
            subject=row["complaint"],
            cause=row["complaint"],
            country=row["country"],
            area=row["area"],
            started_at=appealed_at,
        )
        tx.emit(
            events.ComplaintAppealed,
            subject=row["complaint"],
            version=version,
            on=on,
            decide_by=clock.due_at,
            **_known(row),
        )
        running.settle(tx, clock, tx.now)
        return {
            "complaint": row["complaint"],
            "reference": row["reference"],
            "state": "appealed",
            "decide_by": clock.due_at,
            "outside_bodies": complaint_model.outside_bodies(lists),
            "version": version,
        }

    @command(shape.DecideAppealIn, replies=shape.DecideAppealOut, needs="complaints.decide_appeal")
    def decide_appeal(
        self,
        tx: Transaction,
        complaint: UUID,
        decision: str,
        answer_channel: str,
        words: str | None,
        decided_at: datetime | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Decide an appeal, as another officer than the one who answered."""
        row = complaints.lock_complaint(tx, complaint)
        _check_found(row, expected_version)
        assert row is not None
        decided_at = decided_at or tx.now
        answered = _answered(tx, row)
        lists = tx.rules("complaints", row["received_on"], row["country"])
        model.check_appeal_decision(
            lists, answered, decision=decision, officer=tx.actor.subject, decided_at=decided_at, now=tx.now
        )
        complaint_model.check_answer_channel(
            lists, private=row["private"], reachable=row["reachable"], answer_channel=answer_channel
        )
        clock = next(clock for clock in running.unmet(tx, complaint) if clock.row["kind"] == "appeal_decide")
        in_time = running.meet(tx, clock, decided_at)
        on = tx.calendar(row["country"]).local_date(decided_at)
        store.add_decision(
            tx,
            {
                "complaint": complaint,
                "decision": decision,
                "answer_channel": answer_channel,
                "words": tx.seal(row["person"], words, "appeal_decision.words") if words else None,
                "answered_by": answered.answered_by,
                "decided_at": decided_at,
                "on": on,
                "in_time": in_time,
            },
        )
        version = complaints.go_to(tx, complaint, "decided")
        tx.emit(
            events.AppealDecided,
            subject=complaint,
            version=version,
            on=on,
            decision=decision,
            answer_channel=answer_channel,
            in_time=in_time,
            **_known(row),
        )
        return {
            "complaint": complaint,
            "state": "decided",
            "in_time": in_time,
            "outside_bodies": complaint_model.outside_bodies(lists),
            "version": version,
        }


def _check_found(row: dict[str, Any] | None, expected_version: int | None) -> None:
    if row is None:
        raise NotFound("not_found", "There is no such complaint among those you may see.")
    if expected_version is not None and expected_version != row["version"]:
        raise Conflict(
            "version_moved",
            "Somebody changed this complaint meanwhile; read it again.",
            {"version": row["version"]},
        )


def _answered(tx: Transaction, row: dict[str, Any]) -> model.Answered:
    answer = complaints.read_answer(tx, row["complaint"]) or {}
    appeal = store.read_appeal(tx, row["complaint"]) or {}
    return model.Answered(
        state=row["state"],
        answered_at=answer.get("answered_at"),
        answered_by=answer.get("answered_by"),
        appeal_by=answer.get("appeal_by"),
        appealed_at=appeal.get("appealed_at"),
    )


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("complaint", "country", "area", "kind", "category")}
