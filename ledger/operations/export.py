"""A community in one file, for another installation to take over, or for whoever reads it in fifty years.

gzip (RFC 1952) of JSON Lines (UTF-8): a line that says what the file is, then claims, conflicts and facts, then a
line with the Merkle root over all facts. The same book gives the same lines. docs/operations.md describes each.
Reading them back is `imported.py`'s.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ledger.errors import LedgerError, UnknownCommunityError
from ledger.files import new_file
from ledger.lifecycle import AWARD_ISSUED
from ledger.operations.bare import PAGE
from ledger.operations.sound import sound
from ledger.tokens import as_token
from ledger.transparency import GrowingTree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ledger.operations.bare import Bare
    from ledger.operations.sound import Sound
    from ledger.rows import Row

FORMAT = 1
LEVEL = 3  # of compression: sealed parts do not get smaller, and the rest soon does
ABOUT = (
    "A Guildbook community: gzip of JSON Lines. Lines with `position` are facts, in order and without a gap; "
    "`recorded` is microseconds since 1970; `state` is base64 of msgpack "
    "[1, salt, open, c_0, [[accounts, box, c_i], ...]], `open` JSON in UTF-8. The last line has the RFC 6962 root "
    "over every fact's leaf, and the SHA-256 of all lines before it."
)


class Issuer(NamedTuple):
    """A public key that awards of the community name."""

    key: str  # Multikey, z6Mk...
    first: int  # position of the first award under it
    last: int


class Whole(NamedTuple):
    """What an export holds, once it is known to be whole."""

    community: str
    name: str
    opened: int  # µs
    head: int  # the last position
    claims: int
    conflicts: int
    root: str  # hex, RFC 6962, over all leaves
    issuers: tuple[Issuer, ...]
    release: str


class Tally:
    """What the facts of a community come to, one after the other."""

    def __init__(self) -> None:
        self.tree = GrowingTree()
        self._issuers: dict[str, tuple[int, int]] = {}

    def add(self, row: Row) -> Sound:
        """Count the next row. Raises `LedgerError` where it is not the next, or damaged."""
        if row.position != self.tree.size + 1:
            raise LedgerError(f"wanted position {self.tree.size + 1}, got {row.position}")
        found = sound(row)
        self.tree.add(found.leaf)
        if row.topic == AWARD_ISSUED:
            key = str(found.fields["key"])
            self._issuers[key] = (self._issuers.get(key, (row.position, 0))[0], row.position)
        return found

    def issuers(self) -> tuple[Issuer, ...]:
        """Return the keys that awards name, in the order of their first."""
        return tuple(Issuer(key, *places) for key, places in self._issuers.items())


def export(source: Bare, community: str, file: Path, told: Callable[[int, int], None]) -> Whole:
    """Write a community to `file`, which must not exist; it is there when it is whole, and not before.

    `source`: the database that keeps it. `told` hears how many facts are written, and of how many. Facts that are
    appended meanwhile are left out. Raises `LedgerUnavailableError`, `UnknownCommunityError`, `FileFaultError`, and
    `LedgerError` where a fact is missing or damaged: `inspect` says more.
    """
    with new_file(file) as raw, gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0, compresslevel=LEVEL) as to:
        return _Export(source, community, to, told).write()


class _Export:
    """One export, being written."""

    def __init__(self, source: Bare, community: str, file: gzip.GzipFile, told: Callable[[int, int], None]) -> None:
        self._source = source
        self._community = community
        self._file = file
        self._told = told
        self._hash = hashlib.sha256()  # of all lines so far
        self._tally = Tally()

    def write(self) -> Whole:
        """Write every line."""
        with self._source.reading():  # one state: every claim of an award up to the head, and no other
            name, opened, head = self._header()
            claims = self._beside("claims", _claim_line)
            conflicts = self._beside("conflicts", _conflict_line)
        while self._tally.tree.size < head:
            self._facts(head)
        self._source.flush()  # what is told elsewhere must not be lost here
        root, issuers = self._tally.tree.root().hex(), self._tally.issuers()
        end = {"facts": head, "claims": claims, "conflicts": conflicts, "root": root}
        told = {"end": end | {"issuers": [issuer._asdict() for issuer in issuers]}, "sha256": self._hash.hexdigest()}
        self._put(told)
        return Whole(self._community, name, opened, head, claims, conflicts, root, issuers, version("guildbook"))

    def _header(self) -> tuple[str, int, int]:
        name, opened, head = _told_of(self._source, self._community)
        self._put(
            {
                "guildbook": "export",
                "format": FORMAT,
                "about": ABOUT,
                "community": self._community,
                "name": name,
                "opened": opened,
                "head": head,
                "release": version("guildbook"),
            }
        )
        return name, opened, head

    def _beside(self, table: str, line: Callable[[tuple[Any, ...]], dict[str, Any]]) -> int:
        count = 0
        for page in self._source.rows(table, self._community):
            self._put(*map(line, page))
            count += len(page)
        return count

    def _facts(self, head: int) -> None:
        page = self._source.facts(self._community, self._tally.tree.size, PAGE, upto=head)
        if not page:
            raise LedgerError(f"{self._community}: wanted facts up to {head}, got none past {self._tally.tree.size}")
        for row in page:
            try:
                self._tally.add(row)
            except LedgerError as error:
                raise LedgerError(f"{self._community}, position {row.position}: {error}") from error
        self._put(*map(_fact_line, page))
        self._told(self._tally.tree.size, head)

    def _put(self, *lines: Mapping[str, Any]) -> None:
        text = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        self._hash.update(text)
        self._file.write(text)


def _told_of(source: Bare, community: str) -> tuple[str, int, int]:
    """Return a community's name, when it was opened (µs) and its head."""
    head = source.run(
        """SELECT coalesce((SELECT max(position) FROM stored_events e WHERE e.community = d.community), 0)
        FROM directory d WHERE community = ? AND open >= 0""",
        (community,),
    )
    found = source.run("SELECT name, opened FROM vault.communities WHERE slug = ?", (community,))
    if not head or not found:
        raise UnknownCommunityError(f"community: wanted one that is kept here, got {community!r}")
    return found[0][0], found[0][1], head[0][0]


def _fact_line(row: Row) -> dict[str, Any]:
    return {
        "position": row.position,
        "stream": as_token(row.stream),
        "version": row.version,
        "topic": row.topic,
        "recorded": row.recorded,
        "state": base64.b64encode(row.state).decode(),
    }


def _claim_line(row: tuple[Any, ...]) -> dict[str, Any]:
    return {"claim": as_token(bytes(row[0])), "number": row[2]}


def _conflict_line(row: tuple[Any, ...]) -> dict[str, Any]:
    stream, _, position, pointers, met, times = row
    return {"conflict": as_token(bytes(stream)), "at": position, "pointers": pointers, "met": met, "times": times}
