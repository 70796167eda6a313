"""Versions of the figures: made again beside the live ones, switched at once, and never mixed unseen."""

import os
import subprocess
import sys
from threading import Thread
from typing import Any
from uuid import uuid4

import psycopg
import pytest

import cases.events
import loans.events
import registry.events
from integration.reports.office import Office
from reports.figures.definition import columns_of
from reports.figures.definitions import DEFINITIONS
from reports.versions import store
from reports.versions.rebuild import RebuildRunning, rebuild


def open_case(office: Office, **changed: Any) -> str:
    case = str(uuid4())
    office.tell(
        "cases",
        "case_opened",
        case,
        **{"case": case, "category": "poor", "area": office.areas["Matai"], "on": "2025-08-01", **changed},
    )
    return case


def test_every_event_that_the_others_publish_is_taken_in_and_rebuilt(office: Office) -> None:
    for source, module in (("registry", registry.events), ("loans", loans.events), ("cases", cases.events)):
        for event in vars(module).values():
            if isinstance(event, type) and isinstance(getattr(event, "type", None), str):
                example = event.example
                subject = next((v for k, v in example.items() if k == event.type.split("_")[0]), str(uuid4()))
                # Of a complaint and a case, the first event comes first in these files.
                office.tell(source, event.type, subject, **example)
    assert office.parked() == []
    live = office.figures()
    assert len({row[0] for row in live}) > 20
    office.rebuild(chunk=3)
    assert office.figures() == live


def test_a_rebuild_switches_from_one_slot_to_the_other_and_back(office: Office) -> None:
    office.rukwa()
    open_case(office)
    seen = []
    for _ in range(3):
        reply = office.ask("cases_opened", fiscal_year="2025/26")
        seen.append((reply["figures_version"], reply["total"]))
        office.rebuild()
    assert seen == [(1, 1), (2, 1), (3, 1)]
    told = office.svc.call("figures_versions", roles=["operations"])
    assert [version["state"] for version in told["versions"]] == ["live", "retired", "retired", "retired"]
    assert told["versions"][0]["definitions"] == told["definitions"]


def test_only_one_rebuild_runs_at_a_time(office: Office) -> None:
    office.rukwa()
    with office.svc.tx() as tx:
        assert store.claim_rebuild(tx)
        with pytest.raises(RebuildRunning):
            rebuild(office.svc.runtime)


def test_what_a_rebuild_left_unfinished_is_given_up_by_the_next(office: Office) -> None:
    office.rukwa()
    open_case(office)
    live = office.figures()
    with office.svc.tx() as tx:
        left = store.begin_building(tx, b"x" * 32)
    office.rebuild()
    assert office.figures() == live
    states = {
        row["version"]: row["state"] for row in office.svc.sql("SELECT version, state FROM figures_version")
    }
    assert states[left["version"]] == "retired"


def test_the_live_slot_cannot_be_cleared(office: Office) -> None:
    with office.svc.tx() as tx, pytest.raises(psycopg.errors.RaiseException):
        store.clear(tx, "a")


def test_a_parked_event_that_is_settled_during_a_rebuild_is_in_the_new_version(office: Office) -> None:
    office.rukwa()
    case = open_case(office)
    broken = office.event(
        "cases",
        "case_closed",
        case,
        {"case": case, "category": "poor", "area": office.areas["Matai"], "on": "2025-09-01", "outcome": "x"},
    )
    office.svc.sql("ALTER TABLE known_case ADD CONSTRAINT no_x CHECK (outcome <> 'x')")
    office.take([broken])
    assert [row["type"] for row in office.parked()] == ["case_closed"]

    class Settling:
        """The service, in which the parked event is settled while the rebuild is at its end."""

        def __init__(self) -> None:
            self.transactions = 0

        def work(self) -> Any:
            self.transactions += 1
            if self.transactions == 6:
                office.svc.sql("ALTER TABLE known_case DROP CONSTRAINT no_x")
                office.svc.sql("UPDATE parked_event SET wanted = 'redrive'")
                assert office.svc.intake("cases").redrive() == 1
            return office.svc.runtime.work()

    rebuilt = rebuild(Settling())  # type: ignore[arg-type]
    assert rebuilt.left_out == 0
    assert office.ask("cases_open", as_of="2025-10-01")["total"] == 0


def test_batches_that_arrive_while_versions_switch_are_in_the_new_one(office: Office) -> None:
    office.rukwa()
    for _ in range(5):
        open_case(office)
    events = [
        office.event(
            "cases",
            "case_opened",
            case,
            {"case": case, "category": "poor", "area": office.areas["Chala"], "on": "2025-08-01"},
        )
        for case in (str(uuid4()) for _ in range(60))
    ]

    def arrive() -> None:
        for nth in range(0, 60, 3):
            office.take(events[nth : nth + 3])

    beside = Thread(target=arrive)
    beside.start()
    for _ in range(4):
        office.rebuild(chunk=5)
    beside.join(timeout=60)
    assert not beside.is_alive()
    live = office.figures()
    assert office.ask("cases_opened", fiscal_year="2025/26")["total"] == 65
    office.rebuild()
    assert office.figures() == live


def test_figures_of_older_definitions_are_seen(office: Office) -> None:
    office.rukwa()
    open_case(office)
    assert office.svc.call("freshness", roles=[])["figures_current"] is True
    office.svc.sql("UPDATE figures_version SET definitions = sha256('old')")
    assert office.svc.call("freshness", roles=[])["figures_current"] is False
    office.rebuild()
    assert office.svc.call("freshness", roles=[])["figures_current"] is True


def test_the_one_shot_rebuilds_and_tells_how_many_facts(office: Office) -> None:
    office.rukwa()
    open_case(office)
    done = subprocess.run(
        [sys.executable, "-m", "reports", "rebuild"],
        env={**os.environ, "DATABASE_DSN": office.svc.settings.database_dsn},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "version 2 answers: 10 facts, 0 left out" in done.stdout


def test_facts_can_be_neither_changed_nor_removed_by_the_service(office: Office) -> None:
    office.rukwa()
    for statement in (
        "UPDATE fact SET body = ''",
        "DELETE FROM fact",
        "TRUNCATE fact",
        "DELETE FROM fact_registry_0",
    ):
        with office.svc.tx() as tx, pytest.raises(psycopg.errors.InsufficientPrivilege):
            tx.run(statement)


def test_a_partition_is_ready_before_the_facts_that_need_it(office: Office) -> None:
    office.rukwa()
    from reports.facts.store import ensure_partition

    with office.svc.tx() as tx:
        ensure_partition(tx, "cases", 2_600_000)
    names = {
        row["relname"]
        for row in office.svc.sql("SELECT relname FROM pg_class WHERE relname ~ '^fact_cases_[0-9]+$'")
    }
    assert names == {"fact_cases_0", "fact_cases_1", "fact_cases_2"}


def test_the_tables_of_a_stretch_have_the_fields_that_the_definitions_read(office: Office) -> None:
    laid_out = {"position": "bigint", "event": "uuid", "type": "text", "recorded_on": "date"}
    for source in ("registry", "loans", "cases"):
        rows = office.svc.sql(
            """
            SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute
            WHERE attrelid = to_regclass(%(name)s) AND attnum > 0 AND NOT attisdropped
            """,
            name=f"arrived_{source}",
        )
        there = {
            row["attname"]: row["type"].replace("timestamp with time zone", "timestamptz") for row in rows
        }
        assert there == {**laid_out, **columns_of(DEFINITIONS, source)}
