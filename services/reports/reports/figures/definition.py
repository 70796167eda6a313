"""What a family of figures is: which events it reads, and the SQL that turns them into changes of figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from chassis.schemas import Reader, fields

# How a field of a reader stands in SQL. The order counts: Money is a Count, Code is a Text.
_TYPES = (
    (fields.Id, "uuid"),
    (fields.Day, "date"),
    (fields.Moment, "timestamptz"),
    (fields.Count, "bigint"),
    (fields.Flag, "boolean"),
    (fields.Text, "text"),
    (fields.Map, "jsonb"),
    (fields.Items, "jsonb"),
)


@dataclass(frozen=True, eq=False)  # each is itself, and a key
class Definition:
    """One family of figures, the same for a live batch, for a rebuild and for the facts behind a cell.

    Attributes:
        reads: source -> event type -> its reader. The SQL sees the events as rows of `arriving` (position, event,
            type, recorded_on, and the fields of all readers, null where an event has none).
        sql: common table expressions, the last of them
            `contribution (event, subject, indicator, area, happened_on, dim1, dim2, dim3, value)`: each is a change of
            `value` in a figure on a day. It may read what is known in the slot `%(slot)s`.
        keeps: the common table expression that writes what must be known of subjects later, if anything.
        looks_back: whether a contribution may depend on earlier events of its subject.
    """

    name: str
    reads: Mapping[str, Mapping[str, type[Reader]]]
    sql: str
    keeps: str = ""
    looks_back: bool = False

    @cached_property
    def types(self) -> list[str]:
        return sorted({name for readers in self.reads.values() for name in readers})

    @cached_property
    def columns(self) -> dict[str, str]:
        """Field -> SQL type, over all readers; a name has one type in all of them."""
        found: dict[str, str] = {}
        for readers in self.reads.values():
            for reader in readers.values():
                for name, its in _fields(reader).items():
                    if found.setdefault(name, its[0]) != its[0]:
                        raise TypeError(
                            f"{self.name}: {name} is {found[name]} in one event and {its[0]} in another"
                        )
        return found

    @cached_property
    def required(self) -> dict[str, list[str]]:
        """Event type -> fields without which it cannot be counted."""
        return {
            name: [field for field, (_, required) in _fields(reader).items() if required]
            for readers in self.reads.values()
            for name, reader in readers.items()
        }

    def reads_any(self, source: str, types: frozenset[str]) -> bool:
        return not types.isdisjoint(self.reads.get(source, ()))


def _fields(reader: type[Reader]) -> dict[str, tuple[str, bool]]:
    return {name: (_sql_type(its), bool(its.required)) for name, its in reader().fields.items()}


def _sql_type(its: object) -> str:
    for kind, name in _TYPES:
        if isinstance(its, kind):
            return name
    raise TypeError(f"no SQL type for {type(its).__name__}")


def columns_of(definitions: Sequence[Definition], source: str) -> dict[str, str]:
    """Field -> SQL type of all that definitions read of a source; a name has one type in all of them."""
    found: dict[str, str] = {}
    for definition in definitions:
        for reader in definition.reads.get(source, {}).values():
            for name, (kind, _) in _fields(reader).items():
                if found.setdefault(name, kind) != kind:
                    raise TypeError(f"{source}: {name} is {found[name]} in one event and {kind} in another")
    return found


def digest(definitions: Sequence[Definition]) -> bytes:
    """Changes when any definition does: figures made by another digest are to be rebuilt."""
    told = [
        (
            each.name,
            sorted(each.reads),
            sorted(each.columns.items()),
            sorted(each.required.items()),
            each.sql,
            each.keeps,
        )
        for each in definitions
    ]
    return sha256(repr(told).encode()).digest()
