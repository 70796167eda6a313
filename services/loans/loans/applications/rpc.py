"""Applications by RPC: judge, submit, decide, look up."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.call import Call
from chassis.commands import command, query
from chassis.errors import Conflict, NotFound
from chassis.transaction import Transaction
from loans import events
from loans.applications import model, store
from loans.applications.model import GroupFacts, Papers
from loans.applications.schemas import (
    ApplicationIn,
    ApplicationOut,
    ApplicationsIn,
    ApplicationsOut,
    DecideApplicationIn,
    DecideApplicationOut,
    EligibilityIn,
    EligibilityOut,
    SubmitApplicationIn,
    SubmitApplicationOut,
)
from loans.fund.model import require_enough
from loans.groups import store as groups
from loans.groups.model import require_verified
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.products.model import frozen
from loans.products.rpc import offer_for
from loans.quarters import store as quarters
from loans.quarters.model import require_open
from loans.releases.model import lapses_on, release_at
from loans.schedules.model import add_months
from loans.scheme.store import lending_in
from loans.windows.model import require_window
from loans.windows.store import window_on


def ask_member_facts(call: Call, body: dict[str, Any]) -> GroupFacts:
    """The registry's facts on a group's members for the day that is judged."""
    question = {"group": str(body["group"]), "on": body["on"].isoformat()}
    return model.group_facts(call.rpc("registry", "member_facts", question))


class ApplicationsRpc:
    """Mixed into the service class."""

    @query(EligibilityIn, replies=EligibilityOut, needs="applications.read", gather=ask_member_facts)
    def eligibility(
        self,
        tx: Transaction,
        group: UUID,
        on: date,
        amount: int | None,
        minutes: str | None,
        letter: str | None,
        plan: str | None,
        finding: str | None,
        gathered: GroupFacts,
    ) -> dict[str, Any]:
        """Whether a group may borrow on a day: every criterion, met or not, and what to do about it."""
        country = _country_of(tx, gathered.ward)
        verdict = _judge(tx, gathered, Papers(minutes, letter, plan, finding), amount, on, country)
        return {
            "group": group,
            "on": on,
            "pot": gathered.kind,
            "eligible": verdict.eligible,
            "rule_version": verdict.rule_version,
            "criteria": verdict.criteria,
        }

    @command(
        SubmitApplicationIn,
        replies=SubmitApplicationOut,
        needs="applications.submit",
        gather=ask_member_facts,
    )
    def submit_application(
        self,
        tx: Transaction,
        group: UUID,
        on: date,
        amount: int,
        product: str | None,
        minutes: str | None,
        letter: str | None,
        plan: str | None,
        finding: str | None,
        gathered: GroupFacts,
    ) -> dict[str, Any]:
        """Take a group's application in, if it meets every criterion of the rules in force on that day."""
        facts, papers = gathered, Papers(minutes, letter, plan, finding)
        country = _country_of(tx, facts.ward)
        tx.not_in_future(on, country)
        require_open(on, quarters.closed_through(tx, facts.council))
        verdict = _judge(tx, facts, papers, amount, on, country)
        model.require_eligible(verdict)
        way = tx.rules("loan_steps", on, country)
        window = window_on(tx, facts.council, on)
        require_window(window is not None, way["window"])
        chosen = offer_for(tx, facts.council, on, country, product)
        application, reference = tx.new_id(), tx.reference("A")
        row = {
            "application": application,
            "reference": reference,
            "group": group,
            "country": country,
            "council": facts.council,
            "ward": facts.ward,
            "pot": facts.kind,
            "amount": amount,
            "product": chosen.product.code,
            "terms": frozen(chosen),
            "window": window,
            "on": on,
            "minutes": minutes,
            "letter": letter,
            "plan": plan,
            "finding": finding,
            "rule_version": verdict.rule_version,
        }
        if not store.add_application(tx, row):
            raise Conflict(
                "live_application", "This group already has an application or loan; read it first."
            )
        store.add_judgement(tx, application, verdict, facts)
        store.add_step(tx, application, "submitted", on)
        tx.emit(
            events.ApplicationSubmitted,
            subject=application,
            version=1,
            reference=reference,
            amount=amount,
            on=on,
            **who_of(row),
        )
        return {**row, "status": "submitted", "version": 1}

    @command(DecideApplicationIn, replies=DecideApplicationOut, needs="applications.decide")
    def decide_application(
        self,
        tx: Transaction,
        application: UUID,
        decision: str,
        on: date,
        amount: int | None,
        reason_code: str | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Approve an application, which reserves its money in the pot, or reject it with a reason."""
        row = lock_for_step(tx, application, "submitted", expected_version)
        tx.not_in_future(on, row["country"])
        model.require_date_order(on, row["on"], "taken in")
        require_open(on, quarters.closed_through(tx, row["council"]))
        rules = tx.rules("loan_rules", on, row["country"])
        if decision == "reject":
            return _reject(tx, row, on, model.require_reason(reason_code, rules["rejection_reasons"]))
        return _approve(tx, row, on, model.approved_amount(row["amount"], amount, rules["amount"]), rules)

    @query(ApplicationIn, replies=ApplicationOut, needs="applications.read")
    def application(self, tx: Transaction, application: UUID) -> dict[str, Any]:
        """An application with its steps, and the judgement as it was made."""
        row = _visible(tx, store.find_application(tx, application))
        return {
            **row,
            "criteria": store.criteria_of(tx, application),
            "members": store.members_of(tx, application),
            "steps": store.steps_of(tx, application),
        }

    @query(ApplicationsIn, replies=ApplicationsOut, needs="applications.read")
    def applications(
        self,
        tx: Transaction,
        council: UUID | None,
        group: UUID | None,
        status: str | None,
        after: UUID | None,
        limit: int,
    ) -> dict[str, Any]:
        """The applications that the caller may see, page by page."""
        rows = store.list_applications(tx, council, group, status, after, limit)
        return {"applications": rows, "after": rows[-1]["application"] if len(rows) == limit else None}


def lock_visible(tx: Transaction, application: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """The application, locked, as the caller expects it."""
    row = _visible(tx, store.lock_application(tx, application))
    if expected_version is not None and row["version"] != expected_version:
        raise Conflict(
            "version_moved", "This application has changed since; read it again.", {"version": row["version"]}
        )
    return row


def lock_for_step(
    tx: Transaction, application: UUID, status: str, expected_version: int | None = None
) -> dict[str, Any]:
    """The application, locked, for an officer who may take its next step from `status`."""
    row = lock_visible(tx, application, expected_version)
    if row["status"] != status:
        raise Conflict("status_moved", f"This application is {row['status']} by now; read it again.")
    model.require_other_person(tx.actor.subject, model.makers(store.steps_of(tx, application)))
    model.require_not_member(
        tx.actor.subject, {*store.members_of(tx, application), *groups.members_of(tx, row["group"])}
    )
    return row


def _approve(
    tx: Transaction, row: dict[str, Any], on: date, amount: int, rules: dict[str, Any]
) -> dict[str, Any]:
    application = row["application"]
    model.require_lending_open(lending_in(tx, row["council"], on, row["country"]))
    require_verified(groups.status_of(tx, row["group"]))
    model.require_free_of_debt(store.bind_members(tx, application))
    ledger.lock_pot(tx, row["council"], row["pot"])
    require_enough(
        amount,
        ledger.lowest_available(tx, row["council"], row["pot"], on),
        row["pot"],
        ledger.balance(tx, row["council"], row["pot"], "shortfall"),
    )
    ledger.post(tx, Pot(row["council"], row["pot"]).reserve(application, on, amount))
    version = store.approve(tx, application, amount, on)
    store.add_step(tx, application, "approved", on)
    tx.emit(
        events.ApplicationApproved, subject=application, version=version, amount=amount, on=on, **who_of(row)
    )
    months = rules["disburse_within_months"]
    await_disbursement(tx, {**row, "approved_on": on}, rules)
    return {
        "application": application,
        "status": "approved",
        "amount": amount,
        "disburse_by": None if months is None else add_months(on, months),
        "version": version,
    }


def await_disbursement(tx: Transaction, row: dict[str, Any], rules: dict[str, Any]) -> None:
    """Have an approval released once it has lapsed."""
    lapses = lapses_on(row["approved_on"], rules["disburse_within_months"])
    if lapses is not None:
        country = row["country"]
        days = tx.rules("loan_codes", tx.today(country), country)["record_within_days"]
        starts = tx.calendar(country).start_of_day(lapses)
        tx.set_deadline(row["application"], "approval_lapses", release_at(starts, tx.now, days))


def _reject(tx: Transaction, row: dict[str, Any], on: date, reason_code: str) -> dict[str, Any]:
    application = row["application"]
    version = store.move(tx, application, "rejected", live=False)
    store.add_step(tx, application, "rejected", on, reason_code)
    tx.emit(
        events.ApplicationRejected,
        subject=application,
        version=version,
        on=on,
        reason_code=reason_code,
        **who_of(row),
    )
    return {"application": application, "status": "rejected", "version": version}


def _judge(
    tx: Transaction, facts: GroupFacts, papers: Papers, amount: int | None, on: date, country: str
) -> model.Verdict:
    rule_version, rules = tx.rule_version("loan_rules", on, country)
    return model.judge(
        facts,
        papers,
        amount,
        rules,
        rule_version,
        owing=store.owing(tx, [m.member for m in facts.members]),
        live=store.has_live(tx, facts.group),
    )


def who_of(row: dict[str, Any]) -> dict[str, Any]:
    """What every event of an application says of whose it is."""
    return {name: row[name] for name in ("application", "group", "council", "ward", "pot")}


def _country_of(tx: Transaction, ward: UUID) -> str:
    tx.require_area(ward)
    area = tx.area(ward)
    if area is None:
        raise NotFound("not_found", "There is no such record within your area.")
    return str(area["country"])


def _visible(tx: Transaction, row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise NotFound("not_found", "There is no such record within your area.")
    tx.require_area(row["ward"])
    return row
