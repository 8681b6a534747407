"""Pulls: of each community, what it listens to or asks for, how far that was taken, and how it does."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ledger.errors import LedgerError
from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.people import CommunityKeys
    from ledger.shards import Shards

ID_BYTES = 9
LONGEST_SAID = 300  # characters
_ROW = "connector, holder, since, heard, behind, taken, refused, again, state, said, sealed, present"
OF = f"SELECT {_ROW} FROM vault.pulls WHERE community = ? ORDER BY connector"  # noqa: S608  names of columns
FIND = f"SELECT {_ROW} FROM vault.pulls WHERE community = ? AND connector = ?"  # noqa: S608  likewise
TAKE = f"""INSERT INTO vault.pulls (community, {_ROW}) VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, 'beginning', '', ?, NULL)
    ON CONFLICT (community, connector) DO UPDATE SET holder = excluded.holder"""  # noqa: S608  likewise
SAVE = """UPDATE vault.pulls SET heard = ?, behind = ?, taken = taken + ?, refused = refused + ?, again = again + ?,
    state = ?, said = ?, sealed = ?, present = ? WHERE community = ? AND connector = ? AND holder = ?
    RETURNING connector"""
DROP = "DELETE FROM vault.pulls WHERE community = ? AND connector = ? RETURNING connector"


class TakenOverError(LedgerError):
    """Somebody else does this pull now; whoever is told so stops."""


@dataclass(frozen=True, slots=True)
class Pull:
    """What is listened to or asked, and how it does. `cursor`, `present`: sealed where they are kept.

    `heard`: when anything came last; `behind`: how long after it happened the last thing was taken (both µs).
    `state`: beginning, on, waiting (something failed, and is tried again), ended.
    """

    community: str
    connector: str
    holder: str
    since: int  # µs
    heard: int
    behind: int
    taken: int
    refused: int
    again: int  # connections, or tries, beyond the first
    state: str
    said: str
    cursor: Mapping[str, Any] = field(default_factory=dict)
    present: Mapping[str, Any] | None = None


class Mark(NamedTuple):
    """What is noted of a pull: its cursor, and what happened since it was noted last."""

    cursor: Mapping[str, Any]
    present: Mapping[str, Any] | None = None
    heard: int = 0
    behind: int = 0
    taken: int = 0
    refused: int = 0
    again: int = 0
    state: str = "on"
    said: str = ""


class Pulls:
    """The pulls of every community. Safe to share between threads.

    Whatever writes raises `LedgerUnavailableError` for a community that is just being moved.
    """

    def __init__(self, shards: Shards, clock: Callable[[], int]) -> None:
        self._shards = shards
        self._clock = clock

    def take(self, community: str, connector: str) -> Pull:
        """Begin a pull, or take it over from whoever has it. Raises `UnknownCommunityError`."""
        shard = self._shards.of(community)
        keys, holder = shard.people.community(community), secrets.token_hex(ID_BYTES)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            statements.run(TAKE, (community, connector, holder, self._clock(), _sealed(keys, connector, "cursor", {})))
            (row,) = statements.run(FIND, (community, connector))
        return _pull(keys, row)

    def save(self, pull: Pull, mark: Mark) -> None:
        """Note how far a pull was taken. Raises `TakenOverError` for whoever has it no longer."""
        shard = self._shards.of(pull.community)
        keys = shard.people.community(pull.community)
        cursor = _sealed(keys, pull.connector, "cursor", mark.cursor)
        present = None if mark.present is None else _sealed(keys, pull.connector, "present", mark.present)
        counted = (mark.heard, mark.behind, mark.taken, mark.refused, mark.again, mark.state, mark.said[:LONGEST_SAID])
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(pull.community)
            row = (*counted, cursor, present, pull.community, pull.connector, pull.holder)
            if not statements.run(SAVE, row):
                raise TakenOverError(f"{pull.connector} of {pull.community}: another process does this now")

    def of(self, community: str) -> list[Pull]:
        """Return the pulls of a community, by connector."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=False) as statements:
            return [_pull(keys, row) for row in statements.run(OF, (community,))]

    def drop(self, community: str, connector: str) -> bool:
        """Forget a pull, its cursor too; return whether there was one."""
        shard = self._shards.of(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            return bool(statements.run(DROP, (community, connector)))


def _pull(keys: CommunityKeys, row: Sequence[Any]) -> Pull:
    connector, holder, since, heard, behind, taken, refused, again, state, said, sealed, present = row
    cursor = _opened(keys, connector, "cursor", sealed)
    who = None if present is None else _opened(keys, connector, "present", present)
    counted = (since, heard, behind, taken, refused, again, state, said)
    return Pull(keys.slug, connector, holder, *counted, cursor=cursor or {}, present=who)


def _opened(keys: CommunityKeys, connector: str, part: str, sealed: bytes) -> dict[str, Any] | None:
    text = unbox(keys.cipher, bytes(sealed), f"pull {part}", connector)
    return orjson.loads(text) if text else None


def _sealed(keys: CommunityKeys, connector: str, part: str, told: Mapping[str, Any]) -> bytes:
    return box(keys.cipher, orjson.dumps(dict(told)), f"pull {part}", connector)
