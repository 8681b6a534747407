"""An award as an unsigned Open Badges 3.0 credential: a pure function of what was recorded.

The badge says which practice it rests on. One Evidence of genre `org.guildbook.rule/v1` holds, in its
`narrative`, one `name: value` a line, in this order, each exactly once:

    rule: helper@2                      the rule of the community's charter, and its version
    rule-hash: sha256:HEX               of the rule as it was in force
    charter: 4                          the version of the charter that the rule stood in
    earned: 2026-03-01T10:00:00Z        when the last piece of evidence was in
    evidence-root: sha256:HEX           RFC 6962 Merkle tree hash of the evidence's leaves, in ledger order
    evidence-count: 17                  how many leaves

A second Evidence, of genre `c2sp.org/tlog-proof@v1`, proves that the award was recorded: `badges.verifying.logged`.
It is there where the award has what binds it to the log, as all have but those of release 0.1. A third, of genre
`org.guildbook.renewal/v1`, names the credential that a renewal follows.

There are three editions of the document, and an award says which one it was made for. One that says none was made for
the first, and is made again byte for byte; the second says all that the charter does, and the third says nothing of its
issuer twice (docs/adr/0014).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from badges.documents import status
from badges.documents.profile import profile
from badges.errors import BadgeError
from badges.instants import InstantError, instant, written
from ledger import BY_HAND
from schemas import contexts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from badges.documents.achievement import Reached

RULE_GENRE = "org.guildbook.rule/v1"
PROOF_GENRE = "c2sp.org/tlog-proof@v1"
RENEWAL_GENRE = "org.guildbook.renewal/v1"
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
HASH_BYTES = 32  # SHA-256

_NUMBER = "0|[1-9][0-9]{0,11}"
_PRACTICE = re.compile(
    r"rule: ([a-z0-9][a-z0-9._/-]{0,63})@([1-9][0-9]{0,8})\n"
    r"rule-hash: sha256:([0-9a-f]{64})\n"
    rf"charter: ({_NUMBER})\n"
    r"earned: ([0-9TZ:.+-]{20,40})\n"
    r"evidence-root: sha256:([0-9a-f]{64})\n"
    rf"evidence-count: ({_NUMBER})"
)


class AwardError(BadgeError):
    """Facts that make no credential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardFacts:
    """All that a credential says. Instants in µs, ids are IRIs.

    `status_list` and `status_index` are given together or not at all. `evidence_root` has 32 bytes,
    `rule_hash` is SHA-256 in hex, with or without `sha256:` before it. `narrative` tells a person in a
    sentence or two what the evidence was. `log_proof` is the award's proof from the log, as text. `edition` is the
    form of the document that the award was made for: 1; or 2 or 3, which say more: all from `community_description` on.
    Of a leader's term `role` is what the role is called, and the term lasts from `earned` until `expires`.
    """

    credential_id: str
    subject_id: str
    community_name: str
    community_url: str
    issuer: str  # the community's DID
    achievement: Mapping[str, Any]
    awarded: int
    earned: int
    valid_from: int
    expires: int | None = None
    status_list: str | None = None
    status_index: int | None = None
    rule: str
    rule_version: int
    rule_hash: str
    evidence_root: bytes
    evidence_count: int
    charter_version: int
    narrative: str
    log_proof: str | None = None
    edition: int = 1
    community_description: str | None = None
    results: tuple[Reached, ...] = ()
    role: str | None = None
    follows: str | None = None  # the credential that this one renews
    suspension_list: str | None = None  # and its index: where it can be suspended, beside those of revocation
    suspension_index: int | None = None


@dataclass(frozen=True, slots=True)
class RuleEvidence:
    """The practice that a badge says it rests on. `earned` in µs; the hashes are 32 bytes."""

    rule: str
    rule_version: int
    rule_hash: bytes
    charter_version: int
    earned: int
    evidence_root: bytes
    evidence_count: int


def credential(award: AwardFacts) -> dict[str, Any]:
    """Return the unsigned OpenBadgeCredential of `award`. The same award gives the same bytes.

    Every node has an IRI of its own, so that canonicalizing it is a sort. Raises `AwardError`.
    """
    return document(award, slots(award))


def slots(award: AwardFacts) -> dict[str, str]:
    """Return what varies from one award of an achievement to the next, checked and as the document writes it.

    Names of `document`; what an award does not have is left out. Raises `AwardError`.
    """
    if len(award.evidence_root) != HASH_BYTES:
        raise AwardError(f"evidence_root: wanted {HASH_BYTES} bytes, got {len(award.evidence_root)}")
    for listed, place in ((award.status_list, award.status_index), (award.suspension_list, award.suspension_index)):
        if (listed is None) != (place is None):
            raise AwardError("status: wanted both list and index or neither, got one")
    said = {
        "id": award.credential_id,
        "subject": award.subject_id,
        "from": written(award.valid_from),
        "awarded": written(award.awarded),
        "story": award.narrative,
        "practice": _practice(award),
        "basis": "Given by hand" if award.rule == BY_HAND else "The recorded practice behind this badge",
    }
    if award.expires is not None:
        said["until"] = written(award.expires)
        if award.expires <= award.valid_from:
            raise AwardError(f"expires: wanted after {said['from']}, got {said['until']}")
    if award.log_proof is not None:
        said["proof"] = award.log_proof
    if award.status_index is not None:
        said["status"] = str(award.status_index)
    if award.suspension_index is not None:
        said["suspension"] = str(award.suspension_index)
    return said | _said_more(award) if award.edition > 1 else said


def _said_more(award: AwardFacts) -> dict[str, str]:
    """Return what varies from edition 2 on alone."""
    said = {}
    if award.follows is not None:
        said["follows"] = award.follows
    if award.role is not None:
        said["began"] = written(award.earned)
    if any(reached.level is None for reached in award.results):
        said["facts"] = str(award.evidence_count)
    return said


def shared(award: AwardFacts) -> tuple[object, ...]:
    """Return what `document` takes from an award itself, to tell awards apart by; the achievement by its identity."""
    return (
        id(award.achievement),
        award.community_name,
        award.community_url,
        award.issuer,
        award.status_list,
        award.suspension_list,
        award.edition,
        award.community_description,
        award.results,
        award.role,
    )


def document(award: AwardFacts, said: Mapping[str, str]) -> dict[str, Any]:
    """Return the credential that says what `slots` gave, and otherwise what all awards of its achievement say.

    It only puts texts together and looks into none of them, so that one document can be the mould of many.
    """
    full = award.edition > 1
    made: dict[str, Any] = {
        "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES, *([contexts.OPEN_BADGES_EXTENSIONS] * full)],
        "id": said["id"],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award.achievement["name"],
        "issuer": profile(
            award.issuer, award.community_name, award.community_url, award.community_description if full else None
        ),
        "validFrom": said["from"],
        "awardedDate": said["awarded"],
    }
    if "until" in said:
        made["validUntil"] = said["until"]
    made["credentialSubject"] = {
        "id": said["subject"],
        "type": ["AchievementSubject"],
        **(_subject(award, said) if full else {}),
        "achievement": dict(award.achievement),
    }
    made["evidence"] = list(_evidence(said))
    if award.status_list is not None:
        made["credentialStatus"] = status.entry(award.status_list, said["status"])
    if award.status_list is not None and award.suspension_list is not None:
        suspension = status.entry(award.suspension_list, said["suspension"], purpose="suspension")
        made["credentialStatus"] = [made["credentialStatus"], suspension]
    if full:
        made["credentialSchema"] = [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}]
    if full and "until" in said and award.role is None:
        made["refreshService"] = {"id": f"{said['id']}/refresh", "type": "1EdTechCredentialRefresh"}
    return made


def _subject(award: AwardFacts, said: Mapping[str, str]) -> dict[str, Any]:
    """Return what is said from edition 2 on of the subject beside her id and the achievement."""
    made: dict[str, Any] = {}
    if award.role is not None:
        made |= {"role": award.role, "activityStartDate": said["began"]}
        made |= {"activityEndDate": said["until"]} if "until" in said else {}
    if "creditsAvailable" in award.achievement:
        made["creditsEarned"] = award.achievement["creditsAvailable"]
    if award.results:
        made["result"] = [
            {
                "id": f"{said['id']}#result-{n}",
                "type": ["Result"],
                "resultDescription": reached.result,
                **({"value": said["facts"]} if reached.level is None else {"achievedLevel": reached.level}),
            }
            for n, reached in enumerate(award.results, start=1)
        ]
    return made


def rule_evidence(document: Mapping[str, Any]) -> RuleEvidence | None:
    """Return the practice that a credential says it rests on; None where it does not say so in our form.

    Raises `AwardError` where it claims our form and does not keep to it.
    """
    ours = evidence_of(document, RULE_GENRE)
    if not ours:
        return None
    if len(ours) > 1:
        raise AwardError(f"evidence: wanted one of genre {RULE_GENRE}, got {len(ours)}")
    return _read_lines(ours[0].get("narrative"))


def evidence_of(document: Mapping[str, Any], genre: str) -> list[Mapping[str, Any]]:
    """Return the Evidence of one genre in a credential."""
    found = document.get("evidence", [])
    some = found if isinstance(found, list) else [found]
    return [one for one in some if isinstance(one, dict) and one.get("genre") == genre]


def recorded_facts(count: int) -> str:
    """Return how many facts, in words."""
    if not count:
        return "no recorded fact"
    return "1 recorded fact" if count == 1 else f"{count:,} recorded facts"


def to_json(document: Mapping[str, Any]) -> bytes:
    """Return `document` as compact UTF-8 JSON, members in the order they have."""
    return orjson.dumps(document)


def _practice(award: AwardFacts) -> str:
    lines = (
        f"rule: {award.rule}@{award.rule_version}\n"
        f"rule-hash: sha256:{award.rule_hash.removeprefix('sha256:')}\n"
        f"charter: {award.charter_version}\n"
        f"earned: {written(award.earned)}\n"
        f"evidence-root: sha256:{award.evidence_root.hex()}\n"
        f"evidence-count: {award.evidence_count}"
    )
    if not _PRACTICE.fullmatch(lines):
        raise AwardError(f"evidence: wanted a rule@version, SHA-256 in hex, and numbers, got {ascii(lines)[:200]}")
    return lines


def _evidence(said: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    yield {
        "id": f"{said['id']}#evidence",
        "type": ["Evidence"],
        "name": said["basis"],
        "description": said["story"],
        "narrative": said["practice"],
        "genre": RULE_GENRE,
    }
    if "proof" in said:
        yield {
            "id": f"{said['id']}/proof",
            "type": ["Evidence"],
            "name": "Its place in the community's log",
            "description": "Proves, by the key of the log alone, that this badge was recorded before it was signed.",
            "narrative": said["proof"],
            "genre": PROOF_GENRE,
        }
    if "follows" in said:
        yield {
            "id": said["follows"],
            "type": ["Evidence"],
            "name": "The credential that this one renews",
            "genre": RENEWAL_GENRE,
        }


def _read_lines(text: object) -> RuleEvidence:
    read = _PRACTICE.fullmatch(text) if isinstance(text, str) else None
    if read is None:
        names = "rule, rule-hash, charter, earned, evidence-root and evidence-count"
        raise AwardError(f"evidence: wanted a narrative of six lines, {names}, got {ascii(text)[:200]}")
    rule, version, rule_hash, charter, earned, root, count = read.groups()
    try:
        moment = instant(earned)
    except InstantError as error:
        raise AwardError(f"evidence earned: {error}") from error
    return RuleEvidence(
        rule=rule,
        rule_version=int(version),
        rule_hash=bytes.fromhex(rule_hash),
        charter_version=int(charter),
        earned=moment,
        evidence_root=bytes.fromhex(root),
        evidence_count=int(count),
    )
