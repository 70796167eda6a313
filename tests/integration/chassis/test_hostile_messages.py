"""What a stranger may put on the wire ends nothing: the office answers the next caller, and after a restart too."""

from uuid import uuid4

import pytest

from chassis.client import Client
from chassis.errors import ChassisError
from running import RunningService, free_port

EMPTY = b'{"args":[],"kwargs":{}}'
HOSTILE = {
    "half a character in a name": {"body": b'{"args":[],"kwargs":{"\\ud800":1}}'},
    "a reply address that is none": {"reply_to": "not a uuid", "correlation_id": "x"},
    "a method of another as the reply address": {"reply_to": "cases.log_head"},
    "no reply address": {"reply_to": None},
    "a call stack that is a number": {"headers": {"nameko.call_id_stack": 7}},
    "a field named self": {"body": b'{"args":[],"kwargs":{"self":1}}'},
    "a token that is a list": {"headers": {"nameko.auth_token": ["x"]}},
    "a deadline that is a text": {"headers": {"nameko.deadline": "soon"}},
}


@pytest.fixture(scope="module")
def office(world, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("office")
    service = RunningService("parcels", world.settings("loans"), folder, free_port())
    yield service.start()
    service.kill()


def send(client: Client, body: bytes = EMPTY, headers: dict | None = None, **properties) -> None:
    channel = client._open()
    channel.basic_publish(
        channel.prepare_message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers or {},
            properties={"reply_to": str(uuid4())} | properties,
        ),
        exchange="nameko-rpc",
        routing_key="loans.opening_hours",
    )


def answers(world) -> bool:
    """Whether a new caller gets an answer."""
    client = Client(world.broker.uri(), None, name="probe")
    try:
        return client.call("loans", "opening_hours", timeout=5)["weight"] == 0
    except ChassisError:
        return False
    finally:
        client.close()


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_message_ends_nothing(office, world, kind):
    stranger = Client(world.broker.uri(), None, name="stranger")
    pid = office.process.pid
    send(stranger, **HOSTILE[kind])
    assert answers(world)
    assert answers(world)
    assert office.process.poll() is None
    assert office.process.pid == pid
    stranger.close()


def test_a_property_that_is_not_text_ends_nothing(office, world, monkeypatch):
    stranger = Client(world.broker.uri(), None, name="stranger")
    channel = stranger._open()
    message = channel.prepare_message(
        EMPTY,
        content_type="application/json",
        properties={"reply_to": str(uuid4()), "correlation_id": "AAAA"},
    )
    written = message._serialize_properties()
    monkeypatch.setattr(
        type(message), "_serialize_properties", lambda self: written.replace(b"AAAA", b"\xff\xfe\xff\xfe")
    )
    channel.basic_publish(message, exchange="nameko-rpc", routing_key="loans.opening_hours")
    monkeypatch.undo()
    assert answers(world)
    assert office.process.poll() is None
    stranger.close()
