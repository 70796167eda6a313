"""What comes in and goes out about countries and their holidays."""

from typing import Any

from chassis.schemas import Schema, fields

_TZ = dict(
    country="TZ",
    name="Tanzania",
    time_zone="Africa/Dar_es_Salaam",
    currency="TZS",
    fiscal_year_start_month=7,
    languages=["sw", "en"],
    levels=["country", "region", "district", "council", "ward"],
    level_names={
        "sw": {
            "country": "nchi",
            "region": "mkoa",
            "district": "wilaya",
            "council": "halmashauri",
            "ward": "kata",
        },
        "en": {
            "country": "country",
            "region": "region",
            "district": "district",
            "council": "council",
            "ward": "ward",
        },
    },
)


def _level_names(**kwargs: bool) -> Any:
    names = fields.Map(keys=fields.Code(max=40), values=fields.Text(max=60))
    return fields.Map(keys=fields.Code(max=8), values=names, max=10, **kwargs)


class DefineCountryIn(Schema):
    """A country as a whole; `expected_version` is needed to change one that is defined already."""

    country = fields.Code(required=True, min=2, max=2)
    name = fields.Text(required=True)
    time_zone = fields.Code(required=True)
    currency = fields.Code(required=True, min=3, max=3)
    fiscal_year_start_month = fields.Count(required=True, min=1, max=12)
    languages = fields.Items(fields.Code(max=8), required=True, min=1, max=10)
    levels = fields.Items(fields.Code(max=40), required=True, min=1, max=20)
    level_names = _level_names(required=True)
    expected_version = fields.Count(min=1)
    example = _TZ


class DefineCountryOut(Schema):
    """The country's version; `changed` is false when it was defined in the same words before."""

    country = fields.Code()
    version = fields.Count()
    changed = fields.Flag()
    example = dict(country="TZ", version=1, changed=True)


class PublishHolidaysIn(Schema):
    """The years whose public holidays are to be published, in the country's first language unless told."""

    country = fields.Code(required=True, min=2, max=2)
    years = fields.Items(fields.Count(min=1950, max=2100), required=True, min=1, max=20)
    language = fields.Code(max=8)
    example = dict(country="TZ", years=[2025, 2026])


class YearOut(Schema):
    """How many holidays a year has, and whether that is news."""

    year = fields.Count()
    holidays = fields.Count()
    changed = fields.Flag()
    example = dict(year=2026, holidays=17, changed=True)


class PublishHolidaysOut(Schema):
    country = fields.Code()
    years = fields.Items(fields.Nested(YearOut))
    example = dict(country="TZ", years=[YearOut.example])


class OverrideHolidayIn(Schema):
    """A day proclaimed a holiday, or withdrawn as one; `name` is needed for a holiday."""

    country = fields.Code(required=True, min=2, max=2)
    on = fields.Day(required=True)
    holiday = fields.Flag(required=True)
    name = fields.Text()
    instrument = fields.Text(required=True)
    example = dict(
        country="TZ", on="2026-03-21", holiday=True, name="Eid El-Fitri", instrument="GN 101 of 2026"
    )


class OverrideHolidayOut(Schema):
    country = fields.Code()
    on = fields.Day()
    changed = fields.Flag()
    example = dict(country="TZ", on="2026-03-21", changed=True)


class CountryIn(Schema):
    """A country, and the year whose holidays are wanted (this year unless told)."""

    country = fields.Code(required=True, min=2, max=2)
    year = fields.Count(min=1900, max=2200)
    example = dict(country="TZ", year=2026)


class HolidayOut(Schema):
    on = fields.Day()
    name = fields.Text()
    example = dict(on="2026-12-09", name="Uhuru na Jamhuri")


class CountryOut(Schema):
    """The country with the year's holidays in force, overrides applied."""

    country = fields.Code()
    name = fields.Text()
    time_zone = fields.Code()
    currency = fields.Code()
    fiscal_year_start_month = fields.Count()
    languages = fields.Items(fields.Code())
    levels = fields.Items(fields.Code())
    level_names = _level_names()
    version = fields.Count()
    root = fields.Id()
    year = fields.Count()
    holidays = fields.Items(fields.Nested(HolidayOut))
    example = dict(
        _TZ,
        version=1,
        root="01936f6a-1c00-7a10-8a10-0000000000a0",
        year=2026,
        holidays=[HolidayOut.example],
    )
