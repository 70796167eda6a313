"""Commands and queries about countries and their holidays."""

from datetime import date
from typing import Any

from chassis import scope
from chassis.commands import command, query
from chassis.errors import Conflict, Refused
from chassis.transaction import Transaction
from registry import events

from . import model, proclaimed, store
from .schemas import (
    CountryIn,
    CountryOut,
    DefineCountryIn,
    DefineCountryOut,
    OverrideHolidayIn,
    OverrideHolidayOut,
    PublishHolidaysIn,
    PublishHolidaysOut,
)
from .whole import require_whole_country, unknown_country

_FIXED = ("time_zone", "currency", "fiscal_year_start_month")


class CountriesRpc:
    @command(DefineCountryIn, replies=DefineCountryOut, needs="country.define")
    def define_country(
        self, tx: Transaction, expected_version: int | None, **definition: Any
    ) -> dict[str, Any]:
        """Define a country, or change what may change in it; the same words again change nothing."""
        country = definition["country"]
        require_whole_country(tx, country)
        model.check_definition(
            definition["time_zone"], definition["languages"], definition["levels"], definition["level_names"]
        )
        if expected_version is None and store.add_country(tx, definition):
            version = 1
        else:
            before = store.lock_country(tx, country)
            if before is None:
                raise unknown_country()
            if all(before[name] == told for name, told in definition.items()):
                return {"country": country, "version": before["version"], "changed": False}
            if expected_version is None or expected_version != before["version"]:
                raise Conflict(
                    "country_changed", "This country is defined otherwise; read it again, then change it."
                )
            model.check_redefinition(
                before["levels"],
                definition["levels"],
                {name: before[name] for name in _FIXED},
                {name: definition[name] for name in _FIXED},
            )
            version = expected_version + 1
            store.change_country(tx, definition, version)
        scope.put_country(tx, definition)
        tx.emit(events.CountryDefined, subject=country, version=version, **definition)
        return {"country": country, "version": version, "changed": True}

    @command(PublishHolidaysIn, replies=PublishHolidaysOut, needs="holidays.publish")
    def publish_holidays(
        self, tx: Transaction, country: str, years: list[int], language: str | None
    ) -> dict[str, Any]:
        """Publish the public holidays of some years; a year whose days are the same is left alone."""
        defined = store.lock_country(tx, country)
        if defined is None:
            raise unknown_country()
        require_whole_country(tx, country)
        told = []
        for year in sorted(set(years)):
            try:
                days = proclaimed.public_holidays(country, year, language or defined["languages"][0])
            except LookupError:
                raise Refused(
                    "holidays_unknown", "No list of this country's holidays is at hand in this language."
                ) from None
            changed = days != store.published(tx, country, year)
            if changed:
                store.replace_published(tx, country, year, days)
                holidays = [{"on": on, "name": name} for on, name in days]
                scope.put_holidays(tx, country, year, holidays)
                tx.emit(
                    events.HolidaysPublished, subject=country, country=country, year=year, holidays=holidays
                )
            told.append({"year": year, "holidays": len(days), "changed": changed})
        return {"country": country, "years": told}

    @command(OverrideHolidayIn, replies=OverrideHolidayOut, needs="holidays.override")
    def override_holiday(
        self, tx: Transaction, country: str, on: date, holiday: bool, name: str | None, instrument: str
    ) -> dict[str, Any]:
        """Proclaim a holiday, even late, or withdraw one; the last word on a day counts."""
        if store.lock_country(tx, country) is None:
            raise unknown_country()
        require_whole_country(tx, country)
        if holiday and name is None:
            raise Refused("holiday_without_name", "Give the holiday's name.")
        in_force = _holidays(tx, country, on, on)
        changed = (in_force.get(on) != name) if holiday else on in in_force
        if changed:
            store.add_override(tx, country, on, holiday, name, instrument)
            scope.override_holiday(tx, country, on, holiday, name)
            tx.emit(
                events.HolidayOverridden, subject=country, country=country, on=on, holiday=holiday, name=name
            )
        return {"country": country, "on": on, "changed": changed}

    @query(CountryIn, replies=CountryOut, needs="country.read")
    def country(self, tx: Transaction, country: str, year: int | None) -> dict[str, Any]:
        """A country as it is defined, with a year's holidays."""
        defined = store.country(tx, country)
        if defined is None:
            raise unknown_country()
        year = year or tx.today(country).year
        days = _holidays(tx, country, date(year, 1, 1), date(year, 12, 31))
        return {
            **defined,
            "root": store.root_area(tx, country),
            "year": year,
            "holidays": [{"on": on, "name": name} for on, name in days.items()],
        }


def _holidays(tx: Transaction, country: str, first: date, last: date) -> dict[date, str]:
    days = [day for day in store.published(tx, country, first.year) if first <= day[0] <= last]
    return model.holidays_in_force(days, store.overrides(tx, country, first, last))
