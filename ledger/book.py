"""The book: one installation's ledger and vault, opened together. What other packages use."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast
from uuid import UUID

from eventsourcing.persistence import InfrastructureFactory

from ledger import reading
from ledger.access import Vault
from ledger.append import Appending
from ledger.awards import Awarding
from ledger.errors import ErasedError, LedgerError
from ledger.facts import Conflict, Fact, NewAward, Outcome
from ledger.keys import FileSigner, load_or_create_secret
from ledger.lifecycle import AWARD_REVOKED, Lifecycles
from ledger.people import Community, People, member_id
from ledger.rows import CHUNK, system_clock
from ledger.tokens import digest_of, from_token
from ledger.vault import PostgresVault, SQLiteVault
from ledger.wrapping import derived_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ledger import postgres, sqlite
    from ledger.keys import Signer
    from ledger.people import Account
    from ledger.rows import Row
    from ledger.tokens import AccountId, Token
    from ledger.vault import VaultDatabase

_SLUG = re.compile("[a-z0-9][a-z0-9-]{0,63}")
_POSTGRES = ("postgresql://", "postgres://")
_UUID_8 = 8 << 76 | 2 << 62  # RFC 9562 "UUID Version 8", and its variant
_UUID_FREE = ~(0xF << 76 | 3 << 62)


class Book:
    """The ledger and the vault of one installation. Safe to share between threads.

    Every method may raise `LedgerUnavailableError`, when a database is down, locked or full: the call may be
    repeated. Whatever names a community raises `UnknownCommunityError` for one that is not open.
    """

    def __init__(
        self,
        recorder: sqlite.Recorder | postgres.Recorder,
        vault: VaultDatabase,
        factory: InfrastructureFactory,
        *,
        data: Path,
    ) -> None:
        """Use `Book.open`."""
        self._recorder = recorder
        self._vault = vault
        self._key_folder = data / "keys"
        secret = load_or_create_secret(self._key_folder / "key-encryption")
        self._people = People(vault, secret, recorder.clock)
        self._lifecycles = Lifecycles(factory, recorder, self._people)
        self._signers: dict[str, Signer] = {}
        self.vault = Vault(vault, self._people, recorder.clock)

    @classmethod
    def open(
        cls,
        database: str,
        *,
        data: Path,
        clock: Callable[[], int] = system_clock,
        create: bool = True,
    ) -> Self:
        """Open the book kept in `database`: the path of a SQLite file, or a `postgresql://` address.

        `data`: the folder of this installation, with its keys in `data/keys`. `clock` returns µs.
        `create` makes tables that are missing. Raises `LedgerUnavailableError`, `KeyFileError`, and
        `LedgerError` where `database` is neither.
        """
        if not database or database.startswith(":memory:"):
            raise LedgerError(f"database: wanted a file or a postgresql:// address, got {database!r}")
        module = "postgres" if database.startswith(_POSTGRES) else "sqlite"
        factory: InfrastructureFactory = InfrastructureFactory.construct(
            {
                "PERSISTENCE_MODULE": f"ledger.{module}",
                "SQLITE_DBNAME": database,
                "POSTGRES_DBNAME": database,
                "CREATE_TABLE": "yes" if create else "no",
            }
        )
        recorder = cast("sqlite.Recorder | postgres.Recorder", factory.application_recorder())
        recorder.clock = clock
        vault = _vault_beside(database, recorder)
        if create:
            vault.create()
        return cls(recorder, vault, factory, data=data)

    def close(self) -> None:
        """Give back every connection."""
        self._lifecycles.close()
        self._vault.close()

    # Communities

    def open_community(self, slug: str, *, name: str) -> None:
        """Make a community, with keys of its own; one that exists keeps them and takes the name.

        Raises `LedgerError` where `slug` is not 1 to 64 of a-z 0-9 -, not starting with -.
        """
        if not _SLUG.fullmatch(slug):
            raise LedgerError(f"community: wanted {_SLUG.pattern}, got {slug!r}")
        self._people.open_community(slug, name)

    def communities(self) -> list[Community]:
        """Return all communities, by slug."""
        return self._people.communities()

    def community(self, slug: str) -> Community:
        """Return one community."""
        return Community(slug, self._people.name(slug))

    # Facts

    def append(
        self,
        events: Sequence[object],
        *,
        community: str,
        identity: bool = False,
        strict: bool = False,
        fill_time: bool = False,
    ) -> list[Outcome]:
        """Append parsed JSON events, however many, and return one outcome for each, in order.

        `identity`: the poster may link accounts, else a link is kept as proposed. `strict`: all are stored
        (or were) or none is. `fill_time`: an event without `time` gets the clock's, marked `time_is_ours`.
        Posting an event again is harmless: it is a `duplicate`, or with other content a `conflict`.
        """
        appending = Appending(
            self._people,
            self._recorder,
            self._people.community(community),
            identity=identity,
            fill_time=fill_time,
        )
        return appending.append_all_or_none(events) if strict else appending.append(events)

    def read(self, after: int, limit: int, *, community: str | None = None, upto: int | None = None) -> list[Fact]:
        """Return at most `limit` facts with positions past `after` (and at most `upto`), in order."""
        rows = self._recorder.rows_after(after, limit, community=community, upto=upto)
        return [reading.fact(row) for row in rows]

    def at(self, positions: Sequence[int]) -> list[Fact]:
        """Return the facts at these positions, in order of position; one that is not there is left out."""
        return [reading.fact(row) for row in self._rows(positions)]

    def position_at(self, community: str, known_at: int) -> int:
        """Return the last position of a community recorded by the instant (µs), 0 where there is none.

        `recorded` never decreases along positions, so halving finds it.
        """
        low, high = 0, self._recorder.head(community)
        while low < high:
            middle = (low + high) // 2
            row = self._recorder.rows_after(middle, 1, community=community, upto=high)[0]
            low, high = (row.position, high) if row.recorded <= known_at else (low, middle)
        return low

    def conflicts(self, community: str, limit: int = 100) -> list[Conflict]:
        """Return the facts that met a conflict, the latest first, for the manager to look into."""
        return [
            Conflict(position, tuple(json.loads(pointers)), met, times)
            for position, pointers, met, times in self._recorder.conflicts(community, limit)
        ]

    def head(self, community: str | None = None) -> int:
        """Return the last position (of a community), 0 where there is none."""
        return self._recorder.head(community)

    def reveal(self, facts: Sequence[Fact | int]) -> list[dict[str, Any]]:
        """Return what is sealed in facts, given by themselves or by position, in order.

        `id`, `item`, `title`, `url`, `comment`, ... as far as the keys still live; a fact that is not there
        or wholly erased gives `{}`. An award gives `evidence_root` (hex) and `evidence` (positions).
        """
        positions = [each.position if isinstance(each, Fact) else each for each in facts]
        found: dict[int, dict[str, Any]] = {}
        for community, rows in groupby(sorted(self._rows(positions), key=_community), key=_community):
            listed = list(rows)
            revealed = reading.revealed(listed, self._people, self._people.community(community))
            found |= {row.position: fields for row, fields in zip(listed, revealed, strict=True)}
        return [dict(found.get(position, {})) for position in positions]

    def leaves(self, community: str, positions: Sequence[int]) -> list[bytes]:
        """Return the leaf (32 bytes) of each position, recomputed from what is stored.

        Raises `LedgerError` for a position that is not the community's.
        """
        rows = [row for row in self._rows(positions) if row.community == community]
        leaves = {row.position: reading.leaf_of(row) for row in rows}
        strange = [position for position in positions if position not in leaves]
        if strange:
            raise LedgerError(f"positions: wanted facts of {community!r}, got {strange[:5]}")
        return [leaves[position] for position in positions]

    # People

    def token(self, community: str, text: str) -> Token:
        """Return the token of a reference, as it stands in open parts."""
        return self._people.community(community).tokens.ref(text)

    def account(
        self,
        community: str,
        platform: str,
        id: str,  # noqa: A002 - the event's own word
        realm: str | None = None,
    ) -> AccountId | None:
        """Return the account that a platform knows by `id`, or None."""
        ref = (platform, realm or "", id)
        found = self._people.find(self._people.community(community), [ref])
        return found[ref].id if ref in found else None

    def member_id(self, community: str, account: str) -> str:
        """Return the public id of an account, 26 characters. Raises `ErasedError` when its key is gone."""
        return member_id(self._living(community, account))

    def account_of(self, community: str, member: str) -> AccountId | None:
        """Return the account that a public member id is of, or None."""
        return self._people.account_of(self._people.community(community), member)

    def handle(self, community: str, account: str) -> dict[str, Any] | None:
        """Return what is known of a person, None when she is erased.

        `platform` and `id`, and where they were told `realm`, `handle`, `name`, `email`.
        """
        found = self._people.living(self._people.community(community), [account]).get(account)
        return {name: value for name, value in found.contact.items() if name != "seen"} if found else None

    def _living(self, community: str, account: str) -> Account:
        found = self._people.living(self._people.community(community), [account]).get(account)
        if found is None:
            raise ErasedError(f"account: wanted a living one of {community!r}, got {account!r}")
        return found

    # Charters, awards, keys

    def publish_charter(self, community: str, document: dict[str, Any], *, effective: int, by: str) -> Fact:
        """Record the next version of the community's charter, in force from `effective` (µs)."""
        stream = UUID(bytes=self._people.community(community).tokens.stream("charter"))
        position = self._lifecycles.publish_charter(
            stream, community, document=document, effective=effective, by=by, now=self._recorder.clock()
        )
        return reading.fact(self._recorder.rows_at([position])[0])

    def charters(self, community: str) -> list[Fact]:
        """Return the charters a community has published, version 1 first."""
        stream = self._people.community(community).tokens.stream("charter")
        return [reading.fact(row) for row in self._recorder.stream_rows(stream)]

    def award(self, awards: Sequence[NewAward]) -> list[Outcome]:
        """Record awards and return one outcome for each, in order.

        stored; claimed, where it was made before (with its position); refused, where the account is erased.
        """
        outcomes: list[Outcome] = []
        for community, same in groupby(awards, key=lambda each: each.community):
            keys = self._people.community(community)
            awarding = Awarding(self._people, self._recorder, keys, self.signer(community).kid)
            outcomes += awarding.award(list(same))
        return outcomes

    def revoke(self, community: str, award_stream: str, *, reason: str, at: int) -> Outcome:
        """End an award at the instant `at` (µs): stored, or duplicate where it had ended before.

        The reason is sealed under the member's key. Raises `UnknownAwardError`.
        """
        self._people.community(community)
        stream = from_token(award_stream)
        new = self._lifecycles.revoke(UUID(bytes=stream), community, reason=reason, at=at)
        rows = [row for row in self._recorder.stream_rows(stream) if row.topic == AWARD_REVOKED]
        return Outcome("stored" if new else "duplicate", rows[-1].position)

    def signer(self, community: str) -> Signer:
        """Return the community's issuer key, made on first use. Raises `KeyFileError`."""
        self._people.community(community)
        signer = self._signers.get(community)
        if signer is None:
            signer = FileSigner.open(self._key_folder, f"{community}.issuer")
            self._signers[community] = signer
        return signer

    def credential_id(self, community: str, account: str, award_stream: str) -> str:
        """Return the UUID of an award's credential; it dies with the account's key. Raises `ErasedError`."""
        key = self._living(community, account).key
        number = int.from_bytes(digest_of(award_stream, key=key, person=b"credential"), "big")
        return str(UUID(int=number & _UUID_FREE | _UUID_8))

    def status_key(self, community: str) -> bytes:
        """Return the key that permutes the community's status list, 32 bytes."""
        return derived_key(self._people.community(community).data_key, b"guildbook.status.1")

    def _rows(self, positions: Sequence[int]) -> Iterator[Row]:
        wanted = sorted(set(positions))
        for start in range(0, len(wanted), CHUNK):
            yield from self._recorder.rows_at(wanted[start : start + CHUNK])


def _community(row: Row) -> str:
    return row.community


def _vault_beside(database: str, recorder: sqlite.Recorder | postgres.Recorder) -> SQLiteVault | PostgresVault:
    if database.startswith(_POSTGRES):
        return PostgresVault(cast("postgres.Recorder", recorder).datastore)
    path = Path(database)
    return SQLiteVault(path.with_name(f"{path.stem}.vault.sqlite"))
