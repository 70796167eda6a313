"""AMQP 0-9-1 by hand, in as few lines as measuring needs: what the broker can do when a client costs next to nothing.

One connection, one channel, no heartbeat; one write and one read for a burst of frames. It is the yardstick beside
which the services are measured, and what loads them, so that the load takes little of the machine that it measures.
"""

import socket
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

_END = b"\xce"
_FLAGS = {  # bit of each property, in the order of the wire
    "content_type": 15,
    "content_encoding": 14,
    "headers": 13,
    "delivery_mode": 12,
    "priority": 11,
    "correlation_id": 10,
    "reply_to": 9,
    "expiration": 8,
    "message_id": 7,
    "timestamp": 6,
    "type": 5,
}


def short(text: str) -> bytes:
    data = text.encode()
    return bytes([len(data)]) + data


def table(entries: dict[str, Any]) -> bytes:
    parts = b"".join(short(name) + _value(value) for name, value in entries.items())
    return struct.pack(">I", len(parts)) + parts


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"t" + bytes([value])
    if isinstance(value, int):
        return b"l" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"d" + struct.pack(">d", value)
    if isinstance(value, list):
        inner = b"".join(map(_value, value))
        return b"A" + struct.pack(">I", len(inner)) + inner
    if value is None:
        return b"V"
    data = value.encode()
    return b"S" + struct.pack(">I", len(data)) + data


def properties(**given: Any) -> bytes:
    """Flags and values of message properties, as they stand in a content header."""
    flags, values = 0, b""
    for name, bit in _FLAGS.items():
        value = given.get(name)
        if value is None:
            continue
        flags |= 1 << bit
        if name == "headers":
            values += table(value)
        elif name in ("delivery_mode", "priority"):
            values += bytes([value])
        else:
            values += short(value)
    return struct.pack(">H", flags) + values


def correlation_of(props: bytes) -> str:
    """The correlation id in the properties of a message."""
    flags, at = struct.unpack_from(">H", props)[0], 2
    for bit in (15, 14):
        if flags >> bit & 1:
            at += 1 + props[at]
    if flags >> 13 & 1:
        at += 4 + struct.unpack_from(">I", props, at)[0]
    at += (flags >> 12 & 1) + (flags >> 11 & 1)
    return props[at + 1 : at + 1 + props[at]].decode() if flags >> 10 & 1 else ""


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + _END


def message(exchange: str, key: str, props: bytes, body: bytes) -> bytes:
    """The frames of one publish."""
    return (
        _frame(1, 1, struct.pack(">HHH", 60, 40, 0) + short(exchange) + short(key) + b"\0")
        + _frame(2, 1, struct.pack(">HHQ", 60, 0, len(body)) + props)
        + _frame(3, 1, body)
    )


class Link:
    """A connection with its one channel."""

    def __init__(self, uri: str) -> None:
        address = urlsplit(uri)
        self._socket = socket.create_connection((address.hostname, address.port or 5672), 10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._socket.sendall(b"AMQP\x00\x00\x09\x01")
        self._await(10, 10)
        plain = f"\0{unquote(address.username or '')}\0{unquote(address.password or '')}".encode()
        answer = table({}) + short("PLAIN") + struct.pack(">I", len(plain)) + plain + short("en_US")
        self._send_method(0, 10, 11, answer)
        self._await(10, 30)
        self._send_method(0, 10, 31, struct.pack(">HIH", 2047, 131072, 0))
        self._send_method(0, 10, 40, short(unquote(address.path[1:])) + b"\0\0")
        self._await(10, 41)
        self._ask(20, 10, b"\0")

    def close(self) -> None:
        self._socket.close()

    # -- Methods

    def declare(self, queue: str, arguments: dict[str, Any] | None = None, *, durable: bool = True) -> None:
        flags = 2 if durable else 12  # else exclusive and deleted with the connection
        self._ask(50, 10, b"\0\0" + short(queue) + bytes([flags]) + table(arguments or {}))

    def bind(self, queue: str, exchange: str, key: str) -> None:
        self._ask(50, 20, b"\0\0" + short(queue) + short(exchange) + short(key) + b"\0" + table({}))

    def purge(self, queue: str) -> None:
        self._ask(50, 30, b"\0\0" + short(queue) + b"\0")

    def confirm(self) -> None:
        self._ask(85, 10, b"\0")

    def consume(self, queue: str, *, prefetch: int, no_ack: bool = False) -> None:
        self._ask(60, 10, struct.pack(">IHB", 0, prefetch, 0))
        self._ask(60, 20, b"\0\0" + short(queue) + short("") + bytes([2 if no_ack else 0]) + table({}))

    def ack(self, tag: int) -> None:
        """Acknowledge everything up to `tag`."""
        self._send_method(1, 60, 80, struct.pack(">QB", tag, 1))

    # -- Bursts

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read(self, timeout: float | None = None) -> Iterator[tuple[str, int, bytes, bytes]]:
        """What one read brings: ("message", tag, properties, body) and ("confirm", tag, multiple or empty, b"")."""
        self._socket.settimeout(timeout)
        data = self._socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the broker hung up")
        self._buffer += data
        yield from self._taken()

    def _taken(self) -> Iterator[tuple[str, int, bytes, bytes]]:
        buffer, at, done = self._buffer, 0, 0
        tag, props, size, body = 0, b"", -1, b""
        while len(buffer) - at >= 8:
            kind, _, length = struct.unpack_from(">BHI", buffer, at)
            end = at + 8 + length
            if len(buffer) < end:
                break
            if kind == 1:
                method = struct.unpack_from(">HH", buffer, at + 7)
                if method == (60, 60):
                    tag = struct.unpack_from(">Q", buffer, at + 12 + buffer[at + 11])[0]
                else:
                    done = end
                    if method == (60, 80):
                        tag, multiple = struct.unpack_from(">QB", buffer, at + 11)
                        yield "confirm", tag, b"m" if multiple else b"", b""
                    elif method not in ((60, 21), (60, 11)):
                        raise ConnectionError(f"the broker says {method}: {buffer[at + 11 : end]!r}")
            elif kind == 2:
                size, props, body = (
                    struct.unpack_from(">Q", buffer, at + 11)[0],
                    buffer[at + 19 : end - 1],
                    b"",
                )
            elif kind == 3:
                body += buffer[at + 7 : end - 1]
            at = end
            if kind in (2, 3) and len(body) == size:
                done = end
                yield "message", tag, props, body
                size = -1
        self._buffer = buffer[done:]

    # -- The dialogue

    def _send_method(self, channel: int, kind: int, method: int, arguments: bytes) -> None:
        self._socket.sendall(_frame(1, channel, struct.pack(">HH", kind, method) + arguments))

    def _ask(self, kind: int, method: int, arguments: bytes) -> None:
        self._send_method(1, kind, method, arguments)
        self._await(kind, method + 1)

    def _await(self, kind: int, method: int) -> None:
        while True:
            while (
                len(self._buffer) < 8 or len(self._buffer) < 8 + struct.unpack_from(">I", self._buffer, 3)[0]
            ):
                data = self._socket.recv(65536)
                if not data:
                    raise ConnectionError("the broker hung up")
                self._buffer += data
            length = struct.unpack_from(">I", self._buffer, 3)[0]
            payload, self._buffer = self._buffer[7 : 7 + length], self._buffer[8 + length :]
            got = struct.unpack_from(">HH", payload)
            if got == (kind, method):
                return
            raise ConnectionError(f"wanted {(kind, method)}, the broker says {got}: {payload[4:]!r}")
