"""What a verification comes to, in a person's words: the ruling, who signed, and every step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from badges import Outcome, Policy, Verdict

if TYPE_CHECKING:
    from badges import Step, Verified

LONGEST_NAME = 120  # characters of what an issuer calls itself
_DID_WEB = re.compile(r"did:web:([A-Za-z0-9.-]+(?:%3[Aa][0-9]+)?)(?::.*)?")


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a page says what a verification came to: never by colour alone."""

    tone: str
    icon: str
    title: str
    words: str


RULINGS: Final = {
    Verdict.VALID: Ruling(
        "valid", "shield", "Valid", "{who} signed this {thing}, not a letter was changed, and it stands."
    ),
    Verdict.FORGED: Ruling(
        "forged",
        "broken",
        "Forged or altered",
        "The signature does not fit what the {thing} says. Somebody changed it, or it was never signed.",
    ),
    Verdict.REVOKED: Ruling(
        "revoked", "ban", "Revoked", "The {thing} is genuine, but {who} has taken it back. It no longer stands."
    ),
    Verdict.SUSPENDED: Ruling(
        "doubt", "pause", "Suspended", "The {thing} is genuine, but {who} has suspended it for now."
    ),
    Verdict.EXPIRED: Ruling("doubt", "clock", "Expired", "The {thing} is genuine, but its time is over."),
    Verdict.NOT_YET_VALID: Ruling(
        "doubt", "clock", "Not yet valid", "The {thing} is signed, but its time has not come."
    ),
    Verdict.ISSUER_UNKNOWN: Ruling(
        "doubt",
        "question",
        "Issuer unknown",
        "Nobody here can say who signed this {thing}: the issuer\u2019s key is not at hand, or is not known here. "
        "That is no sign of forgery.",
    ),
    Verdict.ENCLOSED_INVALID: Ruling(
        "revoked",
        "cross",
        "Something in it does not hold",
        "The {thing} itself is signed, but a credential that it carries is not what it says.",
    ),
    Verdict.OTHER_RECIPIENT: Ruling(
        "doubt", "person", "For somebody else", "The {thing} is genuine, but not for whom you asked about."
    ),
    Verdict.STATUS_UNREACHABLE: Ruling(
        "doubt",
        "question",
        "Genuine, but not known to stand",
        "The signature fits. Whether the {thing} was revoked since could not be looked up.",
    ),
    Verdict.SCHEMA_UNREACHABLE: Ruling(
        "doubt",
        "question",
        "Genuine, but not wholly checked",
        "The signature fits. A schema that the {thing} names is not at hand: nobody here can say that it keeps to it.",
    ),
    Verdict.MALFORMED: Ruling(
        "forged",
        "cross",
        "Not a badge we can read",
        "What you gave us is no Open Badge, or a damaged one. The steps say where reading stopped.",
    ),
}
_VOUCHED = "{who} vouches for this {thing}, and it stands."  # as Open Badges 2.0 has it, which may be unsigned
TITLES: Final = {
    "read": "Reading",
    "shape": "Form",
    "contexts": "Words",
    "key": "Key",
    "issuer": "Issuer",
    "registry": "Registries",
    "proof": "Signature",
    "validity": "Dates",
    "status": "Status",
    "schema": "Schemas",
    "refresh": "Newer one",
    "contents": "Contents",
    "endorsements": "Endorsements",
    "recipient": "Recipient",
    "evidence": "Practice",
    "log": "Log",
}
_THINGS = {
    "ClrCredential": "learner record",
    "EndorsementCredential": "endorsement",
    "BitstringStatusListCredential": "status list",
    "OpenBadgeCredential": "badge",
    "AchievementCredential": "badge",
}
_TROUBLE = frozenset({Outcome.FAILED, Outcome.UNREACHABLE})


def decides(step: Step, policy: Policy) -> bool:
    """Return whether a step's verdict counts under a policy."""
    return step.check is None or step.check in policy.checks


def is_notice(step: Step, policy: Policy) -> bool:
    """Return whether a step failed, or could not be taken, and decides nothing all the same.

    That a signature could not be checked is none: the step of its key tells why, and decides.
    """
    if step.outcome not in _TROUBLE:
        return False
    return not decides(step, policy) or (step.verdict is Verdict.VALID and step.name != "proof")


def told(verified: Verified, policy: Policy, *, ours: str | None = None) -> dict[str, Any]:
    """Return a verification as a page shows it. `ours`: the name of an issuer of this installation."""
    ruling = RULINGS[verified.verdict]
    words = _VOUCHED if verified.valid and verified.kind == "assertion" else ruling.words
    return {
        "tone": ruling.tone,
        "icon": ruling.icon,
        "title": ruling.title,
        "words": words.format(who=signer(verified, policy, ours=ours), thing=thing(verified)),
        "aside": _aside(verified, policy, ours),
        "checks": [_step(step, verified, policy, ours) for step in verified.steps],
    }


def _step(step: Step, verified: Verified, policy: Policy, ours: str | None) -> dict[str, Any]:
    known_here = ours is not None and step.name == "registry"  # that registries do not list us is no news
    return {
        "number": step.number,
        "title": TITLES[step.name],
        "words": step.reason,
        "outcome": step.outcome.value,
        "clause": step.clause,
        "notice": is_notice(step, policy),
        "told_apart": is_notice(step, policy) and not known_here,
        "decided": not verified.valid and decides(step, policy) and step.verdict is verified.verdict,
    }


def thing(verified: Verified) -> str:
    """Return what to call it: a badge, a presentation, a learner record, an endorsement, a status list."""
    if verified.kind != "credential":
        return "badge" if verified.kind == "assertion" else verified.kind
    types = (verified.credential or {}).get("type")
    found = types if isinstance(types, list) else [types]
    return next((word for name, word in _THINGS.items() if name in found), "credential")


def calls_itself(verified: Verified) -> str | None:
    """Return the name that an issuer gives itself in what it signed; anyone may write any name there."""
    document = verified.credential or {}
    badge = document.get("badge")
    for found in (
        document.get("issuer"),
        document.get("holder"),
        badge.get("issuer") if isinstance(badge, dict) else None,
    ):
        name = found.get("name") if isinstance(found, dict) else None
        if isinstance(name, dict):
            name = name.get("@value")
        if isinstance(name, str) and name.strip():
            return name.strip()[:LONGEST_NAME]
    return None


def known_name(verified: Verified, policy: Policy) -> str | None:
    """Return what the first registry that knows the issuer calls it."""
    issuer = verified.issuer
    names = (registry.issuers.get(issuer) for registry in policy.registries) if issuer is not None else ()
    return next((name for name in names if name), None)


def site_of(issuer: str | None) -> str | None:
    """Return the site that vouches for an issuer's id, where it is a did:web or an address."""
    if issuer is None:
        return None
    if found := _DID_WEB.fullmatch(issuer):
        return unquote(found[1])
    try:
        parts = urlsplit(issuer)
    except ValueError:
        return None
    return parts.netloc.rpartition("@")[2] or None if parts.scheme == "https" else None


def signer(verified: Verified, policy: Policy, *, ours: str | None = None) -> str:
    """Return who signed it, as far as that is known: by a registry, by a site, or by nothing but its own word."""
    if known := ours or known_name(verified, policy):
        return known
    name, site = calls_itself(verified), site_of(verified.issuer)
    if site:
        return f"{name} ({site})" if name else site
    return f"Somebody who goes by \u201c{name}\u201d" if name else "Somebody who gives no name"


def _aside(verified: Verified, policy: Policy, ours: str | None) -> str | None:
    """Return what to bear in mind of who signed a valid one."""
    if not verified.valid or ours or known_name(verified, policy):
        return None
    if site := site_of(verified.issuer):
        return f"The key is vouched for by {site}. Is that who you expect it to be from?"
    return "The name is the signer\u2019s own word: no site and no registry here vouches for the key."
