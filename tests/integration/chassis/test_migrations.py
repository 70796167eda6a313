"""Migrations run once each, as the owner, and nobody changes one behind our back."""

import threading

import psycopg
import pytest

from chassis.migrations import MigrationError, applied_version, expected_version, migrate, missing
from chassis.service import CHASSIS_MIGRATIONS, KEYS_MIGRATIONS


@pytest.fixture
def database(new_database):
    return new_database()


@pytest.fixture
def files(tmp_path):
    (tmp_path / "0001_loan.sql").write_text(
        """
        -- Half of 100 % stays literal, and so does a cast.
        CREATE TABLE loan (loan uuid PRIMARY KEY, kind text DEFAULT '50%'::text);
        CREATE FUNCTION half() RETURNS int LANGUAGE sql SET search_path = :schema AS $$ SELECT 1; $$;
        """
    )
    (tmp_path / "0002_entry.sql").write_text(
        "CREATE TABLE entry (entry int); REVOKE UPDATE, DELETE ON entry FROM :runtime;"
    )
    return tmp_path


def run(database, *directories, service="loans"):
    return migrate(database.dsn(service, owner=True), service, service, directories)


def ask(database, sql, *, owner=False, service="loans"):
    with psycopg.connect(database.dsn(service, owner=owner), autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else None


def test_each_file_runs_once_and_in_order(database, files):
    assert run(database, files) == ["0001_loan", "0002_entry"]
    assert run(database, files) == []

    (files / "0003_more.sql").write_text("CREATE TABLE more ();")
    assert run(database, files) == ["0003_more"]


def test_a_service_sees_whether_its_schema_is_far_enough(database, files):
    with psycopg.connect(database.dsn("loans"), autocommit=True) as connection:
        assert missing(connection, [files]) == ["0001_loan", "0002_entry"]
        assert applied_version(connection) == "0:"

        run(database, files)
        assert missing(connection, [files]) == []
        assert applied_version(connection) == expected_version([files]) == "2:0002_entry"

        (files / "0002_entry.sql").rename(files / "0002_kept_by_newer_code")
        assert missing(connection, [files]) == []  # a schema that is ahead is welcome


def test_the_runtime_role_works_with_the_tables_and_does_not_own_them(database, files):
    run(database, files)

    ask(database, "INSERT INTO loan VALUES (gen_random_uuid()); UPDATE loan SET kind = 'x'; DELETE FROM loan")
    ask(database, "INSERT INTO entry VALUES (1)")
    for forbidden in (
        "UPDATE entry SET entry = 2",
        "DELETE FROM entry",
        "TRUNCATE loan",
        "DROP TABLE loan",
        "CREATE TABLE mine ()",
        "DELETE FROM migration",
        "UPDATE migration SET checksum = checksum",
        "INSERT INTO migration SELECT 'x', checksum FROM migration",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(database, forbidden)


def test_a_file_that_was_run_may_not_change(database, files):
    run(database, files)
    (files / "0001_loan.sql").write_text("CREATE TABLE loan ();")
    (files / "0003_more.sql").write_text("CREATE TABLE more ();")

    with pytest.raises(MigrationError, match="0001_loan: run before with another content"):
        run(database, files)

    assert ask(database, "SELECT to_regclass('more')") == [(None,)]


def test_a_file_that_fails_leaves_nothing_and_those_before_it_stay(database, files):
    (files / "0003_broken.sql").write_text("CREATE TABLE more ();\n\nSELECT nonsense FROM nowhere;")
    (files / "0004_after.sql").write_text("CREATE TABLE after ();")

    with pytest.raises(MigrationError, match='0003_broken, line 3: relation "nowhere" does not exist'):
        run(database, files)

    assert ask(database, "SELECT to_regclass('entry')::text, to_regclass('more'), to_regclass('after')") == [
        ("entry", None, None)
    ]
    (files / "0003_broken.sql").write_text("CREATE TABLE more ();")
    assert run(database, files) == ["0003_broken", "0004_after"]


def test_a_file_that_moves_the_search_path_is_noted_in_its_own_schema_and_moves_nobody_else(database, files):
    (files / "0001_loan.sql").write_text("SET search_path = pg_catalog; CREATE TABLE loans.loan ();")

    run(database, files)

    assert ask(database, "SELECT to_regclass('loans.entry')::text") == [("entry",)]


def test_two_runners_do_not_race(database, files):
    (files / "0001_loan.sql").write_text("CREATE TABLE loan (); SELECT pg_sleep(0.3);")
    ran, broken = [], []

    def runner():
        try:
            ran.extend(run(database, files))
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=runner) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert broken == []
    assert ran == ["0001_loan", "0002_entry"]


def test_a_schema_is_made_where_its_owner_may(database, files):
    migrate(database.superuser_dsn(), "fresh", "loans", [files])

    assert ask(database, "SELECT count(*) FROM fresh.loan") == [(0,)]


def test_the_chassis_s_own_migrations_fit_every_service(database):
    for service in ("registry", "loans", "cases", "reports"):
        assert run(database, CHASSIS_MIGRATIONS, service=service)
        assert run(database, CHASSIS_MIGRATIONS, service=service) == []
    for service in ("registry", "cases"):
        dsn = database.dsn(service, owner=True, keys=True)
        assert migrate(dsn, service, service, [KEYS_MIGRATIONS]) == ["0001_subject_keys"]


def test_what_is_written_once_stays_written(database):
    run(database, CHASSIS_MIGRATIONS)

    for table in ("erased_subject", "rule"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(database, f"DELETE FROM {table}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(database, "INSERT INTO rule SELECT * FROM rule")
