"""Findings that no test can plant in a running system of its own: on facts as services tell them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ustawi.backup import state
from ustawi.backup.folder import name_of
from ustawi.doctor import backups, doors, flow, ground
from ustawi.doctor.finding import Finding, Ways, together
from ustawi.reach import Answer

HERE, CONTAINED = Ways(False), Ways(True)
NOW = 1_800_000_000_000


def told(**changes: Any) -> dict[str, Any]:
    """What a sound service tells of its ground."""
    settings = {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "collation": "C.UTF-8",
    }
    process = {"now": NOW, "disks": [{"path": "/", "size": 100, "free": 50}], "files": [], "certificates": []}
    database = {"now": NOW + 3, "connections": 20, "most_connections": 100, "settings": settings}
    for name, value in changes.items():
        target = settings if name in settings else process if name in process else database
        target[name] = value
    return {"process": process, "database": database, "migrations_missing": []}


def found(**changes: Any) -> list[Finding]:
    return list(ground.examine(HERE, "loans", told(**changes), 10))


def test_sound_ground_has_no_finding() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fsync": "off"}, "database_setting_fsync"),
        ({"full_page_writes": "off"}, "database_setting_full_page_writes"),
        ({"synchronous_commit": "off"}, "database_setting_synchronous_commit"),
        ({"TimeZone": "Asia/Jayapura"}, "database_setting_timezone"),
        ({"server_encoding": "SQL_ASCII"}, "database_setting_server_encoding"),
        ({"collation": "sw_TZ.UTF-8"}, "database_setting_collation"),
        ({"connections": 95}, "connections_full"),
        ({"disks": [{"path": "/", "size": 100, "free": 9}]}, "disk_full"),
        ({"files": [{"setting": "KEK_FILE", "problem": "writable"}]}, "key_writable"),
        ({"certificates": [{"path": "/ca.pem", "ends": 1_600_000_000}]}, "certificate"),
        ({"certificates": [{"path": "/ca.pem", "ends": None}]}, "certificate"),
    ],
)
def test_each_fault_has_one_finding_with_a_mend(change: dict[str, Any], code: str) -> None:
    (finding,) = found(**change)
    assert finding.code == code
    assert finding.mend


def test_the_databases_clock_is_compared_with_the_services() -> None:
    (finding,) = (each for each in ground.examine(HERE, "loans", {**told(), **_late()}, 10))
    assert finding.told.startswith("The clock of the database is 7 s behind that of loans")


def _late() -> dict[str, Any]:
    facts = told()
    facts["database"]["now"] = NOW - 7000
    return facts


@pytest.mark.parametrize(("apart", "skewed"), [(0.0, False), (2.9, False), (-4.0, True), (3600.0, True)])
def test_a_door_whose_clock_differs_is_told(apart: float, skewed: bool) -> None:
    assert (doors.skew(Answer(200, {}, 1000 + apart), "loans", 1000) is not None) is skewed


def test_an_event_that_is_just_being_confirmed_is_no_finding() -> None:
    def look(**changes: int) -> dict[str, int]:
        return {"pending": 0, "oldest_seconds": 0, "position": 9, "published": 9, **changes}

    assert not list(flow.outbox(HERE, "loans", look(published=8), look()))
    assert not list(flow.outbox(HERE, "loans", look(published=7), look(published=8)))
    (stuck,) = flow.outbox(HERE, "loans", look(published=7), look(published=7))
    assert stuck.code == "outbox_stuck"


def test_a_stream_far_behind_is_told() -> None:
    stream = {"source": "registry", "position": 10, "forked": None, "stopped": None, "parked": 0}
    assert [each.code for each in flow.streams("loans", [stream], {"registry": 5000})] == ["stream_behind"]
    assert not list(flow.streams("loans", [stream], {"registry": 400}))


def test_one_fault_of_many_services_is_told_once() -> None:
    one = [Finding("c", (name,), "told", "mend", "page") for name in ("loans", "cases")]
    assert together(one) == [Finding("c", ("loans", "cases"), "told", "mend", "page")]


def test_in_containers_the_mends_are_composes() -> None:
    assert CONTAINED.start("loans") == "docker compose up --wait loans"
    assert CONTAINED.one_shot("loans", "migrate") == "docker compose run --rm --no-deps init-loans"
    assert HERE.one_shot("loans", "rules") == "ustawi rules load"


def test_a_backup_is_fresh_old_or_failed(tmp_path: Path) -> None:
    now = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert list(backups.examine(tmp_path / "none", now)) == []
    for kind in ("office", "keys"):
        (tmp_path / kind / name_of(now - timedelta(hours=8))).mkdir(parents=True)
        (tmp_path / kind / name_of(now - timedelta(hours=8)) / "manifest").touch()
    assert [each.code for each in backups.examine(tmp_path, now)] == []
    later = now + timedelta(hours=30)
    assert [each.told for each in backups.examine(tmp_path, later)] == [
        "The newest backup (office) is 38 hours old.",
        "The newest backup (keys) is 38 hours old.",
    ]
    state.note(tmp_path, "no space left", now)
    assert [each.code for each in backups.examine(tmp_path, now)] == ["backup_failed"]
