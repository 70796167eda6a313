"""When a loan may be given up, and what a recovery of it may be."""

from datetime import date

from loans.rule_broken import RuleBroken


def require_hopeless(outstanding: int, days_late: int, after_days: int) -> None:
    """A loan is given up when it owes something and has been late for long enough."""
    if not outstanding or days_late < after_days:
        raise RuleBroken(
            "not_late_enough",
            f"A loan is written off after {after_days} days of arrears; this one is {days_late} days late.",
            {"days_late": days_late},
        )


def require_active(state: str) -> None:
    """Only a loan that is owed can be given up or put off."""
    if state != "active":
        raise RuleBroken("loan_not_active", f"This loan is {state}; only one that is owed can be changed so.")


def require_given_up(state: str) -> None:
    """A recovery is of a loan that was given up; others are paid by repayments."""
    if state != "written_off":
        raise RuleBroken(
            "not_written_off", f"This loan is {state}; record a repayment, or check the loan's number."
        )


def require_after_payments(on: date, last_change: date | None) -> None:
    """What is given up is what was left after the last payment, or the last reversal of one."""
    if last_change is not None and on < last_change:
        raise RuleBroken(
            "before_last_payment",
            f"The last payment or reversal is of {last_change}; this cannot be dated earlier.",
        )


def require_after(on: date, earlier: date, what: str) -> None:
    """The steps do not run backwards."""
    if on < earlier:
        raise RuleBroken("before_earlier_step", f"The {what} is of {earlier}; this cannot be dated earlier.")


def require_within(amount: int, written_off: int) -> None:
    """Nobody recovers more than was given up."""
    if amount > written_off:
        raise RuleBroken(
            "more_than_written_off",
            f"Of this loan {written_off:,} were written off and not recovered; record that much or less.",
            {"written_off": written_off},
        )
