"""What comes in and goes out about the life of a group."""

from chassis.schemas import Schema, fields
from registry.groups.schemas import KINDS, STATUSES, MemberIn

_GROUP = "01936f6a-1c00-7a10-8a10-000000000101"
_MEMBER = "01936f6a-1c00-7a10-8a10-000000000111"
_AREA = "01936f6a-1c00-7a10-8a10-0000000000a1"


class AddMemberIn(Schema):
    """Somebody who joins a group on record, on `joined_on` or today."""

    group = fields.Id(required=True)
    member = fields.Nested(MemberIn, required=True)
    example = dict(group=_GROUP, member=MemberIn.example)


class RemoveMemberIn(Schema):
    """Who left, and why; `on` is the first day on which she was no member."""

    group = fields.Id(required=True)
    member = fields.Id(required=True)
    reason_code = fields.Code(required=True, max=40)
    on = fields.Day()
    example = dict(group=_GROUP, member=_MEMBER, reason_code="moved_away", on="2026-02-03")


class MembershipOut(Schema):
    """`members` is how many the group has now."""

    group = fields.Id()
    member = fields.Id()
    members = fields.Count()
    version = fields.Count()
    example = dict(group=_GROUP, member=_MEMBER, members=6, version=3)


class RecordVisitIn(Schema):
    """What an officer found at a group that was verified: it is there as it was, or nobody could find it."""

    group = fields.Id(required=True)
    outcome = fields.Choice(["found", "not_found"], required=True)
    findings = fields.Text(required=True, max=2000, lines=True)
    on = fields.Day()
    expected_version = fields.Count(min=1)
    example = dict(group=_GROUP, outcome="not_found", findings="Mwenyekiti wa kijiji hawafahamu.")


class RecordCessationIn(Schema):
    """A group is no more: found at a visit, or told by the group itself."""

    group = fields.Id(required=True)
    reason_code = fields.Code(required=True, max=40)
    found_by = fields.Choice(["visit", "group"], required=True)
    findings = fields.Text(required=True, max=2000, lines=True)
    on = fields.Day()
    expected_version = fields.Count(min=1)
    example = dict(
        group=_GROUP, reason_code="dispersed", found_by="visit", findings="Kila mwanachama ameondoka."
    )


class GroupStateOut(Schema):
    group = fields.Id()
    status = fields.Choice(STATUSES)
    version = fields.Count()
    example = dict(group=_GROUP, status="not_found", version=4)


class GroupsToVisitIn(Schema):
    """Groups of an area and below that are due for another visit by `as_of`, or today."""

    area = fields.Id()
    as_of = fields.Day()
    limit = fields.Count(min=1, max=200, load_default=50)
    after = fields.Id()
    example = dict(area=_AREA, limit=50)


class GroupToVisit(Schema):
    group = fields.Id()
    reference = fields.Code()
    kind = fields.Choice(KINDS)
    council = fields.Id()
    ward = fields.Id()
    status = fields.Choice(STATUSES)
    last_seen_on = fields.Day()
    example = dict(
        group=_GROUP,
        reference="G-00012-4",
        kind="women",
        council=_AREA,
        ward=_AREA,
        status="verified",
        last_seen_on="2024-11-20",
    )


class GroupsToVisitOut(Schema):
    """A page, oldest first; `next` is what to pass as `after`, absent at the end."""

    items = fields.Items(fields.Nested(GroupToVisit))
    next = fields.Id()
    as_of = fields.Day()
    example = dict(items=[GroupToVisit.example], next=None, as_of="2026-01-15")
