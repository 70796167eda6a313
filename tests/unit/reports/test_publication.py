"""No small figure about people can be read, or worked out from what is told."""

from functools import cache
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.publication.model import (
    ALL,
    THRESHOLD,
    hidden_in_line,
    hidden_in_table,
    is_small,
    publish,
    publish_line,
    totals,
)

counts = st.one_of(st.just(0), st.integers(1, 4), st.integers(5, 30), st.integers(0, 2000))


@st.composite
def tables(draw, most_rows=5, most_columns=5, values=counts):
    rows = [f"r{n}" for n in range(draw(st.integers(1, most_rows)))]
    columns = [f"c{n}" for n in range(draw(st.integers(1, most_columns)))]
    cells = {place: draw(values) for place in product(rows, columns)}
    return cells, rows, columns


def told(table, hidden):
    return {place: value for place, value in table.items() if place not in hidden}


@given(tables())
def test_every_small_cell_and_total_is_hidden(given_table):
    cells, rows, columns = given_table
    hidden = hidden_in_table(cells, rows, columns)
    assert all(place in hidden for place, value in totals(cells, rows, columns).items() if is_small(value))


@given(tables())
def test_for_each_small_cell_another_world_fits_what_is_told_in_which_it_is_not_small(given_table):
    cells, rows, columns = given_table
    table = totals(cells, rows, columns)
    hidden = hidden_in_table(cells, rows, columns)
    for place in [place for place, value in table.items() if is_small(value)]:
        assert any(
            world[place] >= THRESHOLD and told(world, hidden) == told(table, hidden)
            for world in worlds_near(cells, rows, columns, place, hidden, table)
        ), place


def worlds_near(cells, rows, columns, place, hidden, table):
    """Worlds that differ from this one by moving people round a rectangle, or into or out of single cells."""
    lift = THRESHOLD - table[place]
    for row, column, other_row, other_column in product(rows, columns, [*rows, None], [*columns, None]):
        for sign in (1, -1):
            moved = dict(cells)
            moved[row, column] += sign * lift
            if other_row is not None and other_row != row:
                moved[other_row, column] -= sign * lift
            if other_column is not None and other_column != column:
                moved[row, other_column] -= sign * lift
            if None not in (other_row, other_column) and other_row != row and other_column != column:
                moved[other_row, other_column] += sign * lift
            if min(moved.values()) >= 0:
                world = totals(moved, rows, columns)
                if all(world[at] >= 1 for at in hidden if table[at] >= 1):
                    yield world


@cache
def all_worlds(rows, columns):
    """Every table of so many rows and columns with up to 11 people in a cell."""
    names = [f"r{n}" for n in range(rows)], [f"c{n}" for n in range(columns)]
    places = list(product(*names))
    return [
        totals(dict(zip(places, values, strict=True)), *names)
        for values in product(range(12), repeat=len(places))
    ]


@settings(deadline=None, max_examples=30)
@given(tables(most_rows=2, most_columns=2, values=st.integers(0, 7)))
def test_an_attacker_who_tries_every_table_cannot_pin_a_small_figure_down(given_table):
    cells, rows, columns = given_table
    table = totals(cells, rows, columns)
    hidden = hidden_in_table(cells, rows, columns)
    published = told(table, hidden)
    small = [place for place, value in table.items() if is_small(value)]
    if small:
        fitting = [
            world for world in all_worlds(len(rows), len(columns)) if published.items() <= world.items()
        ]
        for place in small:
            assert len({world[place] for world in fitting}) > 1
            assert max(world[place] for world in fitting) >= THRESHOLD


@given(tables())
def test_what_is_not_near_a_small_figure_is_told(given_table):
    cells, rows, columns = given_table
    if not any(is_small(value) for value in totals(cells, rows, columns).values()):
        assert not hidden_in_table(cells, rows, columns)


@given(tables(most_rows=4, most_columns=6, values=st.integers(40, 4000)), st.integers(1, 4))
def test_one_small_cell_in_a_full_table_costs_three_others_and_no_total(given_table, small):
    cells, rows, columns = given_table
    if len(rows) < 2 or len(columns) < 2:
        return
    cells[rows[0], columns[0]] = small
    hidden = hidden_in_table(cells, rows, columns)
    assert len(hidden) == 4
    assert all(None not in place for place in hidden)


def test_a_row_and_a_column_that_sum_do_not_give_a_figure_away():
    cells = {
        ("Kalambo", "corruption"): 3,
        ("Kalambo", "service"): 40,
        ("Nkasi", "corruption"): 20,
        ("Nkasi", "service"): 55,
    }
    hidden = hidden_in_table(cells, ["Kalambo", "Nkasi"], ["corruption", "service"])
    assert hidden == set(cells)
    assert ALL not in hidden


def test_a_table_with_so_few_people_tells_nothing_of_them():
    cells = {("a", "x"): 1, ("a", "y"): 1, ("b", "x"): 0, ("b", "y"): 1}
    hidden = hidden_in_table(cells, ["a", "b"], ["x", "y"])
    assert {
        ALL,
        ("a", "x"),
        ("a", "y"),
        ("b", "y"),
        ("a", None),
        ("b", None),
        (None, "x"),
        (None, "y"),
    } <= hidden


@given(tables())
def test_of_what_a_small_total_is_made_nothing_is_told_noughts_included(given_table):
    cells, rows, columns = given_table
    hidden = hidden_in_table(cells, rows, columns)
    table = totals(cells, rows, columns)
    assert all((row, c) in hidden for row in rows if is_small(table[row, None]) for c in columns)
    assert all((row, column) in hidden for column in columns if is_small(table[None, column]) for row in rows)
    assert not is_small(table[ALL]) or hidden == table.keys()


def test_nobody_learns_whose_three_cases_they_are():
    cells = {("Sumbawanga", "street child"): 3, ("Nkasi", "street child"): 0, ("Kalambo", "street child"): 0}
    published = publish(cells, {row: [row, "Rukwa"] for row, _ in cells})
    assert published.columns == []
    assert published.value() is None
    assert {published.value([row], column) for row, _ in cells for column in ("street child", "beggar")} == {
        None
    }
    assert publish_line({"male": 3}, published) is None


@given(st.dictionaries(st.sampled_from("abcdefgh"), counts, min_size=1))
def test_a_line_hides_every_small_figure_and_leaves_room_for_doubt(values):
    hidden = hidden_in_line(values)
    small = {name for name, value in values.items() if is_small(value)}
    assert small <= hidden
    if None in hidden:
        assert is_small(sum(values.values()))
        assert hidden == {*values, None}
        return
    if not small:
        assert not hidden
    for name in small:
        others = [values[other] for other in hidden - {name}]
        rest = sum(others)
        # Either the hidden others can give what lifts it, or all is hidden and it may be the whole sum.
        assert rest - sum(other > 0 for other in others) >= THRESHOLD - values[name] or hidden == set(values)


def test_a_large_table_is_judged_quickly():
    rows, columns = [f"r{n}" for n in range(184)], [f"c{n}" for n in range(26)]
    cells = {(r, c): (i * 7919 + j * 104729) % 61 for i, r in enumerate(rows) for j, c in enumerate(columns)}
    hidden = hidden_in_table(cells, rows, columns)
    assert len(hidden) < len(cells) / 2
