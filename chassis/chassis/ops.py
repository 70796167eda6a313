"""The operators' door: /metrics, /live, /ready and /version on a listener of its own.

It has its own threads (green ones under eventlet), so that it answers while every worker of the service is
busy. Nothing here needs a token and nothing here tells more than operations may see; bind it to where only
they can reach.
"""

import json
import logging
import platform
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from chassis import watch
from chassis.settings import Settings

_MOST_AT_ONCE = 16
_PATIENCE = 5.0  # seconds for a client to send its request and to take the answer

_log = logging.getLogger(__name__)

Check = Callable[[], bool | str | None]  # a text is why it does not hold
Answer = tuple[str, str, bytes]  # status, content type, body


class Ops:
    """Answers operators and Prometheus from `start` until `stop`."""

    def __init__(
        self,
        service: str,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        version: Mapping[str, str] | None = None,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        """`version` is what /version tells besides the service's name: commit, schema and the like."""
        self.version = {"service": service, "python": platform.python_version(), **(version or {})}
        self._checks: dict[str, Check] = {}
        self._registry = registry
        self._address = (host, port)
        self._server: _Server | None = None

    @classmethod
    def of(cls, settings: Settings, registry: CollectorRegistry = REGISTRY) -> "Ops":
        return cls(
            settings.service,
            settings.ops_host,
            settings.ops_port,
            version={"commit": settings.commit},
            registry=registry,
        )

    def ready_when(self, name: str, check: Check) -> None:
        """Add a check to /ready: quick, True when that part works, else False or why not in a word.

        An error counts as False.
        """
        self._checks[name] = check

    def missing(self) -> list[str]:
        """The names of the checks that fail now."""
        return [name for name, why in self._asked().items() if why is not None]

    def _asked(self) -> dict[str, str | None]:
        """Why each check does not hold now; None where it does."""
        return {name: _why_not(name, check) for name, check in list(self._checks.items())}

    def start(self) -> int:
        """Listen; returns the port, chosen by the system if 0 was asked for. OSError if it is taken."""
        self._server = _Server(self._address, self._application)
        threading.Thread(target=self._server.accept_until_closed, name="ops", daemon=True).start()
        return self._server.server_port

    def stop(self) -> None:
        if self._server:
            self._server.close()
            self._server = None

    def _application(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        status, content_type, body = self._answer(environ)
        start_response(
            status,
            [
                ("Content-Type", content_type),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _json("405 Method Not Allowed", {"error": "only GET"})
        match environ.get("PATH_INFO", ""):
            case "/metrics":
                encode, content_type = choose_encoder(environ.get("HTTP_ACCEPT", ""))
                return "200 OK", content_type, encode(_Told(self._registry, self._asked()))
            case "/live":
                return _json("200 OK", {"live": True})
            case "/ready":
                asked = self._asked()
                missing = [name for name, why in asked.items() if why is not None]
                return _json(
                    "503 Service Unavailable" if missing else "200 OK",
                    {
                        "ready": not missing,
                        "missing": missing,
                        "why": {name: why for name, why in asked.items() if why},
                    },
                )
            case "/version":
                return _json("200 OK", self.version)
        return _json("404 Not Found", {"error": "ask /metrics, /live, /ready or /version"})


def _json(status: str, body: Mapping[str, Any]) -> Answer:
    return status, "application/json", json.dumps(body).encode()


def _why_not(name: str, check: Check) -> str | None:
    try:
        holds = check()
    except Exception as error:
        _log.warning("check %s failed: %s", name, type(error).__name__)
        return ""
    if isinstance(holds, str):
        return holds
    return None if holds else ""


class _Told:
    """All that a scrape is told: the process's metrics, what is ready, and how full its disks are."""

    def __init__(self, registry: CollectorRegistry, asked: Mapping[str, str | None]) -> None:
        self._registry, self._asked = registry, asked

    def collect(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily(
            "ustawi_ready", "1 while this part works, as /ready tells", labels=["check"]
        )
        for name, why in self._asked.items():
            ready.add_metric([name], why is None)
        yield ready
        yield from watch.disk_gauges()
        yield from self._registry.collect()


class _Handler(WSGIRequestHandler):
    timeout = _PATIENCE

    rfile: Any
    wfile: Any
    server: Any

    def handle(self) -> None:
        """One request, then the connection closes."""
        self.raw_requestline = self.rfile.readline(4097)
        if len(self.raw_requestline) > 4096:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
        elif self.parse_request():
            answer = ServerHandler(
                self.rfile, self.wfile, self.get_stderr(), self.get_environ(), multithread=True
            )
            answer.request_handler = self  # type: ignore[attr-defined]
            answer.run(self.server.get_app())

    def address_string(self) -> str:
        return str(self.client_address[0])  # never a look-up of the client's name

    def log_message(self, *_: Any) -> None:
        """Scrapes come every few seconds: they are not worth a line."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = _MOST_AT_ONCE

    def __init__(self, address: tuple[str, int], application: Any) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._places = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._closed = threading.Event()
        super().__init__(address, _Handler)
        self.set_app(application)

    def server_bind(self) -> None:
        # WSGIServer would look up this host's name, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def accept_until_closed(self) -> None:
        """Take connections one by one. (`serve_forever` may poll by a selector from before the patch.)"""
        while not self._closed.is_set():
            try:
                request, address = self.socket.accept()
            except OSError:
                if self._closed.is_set():
                    return
                time.sleep(0.1)  # out of file descriptors, for instance: others may give some back
                continue
            if not self._places.acquire(blocking=False):
                request.close()  # better than a queue of operators
                continue
            request.settimeout(_PATIENCE)
            self.process_request(request, address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away or sent nonsense is no event."""

    def close(self) -> None:
        self._closed.set()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self.server_close()
