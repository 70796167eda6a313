"""A restore brings back what a backup holds, and nothing that must stay gone; or it changes nothing."""

import base64
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from integration.backup.conftest import Office
from ustawi.backup import programs, restoring
from ustawi.backup.errors import BackupError
from ustawi.backup.folder import Backup, Folder
from ustawi.backup.restore_console import target_of
from ustawi.backup.restoring import Restored, Target
from ustawi.backup.sealing import Keyring
from ustawi.backup.taking import take
from ustawi.init.services import SERVICES, service


@pytest.fixture
def filled(office: Office) -> Office:
    for name in ("registry", "loans", "cases"):
        office.tell(name)
    return office


@pytest.fixture
def restore(filled: Office) -> Callable[..., Restored]:
    """Restore into the databases of the test; all services unless named."""

    def restore(backup: Backup, *names: str, target: Target | None = None, **how) -> Restored:
        return restoring.restore(
            target or target_of(filled.database.addresses, filled.database.server.dsn()),
            Folder(filled.place.folder),
            Keyring.load(filled.place.key_file),
            backup,
            [service(name) for name in names] or SERVICES,
            **how,
        )

    return restore


def log_of(office: Office, name: str) -> dict:
    return office.sql(f"SELECT log, position, chain FROM {name}.log_head")[0]


def schemas(office: Office) -> set[str]:
    rows = office.sql("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'")
    return {row["nspname"] for row in rows}


def test_a_service_comes_back_to_the_moment_of_the_backup_with_a_log_that_goes_on_anew(filled, restore):
    before = log_of(filled, "loans")
    office, _ = take(filled.place)
    filled.tell("loans", 2)
    filled.tell("cases", 2)
    cases = log_of(filled, "cases")
    done = restore(office, "loans", replace=True)
    assert done.services == {"loans": 3}
    after = log_of(filled, "loans")
    assert (after["position"], after["chain"]) == (before["position"], before["chain"])
    assert after["log"] != before["log"]
    [ended] = filled.sql("SELECT log, upto, chain FROM loans.log_renewal")
    assert ended == {"log": before["log"], "upto": 3, "chain": before["chain"]}
    assert log_of(filled, "cases") == cases  # the others are left alone
    assert not [name for name in schemas(filled) if "before" in name]


def test_what_the_runtime_role_may_do_is_as_before(filled, restore):
    def rights() -> list:
        return filled.sql(
            """
            SELECT table_schema, table_name, privilege_type FROM information_schema.role_table_grants
            WHERE grantee IN ('registry', 'loans', 'cases', 'reports') ORDER BY 1, 2, 3
            """
        )

    before = rights()
    office, keys = take(filled.place)
    restore(office, of_keys=keys, replace=True)
    assert rights() == before
    with psycopg.connect(filled.database.dsn("loans"), autocommit=True) as runtime:
        runtime.execute("SELECT * FROM pot")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            runtime.execute("DELETE FROM event")
    with psycopg.connect(filled.database.dsn("loans", owner=True)) as owner:
        owner.execute("CREATE TABLE later (id bigint)")
    with psycopg.connect(filled.database.dsn("loans"), autocommit=True) as runtime:
        runtime.execute("INSERT INTO later VALUES (1)")


def test_work_is_not_replaced_unless_told(filled, restore):
    office, keys = take(filled.place)
    filled.tell("loans", 1)
    with pytest.raises(BackupError, match=r"work in registry, loans, cases .* --replace"):
        restore(office)
    assert log_of(filled, "loans")["position"] == 4
    filled.person()
    with pytest.raises(BackupError, match="the keys of cases"):
        restore(office, "reports", "cases", of_keys=keys)


def test_into_a_place_that_was_just_made_no_word_is_needed(filled, restore, servers):
    person = filled.person()
    office, keys = take(filled.place)
    fresh = servers.new_database()  # empty schemas, as `ustawi init database` makes them
    try:
        restore(office, of_keys=keys, target=target_of(fresh.addresses, fresh.server.dsn()))
        there = replace(filled, database=fresh)
        assert log_of(there, "cases")["position"] == 3
        assert there.holders_of_keys() == {person}
    finally:
        fresh.drop()


def test_a_service_that_runs_is_not_replaced_under_its_feet(filled, restore):
    office, _ = take(filled.place)
    with (
        psycopg.connect(filled.database.dsn("loans")),
        pytest.raises(BackupError, match="still connected to the database: loans"),
    ):
        restore(office, "loans", replace=True)


def test_a_restore_that_fails_puts_back_what_was_there(filled, restore, monkeypatch):
    office, _ = take(filled.place)
    filled.tell("cases", 1)
    before = {name: log_of(filled, name) for name in ("registry", "loans", "cases")}
    plain = programs.restored

    def fails_late(dsn, schema, dump, **how):
        if schema == "cases":
            raise BackupError("the disk is full")
        plain(dsn, schema, dump, **how)

    monkeypatch.setattr(programs, "restored", fails_late)
    with pytest.raises(BackupError, match="the disk is full"):
        restore(office, replace=True)
    assert {name: log_of(filled, name) for name in before} == before
    assert not [name for name in schemas(filled) if "before" in name]
    with psycopg.connect(filled.database.dsn("loans")) as runtime:
        runtime.execute("SELECT * FROM pot")


def test_a_restore_that_fails_late_gives_up_no_key_that_was_made_since(filled, restore, monkeypatch):
    office, keys = take(filled.place)
    newer = filled.person()

    def fails(*_):
        raise BackupError("this backup is of an older version")

    monkeypatch.setattr(restoring, "_renew", fails)
    with pytest.raises(BackupError, match="older version"):
        restore(office, of_keys=keys, replace=True)
    assert newer in filled.holders_of_keys()


def test_a_backup_under_a_lost_key_is_refused_before_anything_is_touched(filled, restore):
    office, _ = take(filled.place)
    filled.place.key_file.chmod(0o600)
    kept = filled.place.key_file.read_text()
    before = log_of(filled, "loans")
    try:
        filled.place.key_file.write_text(base64.b64encode(os.urandom(32)).decode())
        with pytest.raises(BackupError, match="not in the key file"):
            restore(office, replace=True)
    finally:
        filled.place.key_file.write_text(kept)
    assert log_of(filled, "loans") == before


def test_who_was_erased_after_the_backup_stays_erased(filled, restore):
    gone, stays = filled.person(), filled.person()
    office, keys = take(filled.place)
    filled.erase(gone)
    done = restore(office, of_keys=keys, replace=True)
    assert filled.holders_of_keys() == {stays}
    assert done.erased_again == 1
    assert filled.sql("SELECT subject, reason FROM cases.erased_subject") == [
        {"subject": gone, "reason": "asked"}
    ]


def test_who_was_erased_stays_erased_also_when_only_later_backups_know(filled, restore, servers):
    """The machine was lost; what is there are backups, and the one that is restored is not the newest."""
    gone, stays = filled.person(), filled.person()
    first, keys = take(filled.place)
    filled.erase(gone)
    take(filled.place, at=first.taken_at + timedelta(seconds=1))
    fresh = servers.new_database()
    try:
        restore(first, of_keys=keys, target=target_of(fresh.addresses, fresh.server.dsn()))
        there = replace(filled, database=fresh)
        assert there.holders_of_keys() == {stays}
    finally:
        fresh.drop()


def test_the_keys_of_persons_stay_as_they_are_when_only_the_office_is_restored(filled, restore):
    office, _ = take(filled.place)
    newer = filled.person()
    restore(office, replace=True)
    assert newer in filled.holders_of_keys()
