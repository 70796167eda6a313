"""A service as a process: it waits for its ground, answers plain nameko, and stops without doing anything twice."""

import json
import signal
import threading
from uuid import uuid4

import pytest
from nameko.standalone.rpc import ClusterRpcProxy

from chassis.errors import Invalid, Unauthenticated, Unavailable
from running import eventually


def test_a_call_becomes_a_fact_that_a_plain_nameko_service_hears(start, caller, world, nameko_listener):
    start()
    heard = nameko_listener("loans", "parcel_posted")
    reply = caller.call("loans", "post_parcel", {"weight": 700})
    eventually(lambda: heard, what="the event at a plain @event_handler")
    assert heard[0]["id"] == reply["events"][0]
    assert heard[0]["data"]["weight"] == 700
    assert heard[0]["position"] == position_of(caller, reply)


def test_a_plain_nameko_client_calls_it(start, world, token):
    start()
    config = {"AMQP_URI": world.broker.uri()}
    with ClusterRpcProxy(config, context_data={"auth_token": token("clerk")}, timeout=10) as office:
        reply = office.loans.post_parcel(weight=5)
        assert office.loans.parcel(parcel=reply["parcel"])["weight"] == 5
        with pytest.raises(Exception, match="too_heavy"):
            office.loans.post_parcel(weight=50_000)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"args": [], "kwargs": {"weight": NaN}}', "unreadable"),
        (b'{"args": [], "kwargs": {"weight": 1, "weight": 2}}', "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (b"[" * 200_000, "unreadable"),
        (b'{"args": []}', "malformed"),
        (b'{"args": [1], "kwargs": {}}', "positional"),
        (b'{"args": [], "kwargs": {"label": "' + b"x" * 2_000_000 + b'"}}', "too_large"),
    ],
)
def test_what_cannot_be_read_is_answered(start, caller, world, body, code):
    start()
    with pytest.raises(Invalid, match=code):
        caller.receive(send_raw(caller, body))
    assert caller.call("loans", "opening_hours")["weight"] == 0


def send_raw(caller, body: bytes, **properties) -> str:
    ticket = str(uuid4())
    channel = caller._open()
    caller._wanted.add(ticket)
    token = caller._token
    channel.basic_publish(
        channel.prepare_message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            headers={"nameko.auth_token": token} | properties.pop("headers", {}),
            properties={"reply_to": caller._reply_to, "correlation_id": ticket},
        ),
        exchange="nameko-rpc",
        routing_key="loans.post_parcel",
    )
    return ticket


def test_a_compressed_bomb_is_refused_unopened(start, caller):
    import zlib

    start()
    bomb = zlib.compress(b"x" * 50_000_000)
    ticket = send_raw(caller, bomb, headers={"compression": "application/x-gzip"})
    with pytest.raises(Invalid, match="encoding"):
        caller.receive(ticket)


def test_wrong_tokens_are_refused_and_nothing_is_written(start, caller, token):
    start()
    before = caller.call("loans", "log_head")
    for wrong in (None, "nonsense", caller._token[:-4] + "AAAA"):
        caller._token = wrong
        with pytest.raises(Unauthenticated):
            caller.call("loans", "post_parcel", {"weight": 1})
    caller._token = token("clerk", "operations")
    assert caller.call("loans", "log_head") == before


def test_fifty_repeats_do_not_hold_others_up(start, caller, world, token):
    """All under one id while ten workers are the limit; another caller is answered while they wait."""
    from chassis.client import Client

    start(MAX_WORKERS="3")
    before = caller.call("loans", "log_head")["position"]
    command_id = str(uuid4())
    body = {"weight": 5, "slowly": 1500, "command_id": command_id}
    tickets = [caller.send("loans", "post_parcel", body, timeout=20) for _ in range(50)]
    other = Client(world.broker.uri(), token("clerk"), name="other")
    assert other.call("loans", "opening_hours", timeout=1.2)["weight"] == 0
    replies = [caller.receive(ticket, timeout=20) for ticket in tickets]
    other.close()
    assert all(reply == replies[0] for reply in replies)
    posted = [event for event in facts(caller, before) if event["type"] == "parcel_posted"]
    assert [event["id"] for event in posted] == replies[0]["events"]


def test_a_stop_finishes_what_is_at_work_and_nothing_comes_again(start, caller):
    service = start()
    before = caller.call("loans", "log_head")["position"]
    tickets = [
        caller.send("loans", "post_parcel", {"weight": 5, "slowly": 3000}, timeout=20) for _ in range(8)
    ]
    eventually(lambda: service.metric("ustawi_rpc_at_work") >= 8, what="eight calls at work")
    assert service.stop() == 0
    replies = [caller.receive(ticket, timeout=5) for ticket in tickets]
    start()
    caller.call("loans", "opening_hours")  # would come behind what was delivered again
    posted = [event for event in facts(caller, before) if event["type"] == "parcel_posted"]
    assert {event["subject"] for event in posted} == {reply["parcel"] for reply in replies}
    assert len(posted) == 8


def facts(caller, after: int) -> list[dict]:
    """The events of the log behind a position."""
    return [json.loads(text) for text in caller.call("loans", "events_after", {"position": after})["events"]]


def position_of(caller, reply) -> int:
    return caller.call("loans", "positions", {"events": reply["events"]})["positions"][reply["events"][0]]


def test_a_call_ends_by_its_deadline_and_its_request_with_it(start, caller):
    service = start()
    with pytest.raises(Unavailable, match="no_answer"):
        caller.call("loans", "post_parcel", {"weight": 5, "slowly": 2000}, timeout=0.5)
    service.send(signal.SIGSTOP)
    with pytest.raises(Unavailable, match="no_answer"):
        caller.call("loans", "post_parcel", {"weight": 77}, timeout=0.5)
    service.send(signal.SIGCONT)
    caller.call("loans", "opening_hours")
    assert not any(event["data"].get("weight") == 77 for event in facts(caller, 0))


def test_a_call_ends_by_its_deadline_though_the_broker_s_heartbeat_goes_on(start, caller):
    service = start()
    service.send(signal.SIGSTOP)
    with pytest.raises(Unavailable, match="no_answer"):
        caller.call("loans", "opening_hours", timeout=7)  # longer than from one heartbeat to the next
    service.send(signal.SIGCONT)


def test_a_caller_who_was_silent_for_long_is_heard_again(start, caller, world, monkeypatch):
    start()
    caller.call("loans", "opening_hours")
    world.broker.control("close_all_connections", "--vhost", world.broker.vhost, "silent for too long")
    monkeypatch.setattr(caller, "_used", caller._used - 3600)
    caller.call("loans", "opening_hours")


def test_a_service_that_never_ran_is_told_at_once(world, caller):
    with pytest.raises(Unavailable, match="no_such_service"):
        caller.call("cases", "log_head", timeout=5)


def test_a_service_of_no_such_name_is_told_at_once(world, caller):
    with pytest.raises(Invalid, match="no_such_service"):
        caller.call("nobody", "log_head", timeout=5)


def test_an_unknown_method_is_a_typed_error(start, caller):
    start()
    with pytest.raises(Invalid, match="no_such_method"):
        caller.call("loans", "fly_parcel")


def test_operations_see_it_work(start, caller):
    service = start()
    caller.call("loans", "post_parcel", {"weight": 1})
    head = eventually(lambda: caller.call("loans", "log_head")["position"])
    eventually(lambda: service.metric("ustawi_log_published") >= head)
    assert service.metric("ustawi_outbox_oldest_seconds") >= 0
    assert '"service": "loans"' in service.get("/version")[1]
    assert service.get("/live")[0] == 200
    eventually(lambda: service.metric("ustawi_relay_leads") == 1.0, what="a leading relay")


def test_slow_statements_do_not_stop_the_process(start, caller, world, token):
    """The cooperative wait: four slow statements side by side take the time of one."""
    import time

    from chassis.client import Client

    start()
    clients = [Client(world.broker.uri(), token("clerk"), name=f"c{n}") for n in range(4)]
    began = time.monotonic()
    threads = [
        threading.Thread(target=c.call, args=("loans", "post_parcel", {"weight": 1, "slowly": 700}))
        for c in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 2.5
    for c in clients:
        c.close()
