"""What every command of an operator shares: pacing, tables for pipes, whether it runs inside a container."""

from pathlib import Path

import pytest

from ustawi.columns import table
from ustawi.local.errors import LocalError
from ustawi.reach import Reach, inside
from ustawi.session import paced


def test_items_are_paced_and_a_slow_one_is_not_slowed_more() -> None:
    now, waits = [0.0], []

    def wait(seconds: float) -> None:
        waits.append(round(seconds, 3))
        now[0] += seconds

    for item in paced(range(4), 2, lambda: now[0], wait):
        if item == 1:
            now[0] += 0.7  # this one took longer than its turn
    assert waits == [0.5, 0.3]
    assert list(paced(range(3), None, wait=wait)) == [0, 1, 2]


def test_a_piped_table_has_one_line_a_row_and_nothing_cut() -> None:
    lines = table(("a", "b"), [("x" * 300, 1), ("y", None)]).plain().splitlines()
    assert len(lines) == 3
    assert lines[1] == "x" * 300 + "  1"
    assert lines[2] == "y"


def test_inside_a_container_the_environment_says_where_everything_is(tmp_path: Path) -> None:
    given = {"AMQP_URI": "amqp://x", "OFFICE_KEY_FILE": "/secrets/k", "LOANS_OPS_URL": "http://loans-2:9000"}
    reach = Reach.find(tmp_path / "none", given)
    assert inside(given)
    assert reach.contained
    assert reach.doors["loans"] == "http://loans-2:9000"
    assert reach.doors["reports-web"] == "http://reports-web:8000"


def test_on_a_machine_only_the_processes_of_the_file_are_known(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("AMQP_URI='amqp://x'\nOFFICE_KEY_FILE='/k'\nLOANS_OPS_URL='http://127.0.0.1:5'\n")
    reach = Reach.find(file, {})
    assert not reach.contained
    assert dict(reach.doors) == {"loans": "http://127.0.0.1:5"}
    file.write_text("AMQP_URI='amqp://x'\n")
    with pytest.raises(LocalError, match="OFFICE_KEY_FILE"):
        Reach.find(file, {})
