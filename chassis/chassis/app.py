"""Starts a service and stops it well.

At the start it waits, and says so, for whatever is not there yet: database, schema, broker. At a stop it takes no
more calls, finishes, answers and acknowledges those at work, hands over the relay, and notes the clean end.
"""

import logging
import signal
from functools import partial
from pathlib import Path
from typing import Any

import eventlet
import eventlet.debug
import psycopg
from prometheus_client import REGISTRY

from chassis import logs, migrations, once, ops, rules, tracing, troubles, wire
from chassis.auth import ServiceToken
from chassis.client import TRANSPORT_OPTIONS, Clients, wait_for_broker
from chassis.crypto import SubjectKeys
from chassis.database import CONNECT, Database
from chassis.dead_letters import Undertaker
from chassis.deadlines import DeadlineKeeper
from chassis.follower import Follower
from chassis.hub import assert_cooperative
from chassis.logs import fault
from chassis.relay import Relay, log_gauges
from chassis.runtime import Runtime
from chassis.service import KEYS_MIGRATIONS, Service
from chassis.settings import MIGRATE, MIGRATE_PERSONAL, RUN, RUN_PERSONAL, Settings

_log = logging.getLogger(__name__)

# A call holds a connection only while the database works for it, and commands that go together share one.
CALLS_A_CONNECTION = 4
GRACE = 25  # seconds for the calls at work to end


def run(service: Service) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    needs = RUN | RUN_PERSONAL if service.holds_personal_data else RUN
    settings = Settings.load(service.name, needs=needs)
    logs.configure(service.name, settings.log_level)
    assert_cooperative()
    tracing.configure(settings)
    return Process(service, settings).run()


def migrate(service: Service) -> int:
    """Run the migrations that are missing, as the owner of the schemas."""
    personal = service.holds_personal_data
    settings = Settings.load(service.name, needs=MIGRATE | (MIGRATE_PERSONAL if personal else frozenset()))
    applied = migrations.migrate(settings.owner_database_dsn, service.name, service.name, service.migrations)
    if personal:
        applied += migrations.migrate(
            settings.owner_keys_database_dsn, service.name, service.name, [KEYS_MIGRATIONS]
        )
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


def load_rules(service: Service) -> int:
    """Load the dated rules that are new; a rule already loaded never changes."""
    settings = Settings.load(service.name, needs=MIGRATE)
    with psycopg.connect(settings.owner_database_dsn) as connection:
        loaded = rules.load_rules(connection, service.folder / "rules")
    print("\n".join(f"loaded {name}" for name in loaded) or "no new rules")
    return 0


def rewrap(service: Service) -> int:
    """Wrap every person's key by the key encryption key in use; 1 while another one still wraps some."""
    if not service.holds_personal_data:
        print(f"{service.name} holds no keys of persons")
        return 0
    settings = Settings.load(service.name, needs=frozenset({"KEYS_DATABASE_DSN", "KEK"}))
    database = Database(settings.keys_database_dsn, size=1, name=f"{service.name}-rewrap")
    database.open()
    try:
        keys = SubjectKeys(database, settings.kek)
        print(f"wrapped {keys.rewrap()} keys anew by version {next(iter(settings.kek))}")
        behind = keys.behind()
    finally:
        database.close()
    if behind:
        print(
            f"{behind} are still wrapped by another one: is every process restarted with both? Run this again."
        )
        return 1
    print("no key is wrapped by another one: it may be taken out of the settings")
    return 0


def version(service: Service) -> int:
    """Tell what the code is, and what the database is at."""
    settings = Settings.load(service.name, needs=frozenset({"DATABASE_DSN"}))
    with psycopg.connect(settings.database_dsn) as connection:
        print(f"{service.name} {settings.commit}")
        print(
            f"schema {migrations.applied_version(connection)}, code {migrations.expected_version(service.migrations)}"
        )
    return 0


class Process:
    """One process of a service: the nameko container and the greenlets beside it."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._runtime = Runtime(service, settings)
        self._schema_fits = self._serving = self._lame = False
        self._stop = eventlet.event.Event()
        self._greenlets: list[Any] = []

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._ask_to_stop())
        wire.harden()
        listener = ops.Ops.of(self._settings)
        listener.version["schema"] = migrations.expected_version(self._service.migrations)
        listener.ready_when("database", partial(_let_in, self._settings.database_dsn))
        if self._runtime.keys_database:
            listener.ready_when("keys", partial(_let_in, self._settings.keys_database_dsn))
        listener.ready_when("schema", lambda: self._schema_fits)
        listener.ready_when("broker", self._broker_or_why)
        listener.ready_when("serving", lambda: self._serving)
        port = listener.start()
        _log.info("operations listen on port %s", port)
        try:
            self._wait_for_ground()
            if not self._stop.ready():
                self._serve()
            return 1 if self._lame else 0
        finally:
            self._serving = False
            self._runtime.close()
            listener.stop()

    def _broker_or_why(self) -> bool | str:
        return self._runtime.connected or troubles.of_broker(self._settings.amqp_uri) or False

    def _ask_to_stop(self) -> None:
        if not self._stop.ready():
            self._stop.send()

    def _stopped(self) -> bool:
        return bool(self._stop.ready())

    def _wait_for_ground(self) -> None:
        self._runtime.database.wait_until_reachable(self._stopped)
        self._wait_for_schema(self._settings.database_dsn, self._service.migrations)
        if self._runtime.keys_database:
            self._wait_for_schema(self._settings.keys_database_dsn, [KEYS_MIGRATIONS])
        self._schema_fits = not self._stopped()
        wait_for_broker(self._settings.amqp_uri, self._stopped)

    def _wait_for_schema(self, dsn: str, directories: list[Path]) -> None:
        told: list[str] = []
        while not self._stopped():
            try:
                with psycopg.connect(dsn, **CONNECT) as connection:
                    missing = migrations.missing(connection, directories)
            except psycopg.OperationalError:
                missing = ["the database"]
            if not missing:
                return
            if missing != told:
                _log.warning("waiting for migrations: %s", ", ".join(missing))
                told = missing
            eventlet.sleep(0.25)

    def _serve(self) -> None:
        from nameko.runners import ServiceRunner

        runtime, settings = self._runtime, self._settings
        eventlet.debug.hub_exceptions(False)  # it would print errors with their messages, past our log
        runtime.open()
        runtime.reapply_erasures()
        clients = Clients(
            settings.amqp_uri, ServiceToken(self._service.name, settings.signing_key), name=self._service.name
        )
        runtime.ask = clients.ask
        runtime.together = once.together(runtime)
        relay = Relay(runtime)
        keeper = DeadlineKeeper(runtime)
        followers = [Follower(runtime, stream, clients) for stream in self._service.streams]
        beside: list[Any] = [relay, keeper, *followers, *([Undertaker(runtime)] if followers else [])]
        for part in beside:
            self._greenlets.append(eventlet.spawn(part.run))
            self._greenlets[-1].link(self._died)
        REGISTRY.register(log_gauges(runtime))
        if self._service.metrics:
            self._service.metrics(runtime)
        runner = ServiceRunner(
            {
                "AMQP_URI": settings.amqp_uri,
                "HEARTBEAT": 10,
                "TRANSPORT_OPTIONS": TRANSPORT_OPTIONS,
                "max_workers": settings.max_workers * CALLS_A_CONNECTION,
                "RUNTIME": runtime,
            }
        )
        runner.add_service(self._service.entrypoints)
        runner.start()
        self._greenlets.append(eventlet.spawn(runner.wait))
        self._greenlets[-1].link(self._died)
        self._serving = True
        _log.info("%s serves", self._service.name)
        self._stop.wait()
        self._serving = False
        _log.info("%s stops: finishing what is at work", self._service.name)
        with eventlet.Timeout(GRACE, False):
            runner.stop()
        for part in beside:
            part.stop()
        with eventlet.Timeout(10, False):
            for greenlet in self._greenlets:
                greenlet.wait()
        clients.close()

    def _died(self, greenlet: Any) -> None:
        """A part that ends while the service runs leaves it lame: stop with status 1, and be started anew."""
        try:
            greenlet.wait()
        except Exception as error:
            _log.critical("a part of %s died: %s", self._service.name, fault(error))
        if not self._stop.ready():
            self._lame = True
            self._runtime.connected = False
            self._ask_to_stop()


def _let_in(dsn: str) -> bool | str:
    return troubles.of_database(dsn) or True
