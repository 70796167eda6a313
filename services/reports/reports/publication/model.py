"""Which cells of a table must stay unsaid so that no small figure about people can be read or worked out.

A figure from 1 up to the threshold (not reached) is small. Hiding it alone does not help where rows and columns sum:
the rest gives it away. So for each small cell a rectangle of cells is hidden, after the hypercube method (Repsilber;
Handbook on Statistical Disclosure Control, 4.2): add to two of its corners and take from the other two, and every
sum that is told stays the same. Corners are chosen so that this turns the small cell into one that reaches the
threshold while no hidden cell falls below 1. So what is told fits a world in which the figure is not small, and
nobody can tell the worlds apart.

A nought tells as well: where three cases are hidden and all councils but one show none, everybody knows where the
three live. So nothing is told of the parts of a small total, noughts and names of parts included (Handbook, 4.1.3:
group disclosure). That holds for what is told outright: by subtracting all other columns from a told row, a reader can
still find that a row has none of a small column. How many there are stays in doubt, that a row has none does not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

THRESHOLD = 5

Place = tuple[str | None, str | None]  # (row, column); None is the total
Loss = tuple[bool, int, int, int]

ALL: Place = (None, None)
NO_LOSS: Loss = (False, 0, 0, 0)
_CANDIDATES = 8  # per line, beside those hidden already: a full search gains little and grows with the square


def is_small(value: int, threshold: int = THRESHOLD) -> bool:
    return 0 < value < threshold


def totals(
    cells: Mapping[tuple[str, str], int], rows: Iterable[str], columns: Iterable[str]
) -> dict[Place, int]:
    """Every cell of the table, with the totals of rows and columns and of all."""
    rows, columns = list(rows), list(columns)
    whole: dict[Place, int] = {
        (row, column): cells.get((row, column), 0) for row in rows for column in columns
    }
    for row in rows:
        whole[row, None] = sum(whole[row, column] for column in columns)
    for column in columns:
        whole[None, column] = sum(whole[row, column] for row in rows)
    whole[ALL] = sum(whole[row, None] for row in rows)
    return whole


def hidden_in_table(
    cells: Mapping[tuple[str, str], int],
    rows: Sequence[str],
    columns: Sequence[str],
    threshold: int = THRESHOLD,
) -> frozenset[Place]:
    """The places of a table of counts, totals included, that are not told.

    Args:
        cells: (row, column) -> count, 0 where left out; never negative.
        rows, columns: their names, each at least one.
        threshold: the first figure that is not small.
    """
    table = totals(cells, rows, columns)
    small = [place for place, value in table.items() if is_small(value, threshold)]
    hidden = set(small)
    near = _Near(table, rows, columns, hidden, threshold) if small else None
    # Totals first: what protects them protects most of their cells as well.
    for place in sorted(
        small, key=lambda at: (sum(name is not None for name in at), at[0] or "", at[1] or "")
    ):
        assert near is not None
        hidden.update(near.least_rectangle(place))
    for row, column in small:
        if row is None and column is None:
            return frozenset(table)
        if column is None:
            hidden.update((row, each) for each in columns)
        elif row is None:
            hidden.update((each, column) for each in rows)
    return frozenset(hidden)


def hidden_in_line(values: Mapping[str, int], threshold: int = THRESHOLD) -> frozenset[str | None]:
    """The names in a line of counts that are not told; None is their sum.

    The sum is told unless it is small itself, for other tables tell it too: then nothing of the line is told.
    """
    total = sum(values.values())
    if is_small(total, threshold):
        return frozenset([*values, None])
    small = {name for name, value in values.items() if is_small(value, threshold)}
    hidden: set[str | None] = set(small)
    for name in sorted(small):
        lift = threshold - values[name]
        others = sorted(
            (other for other in values if other != name),
            key=lambda other: (other not in hidden, values[other] <= lift, values[other], other),
        )
        room = 0
        for other in others:
            if room >= lift:
                break
            if values[other] > 1:
                hidden.add(other)
                room += values[other] - 1
        if room < lift:  # the others cannot give so much: tell nothing but the sum
            return frozenset(values)
    return frozenset(hidden)


class _Near:
    """The rectangles on the places of one table.

    What does not change while places are hidden is sorted once, and a place is left as soon as nothing better can come:
    the work grows with the small cells, not with their square.
    """

    def __init__(
        self,
        table: Mapping[Place, int],
        rows: Sequence[str],
        columns: Sequence[str],
        hidden: set[Place],
        threshold: int,
    ) -> None:
        self._table, self._hidden, self._threshold = table, hidden, threshold
        self._rows, self._columns = rows, columns
        self._down = {
            column: sorted(rows, key=lambda row: (table[row, column], row)) for column in [*columns, None]
        }
        self._along = {
            row: sorted(columns, key=lambda column: (table[row, column], column)) for row in [*rows, None]
        }

    def least_rectangle(self, place: Place) -> tuple[Place, ...]:
        """The other corners of the rectangle that lifts a place to the threshold and costs the least.

        There is always one: that through the total of all.
        """
        row, column = place
        lift = self._threshold - self._table[place]
        below = ((each, column) for each in self._candidates(self._rows, self._down[column], place, 0))
        beside = [(row, each) for each in self._candidates(self._columns, self._along[row], place, 1)]
        beside = [corner for corner in beside if self._can(corner, place, -1, lift)]
        best: tuple[Place, ...] = ()
        least: Loss | None = None
        for side in below:
            if not self._can(side, place, -1, lift) or (least and self._loss((side,)) >= least):
                continue
            for end in beside:
                opposite = (side[0], end[1])
                if not self._can(opposite, place, 1, lift):
                    continue
                corners = (side, end, opposite)
                loss = self._loss(corners)
                if least is None or loss < least:
                    best, least = corners, loss
                    if loss == NO_LOSS:
                        return best
        return best

    def _can(self, corner: Place, place: Place, way: int, lift: int) -> bool:
        """Whether a corner takes part: it is added to, or has enough to be taken from and stay above 0."""
        return way * _sign(place) * _sign(corner) > 0 or self._table[corner] > lift

    def _candidates(
        self, names: Sequence[str], ordered: Sequence[str], place: Place, axis: int
    ) -> Iterator[str | None]:
        """Names worth a look along a line: those hidden already, the smallest others, and the total."""
        other = place[1 - axis]

        def at(name: str) -> Place:
            return (other, name) if axis else (name, other)

        mine = place[axis]
        yield from (name for name in names if name != mine and at(name) in self._hidden)
        others = giving = 0
        for name in ordered:
            if name == mine or at(name) in self._hidden:
                continue
            gives = self._table[at(name)] > 1
            if others < _CANDIDATES or gives:
                yield name
            others, giving = others + 1, giving + gives
            if others >= _CANDIDATES and giving >= _CANDIDATES:
                break
        if mine is not None:
            yield None

    def _loss(self, corners: Iterable[Place]) -> Loss:
        """What hiding corners costs: never the total of all, few totals, few others, small ones."""
        new = [place for place in corners if place not in self._hidden]
        if not new:
            return NO_LOSS
        sides = sum(place != ALL and None in place for place in new)
        return (ALL in new, sides, len(new) - sides, sum(self._table[place] for place in new))


def _sign(place: Place) -> int:
    """Totals stand on the other side of the sum."""
    return -1 if (place[0] is None) != (place[1] is None) else 1


@dataclass(frozen=True)
class Published:
    """One indicator about people in one quarter, as far as it is told: a table of areas by one dimension.

    Everything else that is published is a sum of cells told here, so it gives away nothing more.

    Attributes:
        table: every figure, told or not; only `value` reads it.
        hidden: the places that are not told.
        rows: each row with the areas that it lies in, itself among them.
        closed: the total itself is small, so nothing is told, not even which columns there are.
    """

    table: Mapping[Place, int]
    hidden: frozenset[Place]
    rows: Mapping[str, frozenset[str]]
    closed: bool = False

    def rows_in(self, area: str) -> frozenset[str]:
        """The rows that lie in an area; none where nothing is published for it."""
        return frozenset(row for row, areas in self.rows.items() if area in areas)

    def value(self, rows: Iterable[str] | None = None, column: str | None = None) -> int | None:
        """A figure of some rows together (None: of all), in one column or all; None where it is not told."""
        chosen = self.rows.keys() if rows is None else frozenset(rows)
        if chosen == self.rows.keys():
            return self._told((None, column))
        told = [self._told((row, column)) for row in chosen]
        return None if None in told else sum(value for value in told if value is not None)

    @property
    def columns(self) -> list[str]:
        """The columns in which something happened, as far as that is told."""
        return [] if self.closed else sorted({column for _, column in self.table if column is not None})

    def _told(self, place: Place) -> int | None:
        # A column that is not in the table stands for a code under which nothing happened anywhere.
        return None if self.closed or place in self.hidden else self.table.get(place, 0)


def publish(
    cells: Mapping[tuple[str, str], int], rows: Mapping[str, Iterable[str]], threshold: int = THRESHOLD
) -> Published:
    """Decide what is told of a table.

    `cells` has '' as its one column where an indicator is published without a dimension; `rows` names the areas that
    each row lies in, and has every row of `cells`.
    """
    placed = {row: frozenset(areas) for row, areas in sorted(rows.items())}
    columns = sorted({column for _, column in cells})
    if not placed or not columns:
        return Published(dict.fromkeys([*((row, None) for row in placed), ALL], 0), frozenset(), placed)
    hidden = _hidden(tuple(sorted(cells.items())), tuple(placed), tuple(columns), threshold)
    table = totals(cells, placed, columns)
    return Published(table, hidden, placed, closed=is_small(table[ALL], threshold))


def publish_line(
    line: Mapping[str, int], published: Published, threshold: int = THRESHOLD
) -> dict[str, int | None] | None:
    """Decide what is told of a line that sums to the total of a published table.

    Returns code -> figure, None if it is not told; None for all of it where the total is not told either.
    """
    if published.value() is None:
        return None
    unsaid = hidden_in_line(line, threshold)
    return {code: None if code in unsaid else value for code, value in line.items()}


@lru_cache(maxsize=512)  # a quarter that is over hardly ever changes, and is looked at all the time
def _hidden(
    cells: tuple[tuple[tuple[str, str], int], ...],
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    threshold: int,
) -> frozenset[Place]:
    return hidden_in_table(dict(cells), rows, columns, threshold)
