"""Facts leave the figures only when their source has lost them, and then they are listed."""

from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest

from chassis.stream import Forked
from integration.reports.office import Office
from reports.lost.keeping import FactsKept


def open_cases(office: Office, count: int, first: int = 0) -> list[str]:
    ward = office.areas["Matai"]
    cases = [f"0190a000-0000-7000-8000-00000000000{number}" for number in range(first, first + count)]
    return [
        office.tell("cases", "case_opened", each, case=each, category="poor", area=ward, on="2025-10-01")
        for each in cases
    ]


def test_what_is_lost_is_in_no_figure_and_in_the_list(office: Office) -> None:
    office.rukwa()
    open_cases(office, 1)
    one = office.figures()
    more = open_cases(office, 2, first=1)
    assert office.figures() != one
    office.svc.intake("cases").mark_fork(Forked(1, "the source was restored to an earlier moment"))
    kept = FactsKept()
    with office.svc.tx() as tx:
        assert kept.put_aside(tx, "cases", 1) == 2
        tx.run("UPDATE stream_position SET position = 1 WHERE source = 'cases'")
    kept.make_again(office.svc.runtime)
    assert office.figures() == one
    told = office.svc.call("lost_facts", roles=["operations"], source="cases")
    assert [fact["event"] for fact in told["facts"]] == more
    assert {fact["actor"] for fact in told["facts"]} == {"tester"}
    page = office.svc.call("lost_facts", roles=["operations"], after=told["facts"][0]["number"], limit=1)
    assert [fact["event"] for fact in page["facts"]] == more[1:]


def test_no_fact_is_put_aside_while_its_source_stands_by_it(office: Office) -> None:
    office.rukwa()
    open_cases(office, 2)
    with psycopg.connect(office.svc.settings.database_dsn) as runtime:
        with pytest.raises(psycopg.errors.RestrictViolation), runtime.transaction():
            runtime.execute("SELECT put_facts_aside('cases', 0)")
        for statement in ("DELETE FROM fact", "DELETE FROM lost_fact", "UPDATE lost_fact SET body = ''"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), runtime.transaction():
                runtime.execute(statement)
    assert len(office.svc.sql("SELECT FROM fact WHERE source = 'cases'")) == 2


def test_facts_from_before_a_restore_of_their_source_are_told_with_those_behind_it(office: Office) -> None:
    office.rukwa()
    open_cases(office, 2)
    _, position, chain = office.svc._sources["cases"]
    office.svc._sources["cases"] = (uuid4(), position, chain)  # restored to its end: another log goes on
    open_cases(office, 1, first=2)
    told = office.svc.call("fact_digests", roles=["operations"], source="cases", after=0)["digests"]
    bodies = office.svc.sql("SELECT position, body FROM fact WHERE source = 'cases' ORDER BY position")
    assert told == [
        {"position": row["position"], "digest": sha256(row["body"].encode()).hexdigest()} for row in bodies
    ]
    assert [row["position"] for row in told] == [1, 2, 3]
    page = office.svc.call("fact_digests", roles=["operations"], source="cases", after=1, limit=1)["digests"]
    assert page == told[1:2]
