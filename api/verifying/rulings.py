"""What a verification comes to, in a person's words: the ruling, who signed, and every step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from badges import Outcome, Policy, Verdict
from schemas import marked, say

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
        "valid",
        "shield",
        say("Valid"),
        marked("%(who)s signed this %(thing)s, not a letter was changed, and it stands."),
    ),
    Verdict.FORGED: Ruling(
        "forged",
        "broken",
        say("Forged or altered"),
        marked(
            "The signature does not fit what the %(thing)s says. Somebody changed it, or it was never signed.",
        ),
    ),
    Verdict.REVOKED: Ruling(
        "revoked",
        "ban",
        say("Revoked"),
        marked("The %(thing)s is genuine, but %(who)s has taken it back. It no longer stands."),
    ),
    Verdict.SUSPENDED: Ruling(
        "doubt",
        "pause",
        say("Suspended"),
        marked("The %(thing)s is genuine, but %(who)s has suspended it for now."),
    ),
    Verdict.EXPIRED: Ruling(
        "doubt", "clock", say("Expired"), marked("The %(thing)s is genuine, but its time is over.")
    ),
    Verdict.NOT_YET_VALID: Ruling(
        "doubt", "clock", say("Not yet valid"), marked("The %(thing)s is signed, but its time has not come.")
    ),
    Verdict.ISSUER_UNKNOWN: Ruling(
        "doubt",
        "question",
        say("Issuer unknown"),
        marked(
            "Nobody here can say who signed this %(thing)s: the issuer\u2019s key is not at hand, "
            "or is not known here. That is no sign of forgery."
        ),
    ),
    Verdict.ENCLOSED_INVALID: Ruling(
        "revoked",
        "cross",
        say("Something in it does not hold"),
        marked("The %(thing)s itself is signed, but a credential that it carries is not what it says."),
    ),
    Verdict.OTHER_RECIPIENT: Ruling(
        "doubt",
        "person",
        say("For somebody else"),
        marked("The %(thing)s is genuine, but not for whom you asked about."),
    ),
    Verdict.STATUS_UNREACHABLE: Ruling(
        "doubt",
        "question",
        say("Genuine, but not known to stand"),
        marked("The signature fits. Whether the %(thing)s was revoked since could not be looked up."),
    ),
    Verdict.SCHEMA_UNREACHABLE: Ruling(
        "doubt",
        "question",
        say("Genuine, but not wholly checked"),
        marked(
            "The signature fits. A schema that the %(thing)s names is not at hand: "
            "nobody here can say that it keeps to it."
        ),
    ),
    Verdict.MALFORMED: Ruling(
        "forged",
        "cross",
        say("Not a badge we can read"),
        marked("What you gave us is no Open Badge, or a damaged one. The steps say where reading stopped."),
    ),
}
_VOUCHED = marked("%(who)s vouches for this %(thing)s, and it stands.")  # Open Badges 2.0 may be unsigned
TITLES: Final = {
    "read": say("Reading"),
    "shape": say("Form"),
    "contexts": say("Words"),
    "key": say("Key"),
    "issuer": say("Issuer"),
    "registry": say("Registries"),
    "proof": say("Signature"),
    "validity": say("Dates"),
    "status": say("Status"),
    "schema": say("Schemas"),
    "refresh": say("Newer one"),
    "contents": say("Contents"),
    "endorsements": say("Endorsements"),
    "recipient": say("Recipient"),
    "evidence": say("Practice"),
    "log": say("Log"),
}
_THINGS = {
    "ClrCredential": say("learner record"),
    "EndorsementCredential": say("endorsement"),
    "BitstringStatusListCredential": say("status list"),
    "OpenBadgeCredential": say("badge"),
    "AchievementCredential": say("badge"),
}
_KINDS = {"assertion": say("badge"), "presentation": say("presentation")}
GIVEN: Final = {
    "learner record": say("The learner record you gave us"),
    "endorsement": say("The endorsement you gave us"),
    "status list": say("The status list you gave us"),
    "badge": say("The badge you gave us"),
    "presentation": say("The presentation you gave us"),
    "credential": say("The credential you gave us"),
}
"""What a page calls the thing that was given to it."""

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
        "words": say(words, who=signer(verified, policy, ours=ours), thing=thing(verified)),
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
        return _KINDS.get(verified.kind) or verified.kind
    types = (verified.credential or {}).get("type")
    found = types if isinstance(types, list) else [types]
    return next((word for name, word in _THINGS.items() if name in found), say("credential"))


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
    return say("Somebody who goes by \u201c%(name)s\u201d", name=name) if name else say("Somebody who gives no name")


def _aside(verified: Verified, policy: Policy, ours: str | None) -> str | None:
    """Return what to bear in mind of who signed a valid one."""
    if verified.valid and verified.lent_keys:
        return say("Who signed it is known by the bundle alone, and whoever made that could have written it so.")
    if not verified.valid or ours or known_name(verified, policy):
        return None
    if site := site_of(verified.issuer):
        return say("The key is vouched for by %(site)s. Is that who you expect it to be from?", site=site)
    return say("The name is the signer\u2019s own word: no site and no registry here vouches for the key.")
