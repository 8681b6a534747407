"""The book: one installation's ledger and vault, opened together. What other packages use."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from ledger import reading
from ledger.access import Vault
from ledger.append import Appending
from ledger.awards import Awarding, credential_id
from ledger.deciding import Deciding
from ledger.endorsing import Endorsing
from ledger.entrance import Entrance
from ledger.erasing import Erasures
from ledger.errors import LedgerError
from ledger.facts import Conflict, Fact, NewAward, Outcome
from ledger.foretelling import Foretelling
from ledger.heads import opened_heads
from ledger.hooks import Hooks, Strays
from ledger.issuer_keys import IssuerKeys
from ledger.key_files import load_or_create_secret
from ledger.keyring import KeyRing
from ledger.knowing import Knowing
from ledger.log import Logs
from ledger.migrate import listed
from ledger.nominating import Nominations
from ledger.noticing import Noticing
from ledger.outbox import Channels, Mailboxes, Queue
from ledger.people import Community
from ledger.pulls import Pulls
from ledger.rotating import drop, named, rotate
from ledger.rows import system_clock
from ledger.shards import Shards
from ledger.sign_ins import SignIns
from ledger.statements import Documents, Statements
from ledger.subjects import Subjects
from ledger.vault import PostgresVault
from ledger.wrapping import derived_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from ledger.heads import Heads
    from ledger.key_stores import KeyStore
    from ledger.keys import Algorithm, Signer
    from ledger.opening import Opening
    from ledger.shard import Shard
    from ledger.tokens import Token

    Answer = TypeVar("Answer")


class Book(Deciding, Knowing, Noticing):
    """The ledger and the vault of one installation, over one database or several. Safe to share between threads.

    Every community is kept whole in one of the databases, its shard, and has an order of its own: positions
    1, 2, 3, ... without a gap. Any method may raise `LedgerUnavailableError`, when a database is down, locked or full:
    the call may be repeated. Whatever names a community raises `UnknownCommunityError` for one that is not open.
    """

    def __init__(
        self, shards: Shards, ring: KeyRing, heads: Heads, store: KeyStore | None, *, data: Path, address: str
    ) -> None:
        """Use `Book.open`."""
        self._shards, self._ring, self._heads = shards, ring, heads
        self.log = Logs(shards, heads, keys=data / "keys", address=address)
        self.issuers = IssuerKeys(data / "keys", ring, [store] if store else [], self._in, self._writing)
        self.endorsing = Endorsing(self._writing, self._in, self.issuers.told)
        now = shards[0].recorder.clock
        entrance = Entrance(shards, load_or_create_secret(data / "keys" / "session"), now)
        self.vault, self.sign_ins, self.subjects = Vault(entrance), SignIns(entrance), Subjects(entrance)
        self.nominations, self.foretelling = Nominations(self._writing), Foretelling(self._in)
        self.channels, self.outbox, self.mailboxes = Channels(shards, now), Queue(shards, now), Mailboxes(shards, now)
        self.hooks, self.strays, self.pulls = Hooks(shards, now), Strays(shards, now), Pulls(shards, now)
        self.statements, self.documents = Statements(shards, now), Documents(shards, now)
        self._erasures = Erasures(heads, shards, self.log.allow, self.rotate)

    @classmethod
    def open(
        cls,
        databases: str | Sequence[str],
        *,
        data: Path,
        address: str = "http://localhost",
        heads: str = "",
        clock: Callable[[], int] = system_clock,
        store: KeyStore | None = None,
    ) -> Self:
        """Open the book kept in `databases`: the path of a SQLite file, or `postgresql://` addresses.

        Several addresses are the shards 0, 1, ... of one book; their order may not change. `data`: the folder of
        this installation, with its keys in `data/keys`. `address`: where others reach it, after which logs are named
        that begin. `heads`: where signed heads are kept, a file or a `postgresql://` address; `data/heads.sqlite`
        when absent, or the schema `heads` of shard 0. `clock` returns µs. `store`: where new issuer keys are made, and
        kept; in `data/keys` when absent. Tables are made by `migrate`. Raises
        `LedgerUnavailableError`, `NotMigratedError`, `KeyFileError`, `WrongKeyError` where the key-encryption key is
        of another installation, and `LedgerError` where a database is none.
        """
        ring = KeyRing(data / "keys")
        shards = Shards.open(listed(databases), ring, clock)
        try:
            kept = opened_heads(heads, data / "heads.sqlite", shards[0].recorder)
        except BaseException:
            shards.close()
            raise
        book = cls(shards, ring, kept, store, data=data, address=address)
        try:
            book.log.check()
            book._erasures.finish(again=True)
        except BaseException:
            book.close()
            raise
        return book

    def close(self) -> None:
        """Give back every connection."""
        self._shards.close()
        self._heads.close()

    def tidy(self) -> None:
        """Finish erasures that another process left unfinished, and drop retired keys whose time has come."""
        self._erasures.finish()
        drop(self._ring, named(self._shards.vaults))

    def rotate(self) -> None:
        """Wrap every key of every vault under a new key-encryption key, and retire the former; others go on meanwhile.

        What was destroyed before is then beyond whoever has a copy of the vault, once the retired key is gone. Raises
        `BusyError`, `KeyFileError`.
        """
        rotate(self._ring, self._shards.vaults)

    # Shards and communities

    @property
    def shards(self) -> int:
        """How many databases keep this book."""
        return len(self._shards)

    @property
    def appends_at_once(self) -> int:
        """How many appends of one community are worth beginning at once: SQLite has one writer."""
        return 3 if isinstance(self._shards[0].vault, PostgresVault) else 1

    def shard_of(self, community: str) -> int:
        """Return the number of the shard that keeps a community."""
        return self._shards.number_of(community)

    def open_community(self, slug: str, *, name: str, shard: int | None = None) -> None:
        """Make a community, with keys of its own; one that exists keeps them and takes the name.

        `shard`: where a new one is kept; the shard with the fewest communities when absent. Raises `LedgerError`
        where `slug` is not 1 to 64 of a-z 0-9 -, not starting with -, or there is no such shard.
        """
        self._shards.open_community(slug, name=name, shard=shard)

    def communities(self) -> list[Community]:
        """Return all communities, by slug."""
        return self._shards.communities()

    def community(self, slug: str) -> Community:
        """Return one community."""
        return Community(slug, self._in(slug).people.name(slug))

    # Facts

    def append(
        self,
        events: Sequence[object],
        *,
        community: str,
        identity: bool = False,
        strict: bool = False,
        fill_time: bool = False,
        own: bool = False,
    ) -> list[Outcome]:
        """Append parsed JSON events, however many, and return one outcome for each, in order.

        `identity`: the poster may link accounts, else a link is kept as proposed. `strict`: all are stored
        (or were) or none is. `fill_time`: an event without `time` gets the clock's, marked `time_is_ours`.
        `own`: what was decided here; only such events may be of one of the `OWN_SOURCES`.
        Posting an event again is harmless: it is a `duplicate`, or with other content a `conflict`.
        """

        def append(shard: Shard) -> list[Outcome]:
            keys = shard.people.community(community)
            appending = Appending(shard.people, shard.recorder, keys, identity=identity, fill_time=fill_time, own=own)
            return appending.append_all_or_none(events) if strict else appending.append(events)

        return self._writing(community, append)

    def read(self, community: str, after: int, limit: int, *, upto: int | None = None) -> list[Fact]:
        """Return at most `limit` facts of a community with positions past `after` (and at most `upto`), in order."""
        rows = self._in(community).recorder.rows_after(community, after, limit, upto=upto)
        return [reading.fact(row) for row in rows]

    def at(self, community: str, positions: Sequence[int]) -> list[Fact]:
        """Return the facts at these positions, in order of position; one that is not there is left out."""
        return [reading.fact(row) for row in self._shards.rows(community, positions)]

    def position_at(self, community: str, known_at: int) -> int:
        """Return the last position of a community recorded by the instant (µs), 0 where there is none."""
        recorder = self._in(community).recorder
        low, high = 0, recorder.head(community)  # `recorded` never decreases, so halving finds it
        while low < high:
            middle = (low + high + 1) // 2
            (row,) = recorder.rows_at(community, [middle])
            low, high = (middle, high) if row.recorded <= known_at else (low, middle - 1)
        return low

    def conflicts(self, community: str, limit: int = 100) -> list[Conflict]:
        """Return the facts that met a conflict, the latest first, for the manager to look into."""
        return [
            Conflict(position, tuple(json.loads(pointers)), met, times)
            for position, pointers, met, times in self._in(community).recorder.conflicts(community, limit)
        ]

    def head(self, community: str) -> int:
        """Return the last position of a community, 0 where there is none."""
        return self._in(community).recorder.head(community)

    def heads(self, shard: int = 0) -> dict[str, int]:
        """Return the last position of every community kept in a shard."""
        return self._shards[shard].recorder.heads()

    def reveal(
        self, community: str, facts: Sequence[Fact | int], *, of: Collection[str] | None = None
    ) -> list[dict[str, Any]]:
        """Return what is sealed in facts, given by themselves or by position, in order.

        `id`, `item`, `title`, `url`, `comment`, ... as far as the keys still live; a fact that is not there
        or wholly erased gives `{}`. An award gives `evidence_root` (hex), `evidence` (positions) and, but for those
        of release 0.1, what else binds its credential: `credential`, `member`, `rule`, `earned`, ...
        `of`: only what is sealed for one of these accounts, alone or with others.
        """
        positions = [each.position if isinstance(each, Fact) else each for each in facts]
        people = self._in(community).people
        rows = list(self._shards.rows(community, positions))
        revealed = reading.revealed(rows, people, people.community(community), of)
        found = {row.position: fields for row, fields in zip(rows, revealed, strict=True)}
        return [dict(found.get(position, {})) for position in positions]

    def leaves(self, community: str, positions: Sequence[int]) -> list[bytes]:
        """Return the leaf (32 bytes) of each position, recomputed from what is stored.

        Raises `LedgerError` for a position that is not the community's.
        """
        leaves = {row.position: reading.leaf_of(row) for row in self._shards.rows(community, positions)}
        strange = [position for position in positions if position not in leaves]
        if strange:
            raise LedgerError(f"positions: wanted facts of {community!r}, got {strange[:5]}")
        return [leaves[position] for position in positions]

    def opening(self, community: str, position: int, *, of: Collection[str] | None = None) -> Opening:
        """Return the opening of a fact, with every sealed part whose keys still live.

        `of`: only what is sealed for one of these accounts, alone or with others. Raises `LedgerError` for a
        position that is not the community's.
        """
        (opening,) = self.openings(community, [position], of=of)
        return opening

    def openings(self, community: str, positions: Sequence[int], *, of: Collection[str] | None = None) -> list[Opening]:
        """Return the openings of facts, in order, as `opening`."""
        people = self._in(community).people
        rows = list(self._shards.rows(community, positions))
        made = zip(rows, reading.openings(rows, people, people.community(community), of), strict=True)
        found = {row.position: opening for row, opening in made}
        if strange := [position for position in positions if position not in found]:
            raise LedgerError(f"position: wanted a fact of {community!r}, got {strange[0]}")
        return [found[position] for position in positions]

    # People

    def token(self, community: str, text: str) -> Token:
        """Return the token of a reference, as it stands in open parts."""
        return self._in(community).people.community(community).tokens.ref(text)

    def erase(self, community: str, accounts: Sequence[str], *, also: Sequence[str] = ()) -> None:
        """Forget the people of these accounts for ever: what was sealed for them, their names, their public ids.

        Their facts stay, which name nobody any more; their awards end, and so do the public ids in `also`. When this
        returns no process shows them. Where it is broken off, whoever opens the book next, or erases next, finishes it;
        to erase again is harmless. Raises `LedgerError` where there are no accounts, or one is not of the community.
        """
        self._erasures.erase(community, accounts, also)

    def erased(self, community: str | None, public_id: str) -> bool:
        """Return whether an erasure ended a public id: of a member or of a credential; None: of any community."""
        if community is None:
            return any(shard.people.gone(None, public_id) for shard in self._shards)
        return self._in(community).people.gone(community, public_id)

    def epoch(self, community: str, *, now: bool = False) -> int:
        """Return when somebody of a community was last erased (µs), 0 where nobody was; half a second old at most.

        What is kept in memory of a community's people is of one epoch, and wrong in the next. `now`: looked up anew.
        """
        people = self._in(community).people
        return (people.renewed(community) if now else people.community(community)).epoch

    # Charters, awards, keys

    def publish_charter(self, community: str, document: dict[str, Any], *, effective: int, by: str) -> Fact:
        """Record the next version of the community's charter, in force from `effective` (µs)."""

        def publish(shard: Shard) -> Fact:
            stream = UUID(bytes=shard.people.community(community).tokens.stream("charter"))
            position = shard.lifecycles.publish_charter(
                stream, community, document=document, effective=effective, by=by, now=shard.recorder.clock()
            )
            return reading.fact(shard.recorder.rows_at(community, [position])[0])

        return self._writing(community, publish)

    def charters(self, community: str, *, after: int = 0) -> list[Fact]:
        """Return the charters a community has published, version 1 first; only those that follow version `after`."""
        shard = self._in(community)
        stream = shard.people.community(community).tokens.stream("charter")
        return [reading.fact(row) for row in shard.recorder.stream_rows(stream, after=after)]

    def award(self, awards: Sequence[NewAward]) -> list[Outcome]:
        """Record awards and return one outcome for each, in order.

        stored; claimed, where it was made before (with its position); refused, where the account is erased.
        """
        by_community = groupby(awards, key=lambda each: each.community)
        return [outcome for community, some in by_community for outcome in self._award(community, list(some))]

    def _award(self, community: str, awards: list[NewAward]) -> list[Outcome]:
        return self._writing(community, lambda shard: Awarding(shard, community, self.issuers.told).award(awards))

    def signer(self, community: str, algorithm: Algorithm = "EdDSA") -> Signer:
        """Return who signs what is new for a community, made on first use. See `IssuerKeys.current`."""
        return self.issuers.current(community, algorithm)

    def credential_id(self, community: str, account: str, award_stream: str) -> str:
        """Return the UUID of an award's credential; it dies with the account's key. Raises `ErasedError`."""
        return credential_id(self._living(community, account).key, award_stream)

    def status_numbers(self, community: str) -> int:
        """Return how many numbers of its status lists a community has given."""
        return self._in(community).recorder.last_number(community) + 1

    def status_key(self, community: str, purpose: str = "revocation") -> bytes:
        """Return the key that permutes the community's status lists of a purpose, 32 bytes."""
        label = b"guildbook.status.1" if purpose == "revocation" else f"guildbook.status.{purpose}.1".encode()
        return derived_key(self._in(community).people.community(community).data_key, label)

    def _in(self, community: str) -> Shard:
        return self._shards.of(community)

    def _writing(self, community: str, write: Callable[[Shard], Answer]) -> Answer:
        self.log.allow(community)
        return self._shards.writing(community, write)
