"""What comes in and goes out about collaborators."""

from chassis.schemas import Schema, fields

_AREA = "01936f6a-1c00-7a10-8a10-0000000000b1"
_DECISION = "01936f6a-1c00-7a10-8a10-000000000301"
_COLLABORATOR = "01936f6a-1c00-7a10-8a10-000000000311"


class AppointmentIn(Schema):
    """A person whom the decision appoints; `qualification` and `field` are codes of the rules in force."""

    name = fields.Text(required=True, min=2, max=120)
    born_on = fields.Day(required=True)
    phone = fields.Text(max=30)
    area = fields.Id(required=True)
    qualification = fields.Code(required=True)
    field = fields.Code(required=True)
    certificate = fields.Flag(required=True)
    example = dict(
        name="Nguyễn Thị Lan",
        born_on="1985-06-02",
        area=_AREA,
        qualification="college",
        field="social_work",
        certificate=False,
    )


class IssueDecisionIn(Schema):
    """A decision as it was signed: its number, day and issuer, and everyone whom it appoints."""

    country = fields.Code(required=True, min=2, max=2)
    number = fields.Text(required=True, max=64)
    issued_on = fields.Day(required=True)
    issuer = fields.Text(required=True)
    effective_on = fields.Day()
    area = fields.Id(required=True)
    appointments = fields.Items(fields.Nested(AppointmentIn), required=True, min=1, max=500)
    example = dict(
        country="VN",
        number="466/QD-UBND",
        issued_on="2020-04-08",
        issuer="Ủy ban nhân dân tỉnh Ninh Thuận",
        effective_on="2020-04-08",
        area=_AREA,
        appointments=[AppointmentIn.example],
    )


class IssueDecisionOut(Schema):
    """`collaborators` are ids in the order of the appointments."""

    decision = fields.Id()
    collaborators = fields.Items(fields.Id())
    example = dict(decision=_DECISION, collaborators=[_COLLABORATOR])


class RecordExitIn(Schema):
    """`on` is the first day off the roster; the reason comes from the rules in force."""

    collaborator = fields.Id(required=True)
    on = fields.Day(required=True)
    reason_code = fields.Code(required=True)
    instrument = fields.Text()
    expected_version = fields.Count(min=1)
    example = dict(collaborator=_COLLABORATOR, on="2019-11-16", reason_code="retired")


class RecordExitOut(Schema):
    collaborator = fields.Id()
    version = fields.Count()
    example = dict(collaborator=_COLLABORATOR, version=2)


class RosterIn(Schema):
    """Who served on a date (today unless told), in an area and below, or in a country."""

    area = fields.Id()
    country = fields.Code(min=2, max=2)
    as_of = fields.Day()
    limit = fields.Count(min=1, max=500, load_default=100)
    after = fields.Id()
    example = dict(area=_AREA, as_of="2020-04-08")


class CollaboratorOut(Schema):
    """A collaborator; the name is masked, birth date and phone left out, for those who may not read them."""

    collaborator = fields.Id()
    decision = fields.Id()
    number = fields.Text()
    area = fields.Id()
    name = fields.Text()
    born_on = fields.Day()
    phone = fields.Text()
    qualification = fields.Code()
    field = fields.Code()
    certificate = fields.Flag()
    effective_on = fields.Day()
    exited_on = fields.Day()
    erased = fields.Flag()
    version = fields.Count()
    example = dict(
        collaborator=_COLLABORATOR,
        decision=_DECISION,
        number="466/QD-UBND",
        area=_AREA,
        name="N*** T*** L***",
        born_on=None,
        phone=None,
        qualification="college",
        field="social_work",
        certificate=False,
        effective_on="2020-04-08",
        exited_on=None,
        erased=False,
        version=1,
    )


class RosterOut(Schema):
    """How many served within the caller's areas, and a page of them; `next` is what to pass as `after`."""

    as_of = fields.Day()
    count = fields.Count()
    masked = fields.Flag()
    items = fields.Items(fields.Nested(CollaboratorOut))
    next = fields.Id()
    example = dict(as_of="2020-04-08", count=40, masked=True, items=[CollaboratorOut.example], next=None)
