"""Figures side by side: sums by key, and where two differ."""

from ustawi.demo.figures import counted, first_difference


def test_figures_are_summed_by_key_and_nothing_is_left_out_but_nothing():
    pairs = [(("nkasi", "women"), 2), (("nkasi", "women"), 3), (("nkasi", "pwd"), 1), (("nkasi", "pwd"), -1)]
    assert counted(pairs) == {("nkasi", "women"): 5}


def test_equal_figures_differ_nowhere():
    assert first_difference({("a",): 1, ("b",): 0}, {("a",): 1}) == ""


def test_the_first_difference_is_told_by_its_key():
    assert first_difference({("a", "x"): 1_200, ("b", "x"): 2}, {("a", "x"): 1_000}) == "a x: 1,200 and 1,000"
    assert first_difference({(): 5}, {(): 6}) == "total: 5 and 6"
