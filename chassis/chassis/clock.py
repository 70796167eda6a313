"""Time as an office counts it: the injected now, working days, fiscal years and quarters. Pure."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)  # the finest that PostgreSQL keeps
_LONGEST_CLOSURE = 400  # days; a calendar without a working day for longer is a mistake in the data


class Clock:
    """The time of day, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock(Clock):
    """A clock that stands where it was set: for tests and for replays."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        self._at = _aware(at).astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._at += by


class BusinessCalendar:
    """The working days of one country: its time zone, its weekend and its public holidays."""

    def __init__(
        self,
        time_zone: str,
        weekend: Iterable[int] = (5, 6),
        holidays: Mapping[date, str] | AbstractSet[date] = frozenset(),
    ) -> None:
        """`weekend` holds weekday numbers (Monday is 0), `holidays` dates, with their names or without."""
        self.time_zone = time_zone
        self.zone = ZoneInfo(time_zone)
        self.weekend = frozenset(weekend)
        self.holidays = holidays
        if not self.weekend <= set(range(7)) or len(self.weekend) == 7:
            raise ValueError("the weekend is some of the weekdays 0 to 6, and not all of them")

    def is_working(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.holidays

    def next_working(self, day: date) -> date:
        """The day itself if work is done on it, or the first working day after it."""
        return self._seek(day, _DAY)

    def previous_working(self, day: date) -> date:
        """The day itself if work is done on it, or the last working day before it."""
        return self._seek(day, -_DAY)

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself, on which the matter came in, does not count.

        With a count of 0 it is `day`, working or not. A negative count is a ValueError.
        """
        if count < 0:
            raise ValueError("count working days forward only")
        for _ in range(count):
            day = self._seek(day + _DAY, _DAY)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` and up to and including `end`; negative when `end` is
        earlier.

        The inverse of `add_working_days`: `working_days_between(d, add_working_days(d, n)) == n`.
        """
        if end < start:
            return -self.working_days_between(end, start)
        weeks, rest = divmod((end - start).days, 7)
        weekdays = weeks * (7 - len(self.weekend)) + sum(
            (start.weekday() + 1 + step) % 7 not in self.weekend for step in range(rest)
        )
        return weekdays - sum(
            start < day <= end and day.weekday() not in self.weekend for day in self.holidays
        )

    def local_date(self, moment: datetime) -> date:
        """The date on the wall at a moment."""
        return _aware(moment).astimezone(self.zone).date()

    def start_of_day(self, day: date) -> datetime:
        """The first moment of a local day, in UTC."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def end_of_day(self, day: date) -> datetime:
        """The last moment of a local day, in UTC: what is done at or before it was done on that day."""
        return self.start_of_day(day + _DAY) - _TICK

    def _seek(self, day: date, step: timedelta) -> date:
        for _ in range(_LONGEST_CLOSURE):
            if self.is_working(day):
                return day
            day += step
        raise ValueError(f"no working day within {_LONGEST_CLOSURE} days of {day}")


def fiscal_year(on: date, start_month: int) -> str:
    """The fiscal year that holds a date: "2025/26", or "2025" where it is the calendar year."""
    first = on.year if on.month >= _month(start_month) else on.year - 1
    return _year_name(first, start_month)


def fiscal_quarter(on: date, start_month: int) -> int:
    """The quarter of the fiscal year, 1 to 4, that holds a date."""
    return (on.month - _month(start_month)) % 12 // 3 + 1


def quarter_bounds(year: str, quarter: int, start_month: int) -> tuple[date, date]:
    """The first and the last day of a quarter of a fiscal year; raises ValueError for a year that is none."""
    if not 1 <= quarter <= 4:
        raise ValueError(f"a quarter is 1 to 4, not {quarter}")
    first_year = _first_year(year, start_month)
    return _month_start(first_year, start_month, 3 * (quarter - 1)), _month_start(
        first_year, start_month, 3 * quarter
    ) - _DAY


def fiscal_year_bounds(year: str, start_month: int) -> tuple[date, date]:
    """The first and the last day of a fiscal year."""
    return quarter_bounds(year, 1, start_month)[0], quarter_bounds(year, 4, start_month)[1]


def _first_year(year: str, start_month: int) -> int:
    first = int(year[:4]) if year[:4].isdecimal() else 0
    if not 1 <= first <= 9998 or _year_name(first, _month(start_month)) != year:
        raise ValueError(f"{year!r} is no fiscal year that begins in month {start_month}")
    return first


def _year_name(first: int, start_month: int) -> str:
    return f"{first:04d}" if start_month == 1 else f"{first:04d}/{(first + 1) % 100:02d}"


def _month_start(year: int, month: int, months_later: int) -> date:
    years, month0 = divmod(month - 1 + months_later, 12)
    return date(year + years, month0 + 1, 1)


def _month(start_month: int) -> int:
    if not 1 <= start_month <= 12:
        raise ValueError(f"a month is 1 to 12, not {start_month}")
    return start_month


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment needs its offset from UTC")
    return moment
