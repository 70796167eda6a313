"""The committees' words by RPC."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.transaction import Transaction
from loans import events
from loans.applications import store as applications
from loans.applications.model import require_reason
from loans.applications.rpc import lock_for_step, reject, step_taken, take_step, who_of
from loans.committees import model, store
from loans.committees.schemas import AssessApplicationIn, RecommendApplicationIn, StepTaken


class CommitteesRpc:
    """Mixed into the service class."""

    @command(RecommendApplicationIn, replies=StepTaken, needs="applications.recommend")
    def recommend_application(
        self,
        tx: Transaction,
        application: UUID,
        decision: str,
        on: date,
        minutes: str,
        reason_code: str | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Record that the ward's committee recommends an application, or does not, which ends it."""
        row = lock_for_step(tx, application, "recommended", on, expected_version)
        recommended = decision == "recommend"
        store.add_recommendation(tx, application, minutes, recommended)
        if not recommended:
            reasons = tx.rules("loan_rules", on, row["country"])["rejection_reasons"]
            return reject(tx, row, on, require_reason(reason_code, reasons), "recommended")
        version = take_step(tx, row, "recommended", on)
        tx.emit(
            events.ApplicationRecommended,
            subject=application,
            version=version,
            on=on,
            **who_of(row),
        )
        return step_taken(row, "recommended", version)

    @command(AssessApplicationIn, replies=StepTaken, needs="applications.assess")
    def assess_application(
        self,
        tx: Transaction,
        application: UUID,
        decision: str,
        on: date,
        visit: dict[str, Any],
        proposed_amount: int | None,
        reason_code: str | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Record the technical committee's visit and assessment; one that failed ends the application."""
        row = lock_for_step(tx, application, "assessed", on, expected_version)
        passed = decision == "pass"
        codes = tx.rules("loan_steps", row["on"], row["country"])["visit"]
        rules = tx.rules("loan_rules", on, row["country"])
        model.require_coded(visit, codes)
        members = applications.members_of(tx, application)
        model.require_visited(visit["visited_on"], row["on"], on, visit["members_met"], len(members))
        store.add_visit(tx, application, visit, proposed_amount, passed)
        if not passed:
            return reject(tx, row, on, require_reason(reason_code, rules["rejection_reasons"]), "assessed")
        model.require_fit(visit, codes)
        amount = model.assessed_amount(row["amount"], proposed_amount, rules["amount"])
        store.set_assessed(tx, application, amount)
        version = take_step(tx, row, "assessed", on)
        tx.emit(
            events.ApplicationAssessed,
            subject=application,
            version=version,
            on=on,
            amount=amount,
            **visit,
            **who_of(row),
        )
        return step_taken(row, "assessed", version)
