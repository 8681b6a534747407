"""Documents: what an LMS keeps of an activity, of somebody, or of somebody in an activity, to read again itself.

They lie in drawers. That of a person is sealed under her key; that of an activity under the community's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from ledger.contacts import told_by
from ledger.errors import LedgerUnavailableError
from ledger.statements.forgetting import living
from ledger.statements.terms import Terms
from ledger.vault import MOST_VALUES, many
from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.draft import AccountRef
    from ledger.people import CommunityKeys, People
    from ledger.shards import Shards

TRIES = 16  # one is in vain only where another changes the same document at the same moment
_COLUMNS = "place, account, updated, sealed FROM vault.documents WHERE community = ?"
FIND = f"SELECT {_COLUMNS} AND place = ?"
LIST = f"SELECT {_COLUMNS} AND drawer = ? ORDER BY updated, place"
LIST_PART = f"SELECT {_COLUMNS} AND drawer = ? AND part = ? ORDER BY updated, place"
HERS = f"SELECT {_COLUMNS} AND account IN (:many) ORDER BY updated, place"
PUT = """INSERT INTO vault.documents VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (community, place) DO UPDATE
    SET account = excluded.account, updated = excluded.updated, sealed = excluded.sealed"""
DROP = "DELETE FROM vault.documents WHERE community = ? AND place = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawer:
    """Where documents lie together: of which kind, of which activity, of whom, under which registration."""

    kind: str
    activity: str = ""
    person: AccountRef | None = None
    told: Mapping[str, Any] | None = None  # her account object
    registration: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What it is found by, whatever the registration."""
        return self.kind, self.activity, *(self.person or ())


@dataclass(frozen=True, slots=True)
class Document:
    """A document: `media` is its media type; `updated` in µs."""

    id: str
    media: str
    content: bytes
    updated: int


class Documents:
    """The documents of every community. Safe to share between threads."""

    def __init__(self, shards: Shards, clock: Callable[[], int]) -> None:
        self._shards = shards
        self._clock = clock

    def find(self, community: str, drawer: Drawer, id: str) -> Document | None:  # noqa: A002 - the standard's word
        """Return a document, or None."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        place = Terms(keys.lookup_key).place(*drawer.words, drawer.registration, id)
        with shard.vault.transaction(writing=False) as statements:
            rows = statements.run(FIND, (community, place))
        return next((found for row in rows if (found := _document(shard.people, keys, row))), None)

    def of(self, community: str, drawer: Drawer) -> list[Document]:
        """Return the documents in a drawer, the latest last; without a registration, those under any."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        terms = Terms(keys.lookup_key)
        wanted = [community, terms.place(*drawer.words)]
        if drawer.registration:
            wanted.append(terms.place(*drawer.words, drawer.registration))
        with shard.vault.transaction(writing=False) as statements:
            rows = statements.run(LIST_PART if drawer.registration else LIST, wanted)
        return [found for row in rows if (found := _document(shard.people, keys, row))]

    def hers(self, community: str, accounts: Sequence[str]) -> list[Document]:
        """Return the documents of these accounts, in whichever drawer, the latest last."""
        shard = self._shards.of(community)
        keys, rows = shard.people.community(community), []
        with shard.vault.transaction(writing=False) as statements:
            for start in range(0, len(accounts), MOST_VALUES):
                some = accounts[start : start + MOST_VALUES]
                rows += statements.run(many(HERS, len(some)), (community, *some))
        return [found for row in rows if (found := _document(shard.people, keys, row))]

    def change(
        self,
        community: str,
        drawer: Drawer,
        id: str,  # noqa: A002 - the standard's word
        change: Callable[[Document | None], tuple[str, bytes] | None],
    ) -> None:
        """Put in a document's place what `change` makes of it, media type and content; None drops it.

        Nobody else changes it meanwhile; where somebody was quicker, `change` is asked again, of what is there now.
        What it raises leaves all as it was. Raises `LedgerUnavailableError` where others are quicker all the time.
        """
        shard = self._shards.of(community)
        people, keys = shard.people, shard.people.community(community)
        terms = Terms(keys.lookup_key)
        place = terms.place(*drawer.words, drawer.registration, id)
        part = terms.place(*drawer.words, drawer.registration)
        for _ in range(TRIES):
            with shard.vault.transaction(writing=False) as statements:
                seen = statements.run(FIND, (community, place))
            made, now = change(_first(people, keys, seen)), self._clock()  # before anybody is minted
            row: tuple[Any, ...] = ()
            account = ""
            if made is not None:
                account = _account(people, keys, drawer, now)
                sealed = _sealed(people, keys, place, account, id, *made)
                row = (community, place, terms.place(*drawer.words), part, account, now, sealed)
            with shard.vault.transaction(writing=True) as statements:  # in which nobody is looked up
                statements.hold(community, alone=True)
                if not living(statements, [account]):
                    people.forget()
                    continue
                if statements.run(FIND, (community, place)) != seen:
                    continue
                statements.run(PUT if row else DROP, row or (community, place))
                return
        raise LedgerUnavailableError("document: wanted it to stand still, others change it all the time; try again")

    def drop(self, community: str, drawer: Drawer) -> None:
        """Drop the documents in a drawer; without a registration, those under any."""
        shard = self._shards.of(community)
        terms = Terms(shard.people.community(community).lookup_key)
        wanted = [community, terms.place(*drawer.words)]
        if drawer.registration:
            wanted.append(terms.place(*drawer.words, drawer.registration))
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community, alone=True)
            rows = statements.run(LIST_PART if drawer.registration else LIST, wanted)
            statements.run_many(DROP, [(community, row[0]) for row in rows])


def _account(people: People, keys: CommunityKeys, drawer: Drawer, now: int) -> str:
    if drawer.person is None or drawer.told is None:
        return ""
    return people.find_or_mint(keys, {drawer.person: told_by(drawer.told, now)})[drawer.person].id


def _sealed(
    people: People, keys: CommunityKeys, place: bytes, account: str, name: str, media: str, content: bytes
) -> bytes:
    cipher = people.cipher(keys, (account,) if account else ())
    if cipher is None:
        raise LedgerUnavailableError("document: wanted the key of whose it is, who is just being erased; try again")
    head = orjson.dumps({"id": name, "media": media})
    return box(cipher, head + b"\n" + content, "document", place.hex())


def _first(people: People, keys: CommunityKeys, rows: Sequence[Sequence[Any]]) -> Document | None:
    return next((found for row in rows if (found := _document(people, keys, row))), None)


def _document(people: People, keys: CommunityKeys, row: Sequence[Any]) -> Document | None:
    place, account, updated, sealed = row
    cipher = people.cipher(keys, (account,) if account else ())
    opened = unbox(cipher, bytes(sealed), "document", bytes(place).hex()) if cipher else None
    if opened is None:
        return None
    head, _, content = opened.partition(b"\n")
    said = orjson.loads(head)
    return Document(said["id"], said["media"], content, updated)
