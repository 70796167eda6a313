"""What we read of other services' events: only what our copies need; nothing breaks when they say more."""

from typing import Any

from marshmallow import EXCLUDE

from chassis.schemas import Reader, fields

POTS = ("women", "youth", "pwd")


class GroupRegistered(Reader):
    group = fields.Id(required=True)
    reference = fields.Code(required=True)
    kind = fields.Choice(POTS, required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    registered_on = fields.Day(required=True)
    member_ids = fields.Items(fields.Id(), max=1000, required=True)
    has_enterprise = fields.Flag()
    has_bank_account = fields.Flag()


class GroupVerified(Reader):
    group = fields.Id(required=True)
    kind = fields.Choice(POTS, required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    verified_on = fields.Day(required=True)
    member_ids = fields.Items(fields.Id(), max=1000, required=True)


class GroupRefused(Reader):
    group = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code()


class HolidayOverridden(Reader):
    country = fields.Code(required=True)
    on = fields.Day(required=True)


class HolidaysPublished(Reader):
    country = fields.Code(required=True)
    year = fields.Count(required=True, min=1900, max=2200)


class GroupMemberJoined(Reader):
    group = fields.Id(required=True)
    member_ids = fields.Items(fields.Id(), max=1000, required=True)


class GroupMemberLeft(GroupMemberJoined):
    """Read as `GroupMemberJoined`: who is in the group now."""


class GroupNotFound(Reader):
    group = fields.Id(required=True)
    on = fields.Day(required=True)


class GroupCeased(Reader):
    group = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code()


class AreaMoved(Reader):
    area = fields.Id(required=True)
    country = fields.Code(required=True)
    level = fields.Code(required=True)
    valid_from = fields.Day(required=True)


def _shares() -> Any:
    """Who takes over, and by which weight where there is one; what else is said of them is ignored."""
    told = {"area": fields.Id(required=True), "weight": fields.Count()}
    return fields.Items(fields.Nested(told, unknown=EXCLUDE), required=True)


class AreaAbolished(Reader):
    area = fields.Id(required=True)
    country = fields.Code(required=True)
    level = fields.Code(required=True)
    valid_to = fields.Day(required=True)
    successors = _shares()


class AreaSplit(Reader):
    area = fields.Id(required=True)
    country = fields.Code(required=True)
    level = fields.Code(required=True)
    on = fields.Day(required=True)
    into = _shares()
