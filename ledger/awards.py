"""Recording awards in bulk.

An award is made once: a claim of its natural key (account, kind, achievement, renewal) is written in the same
transaction, and a second claim gives it the next number of its community's status list.

Before the first award under an issuer's key stands a fact of that key (`ledger.key_history`), so that the log says
which it was, and since when. An award has two sealed parts under the member's key, so that one can be shown without the
other (`ledger.opening`): the first binds her credential to the fact's leaf, the second says on which facts it rests.
One that was given by hand has a third: why, and by whom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger.errors import ClaimTakenError, EpochError, LedgerUnavailableError, StreamTakenError
from ledger.facts import BY_HAND, Outcome
from ledger.lifecycle import AWARD_ISSUED, TRIES, own_row
from ledger.people import member_id
from ledger.rows import CHUNK, Claim
from ledger.shape import Place, Randomness
from ledger.tokens import as_token, digest_of
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.facts import NewAward
    from ledger.people import Account, CommunityKeys
    from ledger.rows import NewRow
    from ledger.shard import Shard

_UUID_8 = 8 << 76 | 2 << 62  # RFC 9562 "UUID Version 8", and its variant
_UUID_FREE = ~(0xF << 76 | 3 << 62)


class Awarding:
    """One call of `Book.award`, for the awards of one community."""

    def __init__(self, shard: Shard, community: str, told: Callable[[str], str]) -> None:
        """`told` returns a community's current issuer key, which the ledger has named; each award remembers it."""
        self._people = shard.people
        self._recorder = shard.recorder
        self._keys = shard.people.community(community)
        self._told = told
        self._random = Randomness()

    def award(self, awards: Sequence[NewAward]) -> list[Outcome]:
        """Return one outcome for each: stored, claimed (made before), refused (the account is erased)."""
        outcomes: list[Outcome] = []
        for start in range(0, len(awards), CHUNK):
            outcomes += self._award_chunk(awards[start : start + CHUNK])
        return outcomes

    def _award_chunk(self, awards: Sequence[NewAward]) -> list[Outcome]:
        keys = self._keys
        streams = [award_stream(keys, each.account, each.kind, each.achievement, each.renewal) for each in awards]
        for _ in range(TRIES):
            found = self._recorder.first_rows(list(set(streams)))
            standing = {stream: Outcome("claimed", row.position) for stream, row in found.items()}
            living = self._people.living(self._keys, (each.account for each in awards))
            new: dict[bytes, NewAward] = {}
            for stream, each in zip(streams, awards, strict=True):
                if stream not in standing and each.account in living:
                    new.setdefault(stream, each)
            positions = self._write(new, living)
            if positions is not None:
                return _outcomes(streams, standing, positions)
        raise LedgerUnavailableError(f"awards: wanted to write once in {TRIES} tries, others were first")

    def _write(self, new: Mapping[bytes, NewAward], living: Mapping[str, Account]) -> dict[bytes, int] | None:
        """Write awards and their claims, all or none; None where another writer, or an erasure, was first."""
        if not new:
            return {}
        slug = self._keys.slug
        number = self._recorder.last_number(slug) + 1
        rows: list[NewRow] = []
        claims: list[Claim] = []
        kid, now = self._told(slug), self._recorder.clock()
        for status, (stream, each) in enumerate(new.items(), start=number):
            opened = _open_fields(each, status=status, kid=kid, now=now)
            sealed = [_binding(each, living[each.account], stream, self._keys), {"evidence": list(each.evidence)}]
            if each.rule == BY_HAND:
                sealed.append({"reason": each.reason, "by": each.by})
            place = Place(stream, 1, AWARD_ISSUED)
            rows.append(own_row(place, opened, sealed, self._people, self._keys, self._random))
            claims += claims_of(slug, opened)
        try:
            positions = self._recorder.write(slug, rows, epoch=self._keys.epoch, claims=claims, every=True)
        except (ClaimTakenError, StreamTakenError):
            return None
        except EpochError:
            self._keys = self._people.renewed(slug)
            return None
        return {stream: position for stream, position in zip(new, positions, strict=True) if position}


def award_stream(keys: CommunityKeys, account: str, kind: str, achievement: str, renewal: int) -> bytes:
    """Return the stream id of an award, 16 bytes: the same award has the same."""
    return keys.tokens.stream("award", account, kind, achievement, str(renewal))


def credential_id(key: bytes, stream: str) -> str:
    """Return the UUID of the credential of an award, by the data key of the account (32 bytes) it dies with."""
    return uuid_of(stream, key=key, person=b"credential")


def uuid_of(stream: str, *, key: bytes, person: bytes) -> str:
    """Return the UUID, for the purpose `person`, of what stands in a stream, by the key (32 bytes) it dies with."""
    number = int.from_bytes(digest_of(stream, key=key, person=person), "big")
    return str(UUID(int=number & _UUID_FREE | _UUID_8))


def _outcomes(streams: Sequence[bytes], standing: dict[bytes, Outcome], positions: dict[bytes, int]) -> list[Outcome]:
    outcomes = []
    for stream in streams:
        if stream in positions:
            outcomes.append(standing.get(stream) or Outcome("stored", positions[stream]))
            standing[stream] = Outcome("claimed", positions[stream])  # for the same award later in the batch
        else:
            outcomes.append(standing.get(stream) or _REFUSED)
    return outcomes


_REFUSED = Outcome("refused", None, (Fault("/account", "wanted a living account, got one that is erased or unknown"),))


def _open_fields(award: NewAward, *, status: int, kid: str, now: int) -> dict[str, Any]:
    opened: dict[str, Any] = {
        "time": now,
        "account": award.account,
        "achievement": award.achievement,
        "kind": award.kind,
        "charter_version": award.charter_version,
        "rule": award.rule,
        "rule_version": award.rule_version,
        "rule_hash": award.rule_hash,
        "earned": award.earned,
        "renewal": award.renewal,
        "status": status,
        "key": kid,
        "edition": award.edition,
    }
    if award.expires is not None:
        opened["expires"] = award.expires
    return opened


def _binding(award: NewAward, account: Account, stream: bytes, keys: CommunityKeys) -> dict[str, Any]:
    """Return what binds the credential to the fact: all that it says which somebody could wish otherwise."""
    bound: dict[str, Any] = {
        "credential": credential_id(account.key, as_token(stream)),
        "member": member_id(account),
        "kind": award.kind,
        "achievement": award.achievement,
        "rule": award.rule,
        "rule_version": award.rule_version,
        "rule_hash": award.rule_hash,
        "charter_version": award.charter_version,
        "earned": award.earned,
        "evidence_root": award.evidence_root.hex(),
        "evidence_count": len(award.evidence),
    }
    if award.expires is not None:
        bound["expires"] = award.expires
    if award.renewal:
        former = award_stream(keys, award.account, award.kind, award.achievement, award.renewal - 1)
        bound["follows"] = credential_id(account.key, as_token(former))
    return bound


def claims_of(community: str, award: Mapping[str, Any]) -> list[Claim]:
    """Return the claims that an award, given by its open part, was made under."""
    key = _claim("award", community, award["account"], award["kind"], award["achievement"], str(award["renewal"]))
    return [
        Claim(key, community, None),
        status_claim(community, award["status"]),
    ]


def status_claim(community: str, number: int) -> Claim:
    """Return the claim of a number of the community's status list."""
    return Claim(_claim("status", community, str(number)), community, number)


def _claim(*parts: str) -> bytes:
    return digest_of(*parts, person=b"claim")
