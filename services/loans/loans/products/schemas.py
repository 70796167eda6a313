"""What defining and reading loan products takes and gives."""

from chassis.schemas import Schema, fields
from loans.schedules.model import SHIFTS

_AREA = "0192f1a0-0000-7000-8000-000000000005"
_TERMS = {
    "term_months": 18,
    "grace_months": 6,
    "every_months": 3,
    "multiple_of": 1000,
    "anchor_day": 5,
    "shift": "next_working",
}


class DefineProductIn(Schema):
    """A product of an `area`, a country or a council, in force from a day on, by the paper `instrument`.

    `term_months` runs from disbursement to the last due date and includes the grace. With an `anchor_day` due
    dates fall on that day of the month (its last day where it has no such day), without one on the day of
    disbursement; `shift` says where a due date moves that is no working day. Instalments are multiples of
    `multiple_of` shillings (1, 100 or 1000), but for the last.
    """

    area = fields.Id(required=True)
    product = fields.Code(required=True, max=40)
    in_force_from = fields.Day(required=True)
    term_months = fields.Count(required=True, min=1, max=120)
    grace_months = fields.Count(required=True, max=60)
    every_months = fields.Count(min=1, max=12, load_default=1)
    multiple_of = fields.Count(min=1, max=1000, load_default=1)
    anchor_day = fields.Count(min=1, max=31)
    shift = fields.Choice(SHIFTS, load_default="next_working")
    instrument = fields.Code(required=True, max=60)
    example = {
        "area": _AREA,
        "product": "seasonal",
        "in_force_from": "2026-01-01",
        **_TERMS,
        "instrument": "BM 14/2025",
    }


class DefineProductOut(Schema):
    area = fields.Id()
    product = fields.Text()
    in_force_from = fields.Day()
    instalments = fields.Count()
    example = {"area": _AREA, "product": "seasonal", "in_force_from": "2026-01-01", "instalments": 4}


class ProductsIn(Schema):
    """The products that a council offers on a day; left out, it is today."""

    council = fields.Id(required=True)
    on = fields.Day()
    example = {"council": _AREA, "on": "2026-01-05"}


class ProductOut(Schema):
    """`defined_by` is the id of the area that defined it, or `rules`: the country's rules."""

    product = fields.Text()
    term_months = fields.Count()
    grace_months = fields.Count()
    every_months = fields.Count()
    multiple_of = fields.Count()
    anchor_day = fields.Count()
    shift = fields.Choice(SHIFTS)
    instalments = fields.Count()
    defined_by = fields.Text()
    instrument = fields.Text()
    example = {
        "product": "seasonal",
        **_TERMS,
        "instalments": 4,
        "defined_by": _AREA,
        "instrument": "BM 14/2025",
    }


class ProductsOut(Schema):
    council = fields.Id()
    on = fields.Day()
    default = fields.Text()
    products = fields.Items(fields.Nested(ProductOut), max=200)
    example = {
        "council": _AREA,
        "on": "2026-01-05",
        "default": "standard",
        "products": [ProductOut.example],
    }
