"""Charts keep inside their frame and never lie about proportion."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reports.web import charts

amounts = st.integers(0, 10**13)


@given(st.integers(0, 10**15))
def test_ticks_are_round_and_reach_the_largest_value(most: int) -> None:
    values = charts.steps_up_to(most)
    assert values[0] == 0
    assert values[-1] >= most
    assert len(values) <= 7
    step = values[1]
    assert [nth * step for nth in range(len(values))] == values
    assert str(step).rstrip("0") in {"1", "2", "25", "5"}


@given(st.lists(st.lists(amounts, min_size=8, max_size=8), min_size=1, max_size=4))
def test_columns_stand_on_the_base_inside_the_frame_in_proportion(series: list[list[int]]) -> None:
    chart = charts.columns(series)
    most = max(max(values) for values in series)
    tallest = max(bar.height for group in chart.groups for bar in group)
    for nth, group in enumerate(chart.groups):
        for place, bar in enumerate(group):
            assert bar.value == series[place][nth]
            assert bar.x >= 0
            assert bar.x + bar.width <= 100
            assert abs(bar.y + bar.height - chart.base) < 0.02
            assert bar.y >= 0
            if most:
                assert abs(bar.height / (tallest or 1) - bar.value / most) < 0.01


@given(st.lists(st.none() | amounts, max_size=8))
def test_a_small_line_keeps_inside_and_leaves_gaps(values: list[int | None]) -> None:
    marks = charts.spark(values)
    assert [mark.value for mark in marks] == [value for value in values if value is not None]
    assert all(0 <= mark.x <= 100 and 0 <= mark.y <= 30 for mark in marks)


@given(st.dictionaries(st.integers(0, 4000), st.integers(0, 90), min_size=1, max_size=60))
def test_a_line_in_steps_runs_from_the_first_day_to_the_last(told: dict[int, int]) -> None:
    roster = [(date(2014, 1, 1) + timedelta(days=day), value) for day, value in sorted(told.items())]
    chart = charts.steps(roster, date(2025, 11, 22))
    assert [level.value for level in chart.levels] == [value for _, value in roster]
    assert all(
        level.x >= 0 and level.x + level.width <= 100.01 and 0 <= level.y <= chart.base
        for level in chart.levels
    )
    assert chart.named[0][2] == roster[-1][1]
    assert (
        max(value for _, value in roster) in {value for _, _, value in chart.named} or len(chart.levels) > 1
    )
