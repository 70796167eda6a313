"""Who may be appointed as a collaborator, and who is on the roster at a date."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.names.model import fold
from registry.people.model import age_on
from registry.rule_broken import RuleBroken


@dataclass(frozen=True, slots=True)
class Appointment:
    """A person whom a decision would appoint."""

    name: str
    born_on: date
    qualification: str
    field: str
    certificate: bool


def reasons_against(appointment: Appointment, rules: Mapping[str, Any], on: date) -> list[str]:
    """Why the rules in force forbid this appointment; empty when they do not.

    `rules` is a version of rules/collaborators.yaml: `minimum_age`, `qualifications` from the lowest to the
    highest, `minimum_qualification`, `own_fields`, `minimum_qualification_in_own_field`.
    """
    against = []
    if age_on(appointment.born_on, on) < rules["minimum_age"]:
        against.append(f"under {rules['minimum_age']} years on the day of the decision")
    order = {code: rank for rank, code in enumerate(rules["qualifications"])}
    rank = order.get(appointment.qualification)
    if rank is None:
        return [*against, f"no such qualification; give one of {', '.join(order)}"]
    if rank < order[rules["minimum_qualification"]]:
        against.append(f"qualification below {rules['minimum_qualification']}")
    trained = (
        appointment.field in rules["own_fields"]
        and rank >= order[rules["minimum_qualification_in_own_field"]]
    )
    if not trained and not appointment.certificate:
        against.append(
            "neither trained in social work or a field near it, nor a certificate of training in it"
        )
    return against


def check_dates(issued_on: date, effective_on: date) -> None:
    """A decision takes effect on the day it is issued or later."""
    if effective_on < issued_on:
        raise RuleBroken(
            "effective_before_issued", "A decision takes effect when it is issued or later; check the dates."
        )


def check_appointments(
    appointments: Sequence[Appointment],
    areas: Sequence[Any],
    within: AbstractSet[Any],
    rules: Mapping[str, Any],
    on: date,
) -> None:
    """Refuse a decision that appoints anybody unqualified, twice, or outside its area; names their places.

    `areas` are those of the appointments, in the same order; `within` are the ones that the decision reaches.
    """
    faults: dict[str, str] = {}
    seen: set[tuple[str, date]] = set()
    for place, (appointment, area) in enumerate(zip(appointments, areas, strict=True), start=1):
        against = reasons_against(appointment, rules, on)
        person = (fold(appointment.name), appointment.born_on)
        if person in seen:
            against.append("stands in this list twice")
        seen.add(person)
        if area not in within:
            against.append("area outside that of the decision")
        if against:
            faults[f"appointments.{place}"] = "; ".join(against)
    if faults:
        raise RuleBroken(
            "unqualified", "These appointments break the rules in force; nobody was appointed.", faults
        )


def check_exit(
    effective_on: date, exited_on: date | None, on: date, reason_code: str, reasons: Sequence[str]
) -> None:
    """An exit follows the appointment, happens once, and has one of the reasons of the list."""
    if exited_on is not None:
        raise RuleBroken("already_left", "This collaborator's exit is on record already.")
    if on < effective_on:
        raise RuleBroken(
            "left_before_appointed", "The exit lies before the appointment took effect; check the dates."
        )
    if reason_code not in reasons:
        raise RuleBroken("reason_unknown", f"Give one of the reasons {', '.join(reasons)}.")
