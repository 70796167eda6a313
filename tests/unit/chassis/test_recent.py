"""A small memory forgets the least used, and what has run out."""

from chassis.recent import Recent


def test_the_least_recently_used_leaves_first():
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1, until=10)
    recent.put("b", 2, until=10)
    recent.get("a", now=0)
    recent.put("c", 3, until=10)

    assert [recent.get(key, now=0) for key in "abc"] == [1, None, 3]
    assert len(recent) == 2


def test_what_has_run_out_is_gone():
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1, until=10)

    assert recent.get("a", now=9.9) == 1
    assert recent.get("a", now=10) is None
    assert len(recent) == 0


def test_one_value_or_all_can_be_dropped():
    recent: Recent[str, int] = Recent(3)
    for key in "abc":
        recent.put(key, 1, until=10)

    recent.drop("a")
    recent.drop("unknown")
    assert len(recent) == 2
    recent.clear()
    assert len(recent) == 0
