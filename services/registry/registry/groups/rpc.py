"""Commands and queries about groups."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command, query
from chassis.errors import Conflict, Invalid, NotFound, Refused
from chassis.transaction import Transaction
from registry import events
from registry.group_life import store as life
from registry.names.model import fold, word_search
from registry.people.model import age_on, mask, mask_number
from registry.people.sealed import born_on, fetch_keys, may, sealed

from . import model, store
from .members import PERSONAL, keep_members, refuse_taken
from .schemas import (
    GroupIn,
    GroupOut,
    GroupsIn,
    GroupsOut,
    MemberFactsIn,
    MemberFactsOut,
    RegisterGroupIn,
    RegisterGroupOut,
    VerifyGroupIn,
    VerifyGroupOut,
)

_DECLARED = ("position", "citizen", "formally_employed", "disability")


class GroupsRpc:
    @command(RegisterGroupIn, replies=RegisterGroupOut, needs="group.register")
    def register_group(
        self,
        tx: Transaction,
        country: str,
        kind: str,
        name: str,
        council: UUID,
        ward: UUID,
        village: UUID | None,
        enterprise: str | None,
        plan: str | None,
        bank: dict[str, Any] | None,
        registered_on: date | None,
        members: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """Register a group with its members, each of whom may be a member of no other group anywhere."""
        on = registered_on or tx.today(country)
        tx.not_in_future(on, country)
        tx.require_area(ward)
        model.check_place(
            country, _area(tx, council, on), _area(tx, ward, on), _area(tx, village, on) if village else None
        )
        national_ids = model.check_members(country, members, on)
        if bank:
            model.check_bank_account(name, bank["account_name"])

        ids = keep_members(tx, country, members, national_ids)
        group = tx.new_person()  # the group's own secrets have a key too, which bears the group's id
        reference = tx.reference("G")
        account: str | None = bank["account_number"] if bank else None
        added = store.add_group(
            tx,
            {
                "group": group,
                "reference": reference,
                "kind": kind,
                "name": name,
                "folded": fold(name),
                "country": country,
                "council": council,
                "ward": ward,
                "village": village,
                "registered_on": on,
                "bank": bank["bank"] if bank else None,
                "bank_account_index": tx.blind("bank_account", model.account_as_compared(account))
                if account
                else None,
                **sealed(tx, group, enterprise=enterprise, plan=plan, bank_account=account),
            },
        )
        if not added:
            raise Refused(
                "bank_account_in_use", "This bank account belongs to another group; check the number."
            )
        declared = [
            {
                "member": person,
                "joined_on": member["joined_on"] or on,
                **{fact: member[fact] for fact in _DECLARED},
            }
            for person, member in zip(ids, members, strict=True)
        ]
        refuse_taken(ids, store.add_memberships(tx, group, declared))
        life.add_step(tx, group, "registered", on)
        tx.emit(
            events.GroupRegistered,
            subject=group,
            version=1,
            group=group,
            reference=reference,
            kind=kind,
            country=country,
            council=council,
            ward=ward,
            registered_on=on,
            member_ids=ids,
            has_enterprise=bool(enterprise or plan),
            has_bank_account=bool(bank),
        )
        return {"group": group, "reference": reference, "status": "registered", "version": 1, "members": ids}

    @command(VerifyGroupIn, replies=VerifyGroupOut, needs="group.verify")
    def verify_group(
        self,
        tx: Transaction,
        group: UUID,
        decision: str,
        findings: str,
        reason_code: str | None,
        on: date | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Confirm or refuse a group after seeing it; a refused group's members are free again."""
        found = store.lock_group(tx, group)
        if found is None:
            raise _unknown_group()
        tx.require_area(found["ward"])
        if expected_version not in (None, found["version"]):
            raise Conflict("group_changed", "This group has changed; read it again before you decide.")
        on = on or tx.today(found["country"])
        tx.not_in_future(on, found["country"])
        model.check_verification(
            found["status"], found["registered_on"], found["registered_by"], tx.actor.subject, on
        )
        reasons = tx.rules("groups", on, found["country"])["refusal_reasons"]
        model.check_reason(decision, reason_code, reasons)
        verified = decision == "verify"
        status, words = "verified" if verified else "refused", tx.seal(group, findings, "findings")
        version = store.decide_group(tx, group, status, on, reason_code, words)
        life.add_step(tx, group, status, on, found_by="visit", reason_code=reason_code, findings=words)
        if verified:
            tx.emit(
                events.GroupVerified,
                subject=group,
                version=version,
                group=group,
                council=found["council"],
                ward=found["ward"],
                kind=found["kind"],
                verified_on=on,
                member_ids=store.current_members(tx, group),
            )
        else:
            store.end_memberships(tx, group, on)
            tx.emit(
                events.GroupRefused,
                subject=group,
                version=version,
                group=group,
                on=on,
                reason_code=reason_code,
            )
        return {"group": group, "status": status, "version": version}

    @query(GroupIn, replies=GroupOut, needs="group.read")
    def group(self, tx: Transaction, group: UUID | None, reference: str | None) -> dict[str, Any]:
        """A group with its members; personal data in full for those who may read them, masked for others."""
        if (group is None) == (reference is None):
            raise Invalid("which_group", "Name a group by its id or by its reference.")
        found = store.group(tx, group, reference)
        if found is None:
            raise _unknown_group()
        tx.require_area(found["ward"])
        masked = not may(tx, "member.read_personal")
        members = store.members_of(tx, found["group"])
        fetch_keys(tx, [found["group"], *(member["member"] for member in members)])
        account = tx.unseal(found["group"], found["bank_account"], "bank_account")
        return {
            **found,
            **{
                field: tx.unseal(found["group"], found[field], field)
                for field in ("enterprise", "plan", "findings")
            },
            "account_number": mask_number(account) if account and masked else account,
            "masked": masked,
            "steps": [
                {**step, "findings": tx.unseal(found["group"], step["findings"], "findings")}
                for step in life.steps_of(tx, found["group"])
            ],
            "members": [_shown(tx, member, masked) for member in members],
        }

    @query(GroupsIn, replies=GroupsOut, needs="group.read")
    def groups(
        self,
        tx: Transaction,
        area: UUID | None,
        kind: str | None,
        status: str | None,
        name: str | None,
        limit: int | None,
        after: UUID | None,
    ) -> dict[str, Any]:
        """A page of the groups within the caller's areas."""
        limit = limit or 50
        words = word_search(name) if name else None
        if name and not words:
            return {"items": [], "next": None}
        found = store.groups(
            tx, area=area, kind=kind, status=status, words=words, after=after, limit=limit + 1
        )
        return {"items": found[:limit], "next": found[limit - 1]["group"] if len(found) > limit else None}

    @query(MemberFactsIn, replies=MemberFactsOut, needs="member_facts.read")
    def member_facts(self, tx: Transaction, group: UUID, on: date) -> dict[str, Any]:
        """What a lender judges: the group and its members as they were on a date, without a personal word."""
        found = store.group(tx, group, None)
        if found is None:
            raise _unknown_group()
        status = life.status_on(tx, group, on)
        if status is None:
            raise NotFound("group_not_registered_yet", "This group was not registered on that date.")
        adult_age = tx.rules("groups", on, found["country"])["adult_age"]
        members = store.members_on(tx, group, on)
        fetch_keys(tx, [member["member"] for member in members])
        facts = []
        for member in members:
            born = born_on(tx, member["member"], member["born_on"])
            age = None if born is None else age_on(born, on)
            facts.append({**member, "age": age, "adult": None if age is None else age >= adult_age})
        return {
            **found,
            "council": store.council_on(tx, found["ward"], on) or found["council"],
            "on": on,
            "status": status,
            "has_enterprise": bool(found["enterprise"] or found["plan"]),
            "has_bank_account": found["bank_account"] is not None,
            "members": facts,
        }


def _area(tx: Transaction, area: UUID, on: date) -> dict[str, Any]:
    found = tx.area(area, on)
    if found is None:
        raise NotFound("area_unknown", "No such area was in force on the day of registration.")
    return found


def _shown(tx: Transaction, member: dict[str, Any], masked: bool) -> dict[str, Any]:
    person = member["member"]
    words = {field: tx.unseal(person, member[field], field) for field in PERSONAL}
    erased = words["name"] is None
    if masked and not erased:
        words = {
            "name": mask(words["name"] or ""),
            "national_id": mask_number(words["national_id"] or ""),
            "born_on": None,
            "phone": None,
        }
    return {**member, **words, "erased": erased}


def _unknown_group() -> NotFound:
    return NotFound("not_found", "There is no such record within your area.")
