"""Files are read strictly, and sent in chunks whose ids are the same each time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ustawi.carry.chunks import FileWrong, chunks, read_rows

NEEDED = ("code", "name")
ALLOWED = ("code", "name", "parent")
SAID = {"country": "TZ"}


def rows_of(*lines: str) -> list[Any]:
    return list(read_rows([line + "\n" for line in lines], NEEDED, ALLOWED))


def test_columns_are_found_by_name_and_unknown_and_empty_ones_left_out() -> None:
    assert rows_of("\ufeffname,code,parent,notes", "Rukwa,TZ-20,,x", "", "Laela,TZ-20.1,TZ-20,y") == [
        (2, {"code": "TZ-20", "name": "Rukwa"}),
        (4, {"code": "TZ-20.1", "name": "Laela", "parent": "TZ-20"}),
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("code;name", "a;b"), "line 1: the columns code, name are missing"),
        ((), "line 1"),
        (("code,name", "a,b,c"), "line 2: 3 cells"),
        (("code,name", 'a,"b'), "line 2"),
    ],
)
def test_what_is_wrong_is_told_by_line(lines: tuple[str, ...], told: str) -> None:
    with pytest.raises(FileWrong, match=told):
        rows_of(*lines)


@given(count=st.integers(0, 25), size=st.integers(1, 7))
def test_chunks_hold_every_row_once_in_order_under_ids_that_stay(count: int, size: int) -> None:
    rows = [(number + 2, {"code": f"c{number}"}) for number in range(count)]
    first = list(chunks(rows, size, SAID, "ops.asha"))
    assert [row for chunk in first for row in chunk.rows] == [row for _, row in rows]
    assert first == list(chunks(rows, size, SAID, "ops.asha"))
    assert len({chunk.command_id for chunk in first}) == len(first)
    assert all(chunk.last - chunk.first + 1 == len(chunk.rows) <= size for chunk in first)


def test_other_words_with_it_or_another_officer_make_another_command() -> None:
    rows = [(2, {"code": "a"})]
    ids = {
        next(chunks(rows, 5, said, officer)).command_id
        for said, officer in ((SAID, "a"), (SAID, "b"), ({"country": "VN"}, "a"))
    }
    assert len(ids) == 3
