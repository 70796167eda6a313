"""The operators' door answers while the service works, and tells what is missing."""

import json
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection, HTTPException

import pytest
from prometheus_client import CollectorRegistry, Counter

from chassis import ops as ops_module
from chassis.ops import Ops


@pytest.fixture
def ops():
    registry = CollectorRegistry()
    Counter("loans_disbursed", "Loans disbursed.", registry=registry).inc(3)
    ops = Ops("loans", version={"commit": "abc123"}, registry=registry)
    ops.port = ops.start()
    yield ops
    ops.stop()


def ask(ops, path, method="GET"):
    connection = HTTPConnection("127.0.0.1", ops.port, timeout=5)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


def test_prometheus_reads_the_metrics(ops):
    status, content_type, body = ask(ops, "/metrics")

    assert (status, content_type.split(";")[0]) == (200, "text/plain")
    assert b"loans_disbursed_total 3.0" in body


def test_a_service_is_ready_when_every_check_holds(ops):
    holding = {"database": True, "broker": False}
    for name in holding:
        ops.ready_when(name, lambda name=name: holding[name])
    ops.ready_when("migrations", lambda: 1 / 0)

    status, _, body = ask(ops, "/ready")
    told = {"ready": False, "missing": ["broker", "migrations"], "why": {}}
    assert (status, json.loads(body)) == (503, told)
    assert ops.missing() == ["broker", "migrations"]

    holding["broker"] = True
    ops.ready_when("migrations", lambda: True)
    status, _, body = ask(ops, "/ready")
    assert (status, json.loads(body)) == (200, {"ready": True, "missing": [], "why": {}})


def test_it_tells_that_it_lives_and_which_version_it_is(ops):
    assert ask(ops, "/live")[0] == 200
    version = json.loads(ask(ops, "/version")[2])
    assert (version["service"], version["commit"]) == ("loans", "abc123")


def test_nothing_else_is_there(ops):
    assert ask(ops, "/etc/passwd")[0] == 404
    assert ask(ops, "/live", "POST")[0] == 405
    assert ask(ops, "/live", "HEAD")[::2] == (200, b"")


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n\r\n", b"\x16\x03\x01\r\n"]
)
def test_nonsense_is_refused_and_does_no_harm(ops, sent):
    with socket.create_connection(("127.0.0.1", ops.port), timeout=5) as client:
        client.sendall(sent)
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert b"400" in answer or b"414" in answer
    assert ask(ops, "/live")[0] == 200


def test_idle_connections_take_no_more_than_their_places(ops, monkeypatch):
    monkeypatch.setattr(ops_module._Handler, "timeout", 0.2)
    monkeypatch.setattr(ops_module, "_PATIENCE", 0.2)
    idle = [socket.create_connection(("127.0.0.1", ops.port), timeout=5) for _ in range(16)]
    with pytest.raises((HTTPException, OSError)):
        ask(ops, "/live")

    for client in idle:
        assert client.recv(1) == b""  # their time ran out
        client.close()
    assert ask(ops, "/live")[0] == 200


def test_it_stops_and_gives_its_port_back(ops):
    ops.stop()
    ops.stop()

    with pytest.raises(OSError):
        ask(ops, "/live")
    again = Ops("loans", port=ops.port)
    assert again.start() == ops.port
    again.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "ops" and not thread.daemon]


GREEN = """
import socketserver, selectors, warnings
warnings.simplefilter("ignore")
import eventlet
eventlet.monkey_patch()
from http.client import HTTPConnection
from chassis.ops import Ops
ops = Ops("loans")
port = ops.start()
worked = 0
def work():
    global worked
    while True:
        worked += 1
        eventlet.sleep(0)
eventlet.spawn(work)
for _ in range(3):
    client = HTTPConnection("127.0.0.1", port, timeout=5)
    client.request("GET", "/live")
    assert client.getresponse().status == 200
assert worked > 3, worked
ops.stop()
print("answered")
"""


def test_under_eventlet_it_gives_way_to_the_service():
    done = subprocess.run([sys.executable, "-c", GREEN], capture_output=True, text=True, timeout=30)

    assert done.stdout == "answered\n", done.stderr


def test_why_a_check_does_not_hold_is_told_in_a_word(ops):
    ops.ready_when("database", lambda: "password")
    status, _, body = ask(ops, "/ready")
    told = {"ready": False, "missing": ["database"], "why": {"database": "password"}}
    assert (status, json.loads(body)) == (503, told)


def test_each_check_and_each_disk_is_a_gauge(ops):
    ops.ready_when("database", lambda: True)
    ops.ready_when("broker", lambda: "refused")
    _, _, body = ask(ops, "/metrics")
    assert b'ustawi_ready{check="database"} 1.0' in body
    assert b'ustawi_ready{check="broker"} 0.0' in body
    sizes = [line for line in body.decode().splitlines() if line.startswith("ustawi_disk_size_bytes{")]
    free = [line for line in body.decode().splitlines() if line.startswith("ustawi_disk_free_bytes{")]
    assert len(sizes) == len(free) >= 1
    assert all(
        0 <= float(left.rpartition(" ")[2]) <= float(size.rpartition(" ")[2])
        for left, size in zip(free, sizes, strict=True)
    )
