"""Where a server's files stand."""

from pathlib import Path

import pytest

from ustawi.local import accounts
from ustawi.local.accounts import Account

SOMEBODY = Account("somebody", 64001, 64001)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(accounts, "OUTSIDE", tmp_path / "outside")
    monkeypatch.setattr(Account, "own", lambda self, path: None)
    return tmp_path / "outside"


def test_a_server_of_ours_stands_in_its_folder(tmp_path: Path) -> None:
    assert accounts.server_home(tmp_path / "postgres", None) == tmp_path / "postgres"
    assert (tmp_path / "postgres").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_the_account_cannot_reach_is_replaced_by_one_outside(
    tmp_path: Path, outside: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = accounts.server_home(closed / "postgres", SOMEBODY)
    assert home.parent == outside
    assert accounts.server_home(closed / "postgres", SOMEBODY) == home
    assert accounts.server_home(closed / "rabbitmq", SOMEBODY) != home
    accounts.remove_home(closed / "postgres")
    assert not home.exists()
