"""What an instrument makes of the map: judged as one, so that nothing is left hanging between its changes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from registry.rule_broken import RuleBroken

ROOT = "country"
_SHOWN = 20  # an error names this many faults and counts the rest
_LATER = "has changes on record on this day or later; record instruments in the order of their dates"


@dataclass(frozen=True, slots=True)
class Part:
    """An area that takes over from a split one; `weight` says how large its share is beside the others'."""

    area: str
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One clause of an instrument; areas are named by their codes.

    create: `area`, `level`, `name`, `parent`; rename: `area`, `name`; move: `area`, `parent`; abolish: `area`;
    split: `area`, `into`; merge: `areas` into `area`.
    """

    change: str
    area: str
    level: str | None = None
    name: str | None = None
    parent: str | None = None
    into: tuple[Part, ...] = ()
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """An area as it stands on the day; `settled` while nothing is on record for that day or later."""

    level: str
    name: str
    parent: str | None
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Version:
    """How an area stands from the day on; `path` goes from the country to the area itself."""

    code: str
    level: str
    name: str
    parent: str | None
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an instrument comes to, parents before children.

    `carried` moves with an area above it. `gone` holds each abolished area and who took over from it, wholly.
    """

    created: list[Version]
    renamed: list[Version]
    moved: list[Version]
    carried: list[Version]
    splits: list[Change]
    merges: list[Change]
    gone: dict[str, tuple[Part, ...]]

    @property
    def changed(self) -> list[Version]:
        """The areas that go on in a new version, each once."""
        return list({v.code: v for v in (*self.renamed, *self.moved, *self.carried)}.values())


def plan_changes(
    changes: Sequence[Change], standing: Mapping[str, Standing], known: Iterable[str], levels: Sequence[str]
) -> Plan:
    """Judge an instrument against the map on its day.

    `standing` holds the areas that the changes name, all above them, and all below those that change; `known` the
    codes that were ever given; `levels` goes from the country down. Raises `RuleBroken` naming each change at
    fault (`changes.1` is the first): an instrument takes effect whole or not at all.
    """
    draft = _Draft(dict(standing), set(known), {level: n for n, level in enumerate(levels)})
    for kind in ("create", "rename", "move", "split", "merge", "abolish"):
        for place, change in enumerate(changes, start=1):
            if change.change == kind:
                draft.apply(place, change)
    draft.check_hangs_together()
    _refuse(draft.faults)
    return draft.plan()


@dataclass
class _Draft:
    """The map while an instrument is read."""

    after: dict[str, Standing]
    known: set[str]
    rank: dict[str, int]
    faults: dict[str, str] = field(default_factory=dict)
    splits: list[Change] = field(default_factory=list)
    merges: list[Change] = field(default_factory=list)
    gone: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    touched: dict[str, int] = field(default_factory=dict)  # who changes, by the first change that says so
    moved: set[str] = field(default_factory=set)
    before: dict[str, Standing] = field(init=False)

    def __post_init__(self) -> None:
        self.before = dict(self.after)

    def apply(self, place: int, change: Change) -> None:
        steps: dict[str, Callable[[Change], str | None]] = {
            "create": self._create,
            "rename": self._rename,
            "move": self._move,
            "split": self._split,
            "merge": self._merge,
            "abolish": self._abolish,
        }
        for code in (change.area, *change.areas):
            self.touched.setdefault(code, place)
        if fault := steps[change.change](change):
            self.faults.setdefault(f"changes.{place}", fault)

    def _create(self, change: Change) -> str | None:
        if not (change.level and change.name and change.parent):
            return "give level, name and parent"
        if change.area in self.known:
            return "this code is on record; a new area has a code of its own"
        if change.level not in self.rank or change.level == ROOT:
            return f"no level '{change.level}' below the country"
        self.known.add(change.area)
        self.after[change.area] = Standing(change.level, change.name, change.parent)
        return None

    def _rename(self, change: Change) -> str | None:
        area = self.after.get(change.area)
        if area is None or change.area not in self.before:
            return self._not_there(change.area)
        if not change.name or change.name == area.name:
            return "give its new name"
        if area.name != self.before[change.area].name:
            return "renamed twice"
        self.after[change.area] = Standing(area.level, change.name, area.parent)
        return None

    def _move(self, change: Change) -> str | None:
        area = self.after.get(change.area)
        if area is None or change.area not in self.before:
            return self._not_there(change.area)
        if not change.parent or change.parent == area.parent:
            return "give its new parent"
        if change.area in self.moved or area.level == ROOT:
            return "moved twice" if change.area in self.moved else "a country cannot be moved"
        self.moved.add(change.area)
        self.after[change.area] = Standing(area.level, area.name, change.parent)
        return None

    def _split(self, change: Change) -> str | None:
        area = self.before.get(change.area)
        parts = [part.area for part in change.into]
        weighed = [part.weight for part in change.into if part.weight is not None]
        if area is None:
            return self._not_there(change.area)
        if area.level == ROOT or len(set(parts)) < 2 or len(set(parts)) < len(parts):
            return "name two parts or more, each once"
        if weighed and len(weighed) < len(parts):
            return "give each part a weight, or none"
        if fault := self._same_level(area.level, parts):
            return fault
        self.splits.append(change)
        return None if change.area in parts else self._end(change.area, change.into)

    def _merge(self, change: Change) -> str | None:
        heir, gone = self.after.get(change.area), [code for code in change.areas if code != change.area]
        if heir is None or heir.level == ROOT:
            return self._not_there(change.area)
        if not gone or len(set(gone)) < len(gone):
            return "name the areas that are merged, each once"
        for code in gone:
            if code not in self.before:
                return self._not_there(code)
        if fault := self._same_level(heir.level, gone):
            return fault
        self.merges.append(change)
        for code in gone:
            if fault := self._end(code, (Part(change.area),)):
                return fault
            # What lies in a merged area lies in its successor from then on, unless the instrument says otherwise.
            for child, area in list(self.after.items()):
                if area.parent == code:
                    self.after[child] = Standing(area.level, area.name, change.area)
                    self.touched.setdefault(child, self.touched[code])
        return None

    def _abolish(self, change: Change) -> str | None:
        area = self.before.get(change.area)
        if area is None:
            return self._not_there(change.area)
        if area.level == ROOT:
            return "a country cannot be abolished"
        return self._end(change.area, ())

    def _end(self, code: str, heirs: tuple[Part, ...]) -> str | None:
        if code in self.gone:
            return "ends twice"
        self.gone[code] = heirs
        self.after.pop(code, None)
        return None

    def _same_level(self, level: str, codes: Iterable[str]) -> str | None:
        for code in codes:
            other = self.after.get(code) or self.before.get(code)
            if other is None:
                return self._not_there(code)
            if other.level != level:
                return f"{code} is of another level"
        return None

    def _not_there(self, code: str) -> str:
        return f"no area {code} is in force on this day"

    def check_hangs_together(self) -> None:
        """Every area lies in one of a higher level that is in force, and nothing on record lies ahead."""
        for code, area in self.after.items():
            if area == self.before.get(code) and area.parent not in self.gone:
                continue
            place = self._place(code)
            parent = None if area.parent is None else self.after.get(area.parent)
            if area.parent in self.gone:
                at = f"changes.{self.touched[area.parent]}" if area.parent in self.touched else place
                self.faults.setdefault(at, f"{code} still lies in {area.parent}; say where it goes")
            elif parent is None and area.level != ROOT:
                self.faults.setdefault(place, self._not_there(str(area.parent)))
            elif parent is not None and self.rank[parent.level] >= self.rank[area.level]:
                self.faults.setdefault(place, f"a {area.level} cannot lie in a {parent.level}")
        heirs = {part.area for parts in self.gone.values() for part in parts}
        for code in sorted(heirs - self.after.keys()):
            self.faults.setdefault(self._place(code), f"{code} takes over and ends at once")
        if self.faults:
            return
        versions = self.versions()
        rests_on = {step for version in versions.values() for step in version.path}
        for code in sorted({*self.gone, *rests_on} & self.before.keys()):
            if not self.before[code].settled and (code in self.gone or code in versions or self._shaky(code)):
                self.faults.setdefault(self._place(code), f"{code} {_LATER}")

    def _shaky(self, code: str) -> bool:
        """Whether new versions hang below an area that is not settled itself."""
        return any(area.parent == code and area != self.before.get(c) for c, area in self.after.items())

    def _place(self, code: str) -> str:
        found: str | None = code
        while found is not None and found not in self.touched:
            area = self.after.get(found) or self.before.get(found)
            found = area.parent if area else None
        return f"changes.{self.touched[found] if found else 1}"

    def versions(self) -> dict[str, Version]:
        """The areas that are new, or stand otherwise than before, themselves or by what lies above them."""
        was = {code: _path(code, self.before) for code in self.before}
        found = {}
        for code, area in self.after.items():
            path = _path(code, self.after)
            if area != self.before.get(code) or path != was[code]:
                found[code] = Version(code, area.level, area.name, area.parent, path)
        return found

    def plan(self) -> Plan:
        versions = sorted(self.versions().values(), key=lambda v: (len(v.path), v.code))
        on = [v for v in versions if v.code in self.before]
        moved = [v for v in on if v.parent != self.before[v.code].parent]
        renamed = [v for v in on if v.name != self.before[v.code].name]
        own = {v.code for v in (*moved, *renamed)}
        return Plan(
            created=[v for v in versions if v.code not in self.before],
            renamed=renamed,
            moved=moved,
            carried=[v for v in on if v.code not in {m.code for m in moved} and self._is_carried(v, own)],
            splits=self.splits,
            merges=self.merges,
            gone=self.gone,
        )

    def _is_carried(self, version: Version, own: set[str]) -> bool:
        return version.code not in own or version.path != _path(version.code, self.before)


def _path(code: str, areas: Mapping[str, Standing]) -> tuple[str, ...]:
    path: list[str] = []
    step: str | None = code
    while step is not None and step not in path:
        path.append(step)
        step = areas[step].parent if step in areas else None
    return tuple(reversed(path))


def _refuse(faults: Mapping[str, str]) -> None:
    if faults:
        shown = dict(list(faults.items())[:_SHOWN])
        more = f" {len(faults) - len(shown)} more are at fault." if len(faults) > len(shown) else ""
        raise RuleBroken("bad_changes", "Mend these changes; nothing was changed." + more, shown)
