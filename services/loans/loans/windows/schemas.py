"""What opening, closing and reading windows takes and gives."""

from chassis.schemas import Schema, fields

_WINDOW = "0192f1a0-0000-7000-8000-000000000011"
_COUNCIL = "0192f1a0-0000-7000-8000-000000000005"


class OpenWindowIn(Schema):
    """`instrument` is the number of the public notice, `published_on` its day; both end days are included."""

    council = fields.Id(required=True)
    published_on = fields.Day(required=True)
    opens_on = fields.Day(required=True)
    closes_on = fields.Day(required=True)
    instrument = fields.Code(required=True, max=60)
    example = {
        "council": _COUNCIL,
        "published_on": "2025-07-07",
        "opens_on": "2025-07-14",
        "closes_on": "2025-08-15",
        "instrument": "TGZ 1/2025",
    }


class WindowOut(Schema):
    """`ends_on` is the last day on which applications are taken in: as announced, or earlier where closed."""

    window = fields.Id()
    council = fields.Id()
    fiscal_year = fields.Text()
    quarter = fields.Count()
    published_on = fields.Day()
    opens_on = fields.Day()
    closes_on = fields.Day()
    ends_on = fields.Day()
    closed = fields.Flag()
    instrument = fields.Text()
    version = fields.Count()
    example = {
        **OpenWindowIn.example,
        "window": _WINDOW,
        "fiscal_year": "2025/26",
        "quarter": 1,
        "ends_on": "2025-08-15",
        "closed": False,
        "version": 1,
    }


class CloseWindowIn(Schema):
    """`on` is the last day on which applications are taken in."""

    window = fields.Id(required=True)
    on = fields.Day(required=True)
    expected_version = fields.Count(min=1)
    example = {"window": _WINDOW, "on": "2025-08-08"}


class WindowsIn(Schema):
    """A page of a council's windows, oldest first; `after` is the last id."""

    council = fields.Id(required=True)
    after = fields.Id()
    limit = fields.Count(min=1, max=200, load_default=50)
    example = {"council": _COUNCIL}


class WindowsOut(Schema):
    windows = fields.Items(fields.Nested(WindowOut), max=200)
    after = fields.Id()
    example = {"windows": [WindowOut.example], "after": None}
