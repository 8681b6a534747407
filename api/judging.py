"""A verification in words a person understands, and as programs read it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from api.rendering import counted, day
from badges import CHECKS, Policy, Verdict, Verified, verify
from schemas import InvalidTimeError, format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from api.documents import Documents
    from api.fetched import Reach
    from api.installation import Installation


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a page says what a verification came to: never by colour alone."""

    tone: str
    icon: str
    title: str
    words: str


_RULINGS = {
    Verdict.VALID: Ruling(
        "valid", "shield", "Valid", "{issuer} signed this badge, not a letter was changed, and it stands."
    ),
    Verdict.FORGED: Ruling(
        "forged",
        "broken",
        "Forged or altered",
        "The signature does not fit what the badge says. Somebody changed it, or it was never signed.",
    ),
    Verdict.REVOKED: Ruling(
        "revoked",
        "ban",
        "Revoked",
        "The badge is genuine, but {issuer} has taken it back. It no longer stands.",
    ),
    Verdict.SUSPENDED: Ruling(
        "doubt", "pause", "Suspended", "The badge is genuine, but {issuer} has suspended it for now."
    ),
    Verdict.EXPIRED: Ruling("doubt", "clock", "Expired", "The badge is genuine, but its time is over."),
    Verdict.NOT_YET_VALID: Ruling("doubt", "clock", "Not yet valid", "The badge is signed, but its time has not come."),
    Verdict.ISSUER_UNKNOWN: Ruling(
        "doubt",
        "question",
        "Issuer unknown",
        "The issuer\u2019s key is not at hand, so nobody here can say who signed this. That is no sign of forgery.",
    ),
    Verdict.ENCLOSED_INVALID: Ruling(
        "doubt",
        "broken",
        "Genuine, but not all in it",
        "{issuer} signed it. Something that it carries does not hold: the steps say what.",
    ),
    Verdict.OTHER_RECIPIENT: Ruling(
        "doubt", "question", "For somebody else", "The badge is genuine, but not for whom you asked about."
    ),
    Verdict.SCHEMA_UNREACHABLE: Ruling(
        "doubt",
        "question",
        "Genuine, but not known to be whole",
        "The signature fits. The schema that the badge names could not be looked up.",
    ),
    Verdict.STATUS_UNREACHABLE: Ruling(
        "doubt",
        "question",
        "Genuine, but not known to stand",
        "The signature fits. Whether the badge was revoked since could not be looked up.",
    ),
    Verdict.MALFORMED: Ruling(
        "forged",
        "cross",
        "Not a badge we can read",
        "What you gave us is no Open Badge, or a damaged one. The steps say where reading stopped.",
    ),
}


def judge(
    here: Installation, document: bytes, *, checks: Collection[str] | None = None, reach: Reach | None = None
) -> Verified:
    """Verify `document` as it stands now, with what this installation has at hand. Blocks.

    `checks` are those that decide, by their VC-API names; names we do not know are ignored. Nothing is fetched, unless
    a `reach` that asks is given.
    """
    return judge_with(here.documents, document, checks=checks, reach=reach)


def judge_with(
    known: Documents, document: bytes, *, checks: Collection[str] | None = None, reach: Reach | None = None
) -> Verified:
    """Verify `document` with these documents and keys at hand and, behind them, what is within `reach`."""
    asked = CHECKS if checks is None else CHECKS & frozenset(checks)
    policy = replace(policy_of(known), checks=asked or CHECKS)
    return verify(document, policy=reach.over(policy) if reach else policy, at=time.time_ns() // 1_000)


def policy_of(known: Documents) -> Policy:
    """Return the policy that asks for everything, with these documents and keys at hand."""
    return Policy(
        documents=known.published,
        contexts=known.published,
        logs=known.logs,
        witnesses=known.witnesses,
    )


def told(verified: Verified) -> dict[str, Any]:
    """Return the verification as a page shows it."""
    ruling = _RULINGS[verified.verdict]
    return {
        "tone": ruling.tone,
        "icon": ruling.icon,
        "title": ruling.title,
        "words": ruling.words.format(issuer=issuer_name(verified)),
        "checks": [
            {"words": step.reason, "outcome": step.outcome.value, "clause": step.clause} for step in verified.steps
        ],
    }


def answered(verified: Verified) -> dict[str, Any]:
    """Return the verification as programs read it; `errors` only where it failed."""
    failed = [step for step in verified.steps if step.outcome.value in {"failed", "unreachable"}]
    answer: dict[str, Any] = {
        "verified": verified.valid,
        "verdict": verified.verdict.value,
        "checks": [
            {
                "step": step.number,
                "name": step.name,
                "outcome": step.outcome.value,
                "words": step.reason,
                "clause": step.clause,
            }
            for step in verified.steps
        ],
    }
    if not verified.valid:
        answer["errors"] = [f"{step.name}: {step.reason}" for step in failed]
    return answer


def issuer_name(verified: Verified) -> str:
    """Return how the badge calls its issuer, or what it is known by."""
    issuer = (verified.credential or {}).get("issuer")
    if isinstance(issuer, dict) and isinstance(issuer.get("name"), str):
        return str(issuer["name"])[:120]
    return verified.issuer or "The issuer"


def claim(verified: Verified) -> dict[str, Any] | None:
    """Return what a badge says of itself; `None` where it could not be read."""
    credential = verified.credential
    if credential is None:
        return None
    subject = _first(credential.get("credentialSubject"))
    achievement = _first(subject.get("achievement"))
    facts = [
        ("Issuer", issuer_name(verified)),
        ("Its identifier", verified.issuer),
        ("Awarded to", subject.get("id")),
        ("Valid from", _shown(credential.get("validFrom") or credential.get("issuanceDate"))),
        ("Valid until", _shown(credential.get("validUntil") or credential.get("expirationDate"))),
    ]
    if verified.evidence is not None:
        facts.append(("Rests on", counted(verified.evidence.evidence_count, "recorded fact", "recorded facts")))
        facts.append(("Under the rule", f"{verified.evidence.rule}, version {verified.evidence.rule_version}"))
    return {
        "name": _text(achievement.get("name")) or _text(credential.get("name")),
        "description": _text(achievement.get("description")),
        "facts": [(name, str(value)[:300]) for name, value in facts if isinstance(value, str)],
    }


def _shown(instant: object) -> str | None:
    """Return a date of somebody else's credential for a person, or as it stands where it is none."""
    if not isinstance(instant, str):
        return None
    try:
        return day(format_time(parse_time(instant)))
    except InvalidTimeError:
        return instant


def _first(value: object) -> Mapping[str, Any]:
    if isinstance(value, list):
        value = value[0] if value else {}
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """Return a text, which may be a language object (VCDM 2.0 "Language and Base Direction")."""
    if isinstance(value, dict):
        value = value.get("@value")
    return value[:1_000] if isinstance(value, str) else None
