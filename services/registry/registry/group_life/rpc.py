"""Commands and queries about the life of a group."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command, query
from chassis.errors import Conflict, NotFound
from chassis.transaction import Transaction
from registry import events
from registry.groups import store as groups
from registry.groups.members import keep_members, refuse_taken
from registry.groups.model import check_members

from . import model, store
from .schemas import (
    AddMemberIn,
    GroupStateOut,
    GroupsToVisitIn,
    GroupsToVisitOut,
    MembershipOut,
    RecordCessationIn,
    RecordVisitIn,
    RemoveMemberIn,
)

_DECLARED = ("position", "citizen", "formally_employed", "disability")


class GroupLifeRpc:
    @command(AddMemberIn, replies=MembershipOut, needs="group.change_members")
    def add_member(self, tx: Transaction, group: UUID, member: dict[str, Any]) -> dict[str, Any]:
        """Have somebody join a group who is in no other group anywhere."""
        found = _locked(tx, group)
        model.require_alive(found["status"])
        on = member["joined_on"] or tx.today(found["country"])
        tx.not_in_future(on, found["country"])
        model.require_in_order(on, found["registered_on"])
        (person,) = keep_members(
            tx, found["country"], [member], check_members(found["country"], [member], on)
        )
        if (left := store.left_last(tx, person)) is not None:
            model.require_in_order(on, left)
        declared = {"member": person, "joined_on": on, **{fact: member[fact] for fact in _DECLARED}}
        refuse_taken([person], groups.add_memberships(tx, group, [declared]))
        version = store.move_group(tx, group)
        return _told(tx, events.GroupMemberJoined, found, person, version, on=on)

    @command(RemoveMemberIn, replies=MembershipOut, needs="group.change_members")
    def remove_member(
        self, tx: Transaction, group: UUID, member: UUID, reason_code: str, on: date | None
    ) -> dict[str, Any]:
        """Record that a member left; what she signed for with the group stays hers."""
        found = _locked(tx, group)
        model.require_alive(found["status"])
        on = on or tx.today(found["country"])
        tx.not_in_future(on, found["country"])
        model.require_reason(reason_code, _rules(tx, on, found)["leaving_reasons"])
        joined_on = store.joined_on(tx, group, member)
        if joined_on is None:
            raise NotFound("not_a_member", "This person is no member of the group now; read the group.")
        model.require_leaves_after_joining(on, joined_on)
        store.end_membership(tx, group, member, on, reason_code)
        version = store.move_group(tx, group)
        return _told(tx, events.GroupMemberLeft, found, member, version, on=on, reason_code=reason_code)

    @command(RecordVisitIn, replies=GroupStateOut, needs="group.verify")
    def record_visit(
        self,
        tx: Transaction,
        group: UUID,
        outcome: str,
        findings: str,
        on: date | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Renew a group's verification, or record that it could not be found."""
        found = _locked(tx, group, expected_version)
        on = on or tx.today(found["country"])
        tx.not_in_future(on, found["country"])
        model.require_verified_once(found["status"])
        model.require_other_officer(found["registered_by"], tx.actor.subject)
        model.require_in_order(on, store.last_step_on(tx, group))
        status = "verified" if outcome == "found" else "not_found"
        store.add_step(tx, group, status, on, found_by="visit", findings=tx.seal(group, findings, "findings"))
        version = store.move_group(tx, group, status)
        place = {"group": group, "council": found["council"], "ward": found["ward"]}
        if status == "verified":
            tx.emit(
                events.GroupVerified,
                subject=group,
                version=version,
                kind=found["kind"],
                verified_on=on,
                member_ids=groups.current_members(tx, group),
                **place,
            )
        else:
            tx.emit(events.GroupNotFound, subject=group, version=version, on=on, **place)
        return {"group": group, "status": status, "version": version}

    @command(RecordCessationIn, replies=GroupStateOut, needs="group.cease")
    def record_cessation(
        self,
        tx: Transaction,
        group: UUID,
        reason_code: str,
        found_by: str,
        findings: str,
        on: date | None,
        expected_version: int | None,
    ) -> dict[str, Any]:
        """Record that a group is no more; its members are free again, but for what they owe."""
        found = _locked(tx, group, expected_version)
        on = on or tx.today(found["country"])
        tx.not_in_future(on, found["country"])
        model.require_alive(found["status"])
        model.require_in_order(on, store.last_step_on(tx, group))
        model.require_reason(reason_code, _rules(tx, on, found)["cessation_reasons"])
        store.add_step(
            tx,
            group,
            "ceased",
            on,
            found_by=found_by,
            reason_code=reason_code,
            findings=tx.seal(group, findings, "findings"),
        )
        groups.end_memberships(tx, group, on)
        version = store.move_group(tx, group, "ceased")
        tx.emit(
            events.GroupCeased,
            subject=group,
            version=version,
            group=group,
            council=found["council"],
            ward=found["ward"],
            on=on,
            reason_code=reason_code,
            found_by=found_by,
        )
        return {"group": group, "status": "ceased", "version": version}

    @query(GroupsToVisitIn, replies=GroupsToVisitOut, needs="group.read")
    def groups_to_visit(
        self, tx: Transaction, area: UUID | None, as_of: date | None, limit: int | None, after: UUID | None
    ) -> dict[str, Any]:
        """Groups that were last seen too long ago, and all that were not found."""
        day = as_of or tx.today()
        limit = limit or 50
        months = tx.rules("group_life", day)["visit_again_within_months"]
        rows = store.to_visit(tx, area, model.months_before(day, months), after, limit + 1)
        return {
            "items": rows[:limit],
            "next": rows[limit - 1]["group"] if len(rows) > limit else None,
            "as_of": day,
        }


def _locked(tx: Transaction, group: UUID, expected_version: int | None = None) -> dict[str, Any]:
    found = groups.lock_group(tx, group)
    if found is None:
        raise NotFound("not_found", "There is no such record within your area.")
    tx.require_area(found["ward"])
    if expected_version not in (None, found["version"]):
        raise Conflict("group_changed", "This group has changed; read it again before you go on.")
    # Where its ward lies by now.
    council = groups.council_on(tx, found["ward"], tx.today(found["country"]))
    return {**found, "council": council or found["council"]}


def _rules(tx: Transaction, on: date, found: dict[str, Any]) -> dict[str, Any]:
    return tx.rules("group_life", on, found["country"])


def _told(
    tx: Transaction, event: Any, found: dict[str, Any], member: UUID, version: int, **more: Any
) -> dict[str, Any]:
    group = found["group"]
    members = groups.current_members(tx, group)
    tx.emit(
        event,
        subject=group,
        version=version,
        group=group,
        council=found["council"],
        ward=found["ward"],
        member=member,
        member_ids=members,
        **more,
    )
    return {"group": group, "member": member, "members": len(members), "version": version}
