"""What is to be set aside of a council's revenue, and what its special account should hold."""

from collections.abc import Iterable, Mapping

from loans.rule_broken import RuleBroken


def expected_set_aside(own_source: int, earmarked: int, percent: int) -> int:
    """`percent` of the own-source revenue, earmarked revenue left out, in whole shillings, rounded down.

    Source: Local Government Finances Act, Cap. 290, s. 37A.
    """
    if earmarked > own_source:
        raise RuleBroken(
            "earmarked_above_revenue", "Earmarked revenue is a part of the own-source revenue; check both."
        )
    return (own_source - earmarked) * percent // 100


def account_should_hold(pots: Iterable[Mapping[str, int]]) -> int:
    """What the special account holds by the books: all that was not paid out, less what fell short."""
    return sum(pot["available"] + pot["reserved"] + pot["credits_held"] - pot["shortfall"] for pot in pots)
