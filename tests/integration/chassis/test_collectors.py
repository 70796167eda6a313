"""What the real collectors of spans and errors are sent: names, ids and codes, and no word more."""

import gzip
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("opentelemetry.sdk")
pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
pytest.importorskip("sentry_sdk")

TRACE = "0af7651916cd43dd8448eb211c80319c"

WORK = """
import sys
from chassis import tracing
from chassis.errors import Refused
from chassis.settings import Settings

address = sys.argv[1]
tracing.configure(
    Settings.load(
        "loans",
        {"SENTRY_DSN": f"http://key@{address}/1", "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}"},
        needs=frozenset(),
    )
)
try:
    with tracing.span("set_aside", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") as here:
        with tracing.span("inner") as inner:
            assert inner.trace == here.trace
        personal = "Asha Juma"
        raise Refused("pot_exhausted", f"{personal} asked for too much")
except Refused as error:
    tracing.report(error)
print(here)
"""


@pytest.fixture
def collector():
    received = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            received.append((self.path, gzip.decompress(body) if zipped else body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.received = received
        yield server
        server.shutdown()


def test_spans_and_errors_arrive_and_tell_nothing_personal(collector):
    address = f"127.0.0.1:{collector.server_port}"

    # In a process of its own: both clients send the rest when it ends.
    done = subprocess.run([sys.executable, "-c", WORK, address], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split("-")[1] == TRACE
    sent = dict(collector.received)
    assert sent.keys() == {"/v1/traces", "/api/1/envelope/"}
    assert b"Asha" not in b"".join(sent.values())
    assert bytes.fromhex(TRACE) in sent["/v1/traces"]
    assert b"set_aside" in sent["/v1/traces"]
    report = json.loads(sent["/api/1/envelope/"].splitlines()[-1])
    assert report["exception"]["values"][0]["type"] == "Refused"
    assert report["tags"] == {"code": "pot_exhausted"}
