"""What is kept, and for how long: the rule is data, and the keys of persons never stay longer than 30 days."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ustawi.backup import retention, state
from ustawi.backup.folder import Folder, name_of
from ustawi.backup.places import Place
from ustawi.backup.retention import Retention
from ustawi.backup.running import next_run, prune

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def days(*ago: float) -> list[datetime]:
    return [NOW - timedelta(days=each) for each in ago]


def every_day(count: int) -> list[datetime]:
    return days(*range(count))


def test_of_a_year_and_a_half_of_days_the_office_keeps_14_days_8_weeks_and_12_months() -> None:
    kept = sorted(retention.load()["office"].kept(every_day(540), NOW), reverse=True)
    assert kept[:14] == every_day(14)
    weeks = {moment.strftime("%G-%V") for moment in kept}
    months = {moment.strftime("%Y-%m") for moment in kept}
    assert len(weeks) >= 8
    assert len(months) == 12
    assert len(kept) <= 14 + 8 + 12


def test_the_keys_of_persons_are_gone_after_30_days_also_if_nobody_looks_for_a_day() -> None:
    kept = retention.load()["keys"].kept(every_day(60), NOW)
    assert kept == set(every_day(29))
    assert NOW + timedelta(days=1) - min(kept) <= timedelta(days=30)


@given(st.lists(st.integers(0, 24 * 60 * 60 * 400), max_size=60), st.integers(1, 5), st.integers(0, 3))
def test_the_newest_always_stays_and_pruning_again_changes_nothing(seconds, daily, weekly) -> None:
    rule = Retention(daily=daily, weekly=weekly)
    taken = [NOW - timedelta(seconds=each) for each in seconds]
    kept = rule.kept(taken, NOW)
    assert kept <= set(taken)
    assert not taken or max(taken) in kept
    assert rule.kept(kept, NOW) == kept


def test_of_several_on_one_day_the_newest_stays() -> None:
    morning, noon = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    assert Retention(daily=3).kept([morning, noon], NOW) == {noon}


def test_a_rule_that_would_keep_keys_longer_is_refused(tmp_path: Path) -> None:
    rules = yaml.safe_load(retention.RULES.read_text())
    for wrong in (
        {"daily": 30},
        {"daily": 30, "most_days": 31},
        {"daily": 0, "most_days": 30},
        {"hourly": 2},
    ):
        file = tmp_path / "retention.yaml"
        file.write_text(yaml.safe_dump({**rules, "keys": wrong}))
        with pytest.raises(ValueError):
            retention.load(file)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "backups", tmp_path / "key", tmp_path / "settings", "", "")


def made(place: Place, kind: str, moment: datetime) -> None:
    with Folder(place.folder).making(kind, name_of(moment)) as backup:
        (backup.folder / "manifest.json").write_text("{}")


def test_pruning_deletes_what_ran_out_and_what_was_left_half_done(place: Place) -> None:
    for moment in every_day(40):
        made(place, "keys", moment)
    half = place.folder / "keys" / ".20261122T020000Z.part"
    half.mkdir()
    folder = Folder(place.folder)
    gone = prune(folder, NOW)
    assert len(gone) == 11
    assert len(folder.backups("keys")) == 29
    assert not half.exists()


def test_a_backup_that_failed_on_the_way_leaves_nothing(place: Place) -> None:
    folder = Folder(place.folder)

    def fail() -> None:
        with folder.making("office", "20261122T020000Z") as backup:
            (backup.folder / "half").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert folder.backups("office") == []
    assert list((place.folder / "office").iterdir()) == []


def test_a_backup_is_due_at_its_hour_once_a_day(place: Place) -> None:
    assert next_run(place, 1, NOW) == NOW  # there is none yet
    made(place, "office", NOW.replace(hour=1))
    assert next_run(place, 1, NOW) == NOW.replace(hour=1) + timedelta(days=1)
    assert next_run(place, 5, NOW) == NOW.replace(hour=5)
    assert next_run(place, 2, NOW) == NOW  # its hour came after the last one


def test_after_standstill_the_missed_backup_is_taken_at_once(place: Place) -> None:
    made(place, "office", NOW - timedelta(days=2))
    assert next_run(place, 23, NOW) == NOW


def test_a_try_that_failed_is_made_again_in_a_quarter_of_an_hour(place: Place) -> None:
    made(place, "office", NOW.replace(hour=1))
    state.note(place.folder, "the disk is full", NOW)
    assert next_run(place, 1, NOW) == NOW + timedelta(minutes=15)
