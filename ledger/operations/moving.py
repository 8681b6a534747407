"""Moving a community to another shard while others work, and it for all but a moment too.

Its facts are copied first, under way. Then it is closed: nothing is written of it any more. What came meanwhile is
copied, with its people; the copy is read back; shard 0's directory says where it is from now on; it is opened there;
and, when no process can remember the old place, what is left there is dropped. Every step may be the last: the same
command again goes on from there, and with the shard that keeps it now, undoes.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, NamedTuple

from ledger.directory import REMEMBERED_SECONDS
from ledger.errors import LedgerError
from ledger.operations import staging
from ledger.operations.adopting import all_opened
from ledger.operations.export import Tally
from ledger.operations.tables import BESIDE_FACTS, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ledger.operations.adopting import Told
    from ledger.operations.bare import Bare

COPY, READ_BACK, READY, CLOSE, SETTLE, SWITCH, ADMIT, WAIT, DROP = STEPS = (
    "Copying facts",
    "Reading back",
    "Deriving standings",
    "Closing",
    "Copying people",
    "Switching",
    "Opening",
    "Waiting for readers",
    "Clearing the old place",
)
"""In their order; facts are copied and read back once more after `CLOSE`."""

GRACE_SECONDS = REMEMBERED_SECONDS + 5.0
"""After the switch, until the old place is dropped: what others remember of it, and a slow answer from it."""

_FEW = 1_000  # facts that may be left to copy when the community is closed
_ROUNDS = 20  # of copying what came meanwhile


class Moved(NamedTuple):
    """What a move did."""

    community: str
    before: int  # the shard it was in
    after: int
    facts: int  # that were copied and compared; 0 where it was there already
    closed_seconds: float  # that nothing could be written of it


def move(
    databases: str | Sequence[str],
    community: str,
    to: int,
    *,
    told: Told,
    ready: Callable[[int], None] | None = None,
    grace: float = GRACE_SECONDS,
) -> Moved:
    """Move a community to the shard `to`, or finish a move that was broken off.

    Where it is there already, whatever a move left elsewhere is dropped, and it is opened again if it was closed.
    `ready` is called with the shard when the facts are there and the community is still open: to derive from them.
    `told` hears every step. Raises `UnknownCommunityError`, `LedgerUnavailableError`, `BusyError`, and `LedgerError`
    where there is no such shard or the copy is not what it should be; the community then stays where it was.
    """
    with all_opened(databases) as shards, shards[0].alone():
        if not 0 <= to < len(shards):
            raise LedgerError(f"shard: wanted 0 to {len(shards) - 1}, got {to}")
        before, _ = staging.home(shards[0], community)
        facts, began = 0, time.monotonic()
        if before != to:
            copy = Copying(shards[before], shards[to], community, told)
            copy.under_way()
            told(READY, 0, 1)
            if ready:
                ready(to)
            told(READY, 1, 1)
            began = time.monotonic()
            with closed(shards[before], [community], told):
                facts = copy.rest()
                staging.carry(shards[before], shards[to], community, to)
                told(SWITCH, 0, 1)
            staging.place(shards[0], community, to, staging.OPEN)
            told(SWITCH, 1, 1)
        for number, shard in enumerate(shards):
            if number not in {0, to}:
                staging.forget(shard, community)
        told(ADMIT, 0, 1)
        staging.admit(shards[to], community, to)
        closed_seconds = time.monotonic() - began if facts else 0.0
        told(ADMIT, 1, 1)
        _drop_elsewhere(shards, community, to, grace=grace, told=told)
    return Moved(community, before, to, facts, closed_seconds)


@contextlib.contextmanager
def closed(source: Bare, communities: Sequence[str], told: Told) -> Iterator[None]:
    """Close communities; where the block fails, open them again. Where it ends well, they stay closed."""
    told(CLOSE, 0, len(communities))
    try:
        for done, community in enumerate(communities, 1):
            staging.close(source, community)
            told(CLOSE, done, len(communities))
        yield
    except BaseException:
        for community in communities:
            with contextlib.suppress(LedgerError):
                staging.reopen(source, community)
        raise


def _drop_elsewhere(shards: Sequence[Bare], community: str, home: int, *, grace: float, told: Told) -> None:
    left = [shard for number, shard in enumerate(shards) if number != home and _has_any(shard, community)]
    if not left:
        return
    told(WAIT, 0, 1)
    time.sleep(grace)
    told(WAIT, 1, 1)
    for shard in left:
        staging.clear(shard, community, lambda done, of: told(DROP, done, of))


def _has_any(shard: Bare, community: str) -> bool:
    return staging.staged(shard, community) > 0 or any(
        staging.counted(shard, community, table) for table in (*BESIDE_FACTS, *PEOPLE)
    )


class Copying:
    """One community's rows on their way from a database to another."""

    def __init__(self, source: Bare, target: Bare, community: str, told: Told) -> None:
        self._source = source
        self._target = target
        self._community = community
        self._told = told
        self._wanted = Tally()  # what was read from the source
        self._found = Tally()  # what was read back from the target

    def under_way(self) -> None:
        """Copy what there is, while more is written, until little is left."""
        if staging.staged(self._target, self._community) > staging.staged(self._source, self._community):
            staging.clear(self._target, self._community, lambda _done, _of: None)
        for _ in range(_ROUNDS):
            before = self._wanted.tree.size
            self._facts()
            if self._wanted.tree.size - before < _FEW:
                break
        self._read_back()

    def rest(self) -> int:
        """Copy everything else, once nothing is written any more, and compare; return how many facts there are.

        Raises `LedgerError` where the copy is not what there is to copy; then there is none any more.
        """
        self._facts()
        self._told(SETTLE, 0, 1)
        for table in (*BESIDE_FACTS, *PEOPLE):
            staging.empty(self._target, self._community, [table])
            with self._source.reading():
                count = staging.add_pages(self._target, table, self._source.rows(table, self._community))
            if staging.counted(self._target, self._community, table) != count:
                raise LedgerError(f"{self._community}: wanted {count} rows of {table}, got another number")
        self._told(SETTLE, 1, 1)
        self._read_back()
        if (self._found.tree.size, self._found.tree.root()) != (self._wanted.tree.size, self._wanted.tree.root()):
            staging.clear(self._target, self._community, lambda _done, _of: None)
            raise LedgerError(f"{self._community}: wanted a copy equal to the original, got another; it was dropped")
        return self._wanted.tree.size

    def _facts(self) -> None:
        """Copy what is not there yet. Facts never change, so what is there was copied before."""
        there = staging.staged(self._target, self._community)
        head = staging.staged(self._source, self._community)
        tally = self._wanted
        self._told(COPY, tally.tree.size, head)
        while tally.tree.size < head:
            page = self._source.facts(self._community, tally.tree.size)
            for row in page:
                tally.add(row)
            new = [row for row in page if row.position > there]
            if new:
                staging.add_facts(self._target, new)
            self._told(COPY, tally.tree.size, head)

    def _read_back(self) -> None:
        head, tally = staging.staged(self._target, self._community), self._found
        while tally.tree.size < head and (page := self._target.facts(self._community, tally.tree.size)):
            for row in page:
                tally.add(row)
            self._told(READ_BACK, tally.tree.size, head)
