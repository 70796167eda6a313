"""A backup holds all that there was at one moment, sealed; a trial restore tells whether it is right."""

import json
import os
import shutil
import threading
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

from integration.backup.conftest import Office
from ustawi.backup import running, state
from ustawi.backup.checking import verify
from ustawi.backup.errors import BackupError
from ustawi.backup.folder import Folder
from ustawi.backup.sealing import Keyring
from ustawi.backup.settings import opened_settings
from ustawi.backup.taking import take
from ustawi.main import cli


@pytest.fixture
def filled(office: Office) -> Office:
    for service in ("registry", "loans", "cases"):
        office.tell(service)
    for _ in range(3):
        office.person()
    return office


def keys_of(office: Office) -> Keyring:
    return Keyring.load(office.place.key_file)


def test_a_run_takes_a_backup_that_stands_the_trial(filled: Office) -> None:
    made = running.run(filled.place)
    assert [backup.kind for backup in made] == ["office", "keys"]
    assert all(backup.verified_at for backup in made)
    assert state.last(filled.place.folder)["error"] is None
    told = made[0].manifest(keys_of(filled))
    [head] = filled.sql(
        "SELECT log::text, position, encode(chain, 'hex') AS chain, published FROM loans.log_head"
    )
    assert told["services"]["loans"]["log"] == head
    assert told["services"]["loans"]["rows"]["event"] == 3
    assert told["services"]["loans"]["laws"] == {"ledger_fault": 0}
    assert made[1].manifest(keys_of(filled))["services"]["cases"]["rows"]["subject_key"] == 3


def test_nothing_of_it_can_be_read_without_the_key(filled: Office) -> None:
    person = filled.person()
    office, keys = take(filled.place)
    files = [file for backup in (office, keys) for file in backup.folder.iterdir()]
    text = b"".join(file.read_bytes() for file in files)
    assert b"PGDMP" not in text  # how every dump begins
    assert person.bytes not in text
    assert str(person).encode() not in text
    assert filled.database.settings("cases")["KEK"].encode() not in text
    with pytest.raises(BackupError, match="which is not in the key file"):
        office.manifest(Keyring((os.urandom(32),)))


def test_it_holds_what_the_services_need_to_come_back(filled: Office) -> None:
    office, _ = take(filled.place)
    text = b"".join(office.part("settings", keys_of(filled))).decode()
    settings = opened_settings(text, keys_of(filled))
    given = filled.database.settings("cases")
    assert settings["cases/kek"].strip() == given["KEK"]
    assert settings["cases/blind_key"].strip() == given["BLIND_KEY"]
    assert settings["loans/command_key"].strip() == filled.database.settings("loans")["COMMAND_KEY"]
    assert {"office/signing_key", "reports/signing_key", "keys.json"} <= settings.keys()
    assert not any("password" in name for name in settings)


def test_all_services_are_of_one_moment_while_others_write(filled: Office) -> None:
    """Pairs of rows are committed together in two services: a backup has both or neither, however long it takes."""
    began, stop = threading.Event(), threading.Event()

    def write() -> None:
        with psycopg.connect(filled.database.superuser_dsn()) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                for service in ("cases", "reports"):
                    connection.execute(
                        f"INSERT INTO {service}.reference_counter VALUES ('Z', %s) "
                        "ON CONFLICT (prefix) DO UPDATE SET last = excluded.last",
                        (number,),
                    )
                    connection.execute(
                        f"INSERT INTO {service}.stream_try VALUES ('x', gen_random_uuid(), %s)", (number,)
                    )
                connection.commit()
                began.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert began.wait(20)
    try:
        office, keys = take(filled.place)
    finally:
        stop.set()
        writer.join()
    told = office.manifest(keys_of(filled))["services"]
    assert told["cases"]["rows"]["stream_try"] == told["reports"]["rows"]["stream_try"] > 0
    verify(office, keys_of(filled))
    verify(keys, keys_of(filled))


def test_on_a_new_machine_the_services_get_their_keys_back(filled: Office, tmp_path: Path) -> None:
    take(filled.place)
    new = tmp_path / "new"
    command = ["backup", "settings", "latest", "--folder", str(filled.place.folder)]
    command += ["--key", str(filled.place.key_file), "--into", str(new)]
    done = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert (new / "cases" / "kek").read_text().strip() == filled.database.settings("cases")["KEK"]
    assert (new / "cases").stat().st_mode & 0o777 == 0o700
    again = CliRunner().invoke(cli, command, catch_exceptions=False)
    files = [file for file in new.rglob("*") if file.is_file()]
    assert again.output.count("stays as it is") == len(files) >= 13


def damage_a_file(folder: Path) -> None:
    file = folder / "loans.dump.sealed"
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


def lose_a_file(folder: Path) -> None:
    (folder / "cases.dump.sealed").unlink()


def change_the_manifest(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text())
    told["services"]["loans"]["rows"]["event"] += 1
    (folder / "manifest.json").write_text(json.dumps(told))


@pytest.mark.parametrize("harm", [damage_a_file, lose_a_file, change_the_manifest])
def test_a_backup_that_was_harmed_is_not_trusted(filled: Office, harm) -> None:
    office, _ = take(filled.place)
    harm(office.folder)
    with pytest.raises(BackupError):
        verify(office, keys_of(filled))
    assert office.verified_at is None


def test_a_file_of_another_backup_does_not_pass(filled: Office) -> None:
    first, _ = take(filled.place)
    kept = first.folder.with_name("20200101T000000Z")
    shutil.copytree(first.folder, kept)
    with pytest.raises(BackupError, match="of another backup"):
        Folder(filled.place.folder).find("office", kept.name).manifest(keys_of(filled))


def test_a_log_that_was_rewritten_is_found_by_the_trial(filled: Office) -> None:
    filled.sql("UPDATE cases.event SET body = replace(body, 'cases', 'Cases') WHERE position = 2")
    with pytest.raises(BackupError, match=r"cases: its log does not follow .* at position 2"):
        running.run(filled.place)
    assert "position 2" in state.last(filled.place.folder)["error"]


def test_a_broken_law_of_the_ledger_is_found_by_the_trial(filled: Office) -> None:
    filled.sql("CREATE VIEW cases.test_fault AS SELECT 1 AS breach")
    with pytest.raises(BackupError, match="cases: test_fault tells of 1 breaches"):
        running.run(filled.place)


def test_a_schema_that_was_never_migrated_is_no_backup(filled: Office) -> None:
    filled.sql("DROP TABLE loans.log_head")
    with pytest.raises(BackupError, match="migrations have not run"):
        take(filled.place)
    assert Folder(filled.place.folder).backups("office") == []


def test_its_role_reads_everything_and_changes_nothing(filled: Office) -> None:
    for dsn, table in ((filled.place.dsn, "loans.pot"), (filled.place.keys_dsn, "cases.subject_key")):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"SELECT * FROM {table}")
            with pytest.raises(ReadOnlySqlTransaction):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("SET default_transaction_read_only = off")
            for statement in (f"DELETE FROM {table}", "CREATE SCHEMA mine", f"TRUNCATE {table}"):
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(statement)


def test_the_command_takes_lists_and_tries_backups(filled: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_FOLDER", str(filled.place.folder))
    secrets = filled.place.key_file.parent
    own = filled.place.folder.parent / "secrets"  # as a container has them
    shutil.copytree(secrets, own)
    (own / "backup_dsn").chmod(0o600)
    (own / "backup_keys_dsn").chmod(0o600)
    (own / "backup_dsn").write_text(filled.place.dsn)
    (own / "backup_keys_dsn").write_text(filled.place.keys_dsn)
    monkeypatch.setenv("BACKUP_SECRETS", str(own))
    run = CliRunner()
    taken = run.invoke(cli, ["backup"], catch_exceptions=False)
    assert taken.exit_code == 0, taken.output
    listed = run.invoke(cli, ["backup", "list"], catch_exceptions=False)
    assert listed.output.count("verified") == 2
    assert "NOT VERIFIED" not in listed.output
    assert "last try" in listed.output
    assert "well" in listed.output
    assert run.invoke(cli, ["backup", "verify"], catch_exceptions=False).output.count("and right") == 2


def test_what_prometheus_is_told_follows_the_folder(filled: Office) -> None:
    def told() -> dict[str, float]:
        return {
            f"{sample.name}/{sample.labels.get('kind', '')}": sample.value
            for family in state.Gauges(filled.place.folder).collect()
            for sample in family.samples
        }

    assert told() == {"ustawi_backup_kept/office": 0, "ustawi_backup_kept/keys": 0}
    office, keys = running.run(filled.place)
    now = told()
    assert now["ustawi_backup_taken_timestamp_seconds/office"] == office.taken_at.timestamp()
    assert now["ustawi_backup_verified_timestamp_seconds/keys"] == keys.taken_at.timestamp()
    assert now["ustawi_backup_oldest_timestamp_seconds/keys"] == keys.taken_at.timestamp()
    assert now["ustawi_backup_bytes/office"] == office.size() > 10_000
    assert now["ustawi_backup_failed/"] == 0
    filled.sql("DROP TABLE cases.subject_key", keys=True)
    with pytest.raises(BackupError):
        running.run(filled.place)
    assert told()["ustawi_backup_failed/"] == 1
    assert told()["ustawi_backup_verified_timestamp_seconds/keys"] == keys.taken_at.timestamp()
