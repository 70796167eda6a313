"""The rules of groups and their members; sizes and ages are for the lender to judge, when they apply."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from registry.names.model import fold
from registry.people.model import fault_of_national_id, national_id_digits
from registry.rule_broken import RuleBroken


def check_members(country: str, members: Sequence[Mapping[str, Any]], registered_on: date) -> list[str]:
    """Refuse members whose data cannot be right; returns their national ids as compared, in the same order.

    A member has `national_id`, `born_on`, `sex`, `joined_on` (or None for the day of registration). Faults
    name the place in the list and never the person.
    """
    faults: dict[str, str] = {}
    seen: dict[str, int] = {}
    compared = []
    for place, member in enumerate(members, start=1):
        digits = national_id_digits(country, member["national_id"])
        compared.append(digits)
        fault = fault_of_national_id(country, digits, member["born_on"], member["sex"])
        if digits in seen:
            fault = f"the same person as number {seen[digits]}"
        seen.setdefault(digits, place)
        if member["born_on"] >= registered_on:
            fault = "born after the registration"
        elif member["joined_on"] and not member["born_on"] < member["joined_on"] <= registered_on:
            fault = "joined before birth or after the registration"
        if fault:
            faults[f"members.{place}"] = fault
    if faults:
        raise RuleBroken("bad_members", "Mend these members; the group was not registered.", faults)
    return compared


def check_bank_account(group_name: str, account_name: str | None) -> None:
    """The account is the group's own: it stands in the group's name."""
    if account_name is not None and fold(account_name) != fold(group_name):
        raise RuleBroken(
            "account_not_in_groups_name", "The bank account must be in the group's name, as registered."
        )


def account_as_compared(account_number: str) -> str:
    """The account number without the blanks and dashes that people put into it."""
    return fold(account_number).replace(" ", "")


def check_place(
    country: str, council: Mapping[str, Any], ward: Mapping[str, Any], village: Mapping[str, Any] | None
) -> None:
    """The ward lies in the council, the village in the ward, all in the country."""
    if ward["country"] != country:
        raise RuleBroken("ward_elsewhere", "This ward lies in another country.")
    if council["level"] != "council" or ward["level"] != "ward":
        raise RuleBroken("wrong_level", "Name a council as council and a ward as ward.")
    if council["area"] not in ward["path"]:
        raise RuleBroken("ward_elsewhere", "This ward lies in another council.")
    if village is not None and (ward["area"] not in village["path"] or village["area"] == ward["area"]):
        raise RuleBroken("village_elsewhere", "This village or mtaa lies in another ward.")


def check_verification(status: str, registered_on: date, registered_by: str, decider: str, on: date) -> None:
    """A group is verified once, not before it was registered, and not by who registered it."""
    if status != "registered":
        raise RuleBroken("already_decided", "This group is decided; look at it before you go on.")
    if registered_by == decider:
        raise RuleBroken(
            "maker_is_checker", "Who registered a group cannot verify it; pass it to a colleague."
        )
    if on < registered_on:
        raise RuleBroken(
            "verified_before_registered", "The verification lies before the registration; check the dates."
        )


def check_reason(decision: str, reason_code: str | None, reasons: Sequence[str]) -> None:
    """A refusal has one of the reasons of the list; a verification has none."""
    if decision == "refuse" and reason_code not in reasons:
        raise RuleBroken("reason_unknown", f"Give one of the reasons {', '.join(reasons)}.")
    if decision == "verify" and reason_code is not None:
        raise RuleBroken("reason_without_refusal", "Leave out the reason: only a refusal has one.")
