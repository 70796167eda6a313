"""Commands and queries of complaints."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases import events
from cases.appeals import store as appeals
from cases.clocks import model as clock_model
from cases.clocks import running
from cases.clocks import store as clocks
from cases.complaints import model, store
from cases.complaints import schemas as shape
from cases.need_to_know import store as need_to_know
from cases.people import sealing
from cases.places import located
from chassis.commands import command, query
from chassis.errors import Conflict, NotFound, Refused
from chassis.transaction import Transaction

NOBODY = {"names": None, "sex": "not_recorded"}


class ComplaintsRpc:
    """What citizens bring and officers answer."""

    @command(shape.ReceiveComplaintIn, replies=shape.ReceiveComplaintOut, needs="complaints.receive")
    def receive_complaint(
        self,
        tx: Transaction,
        kind: str,
        category: str,
        channel: str,
        area: UUID,
        received_at: datetime | None,
        complainant: dict[str, Any] | None,
        anonymous: bool | None,
        words: str,
        about: str | None,
        about_officer: str | None,
        private: bool,
        complex: bool,
    ) -> dict[str, Any]:
        """Take a complaint in; its clocks start at receipt, and the complainant gets a receipt code."""
        where = located(tx, area)
        received_at = received_at or tx.now
        received_on = tx.calendar(where.country).local_date(received_at)
        version, lists = tx.rule_version("complaints", received_on, where.country)
        admission = model.admit(
            lists,
            kind=kind,
            category=category,
            channel=channel,
            received_at=received_at,
            now=tx.now,
            complex=complex,
            asked_private=private,
        )
        who = complainant or NOBODY
        nameless = who["names"] is None
        if anonymous is not None and anonymous != nameless:
            raise Refused(
                "anonymous_or_named", "A complaint is anonymous exactly when it holds no name; correct one."
            )
        person = sealing.register(tx, where.country, who)
        complaint: dict[str, Any] = {
            "complaint": tx.new_id(),
            "reference": tx.reference("M"),
            "kind": kind,
            "category": category,
            "channel": channel,
            "country": where.country,
            "area": where.area,
            "place": tx.seal(person, str(where.place), "complaint.place") if where.place else None,
            "person": person,
            "anonymous": nameless,
            "reachable": any(who.get(way) for way in ("names", "phone", "email", "address")),
            "private": admission.private,
            "complex": complex,
            "words": tx.seal(person, words, "complaint.words"),
            "about": tx.seal(person, about, "complaint.about") if about else None,
            "about_officer": need_to_know.officer_hash(tx, about_officer) if about_officer else None,
            "receipt_hash": tx.receipt_hash(tx.receipt_code("complaint")),
            "rule_version": version,
            "received_at": received_at,
            "received_on": received_on,
        }
        store.add_complaint(tx, complaint)
        terms = {"acknowledge": "acknowledge", "decide": admission.decide_clock}
        started = {
            promise: running.start(
                tx,
                kind=promise,
                term=term,
                subject_kind="complaint",
                subject=complaint["complaint"],
                cause=complaint["complaint"],
                country=where.country,
                area=where.area,
                started_at=received_at,
            )
            for promise, term in terms.items()
        }
        told = (
            "complaint",
            "reference",
            "kind",
            "category",
            "channel",
            "country",
            "area",
            "received_on",
            "anonymous",
        )
        due = {"acknowledge_by": started["acknowledge"].due_at, "decide_by": started["decide"].due_at}
        tx.emit(
            events.ComplaintReceived,
            subject=complaint["complaint"],
            version=1,
            **{name: complaint[name] for name in told},
            **due,
        )
        for clock in started.values():
            running.settle(tx, clock, tx.now)
        return {**complaint, **due, **_last_days(tx, where.country, due), "state": "received", "version": 1}

    @command(
        shape.AcknowledgeComplaintIn, replies=shape.AcknowledgeComplaintOut, needs="complaints.acknowledge"
    )
    def acknowledge_complaint(
        self, tx: Transaction, complaint: UUID, acknowledged_at: datetime | None, expected_version: int | None
    ) -> dict[str, Any]:
        """Tell the complainant that the office has the complaint."""
        row = _lock(tx, complaint, expected_version)
        acknowledged_at = acknowledged_at or tx.now
        model.check_acknowledgement(_complaint(tx, row), acknowledged_at=acknowledged_at, now=tx.now)
        in_time, version = _acknowledge(tx, row, acknowledged_at)
        decide_by = clocks.of(tx, complaint)["decide"]["due_at"]
        return {
            "complaint": complaint,
            "state": "acknowledged",
            "in_time": in_time,
            "decide_by": decide_by,
            "version": version,
        }

    @command(shape.WaitForComplainantIn, replies=shape.WaitForComplainantOut, needs="complaints.answer")
    def wait_for_complainant(
        self, tx: Transaction, complaint: UUID, waiting_from: datetime | None, expected_version: int | None
    ) -> dict[str, Any]:
        """Stop the clocks until the complainant has given what is missing; what is late stays late."""
        row = _lock(tx, complaint, expected_version)
        waiting_from = waiting_from or tx.now
        model.check_wait(_complaint(tx, row), waiting_from=waiting_from, now=tx.now)
        running.pause(tx, complaint, waiting_from)
        return {"complaint": complaint, "waiting": True, "version": store.next_version(tx, complaint)}

    @command(shape.ResumeComplaintIn, replies=shape.ResumeComplaintOut, needs="complaints.answer")
    def resume_complaint(
        self, tx: Transaction, complaint: UUID, resumed_at: datetime | None, expected_version: int | None
    ) -> dict[str, Any]:
        """Let the clocks run on, from where they stood."""
        row = _lock(tx, complaint, expected_version)
        resumed_at = resumed_at or tx.now
        model.check_resume(_complaint(tx, row), resumed_at=resumed_at, now=tx.now)
        running.resume(tx, complaint, resumed_at, told_until=tx.now)
        version = store.next_version(tx, complaint)
        by = clocks.of(tx, complaint)
        return {
            "complaint": complaint,
            "waiting": False,
            "acknowledge_by": by["acknowledge"]["due_at"],
            "decide_by": by["decide"]["due_at"],
            "version": version,
        }

    @command(shape.AnswerComplaintIn, replies=shape.AnswerComplaintOut, needs="complaints.answer")
    def answer_complaint(
        self,
        tx: Transaction,
        complaint: UUID,
        decision: str,
        answer_channel: str,
        words: str | None,
        answered_at: datetime | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Decide and answer; an answer to what was never acknowledged is its acknowledgement too."""
        row = _lock(tx, complaint, expected_version)
        answered_at = answered_at or tx.now
        lists = tx.rules("complaints", row["received_on"], row["country"])
        now_known = _complaint(tx, row)
        model.check_answer(
            lists,
            now_known,
            decision=decision,
            answer_channel=answer_channel,
            answered_at=answered_at,
            now=tx.now,
        )
        if now_known.waiting_from is not None:
            running.resume(tx, complaint, answered_at, told_until=answered_at)
        if now_known.state == "received":
            _acknowledge(tx, row, answered_at)
        in_time = _keep(tx, complaint, "decide", answered_at)
        days = tx.calendar(row["country"])
        term = clock_model.term_of(tx.rules("clocks", row["received_on"], row["country"]), "appeal")
        appeal_by = clock_model.timing(term, answered_at, (), days).due_at
        on = days.local_date(answered_at)
        store.add_answer(
            tx,
            {
                "complaint": complaint,
                "decision": decision,
                "answer_channel": answer_channel,
                "words": tx.seal(row["person"], words, "answer.words") if words else None,
                "answered_at": answered_at,
                "on": on,
                "in_time": in_time,
                "appeal_by": appeal_by,
            },
        )
        version = store.go_to(tx, complaint, "answered")
        tx.emit(
            events.ComplaintAnswered,
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
            "state": "answered",
            "in_time": in_time,
            "appeal_by": appeal_by,
            "appeal_last_day": clock_model.last_day(appeal_by, days),
            "outside_bodies": model.outside_bodies(lists),
            "version": version,
        }

    @query(shape.ComplaintIn, replies=shape.ComplaintOut, needs="complaints.read")
    def complaint(self, tx: Transaction, complaint: UUID) -> dict[str, Any]:
        """A complaint with all its steps."""
        row = store.read_complaint(tx, complaint)
        if row is None:
            raise _not_found()
        complainant = sealing.reveal(tx, row["person"])
        unseal = sealing.reader(tx, complainant)
        answer = store.read_answer(tx, complaint)
        appeal = appeals.read_appeal(tx, complaint)
        by = clocks.of(tx, complaint)
        pauses = clocks.pauses(tx, [complaint])
        place = unseal(row["place"], "complaint.place")
        return {
            **row,
            "place": place and UUID(place),
            "words": unseal(row["words"], "complaint.words"),
            "about": unseal(row["about"], "complaint.about"),
            "complainant": complainant,
            "acknowledge_by": by["acknowledge"]["due_at"],
            "decide_by": by["decide"]["due_at"],
            "waiting": bool(pauses) and pauses[-1]["resumed_at"] is None,
            "pauses": pauses,
            "answer": answer and answer | {"words": unseal(answer["words"], "answer.words")},
            "appeal": appeal
            and appeal
            | {
                "grounds": unseal(appeal["grounds"], "appeal.grounds"),
                "words": unseal(appeal["words"], "appeal_decision.words"),
                "decide_by": by["appeal_decide"]["due_at"],
            },
            "outside_bodies": model.outside_bodies(
                tx.rules("complaints", row["received_on"], row["country"])
            ),
        }

    @query(shape.ComplaintsIn, replies=shape.ComplaintsOut, needs="complaints.read")
    def complaints(
        self,
        tx: Transaction,
        area: UUID | None,
        kind: str | None,
        category: str | None,
        state: str | None,
        unanswered_past_due: bool,
        limit: int,
        after: UUID | None,
    ) -> dict[str, Any]:
        """A page of the complaints that the caller may know of."""
        rows = store.page(
            tx,
            area=area,
            kind=kind,
            category=category,
            state=state,
            unanswered_past_due=unanswered_past_due,
            limit=limit + 1,
            after=after,
        )
        shown = rows[:limit]
        return {"complaints": shown, "next": shown[-1]["complaint"] if len(rows) > limit else None}

    @query(shape.ComplaintCountsIn, replies=shape.ComplaintCountsOut, needs="complaints.read")
    def complaint_counts(self, tx: Transaction, area: UUID | None) -> dict[str, Any]:
        """How many complaints the caller may know of, by kind and state, and how many are late."""
        counts = store.counts(tx, area)
        return {
            "counts": counts,
            "total": sum(row["count"] for row in counts),
            "past_due": sum(row["past_due"] for row in counts),
        }

    @query(shape.ComplaintByReceiptIn, replies=shape.ComplaintByReceiptOut, needs=None)
    def complaint_by_receipt(self, tx: Transaction, receipt: str) -> dict[str, Any]:
        """Where a complaint stands, for whoever holds its receipt.

        The code is looked up by its keyed hash, so that the time it takes tells nothing about a near miss.
        """
        row = store.by_receipt(tx, tx.receipt_hash(receipt))
        if row is None:
            raise NotFound(
                "not_found", "There is no complaint with this receipt; read the code again from the paper."
            )
        lists = tx.rules("complaints", row["received_on"], row["country"])
        return {
            **row,
            **_last_days(tx, row["country"], row),
            "next_step": model.next_step(row),
            "outside_bodies": model.outside_bodies(lists),
        }

    @query(shape.ComplaintListsIn, replies=shape.ComplaintListsOut, needs=None)
    def complaint_lists(self, tx: Transaction, country: str, on: date | None) -> dict[str, Any]:
        """The coded lists and promised times in force on a date."""
        on = on or tx.today(country)
        return {**tx.rules("complaints", on, country), "clocks": tx.rules("clocks", on, country)["clocks"]}


def _lock(tx: Transaction, complaint: UUID, expected_version: int | None) -> dict[str, Any]:
    row = store.lock_complaint(tx, complaint)
    if row is None:
        raise _not_found()
    if expected_version is not None and expected_version != row["version"]:
        raise Conflict(
            "version_moved",
            "Somebody changed this complaint meanwhile; read it again.",
            {"version": row["version"]},
        )
    return row


def _complaint(tx: Transaction, row: dict[str, Any]) -> model.Complaint:
    pauses = clocks.pauses(tx, [row["complaint"]])
    last = pauses[-1] if pauses else {"waiting_from": None, "resumed_at": None}
    waits = bool(pauses) and last["resumed_at"] is None
    return model.Complaint(
        state=row["state"],
        received_at=row["received_at"],
        kind=row["kind"],
        private=row["private"],
        reachable=row["reachable"],
        acknowledged_at=row["acknowledged_at"],
        waiting_from=last["waiting_from"] if waits else None,
        paused_until=last["resumed_at"],
    )


def _acknowledge(tx: Transaction, row: dict[str, Any], acknowledged_at: datetime) -> tuple[bool, int]:
    in_time = _keep(tx, row["complaint"], "acknowledge", acknowledged_at)
    on = tx.calendar(row["country"]).local_date(acknowledged_at)
    store.add_acknowledgement(tx, row["complaint"], acknowledged_at, on, in_time)
    version = store.go_to(tx, row["complaint"], "acknowledged")
    tx.emit(
        events.ComplaintAcknowledged,
        subject=row["complaint"],
        version=version,
        on=on,
        in_time=in_time,
        **_known(row),
    )
    return in_time, version


def _keep(tx: Transaction, complaint: UUID, promise: str, at: datetime) -> bool:
    clock = next(clock for clock in running.unmet(tx, complaint) if clock.row["kind"] == promise)
    return running.meet(tx, clock, at)


def _last_days(tx: Transaction, country: str, due: dict[str, Any]) -> dict[str, Any]:
    """For each promise the last day on which it can be kept, as people count."""
    days = tx.calendar(country)
    by = ("acknowledge_by", "decide_by", "appeal_by", "appeal_decide_by")
    return {
        f"{name.removesuffix('_by')}_last_day": clock_model.last_day(due[name], days)
        for name in by
        if name in due
    }


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("complaint", "country", "area", "kind", "category")}


def _not_found() -> NotFound:
    return NotFound("not_found", "There is no such complaint among those you may see.")
