"""What a group's state in the registry means for its loans."""

from typing import Literal

from loans.rule_broken import RuleBroken

Loss = Literal["group_not_found", "group_ceased"]


def require_verified(status: str | None) -> None:
    """Money is promised and paid only to a group that the registry has verified, and not refused since."""
    if status is None:
        raise RuleBroken(
            "group_unknown", "The registry has not told of this group yet; try again in a minute."
        )
    if status != "verified":
        raise RuleBroken(
            "group_not_verified", "The registry does not hold this group as verified; settle that first."
        )
