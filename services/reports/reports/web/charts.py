"""Where the parts of a chart stand: across in per cent of its width, down in pixels, so that text never shrinks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Tick:
    y: float
    value: int


@dataclass(frozen=True)
class Mark:
    """A bar (`x`, `width` in per cent, `y`, `height` in pixels) or a point (`x`, `y`)."""

    x: float
    y: float
    width: float
    height: float
    value: int


@dataclass(frozen=True)
class Columns:
    """Columns side by side, a group for each quarter."""

    height: int
    base: float
    size: int  # what the labels of the ticks are divided by: 1, or a million and the like
    ticks: Sequence[Tick]
    groups: Sequence[Sequence[Mark]]
    centres: Sequence[float]


def steps_up_to(most: int, count: int = 4) -> list[int]:
    """Round values from 0 to at least `most`, about `count` of them above 0."""
    if most <= 0:
        return [0, 1]
    raw = most / count
    size = 10.0 ** (len(str(int(raw))) - 1) if raw >= 1 else 1.0
    step = max(1, int(next(each * size for each in _STEPS if each * size >= raw)))
    found = [0]
    while found[-1] < most:
        found.append(found[-1] + step)
    return found


def columns(series: Sequence[Sequence[int]], *, height: int = 210, left: float = 9, top: int = 18) -> Columns:
    """Columns of some series over the same quarters; `left` per cent are kept for the labels of the ticks."""
    most = max((value for values in series for value in values), default=0)
    values = steps_up_to(most)
    base = height - 38.0
    room = base - top
    scale = room / values[-1]
    count = max((len(each) for each in series), default=0)
    span = (100 - left) / max(count, 1)
    width = span * 0.74 / max(len(series), 1)
    groups = []
    for nth in range(count):
        start = left + nth * span + span * 0.13
        groups.append(
            [
                Mark(
                    x=round(start + place * width, 3),
                    y=round(base - max(each[nth], 0) * scale, 2),
                    width=round(width * 0.9, 3),
                    height=round(max(each[nth], 0) * scale, 2),
                    value=each[nth],
                )
                for place, each in enumerate(series)
            ]
        )
    return Columns(
        height=height,
        base=base,
        size=size_for(values[-1]),
        ticks=[Tick(round(base - value * scale, 2), value) for value in values],
        groups=groups,
        centres=[round(left + (nth + 0.5) * span, 3) for nth in range(count)],
    )


def size_for(most: int) -> int:
    """What to divide by so that labels stay short."""
    return next((size for size in (10**12, 10**9, 10**6) if most >= size), 1)


def spark(values: Sequence[int | None], *, height: int = 30) -> list[Mark]:
    """A small line of values; one that is not told is a gap."""
    told = [value for value in values if value is not None]
    if not told:
        return []
    least, most = min([0, *told]), max(told)
    span = max(most - least, 1)
    step = 96 / max(len(values) - 1, 1)
    return [
        Mark(round(2 + nth * step, 2), round(3 + (height - 6) * (1 - (value - least) / span), 2), 0, 0, value)
        for nth, value in enumerate(values)
        if value is not None
    ]


@dataclass(frozen=True)
class Steps:
    """A line that moves in steps at certain days."""

    height: int
    base: float
    ticks: Sequence[Tick]
    levels: Sequence[Mark]  # each a stretch of days at one height
    risers: Sequence[tuple[float, float, float]]  # x, from y, to y
    named: Sequence[tuple[float, float, int]]  # x, y, value: those worth a number
    years: Sequence[tuple[float, int]]


def steps(roster: Sequence[tuple[date, int]], until: date, *, height: int = 200, left: float = 6) -> Steps:
    """How many serve from each day on, up to `until`."""
    first = min(day for day, _ in roster)
    begin = date(first.year, 1, 1)
    days = max((until - begin).days, 1)

    def across(day: date) -> float:
        return round(left + (100 - left - 1) * (day - begin).days / days, 3)

    values = steps_up_to(max(value for _, value in roster))
    base, top = height - 26.0, 18
    scale = (base - top) / values[-1]

    def down(value: int) -> float:
        return round(base - value * scale, 2)

    ends = [day for day, _ in roster[1:]] + [max(until, roster[-1][0])]
    levels = [
        Mark(across(day), down(value), round(across(end) - across(day), 3), 0, value)
        for (day, value), end in zip(roster, ends, strict=True)
    ]
    before = [0, *(value for _, value in roster[:-1])]
    risers = [(across(day), down(was), down(value)) for (day, value), was in zip(roster, before, strict=True)]
    every = max(1, (until.year - begin.year + 1) // 8)
    years = [(across(date(year, 1, 1)), year) for year in range(begin.year, until.year + 1, every)]
    return Steps(
        height, base, [Tick(down(value), value) for value in values], levels, risers, _named(levels), years
    )


def _named(levels: Sequence[Mark], apart: float = 4.5) -> list[tuple[float, float, int]]:
    """Which levels bear their number: where it stands now, the peak, the lowest point after it, then long stretches."""
    peak = max(range(len(levels)), key=lambda nth: (levels[nth].value, -nth))
    after = min(range(peak, len(levels)), key=lambda nth: (levels[nth].value, nth))
    lengthy = sorted(range(len(levels)), key=lambda nth: -levels[nth].width)
    found: list[tuple[float, float, int]] = []
    for nth in dict.fromkeys(
        [len(levels) - 1, peak, after, *(nth for nth in lengthy if levels[nth].width > 4)]
    ):
        x = round(levels[nth].x + levels[nth].width / 2, 3)
        if all(abs(x - other) >= apart for other, _, _ in found):
            found.append((x, levels[nth].y + (16 if nth == after != peak else -6), levels[nth].value))
    return found
