"""Identifiers: UUID version 7 (RFC 9562), which sort by the time at which they were made."""

import os
import threading
import time
from uuid import UUID

_RANDOM_BITS = 74  # what version and variant leave of the 80 bits behind the milliseconds
_STEP_BITS = 32

_lock = threading.Lock()
_last_ms = 0
_last_random = 0


def uuid7() -> UUID:
    """A new UUIDv7, greater than every one that this process made before.

    Within one millisecond the random part grows by a random step (RFC 9562, section 6.2, method 2), and a
    clock that was set back is not followed; so order holds, and the next id cannot be guessed from the last.
    """
    global _last_ms, _last_random
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            # The top bit stays free, so that steps find room before the next millisecond must be borrowed.
            now_random = int.from_bytes(os.urandom(10), "big") >> (80 - _RANDOM_BITS + 1)
        else:
            now_ms, now_random = (
                _last_ms,
                _last_random + 1 + int.from_bytes(os.urandom(_STEP_BITS // 8), "big"),
            )
            if now_random >> _RANDOM_BITS:
                now_ms, now_random = now_ms + 1, int.from_bytes(os.urandom(9), "big")
        _last_ms, _last_random = now_ms, now_random
    high, low = now_random >> 62, now_random & ((1 << 62) - 1)
    return UUID(int=now_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def _forget() -> None:
    # A forked child must not go on from its parent's last value, and its lock may have been copied while
    # held.
    global _lock, _last_ms, _last_random
    _lock, _last_ms, _last_random = threading.Lock(), 0, 0


os.register_at_fork(after_in_child=_forget)
