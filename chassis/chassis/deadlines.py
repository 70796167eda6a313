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

from chassis import metrics
from chassis.errors import ChassisError
from chassis.logs import fault
from chassis.runtime import Runtime
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
    """Handle what is due now, each in a transaction of its own; returns how many were.

    One that fails is due again a while later, ever longer, and stops no other. Raises when the database is away.
    """
    handled = 0
    for _ in range(BATCH):
        outcome = _handle_one(runtime)
        if outcome is None:
            break
        handled += outcome
    return handled


def _handle_one(runtime: Runtime) -> int | None:
    """Handle the first that is due: 1 when done, 0 when it failed, None when none is due."""
    claimed: Deadline | None = None
    try:
        with runtime.work() as tx:
            claimed = _claim(runtime, tx)
            if claimed is None:
                return None
            runtime.service.deadlines[claimed.kind](tx, claimed)
            tx.run(
                "UPDATE deadline SET fired_at = %(now)s WHERE subject = %(subject)s AND kind = %(kind)s",
                now=tx.now,
                subject=claimed.subject,
                kind=claimed.kind,
            )
    except Exception as error:
        if claimed is None:
            raise
        _log.error("the deadline %s of %s failed: %s", claimed.kind, claimed.subject, fault(error))
        metrics.DEADLINES_FAILED.labels(claimed.kind).inc()
        _put_off(runtime, claimed)
        return 0
    metrics.DEADLINES_FIRED.labels(claimed.kind).inc()
    return 1


def _claim(runtime: Runtime, tx: Transaction) -> Deadline | None:
    row = tx.one(
        """
        SELECT subject, kind, due_at, data FROM deadline
        WHERE fired_at IS NULL AND coalesce(retry_at, due_at) <= %(now)s AND kind = ANY(%(kinds)s)
        ORDER BY coalesce(retry_at, due_at) LIMIT 1 FOR UPDATE SKIP LOCKED
        """,
        now=tx.now,
        kinds=list(runtime.service.deadlines),
    )
    return None if row is None else Deadline(**row)


def _put_off(runtime: Runtime, deadline: Deadline) -> None:
    """In a transaction of its own, since the one that failed is gone; raises when the database is away."""
    with runtime.work() as tx:
        tx.run(
            """
            UPDATE deadline SET failures = failures + 1,
                                retry_at = %(now)s + least(3600, 2 ^ least(failures, 12)) * interval '1 second'
            WHERE subject = %(subject)s AND kind = %(kind)s AND fired_at IS NULL
            """,
            now=tx.now,
            subject=deadline.subject,
            kind=deadline.kind,
        )


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
            except (psycopg.Error, ChassisError) as error:
                _log.warning("deadlines wait for the database: %s", fault(error))
            if handled < BATCH:
                eventlet.sleep(EVERY)
