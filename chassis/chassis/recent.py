"""A small memory of what was just looked up: bounded, and forgetting by time."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps at most `size` values, each until its moment; the least recently used leaves first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, now: float) -> V | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            if kept[1] <= now:
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return kept[0]

    def put(self, key: K, value: V, until: float) -> None:
        with self._lock:
            self._kept[key] = (value, until)
            self._kept.move_to_end(key)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def drop(self, key: K) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
