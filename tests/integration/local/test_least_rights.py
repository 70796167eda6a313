"""A service can do its work, and nothing else: each right is tried against the real servers."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import amqp
import psycopg
import pytest
from amqp.exceptions import AccessRefused
from kombu import Connection
from psycopg.errors import InsufficientPrivilege

from instances import Broker, Database

STREAM = {"x-queue-type": "quorum", "x-single-active-consumer": True}
SERVICES = ("registry", "loans", "cases", "reports")


@contextmanager
def channel(broker: Broker, user: str) -> Iterator[amqp.Channel]:
    """A channel of `user` on the broker, for one try: a refusal closes it."""
    with closing(Connection(broker.uri(user), connect_timeout=5)) as connection:
        connection.connect()
        yield connection.channel()


def refused(broker: Broker, user: str, call: str, *arguments: Any, **options: Any) -> bool:
    """True when the broker refuses this call of `user`'s for want of a right."""
    with channel(broker, user) as its:
        try:
            getattr(its, call)(*arguments, **options)
        except AccessRefused:
            return True
    return False


def published(broker: Broker, user: str, exchange: str, routing_key: str) -> bool:
    """True when the broker takes a message of `user`'s for that exchange and key."""
    with channel(broker, user) as its:
        its.confirm_select()
        try:
            its.basic_publish_confirm(amqp.Message("{}"), exchange, routing_key)
        except AccessRefused:
            return False
    return True


@pytest.fixture(scope="module", autouse=True)
def queues_of_all(broker: Broker) -> None:
    """The queues that the services would have, each declared and bound with the rights of its own service."""
    follows = {"loans": ["registry"], "cases": ["registry"], "reports": ["registry", "loans", "cases"]}
    for service in SERVICES:
        with channel(broker, service) as its:
            its.exchange_declare("nameko-rpc", "topic", durable=True, auto_delete=False)
            its.exchange_declare(f"{service}.events", "topic", durable=True, auto_delete=False)
            its.queue_declare(f"rpc-{service}", durable=True, auto_delete=False)
            its.queue_bind(f"rpc-{service}", "nameko-rpc", f"{service}.*")
            for source in follows.get(service, []):
                stream = f"{service}.from.{source}"
                its.queue_declare(stream, durable=True, auto_delete=False, arguments=STREAM)
                its.queue_bind(stream, f"{source}.events", "#")


# -- The broker: what a service must be able to do


def test_a_service_publishes_its_events_and_its_calls_and_its_replies(broker: Broker) -> None:
    assert published(broker, "loans", "loans.events", "loan_disbursed")
    assert published(broker, "loans", "nameko-rpc", "registry.member_facts")
    assert published(broker, "loans", "nameko-rpc", str(uuid4()))
    assert published(broker, "loans", "loans.dead", "")


def test_a_service_reads_the_events_that_it_follows(broker: Broker) -> None:
    with channel(broker, "registry") as registry:
        registry.confirm_select()
        registry.basic_publish_confirm(amqp.Message("registered"), "registry.events", "group_registered")
    with channel(broker, "loans") as loans:
        received: list[str] = []
        loans.basic_consume(
            "loans.from.registry", no_ack=True, callback=lambda event: received.append(event.body)
        )
        while not received:
            loans.connection.drain_events(timeout=10)
        assert received == ["registered"]


def test_a_callers_request_arrives_and_the_reply_comes_back(broker: Broker) -> None:
    reply_to = str(uuid4())
    with channel(broker, "caller") as caller, channel(broker, "loans") as loans:
        queue = f"rpc.reply-client-{reply_to}"
        caller.queue_declare(queue, exclusive=True, auto_delete=True)
        caller.queue_bind(queue, "nameko-rpc", reply_to)
        caller.confirm_select()
        caller.basic_publish_confirm(amqp.Message("ask"), "nameko-rpc", "loans.fund_position")
        assert loans.basic_get("rpc-loans", no_ack=True).body == "ask"
        loans.confirm_select()
        loans.basic_publish_confirm(amqp.Message("answer"), "nameko-rpc", reply_to)
        assert caller.basic_get(queue, no_ack=True).body == "answer"


def test_dead_letters_are_kept_for_a_person_to_look_at(broker: Broker) -> None:
    with channel(broker, "cases") as cases:
        cases.confirm_select()
        cases.basic_publish_confirm(amqp.Message("garbled"), "cases.dead", "")
        assert cases.basic_get("cases.dead", no_ack=True).body == "garbled"


def test_plain_nameko_serves_and_calls_with_these_rights(broker: Broker) -> None:
    story = subprocess.run(
        [sys.executable, "-W", "ignore", str(Path(__file__).with_name("plain_nameko.py"))],
        env={"SERVICE_URI": broker.uri("loans"), "CALLER_URI": broker.uri("caller")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert story.stdout.strip() == "karibu Asha", story.stderr


# -- The broker: what a service must not be able to do


@pytest.mark.parametrize(
    "key", ["cases.#", "cases.*", "#", "*.*", "*", "*.receive_complaint", "loans.#.cases"]
)
def test_a_service_cannot_listen_to_other_services_requests(broker: Broker, key: str) -> None:
    assert refused(broker, "loans", "queue_bind", "rpc-loans", "nameko-rpc", key)


def test_a_caller_cannot_listen_to_requests_or_events(broker: Broker) -> None:
    with channel(broker, "caller") as caller:
        queue = f"rpc.reply-client-{uuid4()}"
        caller.queue_declare(queue, exclusive=True, auto_delete=True)
        with pytest.raises(AccessRefused):
            caller.queue_bind(queue, "nameko-rpc", "#")
    for source in SERVICES:
        with channel(broker, "caller") as caller:
            queue = f"rpc.reply-client-{uuid4()}"
            caller.queue_declare(queue, exclusive=True, auto_delete=True)
            with pytest.raises(AccessRefused):
                caller.queue_bind(queue, f"{source}.events", "#")


@pytest.mark.parametrize(
    "queue", ["reports.from.cases", "cases.from.registry", "rpc-cases", "cases.dead", "reports.from.registry"]
)
@pytest.mark.parametrize("user", ["loans", "caller"])
def test_nobody_reads_another_services_queues(broker: Broker, user: str, queue: str) -> None:
    assert refused(broker, user, "basic_get", queue)
    assert refused(broker, user, "queue_purge", queue)
    assert refused(broker, user, "queue_delete", queue)


def test_a_service_cannot_follow_a_source_that_it_is_not_listed_with(broker: Broker) -> None:
    assert refused(broker, "loans", "queue_declare", "loans.from.cases", durable=True, auto_delete=False)
    assert refused(broker, "loans", "queue_bind", "loans.from.registry", "cases.events", "#")


def test_nobody_publishes_events_in_another_services_name(broker: Broker) -> None:
    assert not published(broker, "loans", "registry.events", "group_verified")
    assert not published(broker, "loans", "cases.events", "case_opened")
    assert not published(broker, "caller", "loans.events", "loan_disbursed")


def test_the_default_exchange_which_leads_into_every_queue_is_closed(broker: Broker) -> None:
    assert not published(broker, "loans", "", "cases.from.registry")
    assert not published(broker, "caller", "", "rpc-cases")


def test_a_service_calls_only_those_it_follows(broker: Broker) -> None:
    assert not published(broker, "loans", "nameko-rpc", "cases.open_case")
    assert published(broker, "reports", "nameko-rpc", "cases.events_after")


def test_nobody_makes_exchanges_or_queues_of_other_names(broker: Broker) -> None:
    assert refused(broker, "loans", "exchange_declare", "spy", "topic", durable=True, auto_delete=False)
    assert refused(broker, "loans", "queue_declare", "spy", durable=True, auto_delete=False)
    assert refused(broker, "caller", "queue_declare", "rpc.reply-loans-1", auto_delete=True)
    assert refused(broker, "loans", "exchange_delete", "cases.events")


def test_there_is_no_default_user(broker: Broker) -> None:
    with pytest.raises(AccessRefused):
        Connection(broker.server.uri("guest", "guest", "/")).connect()


# -- The database


def test_a_service_works_on_the_rows_of_its_own_schema(database: Database) -> None:
    with psycopg.connect(database.dsn("loans", owner=True)) as owner:
        owner.execute("CREATE TABLE pot (pot bigserial PRIMARY KEY, amount bigint)")
        owner.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    with psycopg.connect(database.dsn("loans")) as loans:
        loans.execute("INSERT INTO pot (amount) VALUES (4)")
        loans.execute("UPDATE pot SET amount = 5")
        assert loans.execute("SELECT amount, one() FROM loans.pot").fetchall() == [(5, 1)]
        loans.execute("DELETE FROM pot")


def test_names_are_compared_unaccented_without_naming_the_extension(database: Database) -> None:
    with psycopg.connect(database.dsn("registry")) as registry:
        folded = registry.execute("SELECT lower(unaccent('Ninh Thuận')), 'Rukwa' % 'Rukua'").fetchone()
        assert folded == ("ninh thuan", True)


def database_refuses(dsn: str, statement: str) -> bool:
    """True when the database refuses a statement for want of a right."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        try:
            connection.execute(statement)
        except InsufficientPrivilege:
            return True
    return False


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM cases.welfare_case",
        "CREATE TABLE loans.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE TABLE extensions.mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "SET ROLE loans_owner",
        "SET ROLE cases",
        "ALTER ROLE loans SUPERUSER",
        "TRUNCATE loans.ledger",
        "ALTER TABLE loans.ledger ADD COLUMN x int",
        "DROP TABLE loans.ledger",
        "SELECT pg_read_file('postgresql.conf')",
        "COPY loans.ledger TO PROGRAM 'cat'",
        "SELECT rolpassword FROM pg_authid",
    ],
)
def test_a_runtime_role_cannot(database: Database, statement: str) -> None:
    make = "CREATE TABLE IF NOT EXISTS {} (id int)"
    for service, table in (("cases", "welfare_case"), ("loans", "ledger")):
        with psycopg.connect(database.dsn(service, owner=True)) as owner:
            owner.execute(make.format(table))
    assert database_refuses(database.dsn("loans"), statement)


def test_an_owner_cannot_see_another_services_schema(database: Database) -> None:
    assert database_refuses(database.dsn("loans", owner=True), "CREATE TABLE cases.mine (id int)")
    assert database_refuses(database.dsn("loans", owner=True), "SELECT * FROM registry.area")


@pytest.mark.parametrize("owner", [False, True])
def test_a_role_connects_to_no_other_database(database: Database, owner: bool) -> None:
    own = database.dsn("loans", owner=owner)
    for other in ("postgres", "template1", database.keys_name):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(own.replace(f"/{database.name}", f"/{other}"))


def test_personal_keys_are_seen_only_by_the_services_that_hold_personal_data(database: Database) -> None:
    for service in ("registry", "cases"):
        with psycopg.connect(database.dsn(service, owner=True, keys=True)) as owner:
            owner.execute("CREATE TABLE person_key (person uuid PRIMARY KEY)")
        with psycopg.connect(database.dsn(service, keys=True)) as runtime:
            assert runtime.execute("SELECT count(*) FROM person_key").fetchone() == (0,)
    assert database_refuses(database.dsn("registry", keys=True), "SELECT * FROM cases.person_key")


def test_a_wrong_password_or_none_is_refused(database: Database) -> None:
    for wrong in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(database.server.dsn(database.name, "loans", wrong))
