"""What was painted lately, to so many bytes: a picture may have some kilobytes, or some megabytes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class Kept:
    """Bytes by their keys, those longest not asked for given up first. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        """`most`: bytes, of all together."""
        self._most = most
        self._held = 0
        self._made: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable) -> bytes | None:
        """Return what is kept under `key`, or None."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)

    def put(self, key: Hashable, made: bytes) -> None:
        """Keep `made` under `key`, where it is not kept already."""
        with self._lock:
            if key not in self._made:
                self._made[key] = made
                self._held += len(made)
            while self._held > self._most:
                _, given_up = self._made.popitem(last=False)
                self._held -= len(given_up)
