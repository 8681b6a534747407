"""Events that Ada, Bo and Cy's platform reports. Ada earns, Bo endorses, Cy is an outsider."""

from __future__ import annotations

from typing import Any

SOURCE = "https://forum.example"
DAY = 86_400_000_000  # µs
MARCH = 1_772_323_200_000_000  # 2026-03-01T00:00:00Z


def account(known_as: str, **more: str) -> dict[str, Any]:
    return {"platform": "forum", "id": known_as, **more}


def event(kind: str, number: object, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": SOURCE,
        "type": f"org.guildbook.{kind}.v1",
        "time": "2026-03-01T10:00:00Z",
        "community": "bar",
        "data": data,
        **more,
    }


def contribution(number: object, author: str | dict[str, Any] = "ada", **more: Any) -> dict[str, Any]:
    who = account(author) if isinstance(author, str) else author
    data = {"author": who, "item": f"forum:post/{number}", "kind": "post"}
    return event("contribution", number, data | more)


def endorsement(number: object, by: str = "bo", of: str = "ada", **more: Any) -> dict[str, Any]:
    data = {
        "endorser": account(by),
        "endorsee": account(of),
        "item": f"forum:post/{number}",
        "strength": "comment",
        "comment": f"well explained, {number}",
    }
    return event("endorsement", f"{number}-{by}", data | more)


def identity(number: object, member: str = "ada", linked: str = "ada2") -> dict[str, Any]:
    data = {
        "member": account(member),
        "account": account(linked),
        "change": "linked",
        "method": "oauth",
        "proof": "signed by both",
    }
    return event("identity", number, data)


def changed(given: dict[str, Any], **data: Any) -> dict[str, Any]:
    """Return the event with other data under the same id."""
    return {**given, "data": {**given["data"], **data}}


ONE_OF_EACH: tuple[dict[str, Any], ...] = (
    event(
        "contribution",
        "full",
        {
            "author": account("ada", name="Ada Lovelace", handle="@ada"),
            "coauthors": [account("bo")],
            "beneficiaries": [account("cy", realm="guild-7")],
            "item": "forum:post/1",
            "kind": "review",
            "role": "primary",
            "outcome": "approved",
            "title": "Notes on the engine",
            "url": "https://forum.example/p/1",
            "thread": "forum:thread/1",
            "about": "forum:post/0",
            "space": "engines/notes",
            "skills": ["analysis", "writing"],
            "length": 1200,
            "duration": 3600.0,
            "evidence": [{"url": "https://forum.example/p/1/log", "title": "log"}],
            "sha256": "ab" * 32,
            "license": "CC-BY-4.0",
            "lang": "en-GB",
        },
    ),
    event(
        "attendance",
        "planned",
        {
            "session": "forum:session/1",
            "mode": "sync",
            "state": "planned",
            "setting": "collaborative",
            "format": "workshop",
            "series": "tuesdays",
            "scheduled": {"start": "2026-03-03T18:00:00Z", "end": "2026-03-03T19:30:00+00:00"},
            "title": "How engines dream",
            "url": "https://forum.example/s/1",
        },
    ),
    event(
        "attendance",
        "was-there",
        {
            "attendee": account("ada"),
            "session": "forum:session/1",
            "mode": "sync",
            "state": "left",
            "role": "speaker",
            "duration": 5000,
            "progress": 0.75,
            "evidenceKind": "sensor",
        },
    ),
    event(
        "endorsement",
        "full",
        {
            "endorser": account("bo"),
            "endorsee": account("ada"),
            "item": "forum:post/1",
            "skill": "analysis",
            "strength": "review",
            "relationship": "mentor",
            "rating": {"value": 4.5, "min": 1.0, "max": 5},
            "symbol": "\N{WHITE HEAVY CHECK MARK}",
            "comment": "Clear, and right about the wheels.",
            "evidence": [{"url": "https://forum.example/p/2"}],
        },
    ),
    event(
        "response",
        "full",
        {
            "respondent": account("ada"),
            "instrument": "skills-2026",
            "title": "How are you doing?",
            "phase": "pre",
            "session": "forum:session/1",
            "answers": [
                {"item": "q1", "construct": "confidence", "type": "scale", "value": 7, "min": 1, "max": 10},
                {"item": "q2", "value": True},
                {"item": "q3", "type": "choice", "value": "weekly"},
                {"item": "q4", "value": "More time for questions."},
            ],
        },
    ),
    event(
        "response",
        "anonymous",
        {"instrument": "pulse", "answers": [{"item": "q1", "value": "Nobody knows me."}]},
    ),
    event(
        "impact",
        "full",
        {
            "member": account("ada"),
            "kind": "practice_change",
            "summary": "We now review plans before cards.",
            "before": "Cards first.",
            "after": "Plans first.",
            "measure": {"name": "misprints", "unit": "Per-100", "before": 7, "after": 2.5},
            "inspiredBy": ["forum:post/0", "forum:session/1"],
            "skills": ["review"],
            "beneficiaryCount": 12,
            "period": {"start": "2026-01-01T00:00:00Z"},
            "evidence": [{"url": "https://forum.example/i/1"}],
            "verifiedBy": account("bo"),
            "visibility": "community",
        },
    ),
    event(
        "membership",
        "full",
        {
            "member": account("ada"),
            "change": "joined",
            "affiliation": "Analytical Society",
            "via": "invite/bo",
            "reason": "asked for it",
        },
    ),
    event(
        "consent",
        "full",
        {
            "member": account("ada"),
            "purpose": "source",
            "source": "https://chat.example",
            "decision": "granted",
            "policy": {"uri": "https://forum.example/policy", "version": "2026-01", "sha256": "cd" * 32},
            "method": "form",
            "expires": "2027-03-01T00:00:00Z",
        },
    ),
    identity("full"),
    event(
        "assignment",
        "full",
        {
            "member": account("ada"),
            "kind": "mentor",
            "value": "newcomers",
            "change": "started",
            "period": {"start": "2026-03-01T00:00:00Z", "end": "2026-09-01T00:00:00Z"},
            "counterpart": account("cy"),
            "by": account("bo"),
            "rule": "mentor-ready",
            "reason": "they get on",
        },
    ),
    event(
        "moderation",
        "full",
        {
            "case": "forum:case/1",
            "member": account("cy"),
            "item": "forum:post/9",
            "action": "warned",
            "norm": "be-kind",
            "severity": 2,
            "by": account("bo"),
            "until": "2026-04-01T00:00:00Z",
            "note": "shouted",
        },
    ),
    event(
        "retraction",
        "full",
        {"retracts": "contribution-9", "reason": "mistake", "replacedBy": "contribution-10"},
    ),
    event(
        "metric",
        "full",
        {
            "metric": "posts_read",
            "value": 41.0,
            "asked": 60,
            "member": account("ada"),
            "item": "forum:thread/1",
            "unit": "Posts",
            "window": "week",
        },
    ),
)
"""Every fact type with every field, and the two without a person."""
