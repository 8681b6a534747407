"""Whether a stored row is what it should be, and whom it names. Needs no key."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger.endorsing import BADGE_ENDORSED, BADGE_ENDORSEMENT_WITHDRAWN
from ledger.errors import UnknownShapeError
from ledger.facts import NAMING, TOPICS
from ledger.lifecycle import (
    AWARD_DECLINED,
    AWARD_ISSUED,
    AWARD_NOMINATED,
    AWARD_RESUMED,
    AWARD_REVOKED,
    AWARD_SUSPENDED,
    AWARD_UPHELD,
    CHARTER_PUBLISHED,
    KEY_ADDED,
    KEY_RETIRED,
    KEY_REVOKED,
    LOG_BEGUN,
    MEMBER_ERASED,
)
from ledger.shape import commitments, leaf, open_fields, unpack
from ledger.upcasting import upcast

if TYPE_CHECKING:
    from ledger.rows import Row

OURS = {
    **dict.fromkeys((CHARTER_PUBLISHED, MEMBER_ERASED, KEY_ADDED, KEY_RETIRED, KEY_REVOKED, LOG_BEGUN), ()),
    **dict.fromkeys((AWARD_ISSUED, AWARD_REVOKED, AWARD_UPHELD, AWARD_SUSPENDED, AWARD_RESUMED), ("account",)),
    **dict.fromkeys((AWARD_NOMINATED, AWARD_DECLINED, BADGE_ENDORSED, BADGE_ENDORSEMENT_WITHDRAWN), NAMING),
}
"""The topics of our own facts, and where they name an account; `accounts` is a list of them in any."""


class Sound(NamedTuple):
    """A row that holds together."""

    fields: dict[str, Any]  # of its open part
    accounts: frozenset[str]  # whom it names, or is sealed for
    leaf: bytes  # 32


def sound(row: Row) -> Sound:
    """Take a stored row apart. Raises `UnknownShapeError` where it is damaged, or of a kind unknown here."""
    state = unpack(row.state)
    if hashlib.sha256(state.open_salt + state.open).digest() != state.c_0:
        raise UnknownShapeError("open part: wanted what its commitment says, got something else")
    fields = open_fields(state)
    accounts = _named(*upcast(row.topic, fields))
    for part in state.parts:
        accounts.update(part.accounts)
    return Sound(fields, frozenset(accounts), leaf(row.place(), row.recorded, commitments(state)))


def _named(topic: str, fields: dict[str, Any]) -> set[str]:
    kind = TOPICS.get(topic)
    if kind is None:
        if topic not in OURS:
            raise UnknownShapeError(f"topic: wanted one that this release knows, got {topic!r}")
        return {str(fields[name]) for name in OURS[topic] if name in fields} | {*map(str, fields.get("accounts", ()))}
    named = {str(fields[name]) for name in kind.account if name in fields}
    for name in kind.accounts:
        named.update(map(str, fields.get(name, ())))
    return named
