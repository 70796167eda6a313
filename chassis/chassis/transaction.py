"""One unit of work: rows, events and deadlines that become true together or not at all."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chassis import ids, reference, rules, scope
from chassis.clock import BusinessCalendar
from chassis.database import Connection
from chassis.envelope import compose
from chassis.errors import NotFound, Refused
from chassis.receipts import receipt_code, receipt_hash
from chassis.schemas import Event

if TYPE_CHECKING:
    from chassis.call import Call
    from chassis.runtime import Runtime


# One parameter for any number of facts: written and read as JSON by C code at both ends, in this order.
INSERT_FACTS = """
    INSERT INTO outbox (event, type, subject, recorded_at, envelope)
    SELECT event, type, subject, recorded_at, envelope
    FROM json_to_recordset(%(facts)s::json)
         AS fact(event uuid, type text, subject text, recorded_at timestamptz, envelope text)
"""


class Transaction:
    """What a command, query or stream handler works with; SQL goes through it with named parameters.

    Every statement may name `%(now)s` without passing it.
    """

    def __init__(
        self, runtime: "Runtime", connection: Connection, call: "Call", command: UUID | None = None
    ) -> None:
        self.runtime = runtime
        self._connection = connection
        self._cursor = connection.cursor()  # one for all statements: rows are fetched before the next is sent
        self.call = call
        self.actor = call.actor
        self.now: datetime = runtime.clock.now()
        self.command = command or ids.uuid7()  # the caller's command_id, or one that cannot be repeated
        self._events: list[dict[str, Any]] = []

    # -- SQL

    def one(self, sql: str, /, **params: Any) -> dict[str, Any] | None:
        return self._cursor.execute(sql, {"now": self.now, **params}).fetchone()

    def all(self, sql: str, /, **params: Any) -> list[dict[str, Any]]:
        return self._cursor.execute(sql, {"now": self.now, **params}).fetchall()

    def value(self, sql: str, /, **params: Any) -> Any:
        row = self._cursor.execute(sql, {"now": self.now, **params}).fetchone()
        return None if row is None else next(iter(row.values()))

    def run(self, sql: str, /, **params: Any) -> int:
        """Run a statement and return how many rows it touched."""
        return self._cursor.execute(sql, {"now": self.now, **params}).rowcount

    def many(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of `rows`, in one round trip."""
        if rows:
            with self._connection.cursor() as cursor:
                cursor.executemany(sql, rows)

    @property
    def connection(self) -> Connection:
        """The connection itself, for COPY and the like."""
        return self._connection

    # -- Facts

    def emit(self, event: type[Event], *, subject: Any, version: int | None = None, **data: Any) -> str:
        """Publish a fact when, and only when, this transaction commits; returns the event's id.

        `data` must fill the event's schema: what is missing or unknown is a fault of the service and raises.
        """
        shaped = _shape(event, data)
        event_id = str(ids.uuid7())
        self._events.append(
            {
                "event": event_id,
                "type": event.type,
                "subject": str(subject),
                "recorded_at": self.now.isoformat(),
                "envelope": compose(
                    id=event_id,
                    source=self.runtime.name,
                    schema=event,
                    subject=str(subject),
                    time=self.now,
                    data=shaped,
                    version=version,
                    actor=self.actor.subject,
                    correlation=self.call.correlation,
                    causation=self.call.causation or str(self.command),
                    traceparent=self.call.traceparent,
                ),
            }
        )
        return event_id

    def take_facts(self) -> list[dict[str, Any]]:
        """The facts published so far, as rows of the outbox; whoever takes them writes them."""
        facts, self._events = self._events, []
        return facts

    def flush(self) -> list[str]:
        """Write the facts to the outbox; returns their ids. The chassis calls it last, before the commit."""
        facts = self.take_facts()
        if facts:
            self._connection.execute(INSERT_FACTS, {"facts": json.dumps(facts)})
        return [fact["event"] for fact in facts]

    def set_deadline(
        self, subject: Any, kind: str, due_at: datetime, data: Mapping[str, Any] | None = None
    ) -> None:
        """Have the service's handler of `kind` run once at `due_at`; a deadline already handled stays handled."""
        self.run(
            """
            INSERT INTO deadline (subject, kind, due_at, data)
            VALUES (%(subject)s, %(kind)s, %(due_at)s, %(data)s::jsonb)
            ON CONFLICT (subject, kind)
            DO UPDATE SET due_at = excluded.due_at, data = excluded.data, failures = 0, retry_at = NULL
            WHERE deadline.fired_at IS NULL
            """,
            subject=subject,
            kind=kind,
            due_at=due_at,
            data=json.dumps(data or {}),
        )

    def clear_deadline(self, subject: Any, kind: str) -> None:
        """Forget a deadline that was met before it was due."""
        self.run(
            "DELETE FROM deadline WHERE subject = %(subject)s AND kind = %(kind)s AND fired_at IS NULL",
            subject=subject,
            kind=kind,
        )

    # -- Rules, time and place

    def rules(self, name: str, on: date, country: str = "TZ") -> dict[str, Any]:
        """The rule document in force on a date."""
        return self.rule_version(name, on, country)[1]

    def rule_version(self, name: str, on: date, country: str = "TZ") -> tuple[str, dict[str, Any]]:
        """The version and document of a rule in force on a date; `Refused` where none is."""
        found = rules.in_force(self._connection, name, country, on)
        return found.version, found.document

    def today(self, country: str = "TZ") -> date:
        """The local date in a country, now."""
        return scope.local_date(self, country)

    def calendar(self, country: str = "TZ") -> BusinessCalendar:
        """The country's working days: weekends, public holidays and the officers' overrides."""
        return scope.calendar(self, country)

    def not_in_future(self, on: date, country: str = "TZ") -> None:
        """Refuse a fact dated after today."""
        if on > self.today(country):
            raise Refused(
                "in_future", "This date has not come yet; give the day on which it happened.", {"on": str(on)}
            )

    def area(self, area: Any, on: date | None = None) -> dict[str, Any] | None:
        return scope.area(self, area, on)

    def require_area(self, area: Any) -> None:
        """Answer as not found what lies outside the caller's areas."""
        if "*" not in self.actor.areas and not scope.within(self, area, self.actor.areas, None):
            raise NotFound("not_found", "There is no such record within your area.")

    def may(self, permission: str) -> bool:
        """Whether the caller's roles allow a permission beyond the one that the operation needs."""
        return self.runtime.roles.allow(self.actor, permission)

    # -- People

    def new_person(self) -> UUID:
        """A new person's id, with a key of their own already kept."""
        person = ids.uuid7()
        self.runtime.people.new(person)
        return person

    def seal(self, person: Any, value: str, field: str = "") -> bytes:
        return self.runtime.people.seal(UUID(str(person)), value, f"{self.runtime.name}.{field}")

    def unseal(self, person: Any, sealed: bytes | None, field: str = "") -> str | None:
        """The text again; None where there is none or the person was erased."""
        if sealed is None:
            return None
        return self.runtime.people.unseal(UUID(str(person)), bytes(sealed), f"{self.runtime.name}.{field}")

    def blind(self, kind: str, value: str) -> bytes:
        """A keyed hash for equality search; normalise `value` first."""
        return self.runtime.people.blind(kind, value)

    # -- Ids

    def new_id(self) -> UUID:
        return ids.uuid7()

    def reference(self, prefix: str) -> str:
        """The next short public reference of that prefix, with a check character."""
        return reference.next_reference(self, prefix)

    def receipt_code(self, purpose: str) -> str:
        """A secret for the person who stands before us; a repeated command gives the same one. Keep its hash only."""
        return receipt_code(self.runtime.settings.command_key, self.command, purpose)

    def receipt_hash(self, code: str) -> bytes:
        return receipt_hash(self.runtime.settings.command_key, code)


_schemas: dict[type[Event], Event] = {}


def _shape(event: type[Event], data: dict[str, Any]) -> dict[str, Any]:
    schema = _schemas.get(event) or _schemas.setdefault(event, event())
    missing = [name for name, field in schema.fields.items() if field.required and data.get(name) is None]
    if missing or data.keys() - schema.fields.keys():
        raise TypeError(
            f"{event.type}: missing {missing}, unknown {sorted(data.keys() - schema.fields.keys())}"
        )
    shaped: dict[str, Any] = schema.dump(data)
    wrong = schema.validate(shaped)
    if wrong:
        raise TypeError(f"{event.type}: {sorted(wrong)} break their own bounds")
    return shaped
