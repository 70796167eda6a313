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
from loans.clocks import running
from loans.clocks import store as clocks
from loans.committees import store as committees
from loans.contracts.store import contract_of
from loans.fund.model import require_enough
from loans.groups import store as groups
from loans.groups.model import require_verified
from loans.ledger import store as ledger
from loans.ledger.model import Pot
from loans.products.model import frozen
from loans.products.rpc import offer_for
from loans.quarters import store as quarters
from loans.quarters.model import require_open
from loans.releases.model import release_at
from loans.scheme.store import lending_in
from loans.steps.model import require_in_time, require_next, way_of
from loans.steps.store import lapse_of
from loans.transfers.following import follow_late_entry
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
        rules = tx.rules("loan_steps", on, country)
        window = window_on(tx, facts.council, on)
        require_window(window is not None, rules["window"])
        chosen = offer_for(tx, facts.council, on, country, product)
        application, reference = tx.new_id(), tx.reference("A")
        row: dict[str, Any] = {
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
            "way": way_of(rules),
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
        await_lapse(tx, row, "submitted")
        follow_late_entry(tx, facts.ward, facts.council, country)
        running.start(tx, row, row["way"][0], on)
        tx.emit(
            events.ApplicationSubmitted,
            subject=application,
            version=1,
            reference=reference,
            amount=amount,
            on=on,
            **who_of(row),
        )
        return {**row, "status": "submitted", "next_step": row["way"][0], "version": 1}

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
        row = lock_for_step(tx, application, "approved", on, expected_version)
        rules = tx.rules("loan_rules", on, row["country"])
        if decision == "reject":
            reason = model.require_reason(reason_code, rules["rejection_reasons"])
            return reject(tx, row, on, reason, "approved")
        granted = model.approved_amount(row["amount"], amount, rules["amount"], row["assessed_amount"])
        return _approve(tx, row, on, granted)

    @query(ApplicationIn, replies=ApplicationOut, needs="applications.read")
    def application(self, tx: Transaction, application: UUID) -> dict[str, Any]:
        """An application with its steps, and the judgement as it was made."""
        row = _visible(tx, store.find_application(tx, application))
        told = clocks.of(tx, application)
        return {
            **row,
            "next_step_due_on": next(
                (c["due_on"] for c in told if not c["met_on"] and not c["stopped_on"]), None
            ),
            "criteria": store.criteria_of(tx, application),
            "members": store.members_of(tx, application),
            "steps": store.steps_of(tx, application),
            "ward_minutes": committees.minutes_of(tx, application),
            "visit": committees.visit_of(tx, application),
            "contract": contract_of(tx, application),
            "clocks": told,
        }

    @query(ApplicationsIn, replies=ApplicationsOut, needs="applications.read")
    def applications(self, tx: Transaction, after: UUID | None, limit: int, **only: Any) -> dict[str, Any]:
        """The applications that the caller may see, page by page: all, or those of a place, state or step."""
        rows = store.list_applications(tx, only, after, limit)
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
    tx: Transaction, application: UUID, step: str, on: date, expected_version: int | None = None
) -> dict[str, Any]:
    """The application, locked, for an officer who may take `step` on a day."""
    row = lock_visible(tx, application, expected_version)
    require_next(row["way"], row["status"], row["next_step"], step)
    if row["next_step"] != step:
        raise Conflict("status_moved", f"This application is {row['status']} by now; read it again.")
    model.require_other_person(tx.actor.subject, model.makers(store.steps_of(tx, application)))
    require_no_member(tx, application, row["group"])
    tx.not_in_future(on, row["country"])
    require_in_time(on, lapse_of(tx, row), row["status"])
    require_open(on, quarters.closed_through(tx, row["council"]))
    return row


def require_no_member(tx: Transaction, application: UUID, group: UUID) -> None:
    """The officer is neither one of those who asked for the loan nor in the group now."""
    members = {*store.members_of(tx, application), *groups.members_of(tx, group)}
    model.require_not_member(tx.actor.subject, members)


def take_step(tx: Transaction, row: dict[str, Any], step: str, on: date) -> int:
    """Note that a step was taken; returns the application's new version."""
    version = store.move(tx, row["application"], step, live=True)
    store.add_step(tx, row["application"], step, on)
    running.meet(tx, row, on)
    if step != row["way"][-1]:
        running.start(tx, row, row["way"][row["way"].index(step) + 1], on)
    return version


def step_taken(row: dict[str, Any], step: str, version: int) -> dict[str, Any]:
    """What an officer who took a step is told."""
    way = row["way"]
    return {
        "application": row["application"],
        "status": step,
        "next_step": way[way.index(step) + 1],
        "version": version,
    }


def _approve(tx: Transaction, row: dict[str, Any], on: date, amount: int) -> dict[str, Any]:
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
    store.set_approved(tx, application, amount, on)
    version = take_step(tx, row, "approved", on)
    tx.emit(
        events.ApplicationApproved, subject=application, version=version, amount=amount, on=on, **who_of(row)
    )
    approved = {**row, "approved_on": on}
    await_lapse(tx, approved, "approved")
    told = step_taken(row, "approved", version)
    by = {"contract_signed": "sign_by", "disbursed": "disburse_by"}[told["next_step"]]
    return {**told, "amount": amount, by: lapse_of(tx, approved, "approved").last_day}


def await_lapse(tx: Transaction, row: dict[str, Any], status: str) -> None:
    """Have an application in a state released once that has lapsed; a state without a term does not lapse."""
    lapses = lapse_of(tx, row, status).lapses_on
    if lapses is None:
        tx.clear_deadline(row["application"], "approval_lapses")
        return
    country = row["country"]
    days = tx.rules("loan_codes", tx.today(country), country)["record_within_days"]
    starts = tx.calendar(country).start_of_day(lapses)
    tx.set_deadline(row["application"], "approval_lapses", release_at(starts, tx.now, days))


def reject(tx: Transaction, row: dict[str, Any], on: date, reason_code: str, step: str) -> dict[str, Any]:
    """Whoever was to take `step` says no: the application ends, and its group may apply again."""
    application = row["application"]
    version = store.move(tx, application, "rejected", live=False)
    store.add_step(tx, application, "rejected", on, reason_code)
    running.meet(tx, row, on)
    tx.emit(
        events.ApplicationRejected,
        subject=application,
        version=version,
        on=on,
        step=step,
        reason_code=reason_code,
        **who_of(row),
    )
    return {"application": application, "status": "rejected", "next_step": None, "version": version}


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
