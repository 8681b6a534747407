"""Events that are valid, one for every shape that matters, and one mistake of every kind."""

from __future__ import annotations

import json
from typing import Any

Event = dict[str, Any]

ADA = {
    "platform": "discourse",
    "id": "2401",
    "realm": "forum.example",
    "handle": "ada",
    "name": "Ada Nkemelu",
}
BO = {"platform": "slack", "id": "U07", "realm": "T1", "email": "bo@hospital.example"}
LINK = {
    "url": "https://forum.example/u/1.pdf",
    "title": "Slides",
    "mediaType": "application/pdf",
    "sha256": "0" * 64,
}
SCALE = {"value": 4, "min": 1, "max": 5}


def event(name: str, data: Event, **more: Any) -> Event:
    """Return an event of fact type `name` around `data`."""
    envelope = {
        "specversion": "1.0",
        "id": "post:79563",
        "source": "https://forum.example",
        "type": f"org.guildbook.{name}.v1",
        "time": "2026-03-01T10:00:00Z",
        "community": "northlight",
        "data": data,
    }
    return envelope | more


# fact type -> data: the least there can be, and everything there can be
LEAST: dict[str, Event] = {
    "contribution": {"author": {"platform": "git", "id": "a"}, "item": "git:x/1", "kind": "code"},
    "attendance": {"attendee": ADA, "session": "zoom:1", "mode": "sync", "state": "attended"},
    "endorsement": {"endorser": BO, "item": "git:x/1", "strength": "reaction"},
    "response": {"instrument": "check-in", "answers": [{"item": "q1", "value": "More time"}]},
    "impact": {"member": ADA, "kind": "story", "summary": "Fewer falls at night."},
    "membership": {"member": ADA, "change": "joined"},
    "consent": {"member": ADA, "purpose": "profile", "decision": "granted", "policy": {"version": "2026-01"}},
    "identity": {"member": ADA, "account": BO, "change": "linked", "method": "oauth"},
    "assignment": {"member": ADA, "kind": "role", "value": "facilitator", "change": "started"},
    "moderation": {"case": "c-1", "action": "resolved"},
    "retraction": {"retracts": "react:1", "reason": "withdrawn_by_actor"},
    "metric": {"metric": "posts_read", "value": 17},
}
MOST: dict[str, Event] = {
    "contribution": LEAST["contribution"]
    | {"author": ADA, "coauthors": [BO], "beneficiaries": [BO, ADA], "kind": "review", "role": "primary"}
    | {"outcome": "approved", "title": "Café rounds", "url": "https://forum.example/t/1", "thread": "t:1"}
    | {"about": "https://forum.example/t/1#p2", "space": "falls/night", "skills": ["handover", "sbar_v2.1"]}
    | {"length": 10_000_000, "duration": 172_800, "evidence": [LINK] * 10, "sha256": "a" * 64}
    | {"license": "CC-BY-4.0", "lang": "pt-BR"},
    "attendance": LEAST["attendance"]
    | {
        "series": "monthly-call",
        "setting": "collaborative",
        "format": "ama",
        "role": "notetaker",
        "progress": 0.5,
    }
    | {"scheduled": {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T12:00:00+01:00"}}
    | {"duration": 0, "evidenceKind": "sensor"},
    "endorsement": LEAST["endorsement"]
    | {"endorsee": ADA, "skill": "handover", "strength": "attest", "relationship": "mentee", "rating": SCALE}
    | {"symbol": "👏🏽", "comment": "Used it on our ward.\nThank you!", "evidence": [LINK]},
    "response": {
        "respondent": ADA,
        "instrument": "confidence-2026",
        "title": "How sure are you?",
        "phase": "pre",
    }
    | {"session": "zoom:1"}
    | {
        "answers": [
            {"item": "q1", "construct": "confidence", "type": "scale"} | SCALE,
            {"item": "q2", "type": "number", "value": -3.5},
            {"item": "q3", "type": "boolean", "value": False},
            {"item": "q4", "type": "choice", "value": "weekly"},
            {"item": "q5", "type": "text", "value": "x" * 4000},
        ]
    },
    "impact": LEAST["impact"]
    | {"before": "Paper slips", "after": "One board", "inspiredBy": ["t:1"], "skills": ["handover"]}
    | {"measure": {"name": "falls", "unit": "per-1000-bed-days", "before": 6.1, "after": 4}}
    | {"beneficiaryCount": 120, "period": {"start": "2026-01-01T00:00:00Z"}, "evidence": [LINK]}
    | {"verifiedBy": BO, "visibility": "community"},
    "membership": LEAST["membership"] | {"affiliation": "St Brigid's Hospital", "via": "invite", "reason": "New post"},
    "consent": LEAST["consent"]
    | {
        "purpose": "source",
        "source": "https://slack.com/team/T1",
        "method": "form",
        "expires": "2027-01-01T00:00:00Z",
    }
    | {"policy": {"uri": "https://forum.example/privacy", "version": "3", "sha256": "b" * 64}},
    "identity": LEAST["identity"] | {"proof": "signed challenge 71"},
    "assignment": LEAST["assignment"]
    | {"kind": "mentor", "counterpart": BO, "by": BO, "rule": "mentor-ready", "reason": "Both asked"}
    | {"period": {"start": "2026-01-01T00:00:00Z", "end": "2026-07-01T00:00:00Z"}},
    "moderation": LEAST["moderation"]
    | {"member": ADA, "item": "t:1", "action": "flagged", "norm": "be-kind", "severity": 5, "by": BO}
    | {"until": "2026-04-01T00:00:00Z", "note": "Talked it over."},
    "retraction": LEAST["retraction"] | {"replacedBy": "react:2"},
    "metric": LEAST["metric"] | {"asked": 60, "member": ADA, "item": "t:1", "unit": "posts", "window": "week"},
}
OTHERS: list[Event] = [  # valid shapes beside those two
    event(
        "attendance",
        {"session": "zoom:1", "mode": "sync", "state": "planned", "title": "Call", "url": "https://a.b"},
    ),
    event("endorsement", {"endorser": BO, "endorsee": ADA, "skill": "handover", "strength": "comment"}),
    event("endorsement", {"endorser": BO, "endorsee": ADA, "strength": "sponsor"}),
    event("endorsement", {"endorser": BO, "endorsee": ADA, "strength": "objection"}),
    event("moderation", {"case": "c-1", "action": "flagged", "item": "t:1"}),
    event("metric", LEAST["metric"], time="1970-01-01T00:00:00Z", source="/relative", recordedtime="whenever"),
    event("metric", LEAST["metric"], time="2200-12-31t23:59:59.999999999z", datacontenttype="application/json"),
    event(
        "metric",
        LEAST["metric"],
        datacontenttype="application/json; charset=utf-8",
        traceparent="00-1",
        sampled=1,
    ),
    event("metric", LEAST["metric"], subject=None, dataschema=None, datacontenttype=None, correlationid=None),
]


def valid() -> list[Event]:
    """Return every valid event of the corpus, freshly copied."""
    made = [event(name, data) for known in (LEAST, MOST) for name, data in known.items()]
    return [_copied(one) for one in made + OTHERS]


def _copied(event: Event) -> Event:
    """Return a copy that shares nothing, not even one part with another."""
    copy: Event = json.loads(json.dumps(event))
    return copy


def mistaken(base: Event, pointer: str, value: object) -> Event:
    """Return `base` with `value` put at `pointer`; the value `...` takes what is there away."""
    made = _copied(base)
    *way, last = pointer.removeprefix("/").split("/")
    place: Any = made
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    if value is ...:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return made


# fact type ("" is the envelope), where, what comes, where the fault is shown, words the message must hold
FAULTS: list[tuple[str, str, object, str, str]] = [
    ("", "/specversion", "0.3", "/specversion", 'wanted "1.0", got "0.3"'),
    ("", "/id", "", "/id", "wanted an id of 1 to 256 characters"),
    ("", "/id", "x" * 257, "/id", "(257 characters)"),
    ("", "/id", "a\nb", "/id", "without control characters"),
    ("", "/id", 7, "/id", "got 7"),
    ("", "/source", "", "/source", "a URI reference"),
    ("", "/source", "not a uri", "/source", 'got "not a uri"'),
    ("", "/source", "https://forum.example\n", "/source", "a URI reference"),
    ("", "/type", "org.guildbook.nonsense.v1", "/type", "wanted one of org.guildbook.contribution.v1"),
    ("", "/type", "org.guildbook.contributon.v1", "/type", 'did you mean "org.guildbook.contribution.v1"?'),
    ("", "/type", ["org.guildbook.metric.v1"], "/type", "got a list of 1"),
    ("", "/time", ..., "/time", 'wanted "time" here, got nothing'),
    ("", "/time", "yesterday", "/time", "wanted an RFC 3339 time between 1970 and 2200"),
    ("", "/time", "1969-12-31T23:59:59Z", "/time", "between 1970 and 2200"),
    ("", "/time", "2201-01-01T00:00:00Z", "/time", "between 1970 and 2200"),
    ("", "/community", "North Light", "/community", "short name"),
    ("", "/community", "northlight\n", "/community", "short name"),
    ("", "/data", [], "/data", "wanted an object, got a list of 0"),
    ("", "/data", None, "/data", "wanted an object, got null"),
    ("", "/datacontenttype", "text/plain", "/datacontenttype", 'wanted application/json, got "text/plain"'),
    ("", "/data_base64", "eyJ9", "/data_base64", "no data_base64"),
    ("", "/subject", "", "/subject", "text of 1 or more characters"),
    ("", "/Trace-Id", "1", "/Trace-Id", "an extension attribute's name"),
    ("", "/extra", {"a": 1}, "/extra", "got an object with 1 field"),
    ("contribution", "/data/author", ..., "/data/author", 'wanted "author" here, got nothing'),
    ("contribution", "/data/author/id", 5, "/data/author/id", "got 5"),
    ("contribution", "/data/author/platform", "Git", "/data/author/platform", "short name"),
    ("contribution", "/data/author/nick", "x", "/data/author/nick", "wanted only fields of an account"),
    ("contribution", "/data/author/name", "x" * 257, "/data/author/name", "got text of 257 characters"),
    ("contribution", "/data/coauthors", [ADA] * 21, "/data/coauthors", "a list of 20 or fewer"),
    ("contribution", "/data/kind", "pots", "/data/kind", 'did you mean "post"?'),
    ("contribution", "/data/kind", "Review", "/data/kind", 'did you mean "review"?'),
    ("contribution", "/data/space", "Two Words", "/data/space", "a slug: 1 to 64 of a-z 0-9 . _ / -"),
    ("contribution", "/data/skills/0", "Räume", "/data/skills/0", "a slug"),
    ("contribution", "/data/skills/1", "ok\n", "/data/skills/1", "a slug"),
    ("contribution", "/data/length", -1, "/data/length", "0 or more"),
    ("contribution", "/data/length", 0.5, "/data/length", "a whole number"),
    ("contribution", "/data/length", True, "/data/length", "a whole number"),
    ("contribution", "/data/duration", 172_801, "/data/duration", "172800 or less"),
    ("contribution", "/data/url", "javascript:alert(1)", "/data/url", "an http or https address"),
    ("contribution", "/data/evidence/0/url", ..., "/data/evidence/0/url", 'wanted "url"'),
    ("contribution", "/data/sha256", "A" * 64, "/data/sha256", "lower-case"),
    ("contribution", "/data/autor", ADA, "/data/autor", 'did you mean "author"?'),
    ("contribution", "/data/a~b", 1, "/data/a~0b", "wanted only fields of a contribution"),
    ("attendance", "/data/attendee", ..., "/data/attendee", 'wanted "attendee" here'),
    ("attendance", "/data/title", "Call", "/data/title", "only a planned session carries one"),
    ("attendance", "/data/mode", "live", "/data/mode", "one of sync, async"),
    ("attendance", "/data/progress", 1.5, "/data/progress", "1 or less"),
    ("attendance", "/data/scheduled/end", "soon", "/data/scheduled/end", "RFC 3339"),
    (
        "attendance",
        "/data/scheduled/end",
        "2026-03-01T09:59:59Z",
        "/data/scheduled/end",
        "not before the start",
    ),
    ("endorsement", "/data/strength", "like", "/data/strength", "one of reaction, comment"),
    ("endorsement", "/data/rating/max", ..., "/data/rating/max", 'wanted "max" here'),
    ("endorsement", "/data/rating/value", 6, "/data/rating/value", "5 or less, as the scale says; got 6"),
    ("endorsement", "/data/rating/min", 5, "/data/rating/max", "a max above the min 5, got 5"),
    ("endorsement", "/data/comment", "x" * 4001, "/data/comment", "text of 4000 or fewer characters"),
    ("response", "/data/answers", [], "/data/answers", "a list of 1 or more"),
    ("response", "/data/answers/0/value", 0, "/data/answers/0/value", "1 or more, as the scale says; got 0"),
    (
        "response",
        "/data/answers/0/value",
        "7",
        "/data/answers/0/value",
        "a number, as the answer's type says",
    ),
    ("response", "/data/answers/1/value", None, "/data/answers/1/value", "a number"),
    ("response", "/data/answers/2/value", 1, "/data/answers/2/value", "true or false"),
    ("response", "/data/answers/3/value", 1, "/data/answers/3/value", "text, as the answer's type says"),
    ("impact", "/data/measure/after", ..., "/data/measure/after", 'wanted "after" here'),
    ("impact", "/data/summary", "", "/data/summary", "1 or more characters"),
    ("impact", "/data/period", {"end": "2026-01-01T00:00:00Z"}, "/data/period/start", 'wanted "start" here'),
    ("membership", "/data/affiliation", "x" * 257, "/data/affiliation", "256 or fewer"),
    ("consent", "/data/policy", {}, "/data/policy", "the policy's uri, version or sha256"),
    ("consent", "/data/source", ..., "/data/source", 'wanted "source" here'),
    ("identity", "/data/method", "guess", "/data/method", "one of oauth"),
    ("assignment", "/data/value", "Team Lead", "/data/value", "a slug"),
    ("moderation", "/data/severity", 6, "/data/severity", "5 or less"),
    ("retraction", "/data/reason", "because", "/data/reason", "one of deleted_at_source"),
    ("metric", "/data/value", "many", "/data/value", 'wanted a number, got "many"'),
    ("metric", "/data/asked", -1, "/data/asked", "0 or more"),
]


def faulty() -> list[tuple[Event, str, str]]:
    """Return each mistaken event with the pointer and words its one fault must have."""
    made = []
    for name, pointer, value, shown, words in FAULTS:
        base = event(name or "metric", MOST[name or "metric"])
        made.append((mistaken(base, pointer, value), shown, words))
    bare = event("endorsement", {"endorser": BO, "endorsee": ADA, "strength": "review"})
    lonely = event("moderation", {"case": "c-1", "action": "flagged"})
    return [*made, (bare, "/data", "wanted what it endorses"), (lonely, "/data", "whom or what it is about")]
