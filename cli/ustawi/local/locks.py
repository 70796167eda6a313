"""One at a time: a lock on a file, freed by the kernel when its holder ends."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ustawi.local.errors import LocalError


@contextmanager
def exclusive(file: Path, seconds: float, what: str) -> Iterator[None]:
    """Hold the lock on `file`; wait for another holder up to `seconds`; LocalError about `what`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + seconds
    with file.open("a") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LocalError(f"{what} is busy in another terminal for over {seconds:.0f} s") from None
                time.sleep(0.05)
        yield
