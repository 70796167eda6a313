"""How facts go back to what a restored source still has."""

from typing import Any

from chassis.errors import Unavailable
from chassis.transaction import Transaction
from reports.lost import store
from reports.versions import store as versions
from reports.versions.rebuild import RebuildRunning, rebuild


class FactsKept:
    """The facts of a source as the chassis brings them back."""

    def text(self, tx: Transaction, source: str, position: int) -> str | None:
        """The fact at a position, as it was published."""
        return store.text(tx, source, position)

    def put_aside(self, tx: Transaction, source: str, after: int) -> int:
        """Put aside the facts behind a position; they are listed as lost. Returns how many."""
        versions.lock(tx, alone=True)
        return store.put_aside(tx, source, after)

    def make_again(self, runtime: Any) -> None:
        """Make all figures again from the facts that are left."""
        try:
            rebuild(runtime)
        except RebuildRunning:
            raise Unavailable("busy", "A rebuild of the figures is under way; this follows it.") from None
