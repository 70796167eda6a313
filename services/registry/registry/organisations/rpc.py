"""Commands and queries about organisations."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command, query
from chassis.errors import Conflict, Invalid, NotFound
from chassis.transaction import Transaction
from registry import events
from registry.names.model import fold, word_search

from . import model, store
from .schemas import (
    DecideOrganisationIn,
    DecideOrganisationOut,
    OrganisationIn,
    OrganisationOut,
    OrganisationsIn,
    OrganisationsOut,
    RegisterOrganisationIn,
    RegisterOrganisationOut,
)


class OrganisationsRpc:
    @command(RegisterOrganisationIn, replies=RegisterOrganisationOut, needs="organisation.submit")
    def register_organisation(
        self,
        tx: Transaction,
        country: str,
        name: str,
        kind: str,
        level: str,
        area: UUID,
        purpose: str | None,
        registration_number: str | None,
        submitted_on: date | None,
    ) -> dict[str, Any]:
        """Take in a submission, if the rules in force admit its kind; tells which ones may be the same."""
        on = submitted_on or tx.today(country)
        tx.not_in_future(on, country)
        tx.require_area(area)
        place = tx.area(area, on)
        if place is None or place["country"] != country:
            raise NotFound(
                "area_unknown", "No such area of this country was in force on the day of submission."
            )
        rule_version, rules = tx.rule_version("organisations", on, country)
        model.check_admissible(rules, kind, level)
        organisation = tx.new_id()
        folded = fold(name)
        reference = tx.reference("O")
        store.add_organisation(
            tx,
            {
                "organisation": organisation,
                "reference": reference,
                "name": name,
                "folded": folded,
                "country": country,
                "kind": kind,
                "level": level,
                "area": area,
                "purpose": purpose,
                "registration_number": registration_number,
                "rule_version": rule_version,
                "submitted_on": on,
            },
        )
        tx.emit(
            events.OrganisationSubmitted,
            subject=organisation,
            version=1,
            organisation=organisation,
            country=country,
            kind=kind,
            level=level,
            area=area,
            submitted_on=on,
        )
        candidates = store.candidates(tx, organisation, country, folded, area, registration_number)
        return {
            "organisation": organisation,
            "reference": reference,
            "status": "submitted",
            "version": 1,
            "candidates": candidates,
        }

    @command(DecideOrganisationIn, replies=DecideOrganisationOut, needs="organisation.decide")
    def decide_organisation(
        self,
        tx: Transaction,
        organisation: UUID,
        decision: str,
        instrument: str,
        registration_number: str | None,
        reason_code: str | None,
        note: str | None,
        on: date | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Register an organisation under its number, or refuse it with a reason; not by who submitted it."""
        found = store.lock_organisation(tx, organisation)
        if found is None:
            raise _unknown_organisation()
        tx.require_area(found["area"])
        if expected_version not in (None, found["version"]):
            raise Conflict(
                "organisation_changed", "This organisation has changed; read it again before you decide."
            )
        country = found["country"]
        on = on or tx.today(country)
        tx.not_in_future(on, country)
        model.check_decision(
            found["status"], found["submitted_by"], tx.actor.subject, found["submitted_on"], on
        )
        registers = decision == "register"
        number = None
        if registers:
            number = model.number_to_register(registration_number, found["registration_number"])
            if store.number_taken(tx, country, number):
                raise Conflict(
                    "number_taken", "Another organisation is registered under this number; check both."
                )
        reasons = tx.rules("organisations", on, country)["refusal_reasons"]
        model.check_reason(decision, reason_code, reasons)
        status = "registered" if registers else "refused"
        version = store.decide_organisation(
            tx,
            organisation,
            status=status,
            on=on,
            registration_number=number,
            reason_code=reason_code,
            instrument=instrument,
            note=note,
        )
        if registers:
            tx.emit(
                events.OrganisationRegistered,
                subject=organisation,
                version=version,
                organisation=organisation,
                reference=found["reference"],
                registration_number=number,
                country=country,
                kind=found["kind"],
                level=found["level"],
                area=found["area"],
                registered_on=on,
            )
        else:
            tx.emit(
                events.OrganisationRefused,
                subject=organisation,
                version=version,
                organisation=organisation,
                country=country,
                area=found["area"],
                on=on,
                reason_code=reason_code,
            )
        return {
            "organisation": organisation,
            "reference": found["reference"],
            "status": status,
            "version": version,
        }

    @query(OrganisationIn, replies=OrganisationOut, needs="organisation.read")
    def organisation(
        self,
        tx: Transaction,
        organisation: UUID | None,
        reference: str | None,
        country: str | None,
        registration_number: str | None,
    ) -> dict[str, Any]:
        """An organisation, with those that may be the same."""
        by_number = bool(country and registration_number)
        if [organisation is not None, reference is not None, by_number].count(True) != 1:
            raise Invalid(
                "which_organisation", "Name it by id, by reference, or by country and registration number."
            )
        found = store.organisation(tx, organisation, reference, country, registration_number)
        if found is None:
            raise _unknown_organisation()
        tx.require_area(found["area"])
        candidates = store.candidates(
            tx,
            found["organisation"],
            found["country"],
            found["folded"],
            found["area"],
            found["registration_number"],
        )
        return {**found, "candidates": candidates}

    @query(OrganisationsIn, replies=OrganisationsOut, needs="organisation.read")
    def organisations(
        self, tx: Transaction, name: str | None, limit: int | None, **wanted: Any
    ) -> dict[str, Any]:
        """A page of the organisations within the caller's areas."""
        limit = limit or 50
        words = word_search(name) if name else None
        if name and not words:
            return {"items": [], "next": None}
        found = store.organisations(tx, words=words, limit=limit + 1, **wanted)
        return {
            "items": found[:limit],
            "next": found[limit - 1]["organisation"] if len(found) > limit else None,
        }


def _unknown_organisation() -> NotFound:
    return NotFound("not_found", "There is no such record within your area.")
