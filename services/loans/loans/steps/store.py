"""SQL of what is common to all steps."""

from datetime import date
from typing import Any

from chassis.transaction import Transaction
from loans.steps.model import Lapse, rule_of


def reached_on(tx: Transaction, application: Any, status: str) -> date:
    """The day of the step by which an application came into its state."""
    found: date = tx.value(
        """
        SELECT "on" FROM application_step
        WHERE application = %(application)s AND step = %(status)s ORDER BY place DESC LIMIT 1
        """,
        application=application,
        status=status,
    )
    return found


def lapse_of(tx: Transaction, row: dict[str, Any], status: str | None = None) -> Lapse:
    """Until when the step after `status`, or after the state that an application is in, can be taken."""
    state = status or row["status"]
    since = reached_on(tx, row["application"], state)
    way = ["submitted", *row["way"]]
    after = way[way.index(state) + 1]
    if after == "disbursed":
        allowed = tx.rules("loan_rules", row["approved_on"], row["country"])
        return Lapse(since, allowed["disburse_within_months"])
    rules = tx.rules("loan_steps", row["on"], row["country"])
    return Lapse(since, rule_of(rules, after).get("lapses_after_months"))
