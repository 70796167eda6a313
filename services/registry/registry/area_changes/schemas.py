"""What comes in and goes out about changes of areas."""

from chassis.schemas import Schema, fields

CHANGES = ("create", "rename", "move", "split", "merge", "abolish")
_AREA = "01936f6a-1c00-7a10-8a10-0000000000a7"


class PartIn(Schema):
    """An area that takes over from a split one; `weight` is its share beside the others' (people, households)."""

    area = fields.Code(required=True, max=100)
    weight = fields.Count(min=1)
    example = dict(area="TZ-20.kalambo-dc", weight=207_700)


class ChangeIn(Schema):
    """One clause of an instrument; areas are named by their codes.

    create: `area`, `level`, `name`, `parent`; rename: `area`, `name`; move: `area` to `parent`; split: `area`
    `into` its parts, itself one of them where it goes on; merge: `areas` into `area`, which may be one of them or
    new; abolish: `area`, into nothing.
    """

    change = fields.Choice(CHANGES, required=True)
    area = fields.Code(required=True, max=100)
    level = fields.Code(max=40)
    name = fields.Text()
    parent = fields.Code(max=100)
    into = fields.Items(fields.Nested(PartIn), min=2, max=100)
    areas = fields.Items(fields.Code(max=100), min=1, max=200)
    example = dict(
        change="create",
        area="TZ-20.kalambo-dc",
        level="council",
        name="Kalambo District Council",
        parent="TZ-20",
    )


class ChangeAreasIn(Schema):
    """All that one legal instrument changes, from `effective_on` on."""

    country = fields.Code(required=True, min=2, max=2)
    instrument = fields.Text(required=True)
    source = fields.Text(required=True)
    effective_on = fields.Day(required=True)
    changes = fields.Items(fields.Nested(ChangeIn), required=True, min=1, max=1000)
    example = dict(
        country="TZ",
        instrument="GN 87 of 2010",
        source="Government Gazette",
        effective_on="2010-07-01",
        changes=[
            ChangeIn.example,
            dict(
                change="split",
                area="TZ-20.sumbawanga-dc",
                into=[dict(area="TZ-20.sumbawanga-dc", weight=305_846), PartIn.example],
            ),
            dict(change="move", area="TZ-20.sumbawanga-dc.matai", parent="TZ-20.kalambo-dc"),
        ],
    )


class CreatedArea(Schema):
    code = fields.Code()
    area = fields.Id()
    example = dict(code="TZ-20.kalambo-dc", area=_AREA)


class ChangeAreasOut(Schema):
    """The new areas; how many changed by themselves, were carried along with one above, and ended."""

    country = fields.Code()
    effective_on = fields.Day()
    created = fields.Items(fields.Nested(CreatedArea), max=1000)
    changed = fields.Count()
    carried = fields.Count()
    abolished = fields.Count()
    example = dict(
        country="TZ",
        effective_on="2010-07-01",
        created=[CreatedArea.example],
        changed=1,
        carried=4,
        abolished=0,
    )
