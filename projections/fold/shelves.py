"""Mappings that keep in memory what was asked for lately, and on disk the rest.

The fold of a community is millions of small things, of which a batch touches a few thousand. What was not asked
for while so many facts were taken in goes to a database of this process, which SQLite keeps in a temporary file
and drops with it: the ledger and the views are where everything is kept.
"""

from __future__ import annotations

import functools
import sqlite3
import weakref
from collections.abc import MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

from projections.errors import ShelvesError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

K = TypeVar("K", bound=int | str)
V = TypeVar("V")

_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8192")  # KiB, in memory
_MARKS = 1 << 23  # bits that tell most keys which were never written from those that were
_encode = msgspec.msgpack.Encoder().encode


_decoder = functools.cache(msgspec.msgpack.Decoder)


class Shelves:
    """Some shelves that are cleared together.

    `keep`: how many facts are taken in from one clearing to the next; None keeps everything in memory.
    """

    def __init__(self, keep: int | None = None) -> None:
        self._keep = keep
        self._taken = 0
        self._shelves: dict[str, Shelf[Any, Any]] = {}
        self._made = 0
        self._database: sqlite3.Connection | None = None

    def shelf(
        self,
        name: str,
        kept: Any,  # noqa: ANN401  any type that msgspec reads
        *,
        constant: bool = False,
        dump: Callable[[Any], object] | None = None,
        load: Callable[[Any], Any] | None = None,
    ) -> Shelf[Any, Any]:
        """Return an empty shelf in the place of any other of that name.

        `kept`: the type of its values, such as msgspec reads; of other ones, what `dump` makes of a value and
        `load` makes a value of. `constant`: values are never changed, so each is written once.
        """
        self._made += 1
        shelf: Shelf[Any, Any] = Shelf(self, f"shelf_{self._made}", _decoder(kept).decode, dump, load)
        shelf.constant = constant
        known = self._shelves.pop(name, None)
        if known is not None:
            known.clear()
        self._shelves[name] = shelf
        return shelf

    @property
    def resident(self) -> int:
        """How many things are in memory."""
        return sum(shelf.resident for shelf in self._shelves.values())

    def took(self, facts: int) -> None:
        """Say that facts were taken in, new ones or again. Nothing that came off a shelf may be in use by now.

        Raises `ShelvesError`.
        """
        self._taken += facts
        if self._keep is not None and self._taken >= self._keep:
            self._taken = 0
            with self.database() as database:
                database.execute("BEGIN")
                for shelf in self._shelves.values():
                    shelf.rest(database)
                database.execute("COMMIT")

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """Give the database, made when it is first needed. Raises `ShelvesError` where it fails."""
        try:
            if self._database is None:
                self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
                weakref.finalize(self, self._database.close)
                for pragma in _PRAGMAS:
                    self._database.execute(f"PRAGMA {pragma}")
            yield self._database
        except sqlite3.Error as error:
            raise ShelvesError(f"wanted room for temporary files, got: {error}") from error


class Shelf(MutableMapping[K, V]):
    """One mapping. What is taken off it may be changed in place, until the shelves are next told what was taken in.

    None is nothing. Every method may raise `ShelvesError`.
    """

    def __init__(
        self,
        shelves: Shelves,
        table: str,
        decode: Callable[[bytes], Any],
        dump: Callable[[V], object] | None,
        load: Callable[[Any], V] | None,
    ) -> None:
        self.constant = False
        self._shelves = shelves
        self._table = table
        self._near: dict[K, V] = {}  # asked for since the shelves were last cleared
        self._aside: dict[K, V] = {}  # asked for in the time before that
        self._far = False  # whether anything was ever written
        self._marks = bytearray()  # of `hash(key) % _MARKS`, a bit that says whether such a key ever was
        self._same: set[K] = set()  # of constant values in memory, those that are written too
        self._decode = decode
        self._dump = dump
        self._load = load

    def __getitem__(self, key: K) -> V:
        """Return what stands under a key."""
        try:
            return self._near[key]
        except KeyError:
            return self._fetched(key)

    def get(self, key: K, default: Any = None) -> Any:  # noqa: ANN401  as of any mapping
        """Return what stands under a key, else the default."""
        found = self._near.get(key)
        if found is not None or not (self._aside or self._far):
            return default if found is None else found
        try:
            return self._fetched(key)
        except KeyError:
            return default

    def __contains__(self, key: object) -> bool:
        """Return whether anything stands under a key."""
        return isinstance(key, int | str) and self.get(cast("K", key)) is not None

    def __setitem__(self, key: K, value: V) -> None:
        """Put something under a key."""
        self._near[key] = value
        if self._aside:
            self._aside.pop(key, None)

    def __delitem__(self, key: K) -> None:
        """Take away what stands under a key."""
        self[key]  # which brings it here, or raises
        del self._near[key]
        self._same.discard(key)
        if self._far:
            with self._shelves.database() as database:
                database.execute(f"DELETE FROM {self._table} WHERE key = ?", (key,))

    def __iter__(self) -> Iterator[K]:
        """Yield every key; what is far away stays there."""
        here = [*self._near, *self._aside]
        yield from here
        if self._far:
            with self._shelves.database() as database:
                keys = database.execute(f"SELECT key FROM {self._table}").fetchall()
            known = set(here)
            yield from (key for (key,) in keys if key not in known)

    def __len__(self) -> int:
        """Return how many keys there are."""
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Take everything away."""
        self._near, self._aside, self._same = {}, {}, set()
        if self._far:
            self._far = False
            with self._shelves.database() as database:
                database.execute(f"DROP TABLE {self._table}")

    @property
    def resident(self) -> int:
        """How many values are in memory."""
        return len(self._near) + len(self._aside)

    def _fetched(self, key: K) -> V:
        if key in self._aside:
            value = self._near[key] = self._aside.pop(key)
            return value
        mark = hash(key) % _MARKS
        if not self._far or not self._marks[mark >> 3] & 1 << (mark & 7):
            raise KeyError(key)
        with self._shelves.database() as database:
            found = database.execute(f"SELECT value FROM {self._table} WHERE key = ?", (key,)).fetchone()
        if found is None:
            raise KeyError(key)
        kept = self._decode(found[0])
        value = self._near[key] = kept if self._load is None else self._load(kept)
        if self.constant:
            self._same.add(key)
        return value

    def rest(self, database: sqlite3.Connection) -> None:
        """Write, and forget, what was not asked for since this was last called."""
        resting, self._aside, self._near = self._aside, self._near, {}
        if not resting:
            return
        if not self._far:
            database.execute(f"CREATE TABLE {self._table} (key PRIMARY KEY, value BLOB) WITHOUT ROWID")
            self._far = True
            self._marks = bytearray(_MARKS >> 3)
        for key in resting:
            mark = hash(key) % _MARKS
            self._marks[mark >> 3] |= 1 << (mark & 7)
        same, dump = self._same, self._dump
        values = ((key, value if dump is None else dump(value)) for key, value in resting.items() if key not in same)
        rows = ((key, _encode(value)) for key, value in values)
        database.executemany(f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?)", rows)
        same.difference_update(resting)
