"""What each member of a group is liable for: shares that sum to the principal, to the shilling."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from loans.rule_broken import RuleBroken


def shares_of(
    principal: int, members: Sequence[UUID], given: Sequence[Mapping[str, Any]] | None
) -> dict[UUID, int]:
    """The members' shares as the contract gives them; equal ones where it gives none."""
    return equal_shares(principal, members) if given is None else agreed_shares(principal, members, given)


def equal_shares(principal: int, members: Sequence[UUID]) -> dict[UUID, int]:
    """The same for all; what does not divide goes to the first ones, a shilling each."""
    each, rest = divmod(principal, len(members))
    return {member: each + (place < rest) for place, member in enumerate(sorted(members))}


def agreed_shares(
    principal: int, members: Collection[UUID], given: Sequence[Mapping[str, Any]]
) -> dict[UUID, int]:
    """Every member once, and nobody else; the shares sum to the principal."""
    shares = {share["member"]: int(share["amount"]) for share in given}
    if len(shares) < len(given) or set(shares) != set(members):
        raise RuleBroken(
            "shares_not_of_members",
            f"Name each of the {len(members)} members who applied once, and nobody else.",
        )
    total = sum(shares.values())
    if total != principal:
        raise RuleBroken(
            "shares_do_not_sum",
            f"The shares sum to {total:,} and the loan is {principal:,}; mend them.",
            {"shares": total, "principal": principal},
        )
    return shares
