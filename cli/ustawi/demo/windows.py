"""Chapter: each quarter every council of Rukwa takes applications in for some weeks, by public notice."""

from datetime import date, timedelta

from ustawi.demo.officers import council_officer
from ustawi.demo.stage import COUNCILS, QUARTER_BEGINS, RUKWA_COUNCILS, Stage
from ustawi.demo.telling import day

DAYS = 45  # so long is a window open
NOTICE = 2  # days between its notice and its first day


def window_of(quarter: int) -> tuple[date, date]:
    """The first and the last day of the window of a quarter, 1 to 4."""
    opens_on = date.fromisoformat(QUARTER_BEGINS[quarter - 1]) + timedelta(days=NOTICE)
    return opens_on, opens_on + timedelta(days=DAYS - 1)


def announce(stage: Stage) -> None:
    """Open the window of each quarter in each council; only in it are applications taken in."""
    for council in RUKWA_COUNCILS:
        for quarter in range(1, 5):
            opens_on, closes_on = window_of(quarter)
            stage.office.command(
                council_officer(council),
                "loans",
                "open_window",
                f"window/{council}/{quarter}",
                council=stage.office.areas[council],
                published_on=QUARTER_BEGINS[quarter - 1],
                opens_on=opens_on.isoformat(),
                closes_on=closes_on.isoformat(),
                instrument=f"TANGAZO {council.rpartition('.')[2]} {quarter}",
            )
    stage.tell.say(
        f"{len(RUKWA_COUNCILS)} councils ({', '.join(COUNCILS[each] for each in RUKWA_COUNCILS)}), open "
        + ", ".join(
            " to ".join(day(each.isoformat()) for each in window_of(quarter)) for quarter in range(1, 5)
        )
    )
