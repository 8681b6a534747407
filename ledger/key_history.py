"""The history of a community's issuer keys, as its ledger tells it: facts, so leaves of its log.

They are one stream: `key.added.v1`, `key.retired.v1` (it signs nothing new; what it signed holds) and `key.revoked.v1`
(it may be in other hands `since` an instant; nothing it signed is to be relied on). Of each the open part has
`purpose`, `key` (the kid), and `why`, a word of an enumeration. An Ed25519 key is its own name; of others `public` has
the key itself. An added one says in which `store` it is kept. The current key of a kind is the last added one that is
neither retired nor revoked.

Whoever changes the history begins an epoch with it (`rows.FactRecorder.begin_epoch`): no process remembers an older one
for longer than half a second, and no award is written under a key that is current no longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ledger.errors import LedgerUnavailableError, StreamTakenError
from ledger.keys import Algorithm, PublicKey
from ledger.lifecycle import KEY_ADDED, KEY_RETIRED, KEY_REVOKED, TRIES, own_row
from ledger.multibase import base64url_decode, base64url_encode
from ledger.shape import Place, Randomness, open_fields, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ledger.people import CommunityKeys
    from ledger.rows import FactRecorder, NewRow, Row
    from ledger.shard import Shard

Why = Literal["rotated", "imported", "lost", "withdrawn", "compromised"]


class KnownKey(NamedTuple):
    """A key of the history. Instants are µs."""

    kid: str
    public: PublicKey
    added: int | None = None  # when that was recorded; None where it never was
    retired: int | None = None  # when that was recorded
    revoked: int | None = None  # since when it may be in other hands
    ended: int | None = None  # when that was recorded
    why: str = ""  # it was retired or revoked
    store: str = ""  # the name of where it was kept when it was added

    @property
    def living(self) -> bool:
        """Whether it may sign what is new."""
        return self.retired is None and self.revoked is None


class KeyHistory(NamedTuple):
    """Every issuer key that a community's ledger knows of, the first added first."""

    keys: tuple[KnownKey, ...] = ()
    version: int = 0  # of the stream

    def of(self, kid: str) -> KnownKey | None:
        """Return the key of that name."""
        return next((key for key in self.keys if key.kid == kid), None)

    def current(self, algorithm: Algorithm) -> KnownKey | None:
        """Return the key that signs what is new."""
        return next(reversed(self.living(algorithm)), None)

    def living(self, algorithm: Algorithm) -> list[KnownKey]:
        """Return the keys of a kind that are neither retired nor revoked; the last one is current."""
        return [key for key in self.keys if key.living and key.public.algorithm == algorithm]

    def after(self, kid: str) -> list[KnownKey]:
        """Return the Ed25519 keys that were added after one, in order: who may sign in its place, unless revoked."""
        kids = [key.kid for key in self.keys]
        rest = self.keys[kids.index(kid) + 1 :] if kid in kids else self.keys
        return [key for key in rest if key.public.algorithm == "EdDSA"]

    def at(self, algorithm: Algorithm, instant: int) -> list[KnownKey]:
        """Return the keys that may sign a token of what was recorded at an instant (µs), the fittest first.

        That is the last one added by then, those before it, and those added later, in order; none that is revoked, or
        that was retired by then.
        """
        some = [
            key
            for key in self.keys
            if key.public.algorithm == algorithm
            and key.revoked is None
            and (key.retired is None or key.retired > instant)
        ]
        then = [key for key in some if (key.added or 0) <= instant]
        return [*reversed(then), *(key for key in some if key not in then)]


class Change(NamedTuple):
    """A fact to be told of a key."""

    topic: str
    key: PublicKey
    why: Why | None = None
    since: int | None = None  # µs
    store: str | None = None


def added(key: PublicKey, store: str) -> Change:
    """Return that a key signs from now on, which is kept in the store of that name."""
    return Change(KEY_ADDED, key, store=store)


def retired(key: PublicKey, why: Why) -> Change:
    """Return that a key signs nothing new any more."""
    return Change(KEY_RETIRED, key, why)


def revoked(key: PublicKey, why: Why, since: int) -> Change:
    """Return that nothing is to be relied on which a key signed, others may have had it since an instant (µs)."""
    return Change(KEY_REVOKED, key, why, since)


def history(recorder: FactRecorder, keys: CommunityKeys) -> KeyHistory:
    """Return the history as it stands now."""
    rows = recorder.stream_rows(_stream(keys))
    known: dict[str, KnownKey] = {}
    for row, told in _told(rows):
        kid = told["key"]
        key = known.get(kid) or KnownKey(kid, _public(told))
        if row.topic == KEY_ADDED:
            key = key._replace(added=row.recorded, store=told["store"])
        elif row.topic == KEY_RETIRED:
            key = key._replace(retired=key.retired or row.recorded, why=told["why"])
        elif row.topic == KEY_REVOKED:
            key = key._replace(revoked=told["since"], ended=row.recorded, why=told["why"])
        known[kid] = key
    return KeyHistory(tuple(known.values()), rows[-1].version if rows else 0)


def change(shard: Shard, community: str, decide: Callable[[KeyHistory], Sequence[Change]]) -> bool:
    """Record what is decided on the history of now, and begin an epoch with it; return whether that is anything.

    Raises `LedgerUnavailableError` where others keep changing it in between.
    """
    for _ in range(TRIES):
        keys = shard.people.renewed(community)
        known = history(shard.recorder, keys)
        changes = decide(known)
        if not changes:
            return False
        rows = list(_rows(changes, known.version, shard, keys))
        try:
            shard.recorder.begin_epoch(community, rows)
        except StreamTakenError:
            continue
        shard.people.renewed(community)
        return True
    raise LedgerUnavailableError(f"issuer keys: wanted to change them in {TRIES} tries, others were first")


def _rows(changes: Sequence[Change], after: int, shard: Shard, keys: CommunityKeys) -> Iterator[NewRow]:
    """Yield changes as rows that follow version `after` of the history."""
    now = shard.recorder.clock()
    for version, each in enumerate(changes, start=after + 1):
        opened: dict[str, Any] = {"time": now, "purpose": "issuer", "key": each.key.kid}
        if each.key.algorithm != "EdDSA":
            public = base64url_encode(each.key.raw)
            opened |= {"algorithm": each.key.algorithm, "public": public}
        more = {"why": each.why, "since": each.since, "store": each.store}
        opened |= {name: value for name, value in more.items() if value is not None}
        yield own_row(Place(_stream(keys), version, each.topic), opened, (), shard.people, keys, Randomness(64))


def _stream(keys: CommunityKeys) -> bytes:
    return keys.tokens.stream("keys", "issuer")


def _told(rows: Sequence[Row]) -> Iterator[tuple[Row, dict[str, Any]]]:
    for row in rows:
        yield row, open_fields(unpack(row.state))


def _public(told: dict[str, Any]) -> PublicKey:
    if "public" in told:
        return PublicKey(told["algorithm"], base64url_decode(told["public"]))
    found = PublicKey.of(told["key"])
    assert found is not None  # noqa: S101  it is written so
    return found
