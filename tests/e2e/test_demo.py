"""The office's whole story against the real system: told once, told again, and told while services are killed."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ustawi.demo import story
from ustawi.demo.telling import Advance, Teller

pytestmark = pytest.mark.xdist_group("e2e")

LOANS = 10
TODAY = datetime.now(ZoneInfo("Africa/Dar_es_Salaam")).date().isoformat()


@pytest.mark.slow
def test_the_story_is_told_and_every_figure_is_right(system, told):
    telling = told()
    passed = story.tell(telling.stage, TODAY)
    text = telling.text.getvalue()
    assert passed, text
    assert "220,200,000 / 220,200,000 / 110,100,000" in text
    assert text.count("44 / 28 / 40") == 2  # in the registry, and in reports
    assert "fully repaid" in text
    assert "overdue" in text
    for code in (
        "not_eligible",
        "member_in_another_group",
        "kind_not_admitted",
        "unqualified",
    ):
        assert f"({code})" in text
    assert "because: plan_not_viable" in text

    again = told()
    assert story.tell(again.stage, TODAY)
    assert "Nothing new" in again.text.getvalue()
    assert report_of(again.text.getvalue()) == report_of(text)


@pytest.mark.slow
def test_services_killed_in_the_middle_lose_nothing_and_do_nothing_twice(system, told):
    steps = itertools.count(1)
    killed = {7: "registry", 28: "loans", 45: "reports"}

    class Killing(Teller):
        """Kills a service at certain steps of the progress."""

        @contextmanager
        def progress(self, what: str, of: int) -> Iterator[Advance]:
            with super().progress(what, of) as advance:

                def advance_and_kill() -> None:
                    advance()
                    if name := killed.pop(next(steps), None):
                        system.crash(name)

                yield advance_and_kill

    telling = told(Killing)
    assert story.tell(telling.stage, TODAY, LOANS), telling.text.getvalue()
    assert not killed
    again = told()
    assert story.tell(again.stage, TODAY, LOANS), again.text.getvalue()
    assert "Nothing new" in again.text.getvalue()


def report_of(text: str) -> str:
    """The chapters of the report and of the checks, as printed."""
    return text[text.index("The report for") : text.index("no event is parked")]
