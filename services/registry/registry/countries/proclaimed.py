"""The public holidays that the `holidays` library knows of a country, in the country's own language."""

from datetime import date

import holidays

# The library speaks some languages under its own codes.
_LANGUAGES = {"en": "en_US"}


def public_holidays(country: str, year: int, language: str) -> list[tuple[date, str]]:
    """The year's public holidays by date; feasts that follow the moon are estimates until proclaimed.

    Raises `LookupError` where the library does not know the country or speaks none of its language.
    """
    spoken = _LANGUAGES.get(language, language)
    try:
        days = holidays.country_holidays(country, years=year, language=spoken)
    except NotImplementedError:
        raise LookupError(country) from None
    if spoken not in (days.supported_languages or (spoken,)):
        raise LookupError(language)
    return sorted((on, name) for on, name in days.items() if on.year == year)
