"""SQL of what the committees said."""

from typing import Any
from uuid import UUID

from chassis.transaction import Transaction


def add_recommendation(tx: Transaction, application: UUID, minutes: str, recommended: bool) -> None:
    tx.run(
        """
        INSERT INTO application_recommendation (application, minutes, recommended)
        VALUES (%(application)s, %(minutes)s, %(recommended)s)
        """,
        application=application,
        minutes=minutes,
        recommended=recommended,
    )


def add_visit(
    tx: Transaction, application: UUID, visit: dict[str, Any], proposed_amount: int | None, passed: bool
) -> None:
    tx.run(
        """
        INSERT INTO application_visit (application, visited_on, members_met, enterprise, premises, records, market,
                                       risks, proposed_amount, passed)
        VALUES (%(application)s, %(visited_on)s, %(members_met)s, %(enterprise)s, %(premises)s, %(records)s,
                %(market)s, %(risks)s, %(proposed_amount)s, %(passed)s)
        """,
        application=application,
        proposed_amount=proposed_amount,
        passed=passed,
        **visit,
    )


def set_assessed(tx: Transaction, application: UUID, amount: int) -> None:
    tx.run(
        "UPDATE application SET assessed_amount = %(amount)s WHERE application = %(application)s",
        application=application,
        amount=amount,
    )


def visit_of(tx: Transaction, application: UUID) -> dict[str, Any] | None:
    return tx.one(
        "SELECT * FROM application_visit WHERE application = %(application)s", application=application
    )


def minutes_of(tx: Transaction, application: UUID) -> str | None:
    """The number of the minutes of the ward's committee."""
    found: str | None = tx.value(
        "SELECT minutes FROM application_recommendation WHERE application = %(application)s",
        application=application,
    )
    return found
