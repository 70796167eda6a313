"""Serving the page: `python -m reports web`, a process of its own beside the service."""

import logging
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from waitress import create_server  # type: ignore[import-untyped]

from chassis import logs
from chassis.ops import Ops
from chassis.settings import Settings, SettingsError
from reports.beside import Beside
from reports.web.site import Site

_log = logging.getLogger(__name__)

THREADS = 4


@dataclass(frozen=True)
class Address:
    host: str
    port: int


def address_of(env: Mapping[str, str]) -> Address:
    """Where to listen: HTTP_HOST and HTTP_PORT, 127.0.0.1:8080 unless told."""
    try:
        port = int(env.get("HTTP_PORT") or 8080)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise SettingsError("reports web", {"HTTP_PORT": "give a whole number from 0 to 65535."})
    return Address(env.get("HTTP_HOST") or "127.0.0.1", port)


class Web:
    """The listening page; with OPS_PORT also the operators' door."""

    def __init__(self, env: Mapping[str, str]) -> None:
        settings = Settings.load("reports", env, needs=frozenset({"DATABASE_DSN"}))
        address = address_of(env)
        self._beside = Beside(settings.database_dsn, size=THREADS + 1, name="reports-web")
        self.site = Site(self._beside, commit=settings.commit)
        self._ops: Ops | None = None
        if env.get("OPS_PORT"):
            self._ops = Ops.of(settings)
            self._ops.ready_when("database", self.site.ready)
        self._server: Any = create_server(
            self.site,
            host=address.host,
            port=address.port,
            threads=THREADS,
            ident=None,
            channel_timeout=30,
            connection_limit=200,
            max_request_header_size=16 * 1024,
            max_request_body_size=1024,
            clear_untrusted_proxy_headers=True,
        )
        self.port: int = self._server.effective_port
        self.ops_port: int | None = None

    def serve(self) -> None:
        """Serve until `stop`; answers with what is wrong while the database is away."""
        self._beside.open()
        if self._ops:
            self.ops_port = self._ops.start()
        _log.info("figures are shown on port %s", self.port)
        try:
            self._server.run()
        finally:
            self._server.close()
            if self._ops:
                self._ops.stop()
            self._beside.close()


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    env = os.environ
    logs.configure("reports", env.get("LOG_LEVEL", "info") or "info")
    web = Web(env)
    stopping = threading.Event()

    def stop(*_: Any) -> None:
        if not stopping.is_set():
            stopping.set()
            raise SystemExit(0)  # waitress lets its threads finish, then returns

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    web.serve()
    return 0
