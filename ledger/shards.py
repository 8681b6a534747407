"""The databases of one book, and where each community is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from ledger.directory import Directory
from ledger.errors import ElsewhereError, LedgerError, UnknownCommunityError
from ledger.people import SLUG, Community
from ledger.rotating import fit
from ledger.rows import CHUNK
from ledger.shard import Shard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ledger.keyring import KeyRing
    from ledger.rows import Row
    from ledger.vault import VaultDatabase

    Answer = TypeVar("Answer")


class Writing(Protocol):
    """Writes where a community is kept, as `Shards.writing` does."""

    def __call__(self, community: str, write: Callable[[Shard], Answer]) -> Answer:
        """Return what `write` returns. May raise `ElsewhereError`."""
        ...


class Shards:
    """All shards of a book, in their order. Safe to share between threads.

    Whatever names a community raises `UnknownCommunityError` for one that is not open.
    """

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._all = shards
        self._directory = Directory([shard.recorder for shard in shards])

    @classmethod
    def open(cls, databases: Sequence[str], ring: KeyRing, clock: Callable[[], int]) -> Self:
        """Open the databases of a book. Raises what `Book.open` does."""
        shards: list[Shard] = []
        try:
            for number, database in enumerate(databases):
                shards.append(Shard.open(database, number, ring=ring, clock=clock))
            fit(ring, [shard.vault for shard in shards])
        except BaseException:
            for shard in shards:
                shard.close()
            raise
        return cls(shards)

    def close(self) -> None:
        """Give back every connection."""
        for shard in self._all:
            shard.close()

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self._all)

    def __getitem__(self, number: int) -> Shard:
        """Return a shard by its number."""
        return self._all[number]

    def __iter__(self) -> Iterator[Shard]:
        """Go through all of them, in their order."""
        return iter(self._all)

    @property
    def vaults(self) -> list[VaultDatabase]:
        """The vault of every shard."""
        return [shard.vault for shard in self._all]

    # Communities

    def number_of(self, community: str) -> int:
        """Return the number of the shard that keeps a community."""
        return self._directory.shard_of(community)

    def of(self, community: str) -> Shard:
        """Return the shard that keeps a community."""
        return self._all[self.number_of(community)]

    def communities(self) -> list[Community]:
        """Return all communities, by slug."""
        found = [
            community
            for shard in self._all
            for kept in [shard.recorder.heads()]
            for community in shard.people.communities()
            if community.slug in kept
        ]
        return sorted(found, key=lambda community: community.slug)

    def open_community(self, slug: str, *, name: str, shard: int | None) -> None:
        """Make a community. See `Book.open_community`."""
        if not SLUG.fullmatch(slug):
            raise LedgerError(f"community: wanted {SLUG.pattern}, got {slug!r}")
        if shard is not None and not 0 <= shard < len(self):
            raise LedgerError(f"shard: wanted 0 to {len(self) - 1}, got {shard}")
        self._all[self._directory.place(slug, shard)].people.open_community(slug, name)

    def writing(self, community: str, write: Callable[[Shard], Answer]) -> Answer:
        """Write where the community is kept; where it has just moved, look again, once. Raises `ElsewhereError`."""
        try:
            return write(self.of(community))
        except (ElsewhereError, UnknownCommunityError):  # or it was here, and the old place has been cleared
            self._directory.forget(community)
        try:
            return write(self.of(community))
        except ElsewhereError as error:
            raise ElsewhereError(f"{community}: wanted to write, but it is being moved; try again") from error

    def rows(self, community: str, positions: Sequence[int]) -> Iterator[Row]:
        """Yield the rows at these positions, in order; one that is not there is left out."""
        recorder, wanted = self.of(community).recorder, sorted(set(positions))
        for start in range(0, len(wanted), CHUNK):
            yield from recorder.rows_at(community, wanted[start : start + CHUNK])
