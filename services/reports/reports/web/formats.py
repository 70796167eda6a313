"""Numbers, money and dates as a reader of each language expects them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from reports.periods.model import Quarter
from reports.words import WORDS

_LOCALES = {"sw": "sw_TZ", "en": "en_TZ", "id": "id_ID", "vi": "vi_VN"}
# Our own words for large numbers: Babel's Swahili patterns put them wrong by a factor of ten.
_LARGE = (
    (10**12, {"sw": "trilioni {n}", "en": "{n} trillion", "id": "{n} triliun", "vi": "{n} nghìn tỷ"}),
    (10**9, {"sw": "bilioni {n}", "en": "{n} billion", "id": "{n} miliar", "vi": "{n} tỷ"}),
    (10**6, {"sw": "milioni {n}", "en": "{n} million", "id": "{n} juta", "vi": "{n} triệu"}),
)
NBSP = "\u00a0"


@dataclass(frozen=True)
class Formats:
    """One language, the currency of one country, and its time zone."""

    language: str
    currency: str = ""
    time_zone: str = "UTC"

    @property
    def locale(self) -> Locale:
        return Locale.parse(_LOCALES[self.language])

    # -- Words

    def say(self, *keys: str, **filled: Any) -> str:
        """A text of the page; a branch of plural forms is chosen by `n`."""
        found = WORDS.of(self.language, "page", *keys)
        if isinstance(found, Mapping):
            count = filled["n"]
            found = found.get(self.locale.plural_form(count), found["other"])
            filled["n"] = self.count(count)
        return str(found).format(**filled)

    def title(self, indicator: str) -> str:
        return str(WORDS.of(self.language, "indicators", indicator, "title"))

    def definition(self, indicator: str) -> str:
        return str(WORDS.of(self.language, "indicators", indicator, "definition"))

    def dimension(self, name: str) -> str:
        return str(WORDS.of(self.language, "dimensions", name))

    def code(self, dimension: str, code: str) -> str:
        return WORDS.code(self.language, dimension, code)

    # -- Numbers

    def count(self, value: int) -> str:
        return str(format_decimal(value, locale=self.locale))

    def dash(self, value: int) -> str:
        """A number in a long table, where nothing is a dash."""
        return self.count(value) if value else "–"

    def signed(self, value: int) -> str:
        return f"{'+' if value > 0 else '−' if value < 0 else '±'}{self.count(abs(value))}"

    def share(self, part: int, whole: int) -> str:
        return str(format_percent(part / whole, locale=self.locale)) if whole else "–"

    def split(self, parts: Sequence[int]) -> str:
        """Shares of a whole in per cent that add up to a hundred, by largest remainder."""
        whole = sum(parts)
        if not whole:
            return "–"
        floors = [part * 100 // whole for part in parts]
        order = sorted(range(len(parts)), key=lambda nth: -(parts[nth] * 100 % whole))
        for nth in order[: 100 - sum(floors)]:
            floors[nth] += 1
        return " : ".join(format_percent(each / 100, locale=self.locale) for each in floors)

    def money(self, value: int) -> str:
        """Whole units, always: none of these currencies has a smaller one in use, whatever Babel says."""
        return f"{self.currency}{NBSP}{self.count(value)}"

    def short(self, value: int) -> str:
        """A large number in a few characters, such as `1.24 billion`; smaller ones in full."""
        for size, forms in _LARGE:
            if abs(value) >= size:
                number = format_decimal(round(value / size, 2), format="#,##0.##", locale=self.locale)
                return forms[self.language].format(n=number).replace(" ", NBSP)
        return self.count(value)

    def short_money(self, value: int) -> str:
        return f"{self.currency}{NBSP}{self.short(value)}"

    def scaled(self, value: int, size: int) -> str:
        return str(format_decimal(value / size, format="#,##0.##", locale=self.locale))

    def size_named(self, size: int) -> str:
        """The word for a million or the like, without a number."""
        for each, forms in _LARGE:
            if each == size:
                return forms[self.language].format(n="").strip()
        return ""

    # -- Time

    def day(self, on: date) -> str:
        return str(format_date(on, "medium", locale=self.locale))

    def moment(self, at: datetime) -> str:
        local = at.astimezone(ZoneInfo(self.time_zone))
        return f"{format_date(local, 'medium', locale=self.locale)}, {format_time(local, 'short', locale=self.locale)}"

    def time_tag(self, at: datetime) -> Markup:
        return Markup('<time datetime="{}">{}</time>').format(escape(at.isoformat()), self.moment(at))

    def quarter(self, quarter: Quarter) -> str:
        return self.say("quarter_name", number=quarter.number, year=quarter.fiscal_year)

    def quarter_short(self, quarter: Quarter) -> str:
        return self.say("quarter_short", number=quarter.number)

    def days(self, quarter: Quarter) -> str:
        return self.say("days", first=self.day(quarter.period.first), last=self.day(quarter.period.last))


def language_of(asked: str | None, accepted: list[str]) -> str:
    """The language to answer in: the one asked for, else the first accepted one that we have, else Swahili."""
    if asked in _LOCALES:
        return str(asked)
    for each in accepted:
        code = each.partition("-")[0].lower()
        if code in _LOCALES:
            return code
    return "sw"
