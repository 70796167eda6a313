"""What holds for all loans of an area: whether it lends, on which terms, and when it takes applications in."""

from chassis.schemas import Event, fields
from loans.events.examples import COUNCIL, WINDOW


class SchemeSuspended(Event):
    """From `on` nothing is approved or disbursed in an area and below it. Subject: the area."""

    type = "scheme_suspended"
    area = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    on = fields.Day(required=True)
    instrument = fields.Code(required=True)
    example = {"area": COUNCIL, "country": "TZ", "on": "2023-04-13", "instrument": "WN 13/04/2023"}


class SchemeResumed(Event):
    """From `on` the scheme lends again in an area. Subject: the area."""

    type = "scheme_resumed"
    area = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    on = fields.Day(required=True)
    instrument = fields.Code(required=True)
    example = {"area": COUNCIL, "country": "TZ", "on": "2023-04-13", "instrument": "WN 13/04/2023"}


class ProductDefined(Event):
    """A country or council lends on these terms from a day on. Subject: the area."""

    type = "product_defined"
    area = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    product = fields.Code(required=True)
    in_force_from = fields.Day(required=True)
    term_months = fields.Count(required=True, min=1)
    grace_months = fields.Count(required=True)
    every_months = fields.Count(required=True, min=1)
    multiple_of = fields.Count(required=True, min=1)
    anchor_day = fields.Count(min=1, max=31)
    shift = fields.Code(required=True)
    instrument = fields.Code(required=True)
    example = {
        "area": COUNCIL,
        "country": "TZ",
        "product": "seasonal",
        "in_force_from": "2026-01-01",
        "term_months": 18,
        "grace_months": 6,
        "every_months": 3,
        "multiple_of": 1000,
        "anchor_day": 5,
        "shift": "next_working",
        "instrument": "BM 14/2025",
    }


class WindowOpened(Event):
    """A council takes applications in from one day to another, by public notice. Subject: the window."""

    type = "window_opened"
    window = fields.Id(required=True)
    council = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    fiscal_year = fields.Code(required=True, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    published_on = fields.Day(required=True)
    opens_on = fields.Day(required=True)
    closes_on = fields.Day(required=True)
    instrument = fields.Code(required=True)
    example = {
        "window": WINDOW,
        "council": COUNCIL,
        "country": "TZ",
        "fiscal_year": "2025/26",
        "quarter": 1,
        "published_on": "2025-07-07",
        "opens_on": "2025-07-14",
        "closes_on": "2025-08-15",
        "instrument": "TGZ 1/2025",
    }


class WindowClosed(Event):
    """A window was ended, `on` its last day, be it earlier than announced. Subject: the window."""

    type = "window_closed"
    window = fields.Id(required=True)
    council = fields.Id(required=True)
    country = fields.Code(required=True, max=2)
    fiscal_year = fields.Code(required=True, max=7)
    quarter = fields.Count(required=True, min=1, max=4)
    on = fields.Day(required=True)
    example = {
        "window": WINDOW,
        "council": COUNCIL,
        "country": "TZ",
        "fiscal_year": "2025/26",
        "quarter": 1,
        "on": "2025-08-08",
    }
