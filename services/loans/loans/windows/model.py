"""When a window may open and close."""

from datetime import date

from loans.rule_broken import RuleBroken


def require_announced(published_on: date, opens_on: date, closes_on: date) -> None:
    """A window has days, and its notice comes before them."""
    if closes_on < opens_on:
        raise RuleBroken("window_without_days", "A window closes on or after the day on which it opens.")
    if published_on > opens_on:
        raise RuleBroken(
            "notice_too_late", f"The notice is of {published_on}; a window opens on that day or later."
        )


def require_within_quarter(closes_on: date, ends: date) -> None:
    """A window is of one quarter."""
    if closes_on > ends:
        raise RuleBroken(
            "window_beyond_quarter",
            f"The quarter in which this window opens ends on {ends}; close it by then.",
            {"ends": str(ends)},
        )


def require_closing_day(on: date, opens_on: date, closes_on: date, last_application: date | None) -> None:
    """A window is closed on a day of its own, and leaves nobody outside who was let in."""
    if not opens_on <= on <= closes_on:
        raise RuleBroken(
            "not_in_window",
            f"This window is open from {opens_on} to {closes_on}; close it on a day of these.",
        )
    if last_application is not None and last_application > on:
        raise RuleBroken(
            "window_has_applications",
            f"An application of {last_application} was taken in; close the window on that day or later.",
        )


def require_window(found: bool, demanded: bool) -> None:
    """Where the rules demand it an application comes in an open window."""
    if demanded and not found:
        raise RuleBroken(
            "no_open_window",
            "The council takes no applications in on this day; wait for the notice of its next window.",
        )
