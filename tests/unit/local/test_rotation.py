"""A key is replaced in steps, and no step loses one that is still needed."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from chassis.settings import Settings
from ustawi.backup.sealing import Keyring
from ustawi.backup.settings import opened_settings
from ustawi.init.credentials import Credentials
from ustawi.init.rotation import newest_alone, versions, with_next
from ustawi.init.settings import Addresses, Where
from ustawi.local.errors import LocalError
from ustawi.main import cli

FIRST = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def test_the_new_key_stands_beside_the_old_one_and_wraps() -> None:
    both = versions(with_next(FIRST + "\n"))
    assert both[1] == FIRST
    assert sorted(both) == [1, 2]
    read = Settings.load("cases", {"KEK": with_next(FIRST)}, needs=frozenset({"KEK"})).kek
    assert sorted(read) == [1, 2]


def test_what_remains_keeps_its_version() -> None:
    both = with_next(FIRST)
    alone = newest_alone(both)
    assert versions(alone) == {2: versions(both)[2]}
    assert sorted(versions(with_next(alone))) == [2, 3]


def test_a_second_replacement_waits_for_the_end_of_the_first() -> None:
    with pytest.raises(LocalError, match="--drop-old"):
        with_next(with_next(FIRST))


@pytest.mark.parametrize("steps", [[[]], [[], ["--drop-old"]]])
def test_the_next_backup_holds_what_opens_the_keys_of_persons(tmp_path: Path, steps: list[list[str]]) -> None:
    credentials = Credentials(tmp_path / "secrets")
    Addresses(credentials, Where("localhost", 1, "localhost", 2), tmp_path / "keys.json").write()
    for step in steps:
        done = CliRunner().invoke(
            cli, ["init", "rotate-kek", "cases", "--folder", str(credentials.directory), *step]
        )
        assert done.exit_code == 0, done.output
    sealed = credentials.path("backup", "settings.sealed").read_text()
    held = opened_settings(sealed, Keyring.load(credentials.path("backup", "key")))
    assert versions(held["cases/kek"]) == versions(credentials.path("cases", "kek").read_text())
    assert 2 in versions(held["cases/kek"])
