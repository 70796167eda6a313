"""Who is inside the network meets closed doors: nothing listens but what others need, and no name is taken on trust."""

import json
from collections.abc import Iterator

from stack import Stack

# What answers on `back`, where the services are: calls, rows, and the operators' doors that `ustawi doctor` asks.
OPEN = {
    "postgres": {5432},
    "rabbitmq": {5672, 15692},
    "registry": {8000},
    "loans": {8000},
    "cases": {8000},
    "reports": {8000},
    "reports-web": {8000, 8080},
    "backup": {8000},
    "postgres-exporter": {9187},
}
UNSEEN = ("prometheus", "alertmanager")  # not in that network at all

_SCAN = """
import errno, json, socket, sys
def opened(address):
    found = []
    for port in range(1, 65536):
        with socket.socket() as door:
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
            # What keeps silent is not closed: somebody may be behind it.
            if door.connect_ex((address, port)) != errno.ECONNREFUSED:
                found.append(port)
    return found
told = {}
for name in sys.argv[1:]:
    try:
        told[name] = opened(socket.gethostbyname(name))
    except socket.gaierror:
        told[name] = None
print(json.dumps(told))
"""

# Run with the secrets of loans: what it may, and what it must not.
_TRY = """
import json, sys
from pathlib import Path
from urllib.parse import urlsplit
import psycopg
from amqp import exceptions as refusals
from kombu import Connection
amqp, dsn = (Path(f"/secrets/{name}").read_text().strip() for name in ("amqp_uri", "database_dsn"))
own = urlsplit(amqp)
def broker(user=own.username, password=own.password, bind=None):
    uri = f"amqp://{user}:{password}@{own.hostname}:{own.port}{own.path}"
    with Connection(uri, connect_timeout=10) as connection:
        channel = connection.channel()
        if bind:
            queue = channel.queue_declare("rpc.reply-loans-walls", exclusive=True, auto_delete=True).queue
            channel.queue_bind(queue, *bind)
def database(statement="SELECT 1", **other):
    with psycopg.connect(dsn, connect_timeout=10, **other) as connection:
        connection.execute(statement)
tries = {
    "own broker user": lambda: broker(),
    "own calls": lambda: broker(bind=("nameko-rpc", "loans.*")),
    "own rows": lambda: database("SELECT count(*) FROM loans.command"),
    "wrong password at the broker": lambda: broker(password="wrong"),
    "cases' broker user": lambda: broker(user="cases"),
    "the broker's default user": lambda: broker("guest", "guest"),
    "requests to cases": lambda: broker(bind=("nameko-rpc", "cases.*")),
    "all requests": lambda: broker(bind=("nameko-rpc", "#")),
    "events of cases": lambda: broker(bind=("cases.events", "#")),
    "wrong password at the database": lambda: database(password="wrong"),
    "no password at the database": lambda: database(password=""),
    "cases' role": lambda: database(user="cases"),
    "its own owner's role": lambda: database(user="loans_owner"),
    "the superuser": lambda: database(user="postgres"),
    "rows of cases": lambda: database("SELECT 1 FROM cases.command"),
    "the keys of persons": lambda: database(dbname="ustawi_keys"),
    "its log, to change it": lambda: database("DELETE FROM loans.event"),
}
told = {}
for name, attempt in tries.items():
    try:
        attempt()
        told[name] = "let in"
    except (refusals.AccessRefused, refusals.NotAllowed, psycopg.errors.InsufficientPrivilege) as error:
        told[name] = "refused"
    except psycopg.OperationalError as error:
        said = str(error)
        known = ("password authentication failed", "no password supplied", "permission denied for database")
        told[name] = "refused" if any(each in said for each in known) else said
    except Exception as error:
        told[name] = f"{type(error).__name__}: {error}"
print(json.dumps(told))
"""


def nothing_is_open_that_nobody_needs(stack: Stack) -> Iterator[str]:
    """Every port of every container, from a container of the same network."""
    command = ("run", "--rm", "-T", "--no-deps", "--entrypoint", "python", "ustawi", "-", *OPEN, *UNSEEN)
    told = json.loads(stack.compose(*command, stdin=_SCAN))
    for name, ports in OPEN.items():
        if (found := set(told[name] or ())) != ports:
            yield f"{name}: {sorted(found)} are open, and {sorted(ports)} are needed"
    for name in UNSEEN:
        if told[name] is not None:
            yield f"{name} is seen from the services' network"
    print(f"      {sum(map(len, OPEN.values()))} doors in 65,535 of {len(OPEN)} containers", flush=True)


def nobody_passes_for_another(stack: Stack) -> Iterator[str]:
    """Wrong passwords, others' names and others' things are refused, asked with the secrets of loans."""
    told = json.loads(stack.compose("run", "--rm", "-T", "--no-deps", "loans", "python", "-", stdin=_TRY))
    for name, became in told.items():
        if became != ("let in" if name.startswith("own ") else "refused"):
            yield f"{name}: {became}"
    print(f"      {sum(became == 'refused' for became in told.values())} tries refused", flush=True)
