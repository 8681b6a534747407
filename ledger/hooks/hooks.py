"""Hooks: which platforms may post to a community, and the secrets by which they prove it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from ledger.lru import Lru
from ledger.reading import fact
from ledger.wrapping import box, unbox

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ledger.facts import Fact
    from ledger.people import CommunityKeys
    from ledger.shards import Shards

REMEMBERED_SECONDS = 1.0
MOST_REMEMBERED = 1_000
MOST_SECRETS = 2  # the new one, and the one before it
MOST_SOURCES = 100  # of one door that are remembered
OF = "SELECT connector, since, sealed FROM vault.hooks WHERE community = ? ORDER BY connector"
FIND = "SELECT connector, since, sealed FROM vault.hooks WHERE community = ? AND connector = ?"
PUT = """INSERT INTO vault.hooks VALUES (?, ?, ?, ?)
    ON CONFLICT (community, connector) DO UPDATE SET sealed = excluded.sealed"""
DROP = "DELETE FROM vault.hooks WHERE community = ? AND connector = ? RETURNING connector"


@dataclass(frozen=True, slots=True)
class Hook:
    """A door that is open. `secrets`: the newest first; each of them lets in.

    A door without any waits for the one that the platform brings: `offered`, and once a person was `shown` it, that.
    """

    community: str
    connector: str
    since: int  # µs
    secrets: Sequence[str]
    offered: str = ""
    shown: str = ""
    sources: Sequence[str] = ()  # of the events that came through it


class Hooks:
    """The doors of every community. Safe to share between threads.

    Whatever writes raises `LedgerUnavailableError` for a community that is just being moved.
    """

    def __init__(self, shards: Shards, clock: Callable[[], int]) -> None:
        self._shards = shards
        self._clock = clock
        self._known: Lru[tuple[str, str], tuple[float, Hook]] = Lru(MOST_REMEMBERED)

    def open(self, community: str, connector: str, secret: str) -> Hook:
        """Let a platform in that knows `secret`. The secret before it holds on, until `close_old`, or another comes.

        Raises `UnknownCommunityError`.
        """
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            before = [_hook(keys, row) for row in statements.run(FIND, (community, connector))]
            known = [each for hook in before for each in hook.secrets if each != secret]
            since = before[0].since if before else self._clock()
            sources = before[0].sources if before else ()
            hook = Hook(community, connector, since, [secret, *known][:MOST_SECRETS], sources=sources)
            statements.run(PUT, (community, connector, since, _sealed(keys, hook)))
        return hook

    def wait(self, community: str, connector: str) -> bool:
        """Open a door that waits for the platform to bring its secret; False where one is open already."""
        made = Hook(community, connector, self._clock(), [])
        return self._change(community, connector, lambda hook: None if hook else made)

    def offer(self, community: str, connector: str, secret: str) -> None:
        """Keep what a platform brings, the newest; unless the door does not wait."""

        def offering(hook: Hook | None) -> Hook | None:
            waits = hook is not None and not hook.secrets and secret not in {hook.offered, hook.shown}
            return replace(hook, offered=secret) if hook and waits else None

        self._change(community, connector, offering)

    def show(self, community: str, connector: str) -> str | None:
        """Return what the platform brought, this once; None where it brought none that was not shown."""
        seen: list[str] = []

        def showing(hook: Hook | None) -> Hook | None:
            if not hook or hook.secrets or not hook.offered:
                return None
            seen.append(hook.offered)
            return replace(hook, offered="", shown=hook.offered)

        self._change(community, connector, showing)
        return seen[0] if seen else None

    def confirm(self, community: str, connector: str) -> bool:
        """Let in who knows the secret that was shown; False where the door does not wait, or none was."""

        def confirming(hook: Hook | None) -> Hook | None:
            if not hook or hook.secrets or not hook.shown:
                return None
            return replace(hook, secrets=[hook.shown], offered="", shown="")

        return self._change(community, connector, confirming)

    def heard(self, community: str, connector: str, source: str) -> None:
        """Remember that a source reports through a door."""

        def hearing(hook: Hook | None) -> Hook | None:
            known = hook is None or source in hook.sources or len(hook.sources) >= MOST_SOURCES
            return None if hook is None or known else replace(hook, sources=[*hook.sources, source])

        self._change(community, connector, hearing)

    def _change(self, community: str, connector: str, change: Callable[[Hook | None], Hook | None]) -> bool:
        """Put what `change` makes of a door; return whether it made something of it."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            found = next((_hook(keys, row) for row in statements.run(FIND, (community, connector))), None)
            changed = change(found)
            if changed is None:
                return False
            statements.run(PUT, (community, connector, changed.since, _sealed(keys, changed)))
        self._known.put((community, connector), (time.monotonic(), changed))
        return True

    def close_old(self, community: str, connector: str) -> bool:
        """Let only the newest secret in; return whether there was an older one."""
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            for hook in [_hook(keys, row) for row in statements.run(FIND, (community, connector))]:
                kept = replace(hook, secrets=hook.secrets[:1])
                statements.run(PUT, (community, connector, hook.since, _sealed(keys, kept)))
                return len(hook.secrets) > 1
        return False

    def of(self, community: str) -> list[Hook]:
        """Return the doors of a community, by connector."""
        return self._read(community, OF, (community,))

    def find(self, community: str, connector: str) -> Hook | None:
        """Return a door of a community, or None."""
        found = next(iter(self._read(community, FIND, (community, connector))), None)
        if found:
            self._known.put((community, connector), (time.monotonic(), found))
        return found

    def remembered(self, community: str, connector: str) -> Hook | None:
        """Return a door as `find` did a moment ago, at once; None where it has to be asked."""
        known = self._known.get((community, connector))
        return known[1] if known and time.monotonic() - known[0] < REMEMBERED_SECONDS else None

    def drop(self, community: str, connector: str) -> bool:
        """Close a door; return whether it was open."""
        shard = self._shards.of(community)
        with shard.vault.transaction(writing=True) as statements:
            statements.hold(community)
            return bool(statements.run(DROP, (community, connector)))

    def standing(self, community: str, source: str, ids: Collection[str]) -> dict[str, Fact]:
        """Return the facts that are stored under these ids of a source, 1,000 at most; others are left out."""
        shard = self._shards.of(community)
        tokens = shard.people.community(community).tokens
        streams = {tokens.event_stream(source, each): each for each in ids}
        return {streams[stream]: fact(row) for stream, row in shard.recorder.first_rows([*streams]).items()}

    def _read(self, community: str, statement: str, parameters: Sequence[object]) -> list[Hook]:
        shard = self._shards.of(community)
        keys = shard.people.community(community)
        with shard.vault.transaction(writing=False) as statements:
            rows = statements.run(statement, parameters)
        return [_hook(keys, row) for row in rows]


def _hook(keys: CommunityKeys, row: Sequence[Any]) -> Hook:
    connector, since, sealed = row
    text = unbox(keys.cipher, bytes(sealed), "hook", connector)
    said = orjson.loads(text) if text else {}
    brought = said.get("offered", ""), said.get("shown", "")
    return Hook(keys.slug, connector, since, said.get("secrets", []), *brought, said.get("sources", ()))


def _sealed(keys: CommunityKeys, hook: Hook) -> bytes:
    said = {"secrets": list(hook.secrets), "offered": hook.offered, "shown": hook.shown, "sources": list(hook.sources)}
    return box(keys.cipher, orjson.dumps(said), "hook", hook.connector)
