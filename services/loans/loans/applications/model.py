"""Who may borrow: every criterion of the rules in force, met or not, and why; and who may decide.

The rules come as a document (`rules/loans.yaml`), the members as facts that the registry states for the date
of the application; nothing here knows a name. Sources: Local Government Finances Act, Cap. 290, s. 37A, and
the regulations made under it, each version in `rules/loans.yaml`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from loans.rule_broken import RuleBroken
from loans.scheme.model import Lending


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What the registry states of a member on the date asked for.

    `age` in whole years; None for a person who was erased, of whom nobody knows any more whether they are adult.
    """

    member: UUID
    age: int | None
    adult: bool
    citizen: bool
    formally_employed: bool
    disability: bool
    other_groups: int


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What the registry states of a group on the date asked for."""

    group: UUID
    kind: str
    status: str
    council: UUID
    ward: UUID
    has_enterprise: bool
    has_bank_account: bool
    members: tuple[MemberFacts, ...]


@dataclass(frozen=True, slots=True)
class Papers:
    """The document numbers that come with an application; None where a paper is missing.

    `minutes` of the meeting that resolved to borrow, `letter` of application passed by the ward executive
    officer, `plan` of an enterprise to come, `finding` that a person with disability has no partner to form a
    group with.
    """

    minutes: str | None = None
    letter: str | None = None
    plan: str | None = None
    finding: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of the rules: met or not, what to do where it is not, and which members fail it."""

    criterion: str
    met: bool
    advice: str | None = None
    members: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All criteria, judged by one version of the rules."""

    rule_version: str
    criteria: tuple[Criterion, ...]

    @property
    def eligible(self) -> bool:
        return all(criterion.met for criterion in self.criteria)

    @property
    def unmet(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if not criterion.met)


def group_facts(stated: Mapping[str, Any]) -> GroupFacts:
    """The registry's answer (`member_facts`) as facts; what it states beyond them is ignored."""
    members = tuple(
        MemberFacts(
            member=UUID(str(m["member"])),
            age=m["age"],
            adult=m["adult"] is True,
            citizen=m["citizen"] is True,
            formally_employed=m["formally_employed"] is not False,
            disability=m["disability"] is True,
            other_groups=int(m["other_groups"]),
        )
        for m in stated["members"]
    )
    return GroupFacts(
        group=UUID(str(stated["group"])),
        kind=stated["kind"],
        status=stated["status"],
        council=UUID(str(stated["council"])),
        ward=UUID(str(stated["ward"])),
        has_enterprise=bool(stated["has_enterprise"]),
        has_bank_account=bool(stated["has_bank_account"]),
        members=members,
    )


def judge(
    facts: GroupFacts,
    papers: Papers,
    amount: int | None,
    rules: Mapping[str, Any],
    rule_version: str,
    *,
    owing: Collection[UUID],
    live: bool,
) -> Verdict:
    """Judge a group by every criterion of `rules`; an `amount` of None, not named yet, is left out.

    `owing` are those members who are bound by an approved or unpaid loan of any group; `live` says that the
    group already has an application or loan.
    """
    of_kind = rules["groups"][facts.kind]
    criteria = [
        _criterion("group_verified", facts.status == "verified", "Have the registry verify the group first."),
        _size(facts, papers, of_kind),
        *_members(facts, of_kind),
        _criterion(
            "enterprise_or_plan",
            facts.has_enterprise or papers.plan is not None,
            "Record the group's enterprise in the registry, or add the number of its plan.",
        ),
        _criterion(
            "bank_account", facts.has_bank_account, "Open a bank account in the group's name and record it."
        ),
        _criterion(
            "minutes", papers.minutes is not None, "Add the number of the minutes that resolved to borrow."
        ),
        _criterion(
            "letter",
            papers.letter is not None,
            "Add the number of the letter that the ward executive officer passed.",
        ),
        _failing(
            facts.members,
            "members_free_of_debt",
            lambda m: m.member not in owing,
            "Members who are bound by another loan must see it repaid first.",
        ),
        _criterion(
            "no_live_application", not live, "Wait until the group's present application or loan is closed."
        ),
    ]
    if amount is not None:
        criteria.append(_amount(amount, rules["amount"]))
    return Verdict(rule_version, tuple(criteria))


def require_eligible(verdict: Verdict) -> None:
    """An application goes on only where every criterion is met."""
    if not verdict.eligible:
        advice = " ".join(c.advice for c in verdict.unmet if c.advice)
        raise RuleBroken("not_eligible", advice, {c.criterion: c.advice for c in verdict.unmet})


def makers(steps: Iterable[Mapping[str, Any]]) -> set[str]:
    """Who took part in what is to be checked; paying out again after the bank sent it back is no check of it."""
    return {step["actor"] for step in steps if step["step"] not in ("disbursed", "disbursement_voided")}


def require_other_person(actor: str, earlier: Iterable[str]) -> None:
    """Maker and checker differ: who took an earlier step of an application takes none of the later ones."""
    if actor in set(earlier):
        raise RuleBroken(
            "maker_is_checker", "You took an earlier step of this application; another officer must go on."
        )


def require_not_member(actor: str, members: Collection[UUID]) -> None:
    """A member of the group cannot decide on its loan."""
    if actor in {str(member) for member in members}:
        raise RuleBroken(
            "member_decides", "You are a member of this group; another officer must decide on its loan."
        )


def require_free_of_debt(bound: int) -> None:
    """Nobody who still owes gets a new loan, in whichever group; `bound` members are bound by another one."""
    if bound:
        raise RuleBroken(
            "members_owe", f"{bound} of the members are bound by another loan; it must be repaid first."
        )


def require_date_order(on: date, not_before: date, step: str) -> None:
    """The steps of an application do not run backwards."""
    if on < not_before:
        raise RuleBroken(
            "before_earlier_step",
            f"This cannot be dated before the application was {step}, on {not_before}.",
            {"on": str(on)},
        )


def require_back(on: date, voided_on: date | None) -> None:
    """What the bank sent back is promised again from the day on which it was back, and not earlier."""
    if voided_on is not None:
        require_date_order(on, voided_on, "last sent back by the bank")


def require_lending_open(scheme: Lending) -> None:
    """While the scheme is suspended nothing is approved or disbursed; repayments go on."""
    if scheme.lending != "open":
        raise RuleBroken(
            "scheme_suspended", f"Lending is suspended on this date ({scheme.instrument}); repayments go on."
        )


def approved_amount(
    asked: int, granted: int | None, bounds: Mapping[str, int | None], assessed: int | None = None
) -> int:
    """What an approval grants: all that was asked for or assessed, or less; never less than a loan may be."""
    most = asked if assessed is None else assessed
    amount = most if granted is None else granted
    if amount > asked:
        raise RuleBroken("more_than_asked", f"The group asked for {asked:,}; approve that much or less.")
    if amount > most:
        raise RuleBroken(
            "more_than_assessed", f"The technical committee proposed {most:,}; approve that much or less."
        )
    within = _amount(amount, bounds)
    if not within.met:
        raise RuleBroken("amount", within.advice or "")
    return amount


def require_reason(reason_code: str | None, reasons: Collection[str]) -> str:
    """A rejection names its reason by a code of the rules."""
    if reason_code not in reasons:
        raise RuleBroken("reason_unknown", f"Give the reason as one of: {', '.join(sorted(reasons))}.")
    return reason_code  # type: ignore[return-value]


def _criterion(criterion: str, met: bool, advice: str) -> Criterion:
    return Criterion(criterion, met, None if met else advice)


def _failing(
    members: tuple[MemberFacts, ...], criterion: str, holds: Callable[[MemberFacts], bool], advice: str
) -> Criterion:
    failing = tuple(m.member for m in members if not holds(m))
    return Criterion(criterion, not failing, advice if failing else None, failing)


def _size(facts: GroupFacts, papers: Papers, of_kind: Mapping[str, Any]) -> Criterion:
    count, least = len(facts.members), of_kind["min_members"]
    alone = count == 1 and of_kind["one_alone_with_finding"]
    if count >= least or (alone and papers.finding is not None):
        return Criterion("group_size", True)
    if alone:
        advice = "One person alone needs the number of the written finding that no partner exists."
    else:
        advice = f"The group needs at least {least} members and has {count}."
    return Criterion("group_size", False, advice)


def _members(facts: GroupFacts, of_kind: Mapping[str, Any]) -> Iterable[Criterion]:
    members = facts.members
    least, most = of_kind["min_age"], of_kind["max_age"]
    yield _failing(
        members,
        "members_adult",
        lambda m: m.adult and m.age is not None and m.age >= least,
        f"Every member must be {least} or older.",
    )
    if most is not None:
        yield _failing(
            members,
            "members_of_age",
            lambda m: m.age is not None and m.age <= most,
            f"Every member must be {most} or younger on the day of the application.",
        )
    if of_kind["all_with_disability"]:
        yield _failing(
            members,
            "members_with_disability",
            lambda m: m.disability,
            "Every member must be a person with disability.",
        )
    yield _failing(
        members, "members_citizens", lambda m: m.citizen, "Every member must be a citizen with a national id."
    )
    yield _failing(
        members,
        "members_not_employed",
        lambda m: not m.formally_employed,
        "Members who are formally employed must leave the group.",
    )
    yield _failing(
        members,
        "members_in_one_group",
        lambda m: m.other_groups == 0,
        "Members who belong to another group, in any council, must leave one of the two.",
    )


def _amount(amount: int, bounds: Mapping[str, int | None]) -> Criterion:
    least, most = bounds["min"], bounds["max"]
    if least is not None and amount < least:
        return Criterion("amount", False, f"A loan is at least {least:,}.")
    if most is not None and amount > most:
        return Criterion("amount", False, f"A loan is at most {most:,}.")
    return Criterion("amount", True)
