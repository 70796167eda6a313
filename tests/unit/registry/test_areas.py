"""An import of areas adds what is new, in any order, and changes nothing."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.areas.model import Known, Row, lay_out, plan_import
from registry.rule_broken import RuleBroken

LEVELS = ["country", "region", "council", "ward"]
DAY = date(2016, 4, 22)


def row(code, level, parent, name=None, valid_from=DAY):
    return Row(code=code, level=level, name=name or code.title(), parent=parent, valid_from=valid_from)


TREE = [
    row("TZ", "country", None),
    row("TZ-20", "region", "TZ"),
    row("TZ-20.nkasi", "council", "TZ-20"),
    row("TZ-20.nkasi.chala", "ward", "TZ-20.nkasi"),
    row("TZ-20.nkasi.kate", "ward", "TZ-20.nkasi"),
]


def known(*rows):
    return {r.code: Known(r.level, r.name, r.parent, r.valid_from, r.valid_from) for r in rows}


def refusal(rows, on_record=None, has_root=False):
    with pytest.raises(RuleBroken) as refused:
        plan_import(rows, on_record or {}, LEVELS, has_root)
    return refused.value


@given(st.randoms())
def test_parents_come_before_children_whatever_the_order_of_the_rows(shuffle: random.Random):
    rows = shuffle.sample(TREE, len(TREE))
    placed: set[str | None] = {None}
    for each in plan_import(rows, {}, LEVELS, False).new:
        assert each.parent in placed
        placed.add(each.code)
    assert len(placed) == len(TREE) + 1


def test_what_is_on_record_in_the_same_words_is_counted():
    plan = plan_import(TREE, known(*TREE[:3]), LEVELS, True)
    assert [each.code for each in plan.new] == ["TZ-20.nkasi.chala", "TZ-20.nkasi.kate"]
    assert plan.unchanged == 3


def test_a_row_that_tells_otherwise_than_the_record_is_refused_and_pointed_at():
    renamed = row("TZ-20.nkasi.kate", "ward", "TZ-20.nkasi", name="Kate Mpya")
    refused = refusal([*TREE[:4], renamed], known(*TREE), has_root=True)
    assert refused.code == "area_changed"
    assert refused.fields == {"TZ-20.nkasi.kate": "other name than on record"}
    assert "legal instrument" in refused.message


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (row("TZ-20.x", "district", "TZ-20"), "no level 'district' in this country"),
        (row("TZ-20.x", "ward", None), "name its parent"),
        (row("TZ-20.x", "ward", "TZ-99"), "its parent is neither on record nor in this import"),
        (row("TZ-20.x", "region", "TZ-20"), "a region cannot lie in a region"),
        (row("TZ-20.x", "council", "TZ-20.nkasi.kate"), "a council cannot lie in a ward"),
        (row("TZ-20.x", "ward", "TZ-20", valid_from=date(2016, 4, 21)), "in force before its parent"),
        (row("TZ-20.x", "ward", "TZ-20.x"), "a ward cannot lie in a ward"),
        (row("KE", "country", None), "this country has its root already"),
        (row("KE", "country", "TZ"), "a country has no parent"),
    ],
)
def test_a_row_at_fault_stops_the_import(bad, fault):
    refused = refusal([*TREE, bad])
    assert refused.code == "bad_area"
    assert refused.fields == {bad.code: fault}


def test_a_level_may_be_left_out_on_the_way_down():
    assert plan_import([*TREE, row("TZ-20.town", "ward", "TZ-20")], {}, LEVELS, False).unchanged == 0


def test_an_area_named_twice_is_refused():
    assert refusal([*TREE, TREE[-1]]).code == "code_twice"


def test_an_error_names_twenty_rows_and_counts_the_rest():
    refused = refusal([row(f"W{n}", "ward", None) for n in range(25)])
    assert len(refused.fields) == 20
    assert "5 more" in refused.message


def test_new_areas_get_the_way_from_the_root():
    ids = iter("abcde")
    laid_out = lay_out(TREE, {}, {}, lambda: next(ids))
    assert [(each["area"], each["parent"], "".join(each["path"])) for each in laid_out] == [
        ("a", None, "a"),
        ("b", "a", "ab"),
        ("c", "b", "abc"),
        ("d", "c", "abcd"),
        ("e", "c", "abce"),
    ]
    below = lay_out(TREE[3:4], {"TZ-20.nkasi": "x"}, {"TZ-20.nkasi": ["w", "x"]}, lambda: "y")
    assert below[0]["path"] == ["w", "x", "y"]
