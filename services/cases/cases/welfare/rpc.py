"""Commands and queries of welfare cases."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from cases import events
from cases.clocks import running
from cases.people import sealing
from cases.people import store as people
from cases.places import located
from cases.welfare import model, store
from cases.welfare import schemas as shape
from chassis.commands import command, query
from chassis.errors import Conflict, NotFound, Refused
from chassis.transaction import Transaction


class WelfareRpc:
    """What officers do with welfare cases."""

    @command(shape.OpenCaseIn, replies=shape.OpenCaseOut, needs="cases.open")
    def open_case(
        self,
        tx: Transaction,
        category: str,
        person: dict[str, Any] | None,
        known_person: UUID | None,
        estimated_age: int | None,
        story: str | None,
        area: UUID,
        received_on: date | None,
        channel: str,
    ) -> dict[str, Any]:
        """Open a case; a case worker has it assigned, anyone else leaves that to the supervisor."""
        where = located(tx, area)
        today = tx.today(where.country)
        received_on = received_on or today
        version, lists = tx.rule_version("pmks", received_on, where.country)
        model.check_code(tx.rules("welfare", received_on, where.country)["channels"], channel, "channel")
        who = _whose(tx, person, known_person, estimated_age)
        opening = model.judge_opening(
            model.category_of(lists, category),
            born_on=who["born_on"],
            estimated_age=who["estimated_age"],
            received_on=received_on,
            today=today,
            band_starts=tx.rules("people", received_on, where.country)["age_bands"],
        )
        subject: UUID = known_person or sealing.register(tx, where.country, who)
        case = {
            "case": tx.new_id(),
            "reference": tx.reference("W"),
            "person": subject,
            "category": category,
            "restricted": opening.category.restricted,
            "rule_version": version,
            "country": where.country,
            "area": where.area,
            "place": tx.seal(subject, str(where.place), "case.place") if where.place else None,
            "channel": channel,
            "sex": who["sex"],
            "age_band": opening.age_band,
            "story": tx.seal(subject, story, "case.story") if story else None,
            "received_on": received_on,
            "worker": tx.actor.subject if "case_worker" in tx.actor.roles else None,
        }
        store.add_case(tx, case)
        if case["worker"]:
            store.add_assignment(tx, case["case"], 1, case["worker"], today)
        told = ("case", "reference", "category", "restricted", "country", "area", "sex", "age_band")
        tx.emit(
            events.CaseOpened,
            subject=case["case"],
            version=1,
            on=received_on,
            **{name: case[name] for name in told},
        )
        return {**case, "state": "open", "version": 1}

    @command(shape.AssignCaseIn, replies=shape.AssignCaseOut, needs="cases.assign")
    def assign_case(
        self,
        tx: Transaction,
        case: UUID,
        worker: str | None,
        among: list[str] | None,
        on: date | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Give a case to a worker, or to the one of several with the fewest open cases."""
        row = _lock(tx, case, expected_version)
        if (worker is None) == (among is None):
            raise Refused("one_or_several", "Name one worker, or several to choose among.")
        on = on or tx.today(row["country"])
        tx.not_in_future(on, row["country"])
        chosen = worker or model.least_loaded(store.loads(tx, among or [])) or ""
        version = store.next_version(tx, case)
        store.add_assignment(tx, case, version, chosen, on)
        store.set_worker(tx, case, chosen)
        return {"case": case, "worker": chosen, "version": version}

    @command(shape.RecordAssessmentIn, replies=shape.RecordAssessmentOut, needs="cases.assess")
    def record_assessment(
        self,
        tx: Transaction,
        case: UUID,
        risk: str,
        needs: list[str],
        notes: str | None,
        assessed_at: datetime | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Record what a look at a case found; danger starts a clock of 24 hours."""
        row = _lock(tx, case, expected_version)
        assessed_at = assessed_at or tx.now
        on = tx.calendar(row["country"]).local_date(assessed_at)
        model.check_assessment(_case(row), assessed_at=assessed_at, assessed_on=on, now=tx.now)
        codes = tx.rules("welfare", on, row["country"])["needs"]
        for need in needs:
            model.check_code(codes, need, "need")
        assessment = tx.new_id()
        store.add_assessment(
            tx,
            {
                "assessment": assessment,
                "case": case,
                "risk": risk,
                "needs": sorted(set(needs)),
                "notes": tx.seal(row["person"], notes, "assessment.notes") if notes else None,
                "assessed_at": assessed_at,
                "on": on,
            },
        )
        version = store.next_version(tx, case)
        tx.emit(
            events.AssessmentRecorded,
            subject=case,
            version=version,
            case=case,
            assessment=assessment,
            category=row["category"],
            country=row["country"],
            area=row["area"],
            on=on,
            risk=risk,
            needs=sorted(set(needs)),
        )
        # A danger found again before the first was answered is the same danger: its clock runs already.
        if risk == "danger" and store.open_danger(tx, case) is None:
            clock = running.start(
                tx,
                kind="danger",
                term="danger",
                subject_kind="case",
                subject=case,
                cause=assessment,
                country=row["country"],
                area=row["area"],
                started_at=assessed_at,
            )
            running.settle(tx, clock, tx.now)
        danger_by = store.open_danger(tx, case)
        return {"case": case, "assessment": assessment, "danger_by": danger_by, "version": version}

    @command(shape.AnswerDangerIn, replies=shape.AnswerDangerOut, needs="cases.assess")
    def answer_danger(
        self,
        tx: Transaction,
        case: UUID,
        action: str,
        notes: str | None,
        answered_at: datetime | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Record what was done about the danger in a case; its clock stops."""
        row = _lock(tx, case, expected_version)
        answered_at = answered_at or tx.now
        clocks = running.unmet(tx, case)
        model.check_danger_answer(
            danger_open=bool(clocks),
            found_at=clocks[0].clock.started_at if clocks else None,
            answered_at=answered_at,
            now=tx.now,
        )
        on = tx.calendar(row["country"]).local_date(answered_at)
        model.check_code(tx.rules("welfare", on, row["country"])["danger_actions"], action, "action")
        in_time = running.meet(tx, clocks[0], answered_at)
        assessment = clocks[0].row["cause"]
        store.add_danger_answer(
            tx,
            {
                "assessment": assessment,
                "action": action,
                "notes": tx.seal(row["person"], notes, "danger_answer.notes") if notes else None,
                "answered_at": answered_at,
                "on": on,
                "in_time": in_time,
            },
        )
        version = store.next_version(tx, case)
        tx.emit(
            events.DangerAnswered,
            subject=case,
            version=version,
            case=case,
            assessment=assessment,
            category=row["category"],
            country=row["country"],
            area=row["area"],
            on=on,
            action=action,
            in_time=in_time,
        )
        return {"case": case, "assessment": assessment, "in_time": in_time, "version": version}

    @command(shape.CloseCaseIn, replies=shape.CloseCaseOut, needs="cases.close")
    def close_case(
        self,
        tx: Transaction,
        case: UUID,
        outcome: str,
        reason: str,
        closed_on: date | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Close a case with its outcome; never over a danger that nobody answered."""
        row = _lock(tx, case, expected_version)
        today = tx.today(row["country"])
        closed_on = closed_on or today
        model.check_closing(
            _case(row, danger_open=store.open_danger(tx, case) is not None), closed_on=closed_on, today=today
        )
        model.check_code(tx.rules("welfare", closed_on, row["country"])["outcomes"], outcome, "outcome")
        store.add_closure(tx, case, outcome, tx.seal(row["person"], reason, "case_closure.reason"), closed_on)
        version = store.next_version(tx, case)
        tx.emit(
            events.CaseClosed,
            subject=case,
            version=version,
            case=case,
            category=row["category"],
            country=row["country"],
            area=row["area"],
            on=closed_on,
            outcome=outcome,
        )
        return {"case": case, "state": "closed", "closed_on": closed_on, "version": version}

    @query(shape.CaseIn, replies=shape.CaseOut, needs="cases.read")
    def case(self, tx: Transaction, case: UUID) -> dict[str, Any]:
        """A case with its person and everything found in it."""
        row = store.read_case(tx, case)
        if row is None:
            raise _not_found()
        person = sealing.reveal(tx, row["person"])
        unseal = sealing.reader(tx, person)
        found = store.assessments(tx, case)
        ended = store.closure(tx, case)
        place = unseal(row["place"], "case.place")
        return {
            **row,
            "place": place and UUID(place),
            "story": unseal(row["story"], "case.story"),
            "person": person,
            "assessments": [each | {"notes": unseal(each["notes"], "assessment.notes")} for each in found],
            "danger_by": store.open_danger(tx, case),
            "closure": ended and ended | {"reason": unseal(ended["reason"], "case_closure.reason")},
        }

    @query(shape.CasesIn, replies=shape.CasesOut, needs="cases.read")
    def cases(
        self,
        tx: Transaction,
        area: UUID | None,
        category: str | None,
        group: str | None,
        country: str | None,
        state: str | None,
        worker: str | None,
        limit: int,
        after: UUID | None,
    ) -> dict[str, Any]:
        """A page of the cases that the caller may know of."""
        categories = [category] if category else None
        if group is not None:
            if country is None:
                raise Refused("country_needed", "Name the country whose groups of categories you mean.")
            of_group = model.codes_of_group(tx.rules("pmks", tx.today(country), country), group)
            categories = [code for code in of_group if category in (None, code)]
        rows = store.page(
            tx, area=area, categories=categories, state=state, worker=worker, limit=limit + 1, after=after
        )
        shown = rows[:limit]
        return {"cases": shown, "next": shown[-1]["case"] if len(rows) > limit else None}

    @query(shape.CaseCountsIn, replies=shape.CaseCountsOut, needs="cases.read")
    def case_counts(self, tx: Transaction, area: UUID | None) -> dict[str, Any]:
        """How many cases the caller may know of, by category and state."""
        counts = store.counts(tx, area)
        return {"counts": counts, "total": sum(row["count"] for row in counts)}

    @query(shape.FindCasesIn, replies=shape.FindCasesOut, needs="cases.read")
    def find_cases(
        self, tx: Transaction, country: str, national_id: str | None, phone: str | None
    ) -> dict[str, Any]:
        """The cases of whoever has a national id or telephone number, before another is opened for them."""
        if (national_id is None) == (phone is None):
            raise Refused("one_of_two", "Give a national id or a telephone number, not both.")
        hashes = sealing.hashes(tx, country, national_id, phone)
        found = [person for kind, hash in hashes.items() for person in people.found_by(tx, kind, hash)]
        return {"cases": store.cases_of(tx, found)}

    @query(shape.CaseListsIn, replies=shape.CaseListsOut, needs="cases.read")
    def case_lists(self, tx: Transaction, country: str, on: date | None) -> dict[str, Any]:
        """The coded lists in force on a date."""
        on = on or tx.today(country)
        lists = tx.rules("pmks", on, country)
        codes = tx.rules("welfare", on, country)
        return {**lists, **codes, "risks": list(model.RISKS)}


def _whose(
    tx: Transaction, person: dict[str, Any] | None, known_person: UUID | None, estimated_age: int | None
) -> dict[str, Any]:
    """Who the case is of: told now, or known from an earlier case that the caller may see."""
    if (person is None) == (known_person is None):
        raise Refused("whose_case", "Tell who the person is, or name one known from another case; not both.")
    if person is not None:
        return person
    row = people.lock(tx, known_person) if store.knows(tx, known_person) else None  # type: ignore[arg-type]
    if row is None:
        raise NotFound("not_found", "There is no such person among the cases you may see.")
    if row["erased_on"] is not None:
        raise Refused("person_erased", "This person's data were erased; enter the person anew.")
    born_on = sealing.birth_date(tx, row)
    return {"sex": row["sex"], "born_on": born_on, "estimated_age": None if born_on else estimated_age}


def _lock(tx: Transaction, case: UUID, expected_version: int | None) -> dict[str, Any]:
    row = store.lock_case(tx, case)
    if row is None:
        raise _not_found()
    if expected_version is not None and expected_version != row["version"]:
        raise Conflict(
            "version_moved",
            "Somebody changed this case meanwhile; read it again.",
            {"version": row["version"]},
        )
    return row


def _case(row: dict[str, Any], danger_open: bool = False) -> model.Case:
    return model.Case(
        state=row["state"],
        received_on=row["received_on"],
        restricted=row["restricted"],
        worker=row["worker"],
        last_on=row["last_on"],
        danger_open=danger_open,
    )


def _not_found() -> NotFound:
    return NotFound("not_found", "There is no such case among those you may see.")
