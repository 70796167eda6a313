"""What comes in and goes out about areas."""

from chassis.schemas import Schema, fields

_COUNTRY = "01936f6a-1c00-7a10-8a10-0000000000a0"
_AREA = "01936f6a-1c00-7a10-8a10-0000000000a1"


class AreaRow(Schema):
    """An area; `parent` is the code of one on record or in this import, left out for the country alone."""

    code = fields.Code(required=True, max=100)
    level = fields.Code(required=True, max=40)
    name = fields.Text(required=True)
    parent = fields.Code(max=100)
    valid_from = fields.Day(required=True)
    example = dict(code="TZ-20", level="region", name="Rukwa", parent="TZ", valid_from="2016-04-22")


class ImportAreasIn(Schema):
    """Areas to put on record, in any order, with where they were read and their legal instrument."""

    country = fields.Code(required=True, min=2, max=2)
    source = fields.Text(required=True)
    instrument = fields.Text(required=True)
    areas = fields.Items(fields.Nested(AreaRow), required=True, min=1, max=5000)
    example = dict(
        country="TZ",
        source="national postcode list",
        instrument="GN 240 of 22 April 2016",
        areas=[AreaRow.example],
    )


class ImportAreasOut(Schema):
    country = fields.Code()
    created = fields.Count()
    unchanged = fields.Count()
    example = dict(country="TZ", created=1, unchanged=0)


class AreaIn(Schema):
    """One area by its id, or by country and code; as of today unless told."""

    area = fields.Id()
    country = fields.Code(min=2, max=2)
    code = fields.Code(max=100)
    as_of = fields.Day()
    example = dict(country="TZ", code="TZ-20")


class StepOut(Schema):
    """An area on the way from the country down."""

    area = fields.Id()
    level = fields.Code()
    name = fields.Text()
    example = dict(area=_COUNTRY, level="country", name="Tanzania")


class SuccessionOut(Schema):
    """An area that took over from this one, or gave to it, by a split or merge; `weight` where shares were given."""

    area = fields.Id()
    on = fields.Day()
    kind = fields.Choice(["split", "merge"])
    weight = fields.Count()
    instrument = fields.Text()
    example = dict(area=_AREA, on="2010-07-01", kind="split", weight=207_700, instrument="GN 87 of 2010")


class AreaOut(Schema):
    """An area as it was on a date; `valid_to` is the first day on which this version no longer holds.

    `successors` and `predecessors` are those of all time.
    """

    area = fields.Id()
    country = fields.Code()
    code = fields.Code()
    level = fields.Code()
    name = fields.Text()
    parent = fields.Id()
    path = fields.Items(fields.Nested(StepOut))
    version = fields.Count()
    valid_from = fields.Day()
    valid_to = fields.Day()
    source = fields.Text()
    instrument = fields.Text()
    successors = fields.Items(fields.Nested(SuccessionOut))
    predecessors = fields.Items(fields.Nested(SuccessionOut))
    example = dict(
        area=_AREA,
        country="TZ",
        code="TZ-20",
        level="region",
        name="Rukwa",
        parent=_COUNTRY,
        path=[StepOut.example, dict(area=_AREA, level="region", name="Rukwa")],
        version=1,
        valid_from="2016-04-22",
        valid_to=None,
        source="national postcode list",
        instrument="GN 240 of 22 April 2016",
        successors=[],
        predecessors=[SuccessionOut.example],
    )


class AreasIn(Schema):
    """Areas of a country: of a parent, of a level, with these words in the name; `after` is the last code."""

    country = fields.Code(required=True, min=2, max=2)
    parent = fields.Id()
    level = fields.Code(max=40)
    name = fields.Text(max=100)
    as_of = fields.Day()
    limit = fields.Count(min=1, max=500, load_default=100)
    after = fields.Code(max=100)
    example = dict(country="TZ", level="ward", name="majengo", limit=50)


class AreaItem(Schema):
    area = fields.Id()
    code = fields.Code()
    level = fields.Code()
    name = fields.Text()
    parent = fields.Id()
    valid_from = fields.Day()
    example = dict(
        area=_AREA, code="TZ-20", level="region", name="Rukwa", parent=_COUNTRY, valid_from="2016-04-22"
    )


class AreasOut(Schema):
    """A page; `next` is what to pass as `after` for the following one, absent at the end."""

    items = fields.Items(fields.Nested(AreaItem))
    next = fields.Code()
    as_of = fields.Day()
    example = dict(items=[AreaItem.example], next=None, as_of="2026-01-15")
