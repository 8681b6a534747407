"""What a badge of ours rests on, as anyone may see it: the rule, how many facts, and where it was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from api.issued.addresses import issued_here
from api.verifying.claims import rule_words
from api.web.auth import allowed
from api.words.rendering import day
from badges import Outcome, Verified
from projections import BY_ASSIGNMENT
from schemas import format_time, grouped, say

if TYPE_CHECKING:
    from api.installation import Installation
    from api.web.auth import Principal
    from badges import Issued

Context = dict[str, Any]
_PAGES = {"badge": "badges", "level": "levels", "role": "roles"}


def grounds(verified: Verified, issued: Issued) -> list[tuple[str, str]]:
    """Return what a badge of ours says that it rests on, each with its name."""
    evidence = verified.evidence
    facts: list[tuple[str, str]] = []
    if evidence is not None and issued.by_hand and not evidence.evidence_count:
        facts = [(say("Charter"), say("version %(number)s", number=evidence.charter_version))]
    elif evidence is not None:
        by_rule = rule_words(evidence.rule, evidence.rule_version)
        facts = [
            (
                say("Rule"),
                say("none: somebody gave it") if evidence.rule == BY_ASSIGNMENT else by_rule,
            ),
            (say("Charter"), say("version %(number)s", number=evidence.charter_version)),
            (say("Facts"), grouped(evidence.evidence_count)),
            (say("Root of their hashes"), evidence.evidence_root.hex()),
            (say("Hash of the rule"), evidence.rule_hash.hex()),
        ]
    if verified.logged is not None:
        at, place = day(format_time(verified.logged.recorded)), grouped(verified.logged.position)
        facts.append((say("Recorded"), say("%(day)s, as fact %(position)s of its log", day=at, position=place)))
    return facts


def rests_on(here: Installation, verified: Verified, asking: Principal) -> Context | None:
    """Return what a page shows of a badge of ours beyond what it says itself; None where it is none of ours. Blocks.

    Of one that does not carry our signature only where the real one is shown: what it says is somebody else's word.
    What a rule asks for is told to those who may read the charter.
    """
    known = issued_here(here, (verified.credential or {}).get("id"))
    issued = here.awards.find(known.address.id) if known and known.address.kind == "badge" else None
    if known is None or issued is None:
        return None
    document = orjson.loads(known.raw)
    shown: Context = {
        "page": f"/b/{issued.id}",
        "bundle": f"/credentials/{issued.id}/bundle",
        "name": document["credentialSubject"]["achievement"]["name"],
        "signed": _signed(verified, document),
    }
    return shown | _ground(here, verified, issued, document, asking) if shown["signed"] else shown


def _signed(verified: Verified, document: Context) -> bool:
    fits = all(verified.step(name).outcome is Outcome.PASSED for name in ("contexts", "issuer", "proof"))
    return fits and verified.issuer == document["issuer"]["id"]


def _ground(here: Installation, verified: Verified, issued: Issued, document: Context, asking: Principal) -> Context:
    community, achievement = issued.community, document["credentialSubject"]["achievement"]
    found = verified.evidence
    inside = allowed(asking, "charter.read", community)
    version = f"?version={achievement['version']}" if "version" in achievement else ""
    charter = found.charter_version if found else None
    return {
        "picture": f"/credentials/{issued.id}.svg",
        "command": f"guildbook verify {issued.file_name}.zip" + ("" if _by_key(document) else " --trust-bundle"),
        "words": document["evidence"][0]["description"],
        "by_hand": issued.by_hand,
        "facts": grounds(verified, issued),
        "outcomes": [
            each["targetName"] for each in achievement.get("alignment", []) if "#outcome-" in each.get("id", "")
        ],
        "conditions": _conditions(here, verified, issued) if inside else [],
        "community": (document["issuer"]["name"], f"/c/{community}"),
        "achievement": f"/c/{community}/{_PAGES[issued.kind]}/{issued.achievement}{version}",
        "charter": f"/communities/{community}/charter?version={charter}" if inside and charter else None,
    }


def _by_key(document: Context) -> bool:
    """Return whether the issuer's id is its key, so that nobody has to vouch for it."""
    return str(document["issuer"]["id"]).startswith("did:key:")


def _conditions(here: Installation, verified: Verified, issued: Issued) -> list[str]:
    """Return what the rule of a badge asked for, in the charter's words."""
    if verified.evidence is None:
        return []
    charter = here.standings.charter_version(issued.community, verified.evidence.charter_version)
    rule = charter.rule(verified.evidence.rule)
    return [leaf.label for leaf in rule.leaves] if rule else []
