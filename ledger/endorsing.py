"""Endorsements of what is recognised: recorded once for each endorser and thing, and withdrawn.

A badge somebody was awarded, an achievement of the charter, or the community itself may be endorsed: by a member, or,
where no endorser is named, by the community. Each takes the next number of the community's status list, as awards do.
What was said is one part under the keys of both people, so that either's erasure ends it; so does the public id of the
endorsement. Who said it, by her public member id, is in that part only where she agreed to be named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ledger.awards import status_claim, uuid_of
from ledger.errors import (
    ClaimTakenError,
    EpochError,
    ErasedError,
    LedgerUnavailableError,
    StreamTakenError,
    UnknownEndorsementError,
)
from ledger.facts import VERSION, Outcome
from ledger.lifecycle import TRIES, own_row
from ledger.next_version import Next, write_next
from ledger.people import member_id
from ledger.shape import Place, Randomness, joint_key, open_fields, unpack
from ledger.tokens import as_token, from_token
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ledger.people import Account, CommunityKeys
    from ledger.rows import NewRow
    from ledger.shard import Shard
    from ledger.shards import Writing

BADGE_ENDORSED = f"badge.endorsed.v{VERSION}"
BADGE_ENDORSEMENT_WITHDRAWN = f"badge.endorsement_withdrawn.v{VERSION}"

Kind = Literal["credential", "achievement", "community"]
By = Literal["endorser", "endorsee", "manager"]
_PEOPLE = ("endorser", "endorsee")
_GONE = Fault("", "wanted living people, got one who is erased or unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEndorsement:
    """An endorsement, ready to be recorded.

    `of`: the stream of an award; an achievement as `badge/helper`; "" for the community. `endorser` None: the
    community itself. `endorsee`: whose award it is. `named`: the endorser consents to be told by her public member id.
    """

    community: str
    kind: Kind
    of: str
    charter_version: int
    comment: str
    endorser: str | None = None
    endorsee: str | None = None
    named: bool = False


class Endorsing:
    """What a book does with endorsements. Raises as the book's other methods do."""

    def __init__(
        self,
        writing: Writing,
        shard_of: Callable[[str], Shard],
        kid: Callable[[str], str],
    ) -> None:
        """`kid` returns the community's current issuer key, which is recorded and which each endorsement remembers."""
        self._writing = writing
        self._shard_of = shard_of
        self._kid = kid

    def endorse(self, new: NewEndorsement) -> Outcome:
        """Record it: stored; claimed, where one of hers stands already; refused, where one of the two is erased.

        Who withdrew hers may endorse again.
        """
        kid = self._kid
        return self._writing(new.community, lambda shard: _Endorsement(shard, new, lambda: kid(new.community)).record())

    def withdraw(self, community: str, stream: str, *, by: By, reason: str = "") -> Outcome:
        """End one: stored; duplicate where it had ended before; refused where the erasure of one of the two ended it.

        The reason is sealed as the endorsement is. Raises `UnknownEndorsementError`.
        """
        return self._writing(community, lambda shard: _withdraw(shard, community, from_token(stream), by, reason))

    def public_id(self, community: str, stream: str, *, endorser: str | None, endorsee: str | None) -> str:
        """Return the UUID of an endorsement. Raises `ErasedError`: it dies with the key of either."""
        people = self._shard_of(community).people
        keys = people.community(community)
        accounts = _sorted(endorser, endorsee)
        living = people.living(keys, accounts)
        if len(living) < len(accounts):
            raise ErasedError(f"endorsement: wanted living people of {community!r}, got one who is erased")
        return _public_id(keys, living, accounts, stream)


class _Endorsement:
    """One that is being recorded."""

    def __init__(self, shard: Shard, new: NewEndorsement, kid: Callable[[], str]) -> None:
        self._shard = shard
        self._new = new
        self._kid = kid
        self._accounts = _sorted(new.endorser, new.endorsee)

    def record(self) -> Outcome:
        recorder, people = self._shard.recorder, self._shard.people
        for _ in range(TRIES):
            keys = people.community(self._new.community)
            living = people.living(keys, self._accounts)
            if len(living) < len(self._accounts):
                return Outcome("refused", None, (_GONE,))
            stream, renewal, standing = self._free(keys)
            if standing:
                recorder.flush()  # what another did may be read before it is durable
                return Outcome("claimed", standing)
            number = recorder.last_number(keys.slug) + 1
            try:
                row = self._row(keys, living, stream, renewal, number)
                claims = [status_claim(keys.slug, number)]
                (position,) = recorder.write(keys.slug, [row], epoch=keys.epoch, claims=claims, every=True)
            except (ClaimTakenError, StreamTakenError):
                continue
            except EpochError:
                people.renewed(keys.slug)
                continue
            return Outcome("stored", position)
        raise LedgerUnavailableError(f"endorsement: wanted to write once in {TRIES} tries, others were first")

    def _free(self, keys: CommunityKeys) -> tuple[bytes, int, int | None]:
        """Return the stream of the next endorsement, which it is, and where one stands that was not withdrawn."""
        new, renewal = self._new, 0
        while True:
            stream = keys.tokens.stream("endorsed", new.endorser or "", new.kind, new.of, str(renewal))
            rows = self._shard.recorder.stream_rows(stream)
            if not rows or rows[-1].topic == BADGE_ENDORSED:
                return stream, renewal, rows[0].position if rows else None
            renewal += 1

    def _row(
        self, keys: CommunityKeys, living: Mapping[str, Account], stream: bytes, renewal: int, number: int
    ) -> NewRow:
        new, kid = self._new, self._kid()
        opened: dict[str, Any] = {
            "time": self._shard.recorder.clock(),
            "kind": new.kind,
            "of": new.of,
            "named": new.named,
            "charter_version": new.charter_version,
            "renewal": renewal,
            "status": number,
            "key": kid,
        }
        opened |= {name: account for name in _PEOPLE if (account := getattr(new, name)) is not None}
        sealed = {"comment": new.comment, "endorsement": _public_id(keys, living, self._accounts, as_token(stream))}
        if new.named and new.endorser is not None:  # the endorsee opens it, too, and takes it along
            sealed["member"] = member_id(living[new.endorser])
        place = Place(stream, 1, BADGE_ENDORSED)
        return own_row(place, opened, [sealed], self._shard.people, keys, Randomness(64))


def _withdraw(shard: Shard, community: str, stream: bytes, by: By, reason: str) -> Outcome:
    rows = shard.recorder.stream_rows(stream)
    if not rows or rows[0].topic != BADGE_ENDORSED or rows[0].community != community:
        raise UnknownEndorsementError(f"endorsement: wanted one of {community!r}, got stream {as_token(stream)}")
    told = open_fields(unpack(rows[0].state))
    kept = {name: told[name] for name in ("kind", "of", "renewal", "status", *_PEOPLE) if name in told}
    opened = {"time": shard.recorder.clock(), "by": by, **kept}
    new = Next(stream, BADGE_ENDORSEMENT_WITHDRAWN, opened, [{"reason": reason}] if reason else [])
    return write_next(shard, community, new, lambda rows: rows[-1].topic == BADGE_ENDORSEMENT_WITHDRAWN)


def _sorted(*accounts: str | None) -> tuple[str, ...]:
    return tuple(sorted({account for account in accounts if account is not None}))


def _public_id(keys: CommunityKeys, living: Mapping[str, Account], accounts: tuple[str, ...], stream: str) -> str:
    own = [living[account].key for account in accounts]
    key = keys.data_key if not own else own[0] if len(own) == 1 else joint_key(own)
    return uuid_of(stream, key=key, person=b"endorsement")
