"""All that a member was awarded, as one document: a ClrCredential (Comprehensive Learner Record 2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from badges.documents.profile import profile
from badges.instants import written
from schemas import contexts, measured

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCHEMA = "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/clr_v2p0_clrcredential_schema.json"
MOST_VALUES = 5_000  # JSON values embedded, and bytes of them: more of either many a verifier does not read
MOST_BYTES = 240_000
MOST_BADGES = 50  # each names two or three contexts anew


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFacts:
    """All that a learner record says but for the badges. `valid_from` in µs, ids are IRIs.

    `precedes`: pairs of achievement ids, of which the second is given only to whoever holds the first.
    """

    record_id: str
    subject_id: str
    issuer: str  # the community's DID
    community_name: str
    community_url: str
    valid_from: int
    precedes: Sequence[tuple[str, str]] = ()


def clr(facts: RecordFacts, badges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the unsigned ClrCredential (CLR 2.0 "ClrCredential") of at least one of `badges`, each as it was signed.

    The latest come first. Where they are more than verifiers read, the earliest are left out, and `partial` says so.
    The same facts give the same bytes; but for proofs, every node has an IRI of its own.
    """
    held = list(_bounded(badges))
    ids = {badge["credentialSubject"]["achievement"]["id"] for badge in held}
    subject: dict[str, Any] = {
        "id": facts.subject_id,
        "type": ["ClrSubject"],
        "verifiableCredential": [dict(badge) for badge in held],
    }
    if pairs := [pair for pair in facts.precedes if ids.issuperset(pair)]:
        subject["association"] = [_association(facts, number, *pair) for number, pair in enumerate(pairs, start=1)]
    return {
        "@context": [
            contexts.CREDENTIALS_V2,
            contexts.LEARNER_RECORDS,
            contexts.OPEN_BADGES,
            contexts.OPEN_BADGES_EXTENSIONS,
        ],
        "id": facts.record_id,
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": f"Recognised by {facts.community_name}",
        "issuer": profile(facts.issuer, facts.community_name, facts.community_url),
        "validFrom": written(facts.valid_from),
        "partial": len(held) < len(badges),
        "credentialSubject": subject,
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }


def _association(facts: RecordFacts, number: int, source: str, target: str) -> dict[str, Any]:
    """CLR 2.0 "Association"."""
    return {
        "id": f"{facts.record_id}#association-{number}",
        "type": "Association",  # one word: CLR 2.0 takes no list here
        "associationType": "precedes",
        "sourceId": source,
        "targetId": target,
    }


def _bounded(badges: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Yield as many of the badges as verifiers read, the latest first."""
    values = size = 0
    latest = sorted(badges, key=lambda badge: (badge["validFrom"], badge["id"]), reverse=True)
    for badge in latest[:MOST_BADGES]:
        count, length = measured(badge)
        values, size = values + count, size + length
        if values > MOST_VALUES or size > MOST_BYTES:
            return
        yield badge
