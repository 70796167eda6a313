"""Due moments: each handled once, in the transaction that marks it, whatever restarts and however many replicas.

A deadline that fell due while nothing ran is handled at the next start: standstill delays it and loses nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import eventlet
import psycopg
from psycopg import errors as sql

from chassis import metrics
from chassis.errors import ChassisError
from chassis.runtime import Runtime, fault
from chassis.transaction import Transaction

_log = logging.getLogger(__name__)

EVERY = 1.0  # seconds between looks
BATCH = 100


@dataclass(frozen=True)
class Deadline:
    """A moment that has come."""

    subject: UUID
    kind: str
    due_at: datetime
    data: dict[str, Any]


DeadlineHandler = Callable[[Transaction, Deadline], None]


def handle_due(runtime: Runtime) -> int:
    """Handle what is due now; returns how many were. One that fails stays due and stops no other."""
    handled = 0
    with runtime.work() as tx:
        rows = tx.all(
            """
            SELECT subject, kind, due_at, data FROM deadline
            WHERE fired_at IS NULL AND coalesce(retry_at, due_at) <= %(now)s AND kind = ANY(%(kinds)s)
            ORDER BY coalesce(retry_at, due_at) LIMIT %(batch)s FOR UPDATE SKIP LOCKED
            """,
            now=tx.now,
            kinds=list(runtime.service.deadlines),
            batch=BATCH,
        )
        for row in rows:
            handled += _handle(runtime, tx, Deadline(**row))
    return handled


def _handle(runtime: Runtime, tx: Transaction, deadline: Deadline) -> int:
    try:
        with tx.connection.transaction():
            inner = Transaction(runtime, tx.connection, tx.call)
            runtime.service.deadlines[deadline.kind](inner, deadline)
            inner.run(
                "UPDATE deadline SET fired_at = %(now)s WHERE subject = %(subject)s AND kind = %(kind)s",
                now=inner.now,
                subject=deadline.subject,
                kind=deadline.kind,
            )
            inner.flush()
    except (psycopg.OperationalError, sql.DeadlockDetected, sql.SerializationFailure):
        raise
    except Exception as error:
        metrics.DEADLINES_FAILED.labels(deadline.kind).inc()
        _log.error("the deadline %s of %s failed: %s", deadline.kind, deadline.subject, fault(error))
        tx.run(
            """
            UPDATE deadline SET failures = failures + 1,
                                retry_at = %(now)s + least(3600, 2 ^ least(failures, 12)) * interval '1 second'
            WHERE subject = %(subject)s AND kind = %(kind)s
            """,
            now=tx.now,
            subject=deadline.subject,
            kind=deadline.kind,
        )
        return 0
    metrics.DEADLINES_FIRED.labels(deadline.kind).inc()
    return 1


class DeadlineKeeper:
    """Looks for due moments; `run` in a greenlet of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True

    def run(self) -> None:
        while not self._stopping:
            handled = 0
            try:
                handled = handle_due(self._runtime)
                self._runtime.committed()  # wakes the relay where a handler published; harmless where none did
            except (psycopg.Error, ChassisError) as error:
                _log.warning("deadlines wait for the database: %s", fault(error))
            if handled < BATCH:
                eventlet.sleep(EVERY)
