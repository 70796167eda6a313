"""Which organisations the law admits, and who may decide on them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from registry.rule_broken import RuleBroken


def check_admissible(rules: Mapping[str, Any], kind: str, level: str) -> None:
    """Refuse a kind that the rules in force do not admit, or a level that they do not know.

    `rules` is a version of rules/organisations*.yaml: `admitted` {kind: description}, `not_admitted`
    {kind: reason}, `levels` [level].
    """
    if kind in rules["not_admitted"]:
        raise RuleBroken("kind_not_admitted", str(rules["not_admitted"][kind]), {"kind": kind})
    if kind not in rules["admitted"]:
        kinds = ", ".join(sorted(rules["admitted"]))
        raise RuleBroken(
            "kind_unknown", f"The rules in force know no such kind; give one of: {kinds}.", {"kind": kind}
        )
    if level not in rules["levels"]:
        raise RuleBroken(
            "level_unknown", f"Give one of the levels {', '.join(rules['levels'])}.", {"level": level}
        )


def check_decision(status: str, submitted_by: str, decider: str, submitted_on: date, on: date) -> None:
    """One decision for each submission, not before it, and never by who submitted it."""
    if status != "submitted":
        raise RuleBroken("already_decided", "This submission is decided; look at it before you go on.")
    if submitted_by == decider:
        raise RuleBroken(
            "maker_is_checker", "Who entered a submission cannot decide on it; pass it to a colleague."
        )
    if on < submitted_on:
        raise RuleBroken(
            "decided_before_submitted", "The decision lies before the submission; check the dates."
        )


def check_reason(decision: str, reason_code: str | None, reasons: Sequence[str]) -> None:
    """A refusal has one of the reasons of the list; a registration has none."""
    if decision == "refuse" and reason_code not in reasons:
        raise RuleBroken("reason_unknown", f"Give one of the reasons {', '.join(reasons)}.")
    if decision == "register" and reason_code is not None:
        raise RuleBroken("reason_without_refusal", "Leave out the reason: only a refusal has one.")


def number_to_register(given: str | None, submitted: str | None) -> str:
    """The registration number, to the letter: from the decision, or else from the submission."""
    if given and submitted and given != submitted:
        raise RuleBroken(
            "number_differs", "The submission names another registration number; check the certificate."
        )
    number = given or submitted
    if not number:
        raise RuleBroken("number_missing", "Give the registration number as it stands on the certificate.")
    return number
