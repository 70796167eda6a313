"""An export goes on behind its last event, and harms no file that is not one."""

import json
from pathlib import Path

import click
import pytest

from ustawi.carry.out import _last_position


def line(position: int, source: str = "loans") -> str:
    return json.dumps({"source": source, "position": position}) + "\n"


def test_what_was_cut_off_behind_the_last_whole_event_is_removed(tmp_path: Path) -> None:
    file = tmp_path / "loans.jsonl"
    file.write_text(line(1) + line(2) + line(3)[:20])
    assert _last_position(file, "loans") == 2
    assert file.read_text() == line(1) + line(2)


@pytest.mark.parametrize("text", ["no line", "two lines\nof a letter", line(1, "registry") + "{"])
def test_a_file_that_is_no_export_of_the_service_is_refused_and_stays_as_it_is(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "letter.txt"
    file.write_text(text)
    with pytest.raises(click.UsageError, match="name another file"):
        _last_position(file, "loans")
    assert file.read_text() == text
