"""Forgetting people for ever, in steps that can each be the last and may each come twice.

First it is written down that they are to be erased, in a store apart from book and vault. Then their keys are
destroyed; the ledger's epoch is raised, with the fact that says so; their awards end; what wrapped their keys is
rotated away; and the intent is done. What was begun is finished by whoever opens the book next or erases next;
whoever lives again, because a backup was restored, is destroyed again.
"""

from __future__ import annotations

import contextlib
import functools
import time
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from ledger.awards import award_stream, credential_id
from ledger.errors import ElsewhereError, ForkedError, LedgerError, LedgerUnavailableError, UnknownCommunityError
from ledger.forgetting import digests
from ledger.lifecycle import MEMBER_ERASED, own_row
from ledger.people import FRESH_SECONDS
from ledger.rows import CHUNK
from ledger.shape import Place, Randomness, open_fields, unpack
from ledger.tokens import as_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ledger.award import Award
    from ledger.heads import Erasure, Heads
    from ledger.people import CommunityKeys
    from ledger.rows import Row
    from ledger.shard import Shard
    from ledger.shards import Shards

TRIES = 4  # each waits for the database as long as any writer does
_GRANTS = (("badge", "badges"), ("level", "ladder"), ("role", "leader_roles"))
"""The kinds of award, and the part of a charter that names what is awarded, each under the kind's name."""


class Erasures:
    """The erasures of one book."""

    def __init__(self, heads: Heads, shards: Shards, allow: Callable[[str], None], rotate: Callable[[], None]) -> None:
        """`allow` raises where nothing may be written of a community; `rotate` brings in a new key-encryption key."""
        self._heads = heads
        self._shards = shards
        self._allow = allow
        self._rotate = rotate

    def erase(self, community: str, accounts: Sequence[str], also: Sequence[str] = ()) -> None:
        """See `Book.erase`."""
        wanted = sorted(set(accounts))
        self._allow(community)
        self._shards.writing(community, lambda shard: _Erasure(shard, community, self._allow).known(wanted))
        ended = digests(self._shards.of(community).people.community(community), also)
        self._heads.intend(community, wanted, ended)
        intended = self._heads.erasures()
        ours = [each.account for each in intended if each.community == community]
        self._patiently(community, lambda shard: _Erasure(shard, community, self._allow, ours).erase(wanted, ended))
        raised = time.monotonic()
        others = [each for each in intended if each.community != community or each.account not in wanted]
        self._settle([(community, wanted), *self._finished(others, again=False)])
        time.sleep(max(0.0, raised + FRESH_SECONDS - time.monotonic()))

    def _patiently(self, community: str, erase: Callable[[Shard], Sequence[str]]) -> None:
        """Erase, and again where the database cannot be had just now: what was begun should not be left half done."""
        for left in reversed(range(TRIES)):
            try:
                self._shards.writing(community, erase)
            except ElsewhereError:
                raise  # it is being moved: whoever opens the book next finishes it
            except LedgerUnavailableError:
                if not left:
                    raise
            else:
                return

    def finish(self, *, again: bool = False) -> None:
        """Finish what was begun, and (`again`) erase again who lives again, because a backup was restored."""
        self._settle([*self._finished(self._heads.erasures(), again=again)])

    def _finished(self, intended: Iterable[Erasure], *, again: bool) -> Iterator[tuple[str, Sequence[str]]]:
        """Erase whoever is not erased yet, and (`again`) whoever lives again; what is being moved, or gone, waits."""
        for community, group in groupby(intended, key=lambda each: each.community):
            some = list(group)
            begun, done = ([each.account for each in some if each.done == done] for done in (False, True))
            if begun or (done and again):
                ended = self._heads.ended(community)
                erase = functools.partial(_one_by_one, community, self._allow, begun, done if again else (), ended)
                with contextlib.suppress(ElsewhereError, UnknownCommunityError, ForkedError):
                    if erased := self._shards.writing(community, erase):
                        yield community, erased

    def _settle(self, erased: Sequence[tuple[str, Sequence[str]]]) -> None:
        if erased:
            self._rotate()
        for community, accounts in erased:
            self._heads.done(community, accounts)


def _one_by_one(
    community: str,
    allow: Callable[[str], None],
    begun: Sequence[str],
    done: Sequence[str],
    ended: Sequence[bytes],
    shard: Shard,
) -> Sequence[str]:
    """Erase accounts, of those that were done whoever lives; which were one person is not known any more.

    `ended`: whatever ended with any of them, which is told again with each.
    """
    erasure = _Erasure(shard, community, allow, [*begun, *done])
    wanted = [*begun, *erasure.living(done)]
    for account in wanted:
        erasure.erase([account], ended)
    return wanted


class _Award(NamedTuple):
    stream: bytes  # 16
    account: str


class _Erasure:
    """Erasing accounts of one community, where it is kept."""

    def __init__(
        self, shard: Shard, community: str, allow: Callable[[str], None], intended: Sequence[str] = ()
    ) -> None:
        """`intended`: every account of it that was ever to be erased."""
        self._people = shard.people
        self._recorder = shard.recorder
        self._lifecycles = shard.lifecycles
        self._community = community
        self._allow = allow
        self._intended = intended

    def known(self, accounts: Sequence[str]) -> Sequence[str]:
        """Return accounts of the community, living or not. Raises `LedgerError` where one is none, or there is none."""
        strange = sorted(set(accounts) - self._people.known(self._community, accounts))
        if strange or not accounts:
            raise LedgerError(f"accounts: wanted some of {self._community!r}, got {strange[:3] or 'none'}")
        return accounts

    def living(self, accounts: Sequence[str]) -> list[str]:
        """Return those whose keys are there."""
        return sorted(self._people.living(self._people.renewed(self._community), accounts))

    def erase(self, accounts: Sequence[str], also: Sequence[bytes]) -> Sequence[str]:
        """Destroy the keys of accounts, say so, end their awards, and return the accounts.

        `also`: the digests of public ids that end with them, besides those of members and credentials. Where the ledger
        is not the one that was signed, nothing is written to it: then only the keys are destroyed.
        """
        self._destroy(accounts, also)
        self._allow(self._community)
        self._tell(accounts)
        self._revoke(accounts)
        return accounts

    def _destroy(self, accounts: Sequence[str], also: Sequence[bytes]) -> None:
        keys = self._people.renewed(self._community)
        living = self._people.living(keys, accounts)
        awards = self._awards(keys, sorted(living))
        ended = [credential_id(living[award.account].key, as_token(award.stream)) for award in awards]
        self._people.destroy(self._community, accounts, [*digests(keys, ended), *also])

    def _tell(self, accounts: Sequence[str]) -> None:
        """Raise the epoch, and record the fact of it, of those whom no such fact names yet."""
        slug, keys, raised = self._community, self._people.community(self._community), False
        while (left := self._untold(keys, accounts)) or not raised:
            row = None
            if left:
                fields = {"time": self._recorder.clock(), "accounts": left}
                place = Place(keys.tokens.stream("erased", left[0]), 1, MEMBER_ERASED)
                row = own_row(place, fields, [], self._people, keys, Randomness(64))
            self._recorder.erase(slug, row)
            raised = True

    def _untold(self, keys: CommunityKeys, accounts: Sequence[str]) -> list[str]:
        """Return those of `accounts` that no fact says to be erased."""
        told = self._standing([keys.tokens.stream("erased", account) for account in self._intended])
        named = {account for row in told.values() for account in open_fields(unpack(row.state))["accounts"]}
        return [account for account in accounts if account not in named]

    def _revoke(self, accounts: Sequence[str]) -> None:
        keys = self._people.renewed(self._community)
        for award in self._awards(keys, accounts):
            self._lifecycles.decide(UUID(bytes=award.stream), self._community, self._end)

    def _end(self, award: Award) -> None:
        award.revoke(reason="", ground="", at=self._recorder.clock())

    def _awards(self, keys: CommunityKeys, accounts: Sequence[str]) -> list[_Award]:
        """Return all awards of these accounts, by what any charter can have awarded: no view need be there."""
        charters = self._recorder.stream_rows(keys.tokens.stream("charter"))
        granted = {grant for row in charters for grant in _grants(open_fields(unpack(row.state)).get("document", {}))}
        wanted = [(account, kind, name) for account in accounts for kind, name in sorted(granted)]
        found: list[_Award] = []
        renewal = 0
        while wanted:
            streams = {award_stream(keys, *each, renewal): each for each in wanted}
            there = self._standing([*streams])
            found += (_Award(stream, streams[stream][0]) for stream in there)
            wanted, renewal = [streams[stream] for stream in there], renewal + 1
        return found

    def _standing(self, streams: Sequence[bytes]) -> dict[bytes, Row]:
        found: dict[bytes, Row] = {}
        for start in range(0, len(streams), CHUNK):
            found |= self._recorder.first_rows(streams[start : start + CHUNK])
        return found


def _grants(charter: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, part in _GRANTS:
        yield from ((kind, str(one[kind])) for one in charter.get(part, ()))
