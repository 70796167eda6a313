"""CloudEvents 1.0, structured JSON: how a fact is written, and how a foreign one is read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from chassis.schemas import Event as EventSchema

CHAIN_START = bytes.fromhex(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)  # sha256 of nothing


@dataclass(frozen=True, slots=True)
class Event:
    """A published event as a consumer sees it. `raw` is the text that was hashed; `chain` the chain after it."""

    id: str
    type: str
    subject: str
    source: str
    time: datetime
    log: UUID
    position: int
    previous: bytes
    chain: bytes
    data: dict[str, Any]
    version: int | None
    actor: str | None
    correlation: str | None
    causation: str | None
    traceparent: str | None
    raw: str


def compose(
    *,
    id: str,
    source: str,
    schema: type[EventSchema],
    subject: str,
    time: datetime,
    data: Mapping[str, Any],
    version: int | None,
    actor: str | None,
    correlation: str | None,
    causation: str | None,
    traceparent: str | None,
) -> str:
    """The envelope without log, position and chain, which only the relay knows."""
    envelope = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": schema.type,
        "subject": subject,
        "time": time.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"urn:ustawi:{source}:{schema.type}:{schema.version}",
        "data": data,
        "aggregateversion": version,
        "correlationid": correlation,
        "causationid": causation,
        "actor": actor,
        "traceparent": traceparent,
    }
    return json.dumps(
        {k: v for k, v in envelope.items() if v is not None}, ensure_ascii=False, separators=(",", ":")
    )


def place(envelope: str, log: UUID, position: int, previous: bytes) -> str:
    """The whole event text: the stored envelope with its place in the log; the rest is not serialised again."""
    return f'{envelope[:-1]},"log":"{log}","position":{position},"chain":"{previous.hex()}"}}'


def chained(previous: bytes, text: str) -> bytes:
    """The chain after `text`: sha256(chain before || the text's bytes)."""
    return sha256(previous + text.encode()).digest()


_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII).fullmatch
_uuid = lru_cache(64)(UUID)  # of logs, of which there are as many as sources


class Undecodable(ValueError):
    """Not an event of ours."""


def parse(text: str | bytes) -> Event:
    """Read a published event; raises `Undecodable` and never echoes the text."""
    try:
        raw = text.decode() if isinstance(text, bytes) else text
        body = json.loads(raw)
        previous = bytes.fromhex(body["chain"])
        position, version = body["position"], body.get("aggregateversion")
        if (
            type(position) is not int
            or position < 1
            or len(previous) != 32
            or not isinstance(body["data"], dict)
        ):
            raise ValueError
        return Event(
            id=body["id"] if _CANONICAL(body["id"]) else str(UUID(body["id"])),
            type=str(body["type"]),
            subject=str(body["subject"]),
            source=str(body["source"]),
            time=datetime.fromisoformat(body["time"]),
            log=_uuid(body["log"]),
            position=position,
            previous=previous,
            chain=chained(previous, raw),
            data=body["data"],
            version=version,
            actor=body.get("actor"),
            correlation=body.get("correlationid"),
            causation=body.get("causationid"),
            traceparent=body.get("traceparent"),
            raw=raw,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Undecodable("not an event of ours") from None
