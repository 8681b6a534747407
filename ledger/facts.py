"""What a fact is, and which of its fields is open, a token or sealed, and under whose key.

The table `FACT_TYPES` is final: facts already stored were built by it. A type changes by a next version.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from schemas import Fault

VERSION = 1
"""Of every fact type here."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One stored fact, its open part decoded.

    `open` has the names of the event's data: accounts as account ids, references as tokens, instants as µs,
    sealed fields absent; besides `v` (type version), `time` (µs), `source` (token), and only when true
    `time_is_ours` (the platform gave none) and `proposed` (an identity fact posted without the scope).
    A consent's own source is `scopedSource`. Answers are `{"item", "construct", "type", "value", "min",
    "max"}`, a choice's value a token, a text's absent.
    """

    position: int
    stream: str  # 22 characters
    version: int  # in the stream; platform facts are always 1
    topic: str  # "contribution.v1"
    community: str
    recorded: int  # µs, when we wrote it; never decreases along positions
    time: int  # µs, when it happened
    open: dict[str, Any]


class Outcome(msgspec.Struct, frozen=True):
    """What became of one event: where it stands (or what it met stands), and pointers to what was wrong.

    `claimed`, for awards alone: the award was already made, and nothing is stored.
    """

    outcome: Literal["stored", "duplicate", "conflict", "refused", "claimed"]
    position: int | None = None
    errors: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """An event that came again with other content: which fact it met and where they differ. Never what."""

    position: int
    pointers: tuple[str, ...]  # RFC 6901, into the event
    met: int  # µs, the last time
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAward:
    """An achievement that `account` has earned, ready to be recorded."""

    community: str
    account: str
    achievement: str  # slug
    kind: Literal["badge", "level", "role"]
    charter_version: int
    rule: str
    rule_version: int
    rule_hash: str
    earned: int  # µs
    evidence_root: bytes  # RFC 6962 root of the leaves of `evidence`
    evidence: tuple[int, ...]  # positions
    renewal: int = 0
    expires: int | None = None  # µs
    edition: int = 3  # of the document that the credential is; awards before there were two have none
    reason: str = ""  # of one given by hand: why, and by whom; sealed under the account's key
    by: str = ""


@dataclass(frozen=True, slots=True)
class FactType:
    """Where each field of one fact type is kept.

    `under`: the account fields whose keys together seal the `sealed` fields; the community's own key
    where none of them is there. `sealed` may name `id`, the event's own.
    """

    name: str
    topic: str
    account: tuple[str, ...]  # account objects, kept as account ids
    accounts: tuple[str, ...]  # lists of them
    plain: tuple[str, ...]  # numbers, booleans, enums and slugs, as they are
    lower: tuple[str, ...]  # slugs of any case, kept in lower case
    instant: tuple[str, ...]  # kept as µs
    period: tuple[str, ...]  # {"start", "end"}, kept as µs
    ref: tuple[str, ...]  # references, kept as tokens
    refs: tuple[str, ...]  # lists of them
    stream: tuple[str, ...]  # event ids of the same source, kept as stream ids
    sealed: tuple[str, ...]
    under: tuple[str, ...]


WAYS = ("account", "accounts", "plain", "lower", "instant", "period", "ref", "refs", "stream")
"""In which a field may be kept in the open: each is a field of `FactType`."""


def _type(name: str, **fields: str) -> FactType:
    """Read one row of the table: each keyword a way of keeping, its words the fields kept so."""
    kept = {way: tuple(fields.pop(way, "").split()) for way in (*WAYS, "sealed", "under")}
    if fields:
        raise TypeError(f"{name}: wanted ways of keeping, got {sorted(fields)}")
    return FactType(name=name, topic=f"{name}.v{VERSION}", **kept)


FACT_TYPES: dict[str, FactType] = {
    row.name: row
    for row in (
        _type(
            "contribution",
            account="author",
            accounts="coauthors beneficiaries",
            plain="kind role outcome length duration space skills",
            lower="lang license",
            ref="item thread about",
            sealed="id item title url evidence sha256",
            under="author",
        ),
        _type(
            "attendance",
            account="attendee",
            plain="mode setting format state role duration progress evidenceKind series",
            period="scheduled",
            ref="session",
            sealed="title url",  # of a planned session alone: no person's, so the community's
        ),
        _type(
            "endorsement",
            account="endorser endorsee",
            plain="strength relationship rating skill",
            ref="item symbol",
            sealed="comment evidence",
            under="endorser endorsee",
        ),
        _type(
            "response",
            account="respondent",
            plain="phase instrument",
            ref="session",
            sealed="title answers",  # of the answers only the texts
            under="respondent",
        ),
        _type(
            "impact",
            account="member verifiedBy",
            plain="kind visibility measure beneficiaryCount skills",
            period="period",
            refs="inspiredBy",
            sealed="summary before after evidence",
            under="member",
        ),
        _type(
            "membership",
            account="member",
            plain="change via",
            ref="affiliation",
            sealed="reason",
            under="member",
        ),
        _type(
            "consent",
            account="member",
            plain="purpose decision method",
            instant="expires",
            ref="source",  # kept as scopedSource
            sealed="policy",  # of the policy only the uri; its hash and version are open
            under="member",
        ),
        _type(
            "identity",
            account="member account",
            plain="change method",
            sealed="proof",
            under="member account",
        ),
        _type(
            "assignment",
            account="member counterpart by",
            plain="kind value change rule",
            period="period",
            sealed="reason",
            under="member counterpart by",
        ),
        _type(
            "moderation",
            account="member by",
            plain="action norm severity",
            instant="until",
            ref="case item",
            sealed="note",
            under="member by",
        ),
        _type("retraction", plain="reason", stream="retracts replacedBy"),
        _type("metric", account="member", plain="metric value asked window", lower="unit", ref="item"),
    )
}

NAMING = ("account", "nominator", "endorser", "endorsee")
"""The open fields in which a fact of our own names those under whose keys together its parts are sealed."""

OF_OURS = frozenset({*NAMING, "accounts"})
"""The open fields in which the facts we record of ourselves (awards, what is said of them, erasures) name accounts."""

BY_HAND = "by-hand"
BY_HAND_VERSION = 1
BY_HAND_HASH = hashlib.sha256(b"guildbook.by-hand.1").hexdigest()
"""The rule, its version and its hash that an award names which a person gave; no charter has a rule of that name."""

TOPICS: dict[str, FactType] = {row.topic: row for row in FACT_TYPES.values()}


def token_fields(name: str) -> frozenset[str]:
    """Return the fields of a fact type that are kept as tokens, as a rule's literals for them must be."""
    row = FACT_TYPES[name]
    return frozenset({*row.ref, *row.refs, *row.stream, "source"})


def account_fields(name: str) -> frozenset[str]:
    """Return the open fields of a fact type, or of a kind of our own facts, that hold an account or a list of them."""
    row = FACT_TYPES.get(name)
    return frozenset({*row.account, *row.accounts}) if row else OF_OURS


def reported(fact: Fact) -> bool:
    """Return whether a platform reported a fact, rather than that we recorded it of ourselves."""
    return fact.topic in TOPICS


def named_in(fact: Fact) -> set[str]:
    """Return the accounts that a fact names."""
    fields = account_fields(fact.topic.partition(".")[0])
    found = [fact.open[field] for field in fields if field in fact.open]
    return {account for each in found for account in ([each] if isinstance(each, str) else each)}
