"""Stands in for a service's process: as small as a process can be that `ustawi up` looks after."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg


class Ops(BaseHTTPRequestHandler):
    """Ready when its database lets it in with the rights that it was given."""

    def do_GET(self) -> None:
        try:
            psycopg.connect(
                Path(os.environ["DATABASE_DSN_FILE"]).read_text().strip(), connect_timeout=2
            ).close()
            status = 200
        except psycopg.OperationalError:
            status = 503
        body = json.dumps({"commit": os.environ["COMMIT"]}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


command = sys.argv[1]
if command in ("migrate", "rules"):
    owner = Path(os.environ["OWNER_DATABASE_DSN_FILE"]).read_text().strip()
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS told (word text)")
        connection.execute("INSERT INTO told VALUES (%s)", [command])
elif Path("break").exists():
    sys.exit("no such table: pot")
else:
    assert "OWNER_DATABASE_DSN_FILE" not in os.environ
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    HTTPServer((os.environ["OPS_HOST"], int(os.environ["OPS_PORT"])), Ops).serve_forever()
