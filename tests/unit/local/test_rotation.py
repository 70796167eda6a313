"""A key is replaced in steps, and no step loses one that is still needed."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from chassis.settings import Settings
from ustawi.backup.sealing import Keyring
from ustawi.backup.settings import opened_settings
from ustawi.init.credentials import Credentials
from ustawi.init.rotation import newest_alone, newest_first, versions, with_next
from ustawi.init.settings import Addresses, Where
from ustawi.local.errors import LocalError
from ustawi.main import cli

FIRST = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def test_the_new_key_is_known_to_all_before_it_wraps() -> None:
    both = with_next(FIRST + "\n")
    assert versions(both)[1] == FIRST
    for text, order in ((both, [1, 2]), (newest_first(both), [2, 1])):
        read = Settings.load("cases", {"KEK": text}, needs=frozenset({"KEK"})).kek
        assert list(read) == order  # the first wraps
    with pytest.raises(LocalError, match="--use-new"):
        newest_alone(both)


def test_what_remains_keeps_its_version() -> None:
    both = newest_first(with_next(FIRST))
    alone = newest_alone(both)
    assert versions(alone) == {2: versions(both)[2]}
    assert sorted(versions(with_next(alone))) == [2, 3]


def test_a_second_replacement_waits_for_the_end_of_the_first() -> None:
    with pytest.raises(LocalError, match="--drop-old"):
        with_next(with_next(FIRST))


@pytest.mark.parametrize("steps", [[[]], [[], ["--use-new"]], [[], ["--use-new"], ["--drop-old"]]])
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
