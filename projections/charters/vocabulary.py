"""Which facts a rule can speak of, which fields each has, and which values those can take.

Everything comes from the fact schemas, so a charter cannot name what no platform can ever send. Added are
the fields that the fold derives: who an endorser was at the time, and what came of joining and leaving.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ledger import account_fields, token_fields
from schemas import fact_schema

_SOURCE = {
    "contribution": "contribution",
    "attendance": "attendance",
    "endorsement": "endorsement",
    "endorsement_given": "endorsement",
    "response": "response",
    "impact": "impact",
    "membership": "membership",
    "assignment": "assignment",
    "moderation": "moderation",
    "metric": "metric",
}
FACTS = (*_SOURCE, "activity")
HAVING_FACTS = ("endorsement", "metric")
NUMERIC = {
    "endorsement": ("endorser_level",),
    "contribution": ("length", "duration"),
    "attendance": ("duration",),
    "impact": ("beneficiaryCount",),
    "metric": ("value",),
}
ENDORSER_FROM = ("same", "other", "unknown")
"""Whether an endorser was of the member's own affiliation, of another, or of either nobody knows."""
_DERIVED: dict[str, tuple[str, ...]] = {
    "endorsement": ("endorser_level", "endorser_role", "endorser_affiliation", "endorser_from"),
    "endorsement_given": (),
}
_SEALED = frozenset(
    {"title", "url", "evidence", "sha256", "comment", "summary", "before", "after", "reason", "note", "proof"}
)


@cache
def fields(fact: str) -> tuple[str, ...]:
    """Return the fields of a kind of fact that a rule can test or tell apart, in alphabetical order."""
    if fact not in _SOURCE:
        return ()
    stored = set(fact_schema(_SOURCE[fact])["properties"]) - _SEALED
    return tuple(sorted(stored | set(_DERIVED.get(fact, ())) | {"source"}))


@cache
def field_values(fact: str, field: str) -> tuple[tuple[str, ...], bool]:
    """Return the values a field can take (none: any), and whether the ledger holds it as a token."""
    if fact not in _SOURCE:
        return (), False
    if field == "endorser_from":
        return ENDORSER_FROM, False
    name = _SOURCE[fact]
    schema: dict[str, Any] = fact_schema(name)["properties"].get(field, {})
    tokens = field in {"source", "endorser_affiliation"} or field in token_fields(name)
    return tuple(schema.get("enum", ())), tokens


@cache
def is_number(fact: str, field: str) -> bool:
    """Return whether a field of a kind of fact holds numbers."""
    if field == "endorser_level":
        return True
    schema: dict[str, Any] = fact_schema(_SOURCE[fact])["properties"].get(field, {}) if fact in _SOURCE else {}
    return schema.get("type") in ("integer", "number") or field in NUMERIC.get(fact, ())


@cache
def names_people(fact: str, field: str) -> bool:
    """Return whether a field holds accounts, which are shown to nobody."""
    return fact in _SOURCE and field in account_fields(_SOURCE[fact])
