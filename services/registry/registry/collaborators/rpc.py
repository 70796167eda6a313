"""Commands and queries about collaborators and the decisions that appoint them."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command, query
from chassis.errors import Conflict, Invalid, NotFound
from chassis.transaction import Transaction
from registry import events
from registry.areas.store import below
from registry.names.model import fold
from registry.people.model import mask
from registry.people.sealed import fetch_keys, may, sealed

from . import model, store
from .schemas import IssueDecisionIn, IssueDecisionOut, RecordExitIn, RecordExitOut, RosterIn, RosterOut

_JUDGED = ("name", "born_on", "qualification", "field", "certificate")
_PERSONAL = ("name", "born_on", "phone")
_KEPT = ("area", "qualification", "field", "certificate")


class CollaboratorsRpc:
    @command(IssueDecisionIn, replies=IssueDecisionOut, needs="decision.issue")
    def issue_decision(
        self,
        tx: Transaction,
        country: str,
        number: str,
        issued_on: date,
        issuer: str,
        effective_on: date | None,
        area: UUID,
        appointments: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """Put a signed decision on record with all whom it appoints, if every one of them is qualified."""
        tx.not_in_future(issued_on, country)
        tx.require_area(area)
        effective_on = effective_on or issued_on
        model.check_dates(issued_on, effective_on)
        place = tx.area(area, effective_on)
        if place is None or place["country"] != country:
            raise NotFound(
                "area_unknown", "No such area of this country was in force when the decision took effect."
            )
        rule_version, rules = tx.rule_version("collaborators", issued_on, country)
        model.check_appointments(
            [model.Appointment(**{fact: person[fact] for fact in _JUDGED}) for person in appointments],
            [person["area"] for person in appointments],
            below(tx, area, {person["area"] for person in appointments}, effective_on),
            rules,
            issued_on,
        )
        decision = tx.new_id()
        added = store.add_decision(
            tx,
            {
                "decision": decision,
                "country": country,
                "number": number,
                "folded": fold(number),
                "issued_on": issued_on,
                "issuer": issuer,
                "effective_on": effective_on,
                "area": area,
                "rule_version": rule_version,
            },
        )
        if not added:
            raise Conflict(
                "decision_number_taken", "A decision of this number and year is on record; look at it."
            )
        collaborators = []
        for position, person in enumerate(appointments, start=1):
            collaborator = tx.new_person()
            collaborators.append(
                {
                    "collaborator": collaborator,
                    "decision": decision,
                    "place": position,
                    "country": country,
                    "effective_on": effective_on,
                    **{fact: person[fact] for fact in _KEPT},
                    **sealed(tx, collaborator, **{field: person[field] for field in _PERSONAL}),
                }
            )
        store.add_collaborators(tx, collaborators)
        tx.emit(
            events.DecisionIssued,
            subject=decision,
            version=1,
            decision=decision,
            country=country,
            number=number,
            issued_on=issued_on,
            effective_on=effective_on,
            area=area,
            appointed=len(collaborators),
        )
        for appointed in collaborators:
            tx.emit(
                events.CollaboratorAppointed,
                subject=appointed["collaborator"],
                version=1,
                collaborator=appointed["collaborator"],
                decision=decision,
                country=country,
                area=appointed["area"],
                effective_on=effective_on,
            )
        return {"decision": decision, "collaborators": [each["collaborator"] for each in collaborators]}

    @command(RecordExitIn, replies=RecordExitOut, needs="collaborator.exit")
    def record_exit(
        self,
        tx: Transaction,
        collaborator: UUID,
        on: date,
        reason_code: str,
        instrument: str | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Take a collaborator off the roster from a day on."""
        found = store.lock_collaborator(tx, collaborator)
        if found is None:
            raise NotFound("not_found", "There is no such record within your area.")
        tx.require_area(found["area"])
        if expected_version not in (None, found["version"]):
            raise Conflict("collaborator_changed", "This collaborator has changed; read the roster again.")
        country = found["country"]
        tx.not_in_future(on, country)
        reasons = tx.rules("collaborators", on, country)["exit_reasons"]
        model.check_exit(found["effective_on"], found["exited_on"], on, reason_code, reasons)
        version = store.record_exit(tx, collaborator, on, reason_code, instrument)
        tx.emit(
            events.CollaboratorExited,
            subject=collaborator,
            version=version,
            collaborator=collaborator,
            country=country,
            area=found["area"],
            on=on,
            reason_code=reason_code,
            instrument=instrument,
        )
        return {"collaborator": collaborator, "version": version}

    @query(RosterIn, replies=RosterOut, needs="collaborator.read")
    def roster(
        self,
        tx: Transaction,
        area: UUID | None,
        country: str | None,
        as_of: date | None,
        limit: int | None,
        after: UUID | None,
    ) -> dict[str, Any]:
        """Who served on a date within the caller's areas; names in full for those who may read them."""
        limit = limit or 100
        if area is None and country is None:
            raise Invalid("which_roster", "Name an area or a country.")
        if area is not None:
            tx.require_area(area)
            known = tx.area(area)
            if known is None:
                raise NotFound("not_found", "There is no such record within your area.")
            country = country or known["country"]
        on = as_of or tx.today(country or "")
        found = store.serving(tx, on, area, country, after, limit + 1)
        page = found[:limit]
        fetch_keys(tx, [each["collaborator"] for each in page])
        masked = not may(tx, "collaborator.read_personal")
        return {
            "as_of": on,
            "count": store.count_serving(tx, on, area, country),
            "masked": masked,
            "items": [_shown(tx, each, masked) for each in page],
            "next": page[-1]["collaborator"] if len(found) > limit else None,
        }


def _shown(tx: Transaction, collaborator: dict[str, Any], masked: bool) -> dict[str, Any]:
    person = collaborator["collaborator"]
    words = {field: tx.unseal(person, collaborator[field], field) for field in _PERSONAL}
    erased = words["name"] is None
    if masked and not erased:
        words = {"name": mask(words["name"] or ""), "born_on": None, "phone": None}
    return {**collaborator, **words, "erased": erased}
