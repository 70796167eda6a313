"""A service under test: its whole command path on a real database, without a broker.

What the broker adds is tested with the broker; here a test calls an operation as an office would, delivers a
foreign event as the stream would, and looks at the facts that were written.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.pq import ExecStatus
from psycopg.rows import dict_row

from chassis import deadlines, migrations, rules, scope
from chassis.auth import Actor
from chassis.call import Call
from chassis.clock import Clock, FixedClock
from chassis.envelope import CHAIN_START, Event, chained, parse, place
from chassis.ids import uuid7
from chassis.runtime import Runtime
from chassis.service import KEYS_MIGRATIONS, Service
from chassis.settings import MIGRATE, MIGRATE_PERSONAL, RUN, RUN_PERSONAL, Settings
from chassis.stream import Intake
from chassis.transaction import Transaction


def prepare(service: Service, settings: Settings) -> None:
    """Bring a service's schemas to what its code needs, and load its rules: `migrate` and `rules` in one."""
    migrations.migrate(settings.owner_database_dsn, service.name, service.name, service.migrations)
    if service.holds_personal_data:
        migrations.migrate(settings.owner_keys_database_dsn, service.name, service.name, [KEYS_MIGRATIONS])
    with psycopg.connect(settings.owner_database_dsn) as connection:
        rules.load_rules(connection, service.folder / "rules")


class _Told:
    """Stands where tokens are checked: the test says who calls. Tokens have tests of their own."""

    def __init__(self) -> None:
        self.actor = Actor("tester", frozenset(), ("*",), 0)

    def verify(self, token: str | None) -> Actor:
        return self.actor


class ServiceUnderTest:
    """A service's operations and handlers over a real database of their own."""

    def __init__(self, service: Service, env: Mapping[str, str]) -> None:
        personal = service.holds_personal_data
        needs = RUN | MIGRATE | (RUN_PERSONAL | MIGRATE_PERSONAL if personal else frozenset())
        self.service = service
        self.settings = Settings.load(service.name, env, needs=needs)
        prepare(service, self.settings)
        self.clock: Clock = Clock()
        self.runtime = Runtime(service, self.settings, clock=SimpleNamespace(now=lambda: self.clock.now()))  # type: ignore[arg-type]
        self._told = _Told()
        self.runtime.authenticator = self._told  # type: ignore[assignment]
        self.runtime.ask = self._ask
        self.runtime.open()
        self._answers: dict[tuple[str, str], Callable[[Mapping[str, Any]], Any]] = {}
        self._sources: dict[str, tuple[Any, int, bytes]] = {}

    def close(self) -> None:
        self.runtime.close()

    # -- As an office calls

    def call(
        self,
        method: str,
        body: Mapping[str, Any] | None = None,
        *,
        roles: Sequence[str] = ("operations",),
        areas: Sequence[str] = ("*",),
        caller: str = "tester",
        **fields: Any,
    ) -> dict[str, Any]:
        """Call an operation as somebody; returns its reply or raises the error that callers see.

        A field of the body that has the name of an argument here goes into `body`.
        """
        operation = self.service.operations[method]
        actor = Actor(caller, frozenset(roles), tuple(str(area) for area in areas), 0)
        # Each call has its own idea of who calls, so that tests may race from threads.
        call = Call(id=str(uuid4()), token="told")  # noqa: S106 - no secret: the test says who calls
        runtime = self.runtime
        service = self.service.entrypoints()
        wire = json.loads(json.dumps({**(body or {}), **fields}, default=_wire))
        verify = _Told()
        verify.actor = actor
        bound = _With(runtime, verify)
        return bound.serve(operation, service, (), wire, call)

    def deliver(
        self, source: str, type: str, *, subject: Any, version: int | None = None, **data: Any
    ) -> Event:
        """Hand over an event of another service as its stream would; parks it as the stream would."""
        event = self._next(source, type, subject, version, data)
        stream = next(stream for stream in self.service.streams if stream.source == source)
        Intake(self.runtime, stream).take([event])
        return event

    def make_event(
        self, source: str, type: str, *, subject: Any, version: int | None = None, **data: Any
    ) -> Event:
        """The next event of another service, not yet delivered."""
        return self._next(source, type, subject, version, data)

    def intake(self, source: str) -> Intake:
        return Intake(
            self.runtime, next(stream for stream in self.service.streams if stream.source == source)
        )

    def _next(
        self, source: str, type: str, subject: Any, version: int | None, data: Mapping[str, Any]
    ) -> Event:
        log, position, chain = self._sources.get(source, (uuid4(), 0, CHAIN_START))
        envelope = json.dumps(
            {
                "specversion": "1.0",
                "id": str(uuid7()),
                "source": source,
                "type": type,
                "subject": str(subject),
                "time": self.clock.now().isoformat(),
                "data": data,
                "aggregateversion": version,
                "actor": "tester",
            },
            default=_wire,
            ensure_ascii=False,
            separators=(",", ":"),
        )
        text = place(envelope, log, position + 1, chain)
        self._sources[source] = (log, position + 1, chained(chain, text))
        return parse(text)

    def events(self, type: str | None = None) -> list[dict[str, Any]]:
        """The facts written so far, oldest first: their envelopes."""
        rows = self.sql("SELECT envelope FROM outbox ORDER BY id")
        read = [json.loads(row["envelope"]) for row in rows]
        return [event for event in read if type is None or event["type"] == type]

    def fire_deadlines(self) -> int:
        """Handle what is due by the clock of the test; returns how many were."""
        return deadlines.handle_due(self.runtime)

    # -- The world around

    def at(self, moment: datetime) -> None:
        """From now on it is `moment`."""
        self.clock = FixedClock(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

    def answers(self, service: str, method: str, answer: Callable[[Mapping[str, Any]], Any]) -> None:
        """Another service answers `method` so, when it is asked in `gather`."""
        self._answers[service, method] = answer

    def _ask(self, service: str, method: str, body: Mapping[str, Any], call: Call) -> Any:
        return self._answers[service, method](json.loads(json.dumps(body, default=_wire)))

    @contextmanager
    def tx(self) -> Iterator[Transaction]:
        with self.runtime.work() as tx:
            yield tx

    def sql(self, statement: str, **params: Any) -> list[dict[str, Any]]:
        """Run a statement as the schema's owner."""
        with psycopg.connect(self.settings.owner_database_dsn, row_factory=dict_row) as connection:
            cursor = connection.execute(statement, params)
            returned = cursor.pgresult is not None and cursor.pgresult.status == ExecStatus.TUPLES_OK
            return cursor.fetchall() if returned else []

    def given_country(self, country: str = "TZ") -> str:
        zones = {"TZ": "Africa/Dar_es_Salaam", "ID": "Asia/Jayapura", "VN": "Asia/Ho_Chi_Minh"}
        with self.tx() as tx:
            scope.put_country(
                tx,
                {
                    "country": country,
                    "name": country,
                    "time_zone": zones[country],
                    "currency": {"TZ": "TZS", "ID": "IDR", "VN": "VND"}[country],
                    "fiscal_year_start_month": 7 if country == "TZ" else 1,
                    "languages": ["en"],
                    "level_names": {},
                },
            )
        return country

    def given_area(
        self,
        level: str,
        parent: str | None = None,
        country: str = "TZ",
        valid_from: date = date(2000, 1, 1),
    ) -> str:
        """An area of the world, known to the service; returns its id."""
        area = str(uuid7())
        with self.tx() as tx:
            above = scope.area(tx, parent) if parent else None
            path = [*map(str, above["path"]), area] if above else [area]
            scope.put_areas(
                tx,
                [
                    {
                        "area": area,
                        "country": country,
                        "level": level,
                        "code": f"{country}-{area[-8:]}",
                        "name": f"{level.title()} {area[-4:]}",
                        "parent": parent,
                        "valid_from": valid_from,
                        "path": path,
                    }
                ],
            )
        return area


class _With:
    """A runtime seen with another authenticator, so that threads may call as different people at once."""

    def __init__(self, runtime: Runtime, authenticator: _Told) -> None:
        self._runtime = runtime
        self.authenticator = authenticator

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    def serve(self, *args: Any) -> dict[str, Any]:
        return Runtime.serve(self, *args)  # type: ignore[arg-type]

    def _serve(self, *args: Any) -> dict[str, Any]:
        return Runtime._serve(self, *args)  # type: ignore[arg-type]


def _wire(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
