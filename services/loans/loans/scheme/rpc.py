"""The scheme's suspension and resumption by RPC."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command
from chassis.errors import Conflict, NotFound
from chassis.transaction import Transaction
from loans import events
from loans.scheme import store
from loans.scheme.schemas import SchemeChangeIn, SchemeChangeOut


class SchemeRpc:
    """Mixed into the service class."""

    @command(SchemeChangeIn, replies=SchemeChangeOut, needs="scheme.change")
    def suspend_scheme(self, tx: Transaction, area: UUID, on: date, instrument: str) -> dict[str, Any]:
        """From a day on nothing is approved or disbursed in an area; repayments go on."""
        fact = _change(tx, area, on, instrument, "suspended")
        tx.emit(events.SchemeSuspended, subject=area, **fact)
        return {**fact, "lending": "suspended"}

    @command(SchemeChangeIn, replies=SchemeChangeOut, needs="scheme.change")
    def resume_scheme(self, tx: Transaction, area: UUID, on: date, instrument: str) -> dict[str, Any]:
        """From a day on the scheme lends again in an area."""
        fact = _change(tx, area, on, instrument, "open")
        tx.emit(events.SchemeResumed, subject=area, **fact)
        return {**fact, "lending": "open"}


def _change(tx: Transaction, area: UUID, on: date, instrument: str, lending: str) -> dict[str, Any]:
    tx.require_area(area)
    found = tx.area(area)
    if found is None:
        raise NotFound("not_found", "There is no such record within your area.")
    fact = {"area": area, "country": found["country"], "on": on, "instrument": instrument}
    if not store.add_change(tx, {**fact, "national": found["parent"] is None, "lending": lending}):
        raise Conflict(
            "already_changed", "A change of that day is recorded for this area; choose another day."
        )
    return fact
