"""What comes in and goes out about organisations."""

from chassis.schemas import Schema, fields

_AREA = "01936f6a-1c00-7a10-8a10-0000000000a1"
_ORGANISATION = "01936f6a-1c00-7a10-8a10-000000000201"

STATUSES = ["submitted", "registered", "refused"]


class RegisterOrganisationIn(Schema):
    """A submission; kinds and levels are those of the rules in force. The number only if it has one."""

    country = fields.Code(required=True, min=2, max=2)
    name = fields.Text(required=True, min=2)
    kind = fields.Code(required=True)
    level = fields.Code(required=True)
    area = fields.Id(required=True)
    purpose = fields.Text(max=2000, lines=True)
    registration_number = fields.Text(max=64)
    submitted_on = fields.Day()
    example = dict(
        country="TZ",
        name="Rukwa Youth Forum",
        kind="community_based_organisation",
        level="district",
        area=_AREA,
        purpose="Stadi za kazi kwa vijana",
    )


class CandidateOut(Schema):
    """An organisation that may be the same one; a person decides."""

    organisation = fields.Id()
    reference = fields.Code()
    status = fields.Choice(STATUSES)
    same = fields.Items(fields.Choice(["name", "registration_number"]))
    example = dict(organisation=_ORGANISATION, reference="O-00003-C", status="registered", same=["name"])


class RegisterOrganisationOut(Schema):
    """`candidates` are organisations within the caller's areas that may be the same."""

    organisation = fields.Id()
    reference = fields.Code()
    status = fields.Choice(STATUSES)
    version = fields.Count()
    candidates = fields.Items(fields.Nested(CandidateOut))
    example = dict(
        organisation=_ORGANISATION, reference="O-00007-4", status="submitted", version=1, candidates=[]
    )


class DecideOrganisationIn(Schema):
    """The registrar's word: the number to register under, or the reason to refuse."""

    organisation = fields.Id(required=True)
    decision = fields.Choice(["register", "refuse"], required=True)
    instrument = fields.Text(required=True)
    registration_number = fields.Text(max=64)
    reason_code = fields.Code()
    note = fields.Text(max=2000, lines=True)
    on = fields.Day()
    expected_version = fields.Count(min=1)
    example = dict(
        organisation=_ORGANISATION,
        decision="register",
        instrument="certificate of 18 August 2025",
        registration_number="00NGO-00007227",
    )


class DecideOrganisationOut(Schema):
    organisation = fields.Id()
    reference = fields.Code()
    status = fields.Choice(STATUSES)
    version = fields.Count()
    example = dict(organisation=_ORGANISATION, reference="O-00007-4", status="registered", version=2)


class OrganisationIn(Schema):
    """An organisation by its id, our reference, or its registration number with the country."""

    organisation = fields.Id()
    reference = fields.Code(max=20)
    country = fields.Code(min=2, max=2)
    registration_number = fields.Text(max=64)
    example = dict(country="TZ", registration_number="00NGO-00007227")


class OrganisationOut(Schema):
    organisation = fields.Id()
    reference = fields.Code()
    name = fields.Text()
    country = fields.Code()
    kind = fields.Code()
    level = fields.Code()
    area = fields.Id()
    purpose = fields.Text()
    registration_number = fields.Text()
    status = fields.Choice(STATUSES)
    rule_version = fields.Text()
    submitted_on = fields.Day()
    decided_on = fields.Day()
    reason_code = fields.Code()
    instrument = fields.Text()
    note = fields.Text()
    version = fields.Count()
    candidates = fields.Items(fields.Nested(CandidateOut))
    example = dict(
        organisation=_ORGANISATION,
        reference="O-00007-4",
        name="Rukwa Youth Forum",
        country="TZ",
        kind="community_based_organisation",
        level="district",
        area=_AREA,
        purpose="Stadi za kazi kwa vijana",
        registration_number="00NGO-00007227",
        status="registered",
        rule_version="2019",
        submitted_on="2025-08-04",
        decided_on="2025-08-18",
        reason_code=None,
        instrument="certificate of 18 August 2025",
        note=None,
        version=2,
        candidates=[CandidateOut.example],
    )


class OrganisationsIn(Schema):
    """Organisations within the caller's areas; `area` takes in all below it; `after` is the last one seen."""

    country = fields.Code(min=2, max=2)
    area = fields.Id()
    kind = fields.Code()
    level = fields.Code()
    status = fields.Choice(STATUSES)
    name = fields.Text(max=100)
    limit = fields.Count(min=1, max=200, load_default=50)
    after = fields.Id()
    example = dict(country="TZ", status="submitted", limit=50)


class OrganisationItem(Schema):
    organisation = fields.Id()
    reference = fields.Code()
    name = fields.Text()
    kind = fields.Code()
    level = fields.Code()
    area = fields.Id()
    registration_number = fields.Text()
    status = fields.Choice(STATUSES)
    submitted_on = fields.Day()
    example = dict(
        organisation=_ORGANISATION,
        reference="O-00007-4",
        name="Rukwa Youth Forum",
        kind="community_based_organisation",
        level="district",
        area=_AREA,
        registration_number=None,
        status="submitted",
        submitted_on="2025-08-04",
    )


class OrganisationsOut(Schema):
    """A page, oldest first; `next` is what to pass as `after`, absent at the end."""

    items = fields.Items(fields.Nested(OrganisationItem))
    next = fields.Id()
    example = dict(items=[OrganisationItem.example], next=None)
