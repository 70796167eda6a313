"""A TCP proxy on 127.0.0.1 that can refuse, cut and swallow: the failing network of the tests."""

import contextlib
import socket
import threading


class Proxy:
    """Forwards to `target` until told otherwise; `port` is where to connect."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._flows = threading.Event()
        self._flows.set()
        self._refuses = False
        threading.Thread(target=self._accept, daemon=True).start()

    def refuse(self) -> None:
        """Cut every connection and close each new one at once: the other side is down."""
        self._refuses = True
        self.cut()

    def restore(self) -> None:
        self._refuses = False
        self._flows.set()

    def cut(self) -> None:
        """Reset every connection; new ones are welcome."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def swallow(self) -> None:
        """Keep connections open and pass nothing on: a black hole."""
        self._flows.clear()

    def close(self) -> None:
        self._listener.close()
        self._flows.set()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._refuses:
                near.close()
                continue
            try:
                far = self._connect()
            except OSError:
                near.close()
                continue
            self._pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.target))

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._flows.wait()
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
