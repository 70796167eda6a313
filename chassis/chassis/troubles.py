"""Why the ground does not hold: told by a code for the operators, since a driver's own words may name secrets."""

import amqp
import psycopg
from kombu import Connection

from chassis.database import CONNECT

PASSWORD = "password"  # noqa: S105 - the code of a trouble
REFUSED = "refused"  # nobody listens, or it takes no connections now
SILENT = "silent"  # the host does not answer
MISSING = "missing"  # the database or virtual host is not there
RIGHTS = "rights"

_DATABASE = (
    ("password authentication failed", PASSWORD),
    ("no pg_hba.conf entry", RIGHTS),
    ("permission denied", RIGHTS),
    ("does not exist", MISSING),
    ("timeout", SILENT),
    ("could not translate host name", SILENT),
    ("failed to resolve host", SILENT),
)


def of_database(dsn: str) -> str | None:
    """What keeps this role from its database; None when it is let in.

    Asks by a connection of its own, so that a full pool is no outage.
    """
    try:
        with psycopg.connect(dsn, autocommit=True, **{**CONNECT, "connect_timeout": 2}) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        told = str(error).lower()
        return next((code for words, code in _DATABASE if words in told), REFUSED)
    return None


def of_broker(amqp_uri: str) -> str | None:
    """What keeps this user from the broker; None when it is let in."""
    options = {"connect_timeout": 2, "read_timeout": 2, "write_timeout": 2, "login_method": "PLAIN"}
    try:
        # One try: `connect` would sleep and try again, and whoever asks is in a hurry.
        transport = Connection(amqp_uri, transport_options=options).transport
        transport.close_connection(transport.establish_connection())
    except amqp.exceptions.AccessRefused:
        return PASSWORD
    except (amqp.exceptions.NotAllowed, amqp.exceptions.NotFound):
        return MISSING
    except TimeoutError:
        return SILENT
    except ConnectionRefusedError:
        return REFUSED
    except amqp.exceptions.AMQPError:
        return RIGHTS
    except OSError:
        return REFUSED
    return None
