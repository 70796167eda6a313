"""AMQP frames in bursts: one read brings all that has arrived, one write sends all that is ready.

py-amqp asks the socket three times for each frame, nine times for a message, and writes each message by itself. Most
of what a message costs is then the way into the kernel and back. Here its connection keeps its names and its
dialogue, and only the two ends of it that touch the socket are exchanged. Messages that we send often are framed here
as well, byte by byte as the protocol has it.

A write never gives way to another greenlet in the middle: it is noted, and whoever sends sends what others noted
meanwhile too. So no lock is needed around the frames of one message.
"""

import errno
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from amqp.exceptions import UnexpectedFrame
from amqp.transport import TCPTransport

_AT_ONCE = 1 << 17  # bytes asked for by one read
_HEAD = struct.Struct(">BHI")
_CONTENT = struct.Struct(">HHQ")
_END = b"\xce"
_ACK = struct.Struct(">BHIHHQBB")


class Burst:
    """The two ends of one connection's socket; TLS keeps its own, and is no slower than it was.

    With `lazily`, what is written goes out once the other greenlets have had their turn, so that the replies to a
    burst leave as a burst; only for a connection that somebody reads from all the time, who notices when it breaks.
    """

    def __init__(self, connection: Any, *, lazily: bool = False) -> None:
        transport = connection.transport
        self.transport = transport
        self._limit = connection.frame_max - 8
        self._lazily = lazily
        self._noted: list[bytes] = []
        self._sending = self._asked = False
        self._held = 0
        self.in_bursts = type(transport) is TCPTransport
        if self.in_bursts:
            self._recv, self._send = transport.sock.recv, transport.sock.sendall
            self._data, self._at = bytes(transport._read_buffer), 0
            transport._read_buffer = b""
            transport.read_frame = self.read_frame
            transport._write = self.write

    # -- Reading

    def read_frame(self) -> tuple[int, int, bytes]:
        """The next frame: type, channel, payload. A time-out loses nothing of a frame that is half there."""
        self._have(7)
        kind, channel, size = _HEAD.unpack_from(self._data, self._at)
        self._have(8 + size)
        end = self._at + 8 + size
        if self._data[end - 1] != 0xCE:
            raise UnexpectedFrame(f"a frame ends with {self._data[end - 1]:#04x}")
        payload = self._data[self._at + 7 : end - 1]
        self._at = end
        return kind, channel, payload

    def _have(self, count: int) -> None:
        while len(self._data) - self._at < count:
            try:
                more = self._recv(_AT_ONCE)
            except OSError as error:
                if error.errno in (errno.EAGAIN, errno.EINTR):  # the kernel's own time-out on this socket
                    raise TimeoutError from None
                if not isinstance(error, socket.timeout):
                    self.transport.connected = False
                raise
            if not more:
                self.transport.connected = False
                raise OSError("Server unexpectedly closed connection")
            self._data = self._data[self._at :] + more
            self._at = 0

    # -- Writing

    def write(self, data: bytes) -> None:
        """Send, or note to be sent with what follows."""
        if not self.in_bursts:
            self.transport.write(data)
            return
        self._noted.append(bytes(data))  # a copy: py-amqp lends a buffer that it uses again
        if self._held or self._sending:
            return
        if not self._lazily:
            self.flush()
        elif not self._asked:
            self._asked = True
            import eventlet  # here, because the command line needs none of it

            eventlet.spawn_n(self._flush_later)

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is written inside goes out as one at the end."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        self.flush()

    def flush(self) -> None:
        if self._sending:
            return  # it is taken along
        self._sending = True
        try:
            while self._noted:
                data = b"".join(self._noted)
                self._noted.clear()
                self._send(data)
        finally:
            self._sending = False

    def _flush_later(self) -> None:
        self._asked = False
        with suppress(OSError):  # the reader of this connection notices, too
            self.flush()

    # -- What we send most

    def publish(self, channel: int, exchange: str, key: str, properties: bytes, body: bytes) -> None:
        """Publish a message; `properties` as `properties_of` makes them."""
        method = b"\x00\x3c\x00\x28\x00\x00" + _short(exchange) + _short(key) + b"\x00"
        header = _CONTENT.pack(60, 0, len(body)) + properties
        parts = [
            _HEAD.pack(1, channel, len(method)),
            method,
            _END,
            _HEAD.pack(2, channel, len(header)),
            header,
            _END,
        ]
        for at in range(0, len(body), self._limit):
            piece = body[at : at + self._limit]
            parts += [_HEAD.pack(3, channel, len(piece)), piece, _END]
        self.write(b"".join(parts))

    def ack(self, channel: int, tag: int) -> None:
        """Acknowledge one message."""
        self.write(_ACK.pack(1, channel, 13, 60, 80, tag, 0, 0xCE))


def properties_of(
    *, delivery_mode: int, correlation_id: str | None = None, message_id: str | None = None
) -> bytes:
    """The properties of a JSON message as they stand in its header."""
    flags = 0xD000 | (0x0400 if correlation_id is not None else 0) | (0x0080 if message_id is not None else 0)
    return b"".join(
        (
            flags.to_bytes(2, "big"),
            b"\x10application/json\x05utf-8",
            bytes((delivery_mode,)),
            b"" if correlation_id is None else _short(correlation_id),
            b"" if message_id is None else _short(message_id),
        )
    )


def _short(text: str) -> bytes:
    data = text.encode()
    return bytes((len(data),)) + data
