"""What this service reads in the registry's events.

Countries, areas and holidays themselves are in the chassis's copy.
"""

from chassis.schemas import Reader, fields


class HolidayOverridden(Reader):
    country = fields.Code(required=True)
    on = fields.Day(required=True)


class HolidaysPublished(Reader):
    country = fields.Code(required=True)
    year = fields.Count(required=True, min=1900, max=2200)
