"""Where what lets people in is kept: a community's in its shard, the installation's own in the first.

Whatever is kept of a community is digested and sealed under its keys; what is kept of the installation, for those who
operate it, under keys that are derived from `data/keys/session`.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import LedgerUnavailableError, UnknownCommunityError
from ledger.wrapping import derived_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger.shard import Shard
    from ledger.shards import Shards
    from ledger.vault import Statements

INSTALLATION: Final = ""
"""Stands where a community's short name does, for what is of the installation and of no community."""


class EntranceKeys(NamedTuple):
    """What is kept of a community, or of the installation, is under these."""

    cipher: AESGCM
    lookup_key: bytes  # of the digests that people are found by
    access_key: bytes  # of the digests of API keys and sign-in links


class Entrance:
    """The keys and the tables of what lets people in. Safe to share between threads."""

    def __init__(self, shards: Shards, key: bytes, clock: Callable[[], int]) -> None:
        """`key`: the installation's own, 32 bytes. `clock` returns µs."""
        self.shards = shards
        self.clock = clock
        sealing, lookup, access = (derived_key(key, b"guildbook.operators.%d" % number) for number in (1, 2, 3))
        self._own = EntranceKeys(AESGCM(sealing), lookup, access)

    def keys(self, community: str) -> EntranceKeys:
        """Return the keys of a community. Raises `UnknownCommunityError`."""
        if community == INSTALLATION:
            return self._own
        keys = self.shards.of(community).people.community(community)
        return EntranceKeys(keys.cipher, keys.lookup_key, keys.access_key)

    @contextlib.contextmanager
    def writing(self, community: str) -> Iterator[Statements]:
        """Open a transaction where a community is kept. Raises `ElsewhereError` while it is being moved."""
        shard = self.shards[0] if community == INSTALLATION else self.shards.of(community)
        with shard.vault.transaction(writing=True) as statements:
            if community != INSTALLATION:
                statements.hold(community)
            yield statements

    def rows(self, community: str, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Return what a statement reads where a community is kept."""
        shard = self.shards[0] if community == INSTALLATION else self.shards.of(community)
        with shard.vault.transaction(writing=False) as statements:
            return statements.run(statement, parameters)

    def find(self, statement: str, key: object) -> tuple[Shard, tuple[Any, ...]] | None:
        """Return the row that `statement` finds by its key, the community first in it, and whose shard it is.

        A shard that is down matters only if no other has it.
        """
        down: LedgerUnavailableError | None = None
        for number, shard in enumerate(self.shards):
            try:
                with shard.vault.transaction(writing=False) as statements:
                    found = statements.run(statement, (key,))
            except LedgerUnavailableError as error:
                down = error
            else:
                if found and self._is_at_home(found[0][0], number):
                    return shard, found[0]
        if down:
            raise down
        return None

    def _is_at_home(self, community: str, number: int) -> bool:
        """Return whether what a shard has of a community counts, and was not left behind by a move."""
        if community == INSTALLATION:
            return number == 0
        try:
            return self.shards.number_of(community) == number
        except UnknownCommunityError:
            return False
