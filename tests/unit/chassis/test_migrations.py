"""Migration files run in order, and their names say so."""

import pytest

from chassis.migrations import MigrationError, expected_version, migrate, read_migrations


def directory(tmp_path, name, *files):
    made = tmp_path / name
    made.mkdir()
    for file in files:
        (made / file).write_text("SELECT 1;")
    return made


def test_the_chassis_s_files_come_first_then_the_service_s_by_name(tmp_path):
    chassis = directory(tmp_path, "chassis", "0000_01_b.sql", "0000_00_a.sql")
    service = directory(tmp_path, "service", "0002_d.sql", "0001_c.sql", "README.md")

    assert [m.name for m in read_migrations([chassis, service])] == [
        "0000_00_a",
        "0000_01_b",
        "0001_c",
        "0002_d",
    ]
    assert expected_version([chassis, service]) == "4:0002_d"
    assert expected_version([]) == "0:"


def test_the_checksum_is_that_of_the_bytes(tmp_path):
    made = directory(tmp_path, "service", "0001_c.sql")
    before = read_migrations([made])[0].checksum
    (made / "0001_c.sql").write_text("SELECT 1; ")

    assert read_migrations([made])[0].checksum != before


@pytest.mark.parametrize("name", ["1_a.sql", "0001-a.sql", "0001_A.sql", "first.sql"])
def test_a_name_without_a_place_in_the_order_is_refused(tmp_path, name):
    with pytest.raises(MigrationError, match="name it"):
        read_migrations([directory(tmp_path, "service", name)])


def test_two_files_of_one_name_and_a_missing_directory_are_refused(tmp_path):
    one, other = directory(tmp_path, "one", "0001_a.sql"), directory(tmp_path, "other", "0001_a.sql")

    with pytest.raises(MigrationError, match="two migrations"):
        read_migrations([one, other])
    with pytest.raises(MigrationError, match="no such directory"):
        read_migrations([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("schema", "role"), [('lo"ans', "loans"), ("loans", "x; DROP TABLE y"), ("", "loans")]
)
def test_names_that_could_be_more_than_names_are_refused(schema, role):
    with pytest.raises(MigrationError, match="named"):
        migrate("postgresql://nobody@127.0.0.1:9/none", schema, role, [])
