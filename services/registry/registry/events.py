"""The events that the registry publishes: ids, codes, dates, figures; of names only places and holidays."""

from typing import Any

from chassis.schemas import Event, Schema, fields

_AREA = "01936f6a-1c00-7a10-8a10-0000000000a1"
_GROUP = "01936f6a-1c00-7a10-8a10-000000000101"
_MEMBERS = ["01936f6a-1c00-7a10-8a10-000000000111", "01936f6a-1c00-7a10-8a10-000000000112"]
_ORGANISATION = "01936f6a-1c00-7a10-8a10-000000000201"
_DECISION = "01936f6a-1c00-7a10-8a10-000000000301"
_COLLABORATOR = "01936f6a-1c00-7a10-8a10-000000000311"


def _level_names() -> Any:
    names = fields.Map(keys=fields.Code(max=40), values=fields.Text(max=60))
    return fields.Map(keys=fields.Code(max=8), values=names, required=True)


class CountryDefined(Event):
    """A country's calendar, money, languages and levels, as they now are."""

    type = "country_defined"
    country = fields.Code(required=True, max=2)
    name = fields.Text(required=True)
    time_zone = fields.Code(required=True)
    currency = fields.Code(required=True, max=3)
    fiscal_year_start_month = fields.Count(required=True, min=1, max=12)
    languages = fields.Items(fields.Code(max=8), required=True, min=1)
    levels = fields.Items(fields.Code(max=40), required=True, min=1)
    level_names = _level_names()
    example = dict(
        country="TZ",
        name="Tanzania",
        time_zone="Africa/Dar_es_Salaam",
        currency="TZS",
        fiscal_year_start_month=7,
        languages=["sw"],
        levels=["country", "region"],
        level_names={"sw": {"country": "nchi", "region": "mkoa"}},
    )


class PublishedHoliday(Schema):
    """A public holiday."""

    on = fields.Day(required=True)
    name = fields.Text(required=True)
    example = dict(on="2026-12-09", name="Uhuru na Jamhuri")


class HolidaysPublished(Event):
    """The public holidays of a year, in place of what was published for it before."""

    type = "holidays_published"
    country = fields.Code(required=True, max=2)
    year = fields.Count(required=True, min=1900, max=2200)
    holidays = fields.Items(fields.Nested(PublishedHoliday), required=True, max=366)
    example = dict(country="TZ", year=2026, holidays=[PublishedHoliday.example])


class HolidayOverridden(Event):
    """Officers proclaimed a holiday, or made a working day of one."""

    type = "holiday_overridden"
    country = fields.Code(required=True, max=2)
    on = fields.Day(required=True)
    holiday = fields.Flag(required=True)
    name = fields.Text()
    example = dict(country="TZ", on="2026-03-20", holiday=True, name="Eid El-Fitri")


class AreaCreated(Event):
    """An area is on record; `path` goes from the country to the area itself."""

    type = "area_created"
    area = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    level = fields.Code(required=True, max=40)
    code = fields.Code(required=True, max=100)
    name = fields.Text(required=True)
    parent = fields.Id()
    valid_from = fields.Day(required=True)
    path = fields.Items(fields.Id(), required=True, min=1, max=20)
    example = dict(
        area=_AREA,
        country="TZ",
        level="region",
        code="TZ-20",
        name="Rukwa",
        parent="01936f6a-1c00-7a10-8a10-0000000000a0",
        valid_from="2016-04-22",
        path=["01936f6a-1c00-7a10-8a10-0000000000a0", _AREA],
    )


_COUNTRY = "01936f6a-1c00-7a10-8a10-0000000000a0"
_COUNCIL = "01936f6a-1c00-7a10-8a10-0000000000c1"
_NEW_COUNCIL = "01936f6a-1c00-7a10-8a10-0000000000c2"
_CHANGED: dict[str, Any] = dict(
    area=_COUNCIL,
    country="TZ",
    level="council",
    code="TZ-20.kalambo-dc",
    name="Kalambo District Council",
    parent=_AREA,
    valid_from="2010-07-01",
    path=[_COUNTRY, _AREA, _COUNCIL],
    instrument="GN 87 of 2010",
)


class _AreaVersion(Schema):
    """An area as it stands from `valid_from` on."""

    area = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    level = fields.Code(required=True, max=40)
    code = fields.Code(required=True, max=100)
    name = fields.Text(required=True)
    parent = fields.Id()
    valid_from = fields.Day(required=True)
    path = fields.Items(fields.Id(), required=True, min=1, max=20)
    instrument = fields.Text(required=True)
    example = _CHANGED


class AreaRenamed(Event, _AreaVersion):
    """From `valid_from` on an area bears another name."""

    type = "area_renamed"
    example = _CHANGED


class AreaMoved(Event, _AreaVersion):
    """From `valid_from` on an area lies elsewhere: itself, or `carried` by one above it."""

    type = "area_moved"
    carried = fields.Flag(required=True)
    example = dict(_CHANGED, carried=False)


class Successor(Schema):
    """Who takes over; `weight` is the share beside the others', where the instrument gives shares."""

    area = fields.Id(required=True)
    weight = fields.Count(min=1)
    example = dict(area=_NEW_COUNCIL, weight=207_700)


class AreaAbolished(Event, _AreaVersion):
    """An area is no more from `valid_to` on; `successors` are those who took over from it as a whole."""

    type = "area_abolished"
    valid_to = fields.Day(required=True)
    successors = fields.Items(fields.Nested(Successor), required=True, max=100)
    example = dict(_CHANGED, valid_to="2026-07-01", successors=[Successor.example])


class AreaSplit(Event):
    """An area gave parts of itself to others, or all of itself; it goes on if it is one of `into`."""

    type = "area_split"
    area = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    level = fields.Code(required=True, max=40)
    on = fields.Day(required=True)
    into = fields.Items(fields.Nested(Successor), required=True, min=2, max=100)
    instrument = fields.Text(required=True)
    example = dict(
        area=_COUNCIL,
        country="TZ",
        level="council",
        on="2026-07-01",
        into=[dict(area=_COUNCIL, weight=305_846), Successor.example],
        instrument="GN 87 of 2010",
    )


class AreasMerged(Event):
    """Areas became part of another one, `into`, and are no more."""

    type = "areas_merged"
    into = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    level = fields.Code(required=True, max=40)
    on = fields.Day(required=True)
    areas = fields.Items(fields.Id(), required=True, min=1, max=200)
    instrument = fields.Text(required=True)
    example = dict(
        into=_COUNCIL,
        country="TZ",
        level="council",
        on="2026-07-01",
        areas=[_NEW_COUNCIL],
        instrument="GN 12 of 2026",
    )


class GroupRegistered(Event):
    """A group of women, youth or people with disabilities is on record, not yet verified."""

    type = "group_registered"
    group = fields.Id(required=True)
    reference = fields.Code(required=True)
    kind = fields.Choice(["women", "youth", "pwd"], required=True)
    country = fields.Code(required=True, max=2)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    registered_on = fields.Day(required=True)
    member_ids = fields.Items(fields.Id(), required=True, min=1)
    has_enterprise = fields.Flag(required=True)
    has_bank_account = fields.Flag(required=True)
    example = dict(
        group=_GROUP,
        reference="G-00012-4",
        kind="women",
        country="TZ",
        council=_AREA,
        ward="01936f6a-1c00-7a10-8a10-0000000000a2",
        registered_on="2025-07-14",
        member_ids=_MEMBERS,
        has_enterprise=True,
        has_bank_account=True,
    )


class GroupVerified(Event):
    """Another officer found the group as it was registered."""

    type = "group_verified"
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    kind = fields.Choice(["women", "youth", "pwd"], required=True)
    verified_on = fields.Day(required=True)
    member_ids = fields.Items(fields.Id(), required=True, min=1)
    example = dict(
        group=_GROUP,
        council=_AREA,
        ward="01936f6a-1c00-7a10-8a10-0000000000a2",
        kind="women",
        verified_on="2025-07-21",
        member_ids=_MEMBERS,
    )


class GroupRefused(Event):
    """The verification failed; the members are free to join another group."""

    type = "group_refused"
    group = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    example = dict(group=_GROUP, on="2025-07-21", reason_code="not_found")


_WARD = "01936f6a-1c00-7a10-8a10-0000000000a2"
_PLACE: dict[str, Any] = dict(group=_GROUP, council=_AREA, ward=_WARD)


class GroupMemberJoined(Event):
    """Somebody joined a group; `member_ids` are all who are in it now."""

    type = "group_member_joined"
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    member = fields.Id(required=True)
    on = fields.Day(required=True)
    member_ids = fields.Items(fields.Id(), required=True)
    example = dict(_PLACE, member=_MEMBERS[0], on="2025-11-03", member_ids=_MEMBERS)


class GroupMemberLeft(Event):
    """Somebody left a group; `on` is the first day without her, `member_ids` are all who are in it now."""

    type = "group_member_left"
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    member = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    member_ids = fields.Items(fields.Id(), required=True)
    example = dict(
        _PLACE, member=_MEMBERS[0], on="2026-02-03", reason_code="moved_away", member_ids=_MEMBERS[1:]
    )


class GroupNotFound(Event):
    """An officer went to a verified group and could not find it; `group_verified` follows should it be found."""

    type = "group_not_found"
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    on = fields.Day(required=True)
    example = dict(_PLACE, on="2026-02-03")


class GroupCeased(Event):
    """A group is no more; its members are free to join another one."""

    type = "group_ceased"
    group = fields.Id(required=True)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    found_by = fields.Choice(["visit", "group"], required=True)
    example = dict(_PLACE, on="2026-02-03", reason_code="dispersed", found_by="visit")


class OrganisationSubmitted(Event):
    """An organisation asks to be registered."""

    type = "organisation_submitted"
    organisation = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    kind = fields.Code(required=True)
    level = fields.Code(required=True)
    area = fields.Id(required=True)
    submitted_on = fields.Day(required=True)
    example = dict(
        organisation=_ORGANISATION,
        country="TZ",
        kind="community_based_organisation",
        level="district",
        area=_AREA,
        submitted_on="2025-08-04",
    )


class OrganisationRegistered(Event):
    """The registrar registered the organisation; the number is kept to the letter."""

    type = "organisation_registered"
    organisation = fields.Id(required=True)
    reference = fields.Code(required=True)
    registration_number = fields.Text(required=True, max=64)
    country = fields.Code(required=True, max=2)
    kind = fields.Code(required=True)
    level = fields.Code(required=True)
    area = fields.Id(required=True)
    registered_on = fields.Day(required=True)
    example = dict(
        organisation=_ORGANISATION,
        reference="O-00007-4",
        registration_number="00NGO-00007227",
        country="TZ",
        kind="community_based_organisation",
        level="district",
        area=_AREA,
        registered_on="2025-08-18",
    )


class OrganisationRefused(Event):
    """The registrar refused the submission."""

    type = "organisation_refused"
    organisation = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    area = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    example = dict(
        organisation=_ORGANISATION, country="TZ", area=_AREA, on="2025-08-18", reason_code="papers_incomplete"
    )


class DecisionIssued(Event):
    """A numbered decision that appoints collaborators is on record."""

    type = "decision_issued"
    decision = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    number = fields.Text(required=True, max=64)
    issued_on = fields.Day(required=True)
    effective_on = fields.Day(required=True)
    area = fields.Id(required=True)
    appointed = fields.Count(required=True, min=1)
    example = dict(
        decision=_DECISION,
        country="VN",
        number="466/QD-UBND",
        issued_on="2020-04-08",
        effective_on="2020-04-08",
        area=_AREA,
        appointed=12,
    )


class CollaboratorAppointed(Event):
    """A person is a collaborator for an area from a day on."""

    type = "collaborator_appointed"
    collaborator = fields.Id(required=True)
    decision = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    area = fields.Id(required=True)
    effective_on = fields.Day(required=True)
    example = dict(
        collaborator=_COLLABORATOR, decision=_DECISION, country="VN", area=_AREA, effective_on="2020-04-08"
    )


class CollaboratorExited(Event):
    """A collaborator left; `on` is the first day off the roster."""

    type = "collaborator_exited"
    collaborator = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    area = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    instrument = fields.Text(max=64)
    example = dict(
        collaborator=_COLLABORATOR,
        country="VN",
        area=_AREA,
        on="2019-11-16",
        reason_code="retired",
        instrument=None,
    )


class PersonErased(Event):
    """A member or collaborator asked to be forgotten: the id stays, and nothing is known of it any more."""

    type = "person_erased"
    person = fields.Id(required=True)
    kind = fields.Choice(["member", "collaborator"], required=True)
    on = fields.Day(required=True)
    example = dict(person=_MEMBERS[0], kind="member", on="2027-01-15")
