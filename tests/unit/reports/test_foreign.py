"""What we read of others' events is what they publish: their own examples, and more fields than we know."""

from types import SimpleNamespace

import pytest

import cases.events
import loans.events
import registry.events
from reports.facts.model import day_of, place_of
from reports.figures.definitions import DEFINITIONS

PUBLISHED = {
    source: {
        each.type: each
        for each in vars(module).values()
        if isinstance(each, type) and isinstance(getattr(each, "type", None), str)
    }
    for source, module in {"registry": registry.events, "loans": loans.events, "cases": cases.events}.items()
}
READ = sorted(
    {
        (source, type, reader)
        for definition in DEFINITIONS
        for source, readers in definition.reads.items()
        for type, reader in readers.items()
    },
    key=lambda each: each[:2],
)


@pytest.mark.parametrize(
    ("source", "type", "reader"), READ, ids=[f"{source}.{type}" for source, type, _ in READ]
)
def test_a_reader_takes_the_publishers_own_example_and_ignores_what_it_does_not_know(
    source, type, reader
) -> None:
    example = {**PUBLISHED[source][type].example, "added_later": {"x": 1}}
    read = reader.read(SimpleNamespace(data=example))
    needed = {name for name, field in reader().fields.items() if field.required}
    assert all(read[name] is not None for name in needed)


@pytest.mark.parametrize(
    ("source", "type", "reader"), READ, ids=[f"{source}.{type}" for source, type, _ in READ]
)
def test_what_happened_somewhere_can_be_found_again_by_its_place_and_day(source, type, reader) -> None:
    example = PUBLISHED[source][type].example
    if type == "country_defined":
        return
    # A bank statement names no day: it is found by its place alone, and counts from the day on which it came in.
    assert (day_of(example) is None) == (type == "bank_statement_imported")
    if reader().fields.keys() & {"area", "council", "ward"}:
        assert place_of(example) is not None


@pytest.mark.parametrize(
    "data", [{}, {"area": 5, "on": 7}, {"area": "x", "on": "2025-13-40"}, {"ward": None, "on": ""}]
)
def test_finding_again_never_fails(data) -> None:
    assert place_of(data) is None
    assert day_of(data) is None
