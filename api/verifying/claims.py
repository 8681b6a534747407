"""What a badge says of itself, as text: nothing in it is fetched, drawn or followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.verifying.rulings import LONGEST_NAME, calls_itself, thing
from api.words.rendering import day
from schemas import InvalidTimeError, counted, format_time, parse_time, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges import Verified

LONGEST = 2_000  # characters of a text
LONGEST_FACT = 300  # of an id, a date or a value
MOST_EVIDENCE = 5
MOST_RESULTS = 10


def claim(verified: Verified) -> dict[str, Any] | None:
    """Return what a badge says of itself; `None` where it could not be read."""
    document = verified.credential
    if document is None:
        return None
    subject = _first(document.get("credentialSubject"))
    achievement = _first(subject.get("achievement")) or _first(document.get("badge"))
    facts = [*_facts(verified, document, subject), *_results(subject)]
    return {
        "thing": thing(verified),
        "name": named(verified),
        "description": _text(achievement.get("description")) or _text(document.get("description")),
        "criteria": paragraphs(_text(_first(achievement.get("criteria")).get("narrative"))),
        "comment": paragraphs(_text(subject.get("endorsementComment"))),
        "evidence": list(_evidence(document.get("evidence"))),
        "facts": [(name, _short(value)) for name, value in facts if isinstance(value, str) and value.strip()],
    }


def named(verified: Verified) -> str | None:
    """Return what a badge or another document calls itself."""
    document = verified.credential or {}
    subject = _first(document.get("credentialSubject"))
    achievement = _first(subject.get("achievement")) or _first(document.get("badge"))
    name = _text(achievement.get("name")) or _text(document.get("name"))
    return name[:LONGEST_NAME] if name else None


def rule_words(rule: str, version: object) -> str:
    """Return a rule as people name it: `maker, version 2`."""
    return say("%(rule)s, version %(version)s", rule=rule, version=version)


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_FACT else value[:LONGEST_FACT]


def paragraphs(text: str | None) -> list[str]:
    """Return a text as paragraphs; whatever markup it has stays as it is written."""
    return [part.strip() for part in (text or "").replace("\r\n", "\n").split("\n\n") if part.strip()]


def _facts(verified: Verified, document: Mapping[str, Any], subject: Mapping[str, Any]) -> list[tuple[str, object]]:
    who = say("Holder") if verified.kind == "presentation" else say("Issuer")
    found: list[tuple[str, object]] = [
        (who, calls_itself(verified)),
        (say("Its identifier"), verified.issuer),
        (say("Awarded to"), subject.get("id")),
        (say("In the role of"), _text(subject.get("role"))),
        (say("Valid from"), _shown(_one_of(document, "validFrom", "issuanceDate", "issuedOn"))),
        (say("Valid until"), _shown(_one_of(document, "validUntil", "expirationDate", "expires"))),
    ]
    if verified.evidence is not None:
        found.append((say("Rests on"), counted(verified.evidence.evidence_count, "recorded fact", "recorded facts")))
        found.append((say("Under the rule"), rule_words(verified.evidence.rule, verified.evidence.rule_version)))
    return found


def _results(subject: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return the values of its results, under the names that their descriptions have."""
    results, achievement = subject.get("result"), _first(subject.get("achievement"))
    described = achievement.get("resultDescription")
    names = {
        each["id"]: _text(each.get("name"))
        for each in (described if isinstance(described, list) else [described])
        if isinstance(each, dict) and isinstance(each.get("id"), str)
    }
    return [
        (names.get(str(each.get("resultDescription"))) or say("Result"), each["value"])
        for each in (results if isinstance(results, list) else [results])[:MOST_RESULTS]
        if isinstance(each, dict) and isinstance(each.get("value"), str)
    ]


def _evidence(found: object) -> list[dict[str, Any]]:
    told = []
    for each in (found if isinstance(found, list) else [found])[:MOST_EVIDENCE]:
        if isinstance(each, dict):
            words = {name: _text(each.get(name)) for name in ("name", "description", "narrative")}
            address = each.get("id")
            told.append({**words, "id": address[:LONGEST_FACT] if isinstance(address, str) else None})
    return [each for each in told if any(each.values())]


def _one_of(document: Mapping[str, Any], *names: str) -> object:
    return next((document[name] for name in names if name in document), None)


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
    """Return a text, which may be a language object (VCDM 2.0 "Language and Base Direction"), or the first of many."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value")
    if not isinstance(value, str):
        return None
    return value if len(value) <= LONGEST else value[: LONGEST - 1] + "\u2026"
