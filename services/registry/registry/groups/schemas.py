"""What comes in and goes out about groups and their members."""

from chassis.schemas import Schema, fields

_COUNCIL = "01936f6a-1c00-7a10-8a10-0000000000a1"
_WARD = "01936f6a-1c00-7a10-8a10-0000000000a2"
_GROUP = "01936f6a-1c00-7a10-8a10-000000000101"
_MEMBER = "01936f6a-1c00-7a10-8a10-000000000111"

KINDS = ["women", "youth", "pwd"]
STATUSES = ["registered", "verified", "refused", "not_found", "ceased"]
POSITIONS = ["chair", "secretary", "treasurer", "member"]


class MemberIn(Schema):
    """A person who joins; `joined_on` is the day of registration unless told."""

    national_id = fields.Text(required=True, min=5, max=40)
    name = fields.Text(required=True, min=2, max=120)
    sex = fields.Choice(["female", "male"], required=True)
    born_on = fields.Day(required=True)
    phone = fields.Text(max=30)
    citizen = fields.Flag(required=True)
    formally_employed = fields.Flag(required=True)
    disability = fields.Flag(required=True)
    position = fields.Choice(POSITIONS, load_default="member")
    joined_on = fields.Day()
    example = dict(
        national_id="19920304-11101-00001-23",
        name="Neema Mwanakatwe",
        sex="female",
        born_on="1992-03-04",
        citizen=True,
        formally_employed=False,
        disability=False,
        position="chair",
    )


class BankIn(Schema):
    """The group's account; it must stand in the group's name."""

    bank = fields.Text(required=True, max=80)
    account_name = fields.Text(required=True, max=120)
    account_number = fields.Code(required=True, min=5, max=34)
    example = dict(bank="Benki ya wananchi", account_name="Tupendane", account_number="0150-2233-4455")


class RegisterGroupIn(Schema):
    """A group with its members; registered today unless told."""

    country = fields.Code(required=True, min=2, max=2)
    kind = fields.Choice(KINDS, required=True)
    name = fields.Text(required=True, min=2, max=120)
    council = fields.Id(required=True)
    ward = fields.Id(required=True)
    village = fields.Id()
    enterprise = fields.Text(max=500)
    plan = fields.Text(max=2000, lines=True)
    bank = fields.Nested(BankIn)
    registered_on = fields.Day()
    members = fields.Items(fields.Nested(MemberIn), required=True, min=1, max=100)
    example = dict(
        country="TZ",
        kind="women",
        name="Tupendane",
        council=_COUNCIL,
        ward=_WARD,
        enterprise="Ufugaji wa kuku",
        bank=BankIn.example,
        members=[MemberIn.example],
    )


class RegisterGroupOut(Schema):
    """`members` are ids in the order of the list that came in."""

    group = fields.Id()
    reference = fields.Code()
    status = fields.Choice(STATUSES)
    version = fields.Count()
    members = fields.Items(fields.Id())
    example = dict(group=_GROUP, reference="G-00012-4", status="registered", version=1, members=[_MEMBER])


class VerifyGroupIn(Schema):
    """What another officer found; `reason_code` is needed to refuse and comes from the rules in force."""

    group = fields.Id(required=True)
    decision = fields.Choice(["verify", "refuse"], required=True)
    findings = fields.Text(required=True, max=2000, lines=True)
    reason_code = fields.Code()
    on = fields.Day()
    expected_version = fields.Count(min=1)
    example = dict(group=_GROUP, decision="verify", findings="Kikundi kipo; wanachama wote wameonekana.")


class VerifyGroupOut(Schema):
    group = fields.Id()
    status = fields.Choice(STATUSES)
    version = fields.Count()
    example = dict(group=_GROUP, status="verified", version=2)


class GroupIn(Schema):
    """A group by its id or by its reference."""

    group = fields.Id()
    reference = fields.Code(max=20)
    example = dict(group=_GROUP)


class MemberOut(Schema):
    """A member; name and numbers masked, birth date and phone left out, for those who may not read them."""

    member = fields.Id()
    name = fields.Text()
    national_id = fields.Text()
    born_on = fields.Day()
    phone = fields.Text()
    sex = fields.Choice(["female", "male"])
    citizen = fields.Flag()
    formally_employed = fields.Flag()
    disability = fields.Flag()
    position = fields.Choice(POSITIONS)
    joined_on = fields.Day()
    left_on = fields.Day()
    left_reason_code = fields.Code()
    erased = fields.Flag()
    example = dict(
        member=_MEMBER,
        name="N*** M***",
        national_id="***23",
        born_on=None,
        phone=None,
        sex="female",
        citizen=True,
        formally_employed=False,
        disability=False,
        position="chair",
        joined_on="2025-07-14",
        left_on=None,
        left_reason_code=None,
        erased=False,
    )


class StepOut(Schema):
    """What was found of a group on a day: at a visit, or told by the group itself."""

    status = fields.Choice(STATUSES)
    on = fields.Day()
    found_by = fields.Choice(["visit", "group"])
    reason_code = fields.Code()
    findings = fields.Text()
    example = dict(
        status="not_found", on="2026-02-03", found_by="visit", reason_code=None, findings="Hawapo."
    )


class GroupOut(Schema):
    """A group, its members, what was found of it; `masked` tells whether personal data are hidden from the caller."""

    group = fields.Id()
    reference = fields.Code()
    kind = fields.Choice(KINDS)
    name = fields.Text()
    country = fields.Code()
    council = fields.Id()
    ward = fields.Id()
    village = fields.Id()
    enterprise = fields.Text()
    plan = fields.Text()
    bank = fields.Text()
    account_number = fields.Text()
    status = fields.Choice(STATUSES)
    registered_on = fields.Day()
    decided_on = fields.Day()
    reason_code = fields.Code()
    findings = fields.Text()
    version = fields.Count()
    masked = fields.Flag()
    steps = fields.Items(fields.Nested(StepOut))
    members = fields.Items(fields.Nested(MemberOut))
    example = dict(
        group=_GROUP,
        reference="G-00012-4",
        kind="women",
        name="Tupendane",
        country="TZ",
        council=_COUNCIL,
        ward=_WARD,
        village=None,
        enterprise="Ufugaji wa kuku",
        plan=None,
        bank="Benki ya wananchi",
        account_number="***55",
        status="registered",
        registered_on="2025-07-14",
        decided_on=None,
        reason_code=None,
        findings=None,
        version=1,
        masked=True,
        steps=[StepOut.example],
        members=[MemberOut.example],
    )


class GroupsIn(Schema):
    """Groups within the caller's areas; `area` takes in all below it; `after` is the last group seen."""

    area = fields.Id()
    kind = fields.Choice(KINDS)
    status = fields.Choice(STATUSES)
    name = fields.Text(max=100)
    limit = fields.Count(min=1, max=200, load_default=50)
    after = fields.Id()
    example = dict(area=_WARD, status="verified", limit=50)


class GroupItem(Schema):
    group = fields.Id()
    reference = fields.Code()
    kind = fields.Choice(KINDS)
    name = fields.Text()
    council = fields.Id()
    ward = fields.Id()
    status = fields.Choice(STATUSES)
    registered_on = fields.Day()
    members = fields.Count()
    example = dict(
        group=_GROUP,
        reference="G-00012-4",
        kind="women",
        name="Tupendane",
        council=_COUNCIL,
        ward=_WARD,
        status="verified",
        registered_on="2025-07-14",
        members=7,
    )


class GroupsOut(Schema):
    """A page, oldest first; `next` is what to pass as `after`, absent at the end."""

    items = fields.Items(fields.Nested(GroupItem))
    next = fields.Id()
    example = dict(items=[GroupItem.example], next=None)


class MemberFactsIn(Schema):
    """What a lender must judge of a group's members on a date."""

    group = fields.Id(required=True)
    on = fields.Day(required=True)
    example = dict(group=_GROUP, on="2025-08-01")


class MemberFact(Schema):
    """`age` in whole years on that date and `adult`; both null for a person who was erased."""

    member = fields.Id()
    age = fields.Count()
    adult = fields.Flag()
    citizen = fields.Flag()
    formally_employed = fields.Flag()
    disability = fields.Flag()
    other_groups = fields.Count()
    example = dict(
        member=_MEMBER,
        age=33,
        adult=True,
        citizen=True,
        formally_employed=False,
        disability=False,
        other_groups=0,
    )


class MemberFactsOut(Schema):
    """The group and its members as they were on that date."""

    group = fields.Id()
    kind = fields.Choice(KINDS)
    on = fields.Day()
    status = fields.Choice(STATUSES)
    council = fields.Id()
    ward = fields.Id()
    has_enterprise = fields.Flag()
    has_bank_account = fields.Flag()
    members = fields.Items(fields.Nested(MemberFact))
    example = dict(
        group=_GROUP,
        kind="women",
        on="2025-08-01",
        status="verified",
        council=_COUNCIL,
        ward=_WARD,
        has_enterprise=True,
        has_bank_account=True,
        members=[MemberFact.example],
    )
