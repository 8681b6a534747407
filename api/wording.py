"""Facts in words a member reads: what she did, in the past tense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ledger import Fact

_WORKS = {
    "post": "Wrote a post",
    "reply": "Wrote a reply",
    "answer": "Answered a question",
    "resource": "Shared a resource",
    "artifact": "Made something",
    "code": "Contributed code",
    "talk": "Gave a talk",
    "story": "Told a story",
    "review": "Reviewed a peer",
    "mentoring": "Mentored someone",
    "facilitation": "Facilitated",
    "curation": "Curated for others",
}
_ENDORSED = {
    "reaction": "a reaction",
    "comment": "a comment",
    "accepted": "an accepted answer",
    "review": "a review",
    "attest": "an attestation",
    "sponsor": "a sponsorship",
    "objection": "an objection",
}
_MOVES = {
    "invited": "Was invited",
    "joined": "Joined",
    "left": "Left",
    "paused": "Paused",
    "resumed": "Came back",
    "removed": "Was removed",
}


def words(fact: Fact, own: Collection[str] = ()) -> str:
    """Return what `fact` says of a member whose accounts are `own`."""
    kind = fact.topic.partition(".")[0]
    told = _TELLERS.get(kind)
    return told(fact.open, own) if told else kind.replace("_", " ").capitalize()


def name_of(handle: Mapping[str, Any] | None) -> str:
    """Return how a page calls a person: by name, else by handle, else by platform and id."""
    if not handle:
        return "A member"
    known = handle.get("name") or handle.get("handle")
    return str(known) if known else f"{handle.get('id', 'a member')} on {handle.get('platform', 'a platform')}"


def plain(slug: object) -> str:
    """Return a slug as words: `practice_change` as `practice change`."""
    return str(slug).replace("_", " ").replace("-", " ")


def _contribution(open_: Mapping[str, Any], _: Collection[str]) -> str:
    did = _WORKS.get(open_["kind"], plain(open_["kind"]).capitalize())
    outcome = open_.get("outcome")
    return f"{did}, {plain(outcome)}" if outcome and outcome not in {"open", "published", "commented"} else did


def _attendance(open_: Mapping[str, Any], _: Collection[str]) -> str:
    what = plain(open_.get("format", "session"))
    where = {"sync": f"a live {what}", "async": f"a {what} in her own time"}.get(open_.get("mode", ""), f"a {what}")
    did = {
        "registered": "Registered for",
        "joined": "Joined",
        "left": "Left",
        "attended": "Attended",
        "absent": "Was absent from",
        "planned": "Planned",
    }.get(open_["state"], plain(open_["state"]).capitalize())
    role = open_.get("role")
    return f"{did} {where}" + (f" as {plain(role)}" if role and role != "attendee" else "")


def _endorsement(open_: Mapping[str, Any], own: Collection[str]) -> str:
    kind = _ENDORSED.get(open_["strength"], plain(open_["strength"]))
    return f"Gave {kind}" if open_["endorser"] in own else f"Received {kind}"


def _response(open_: Mapping[str, Any], _: Collection[str]) -> str:
    phase = open_.get("phase")
    return f"Answered a {phase}-survey" if phase in {"pre", "post"} else "Answered a survey"


def _impact(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return f"Told what came of it: {plain(open_['kind'])}"


def _membership(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return _MOVES.get(open_["change"], plain(open_["change"]).capitalize())


def _assignment(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return f"{plain(open_['kind']).capitalize()} {plain(open_.get('value', ''))}: {plain(open_['change'])}"


def _moderation(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return f"Moderation: {plain(open_['action'])}"


def _metric(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return f"{plain(open_['metric']).capitalize()}: {open_['value']:,}"


def _identity(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return f"Account {plain(open_['change'])}"


def _consent(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return f"Consent {plain(open_['decision'])}: {plain(open_['purpose'])}"


def _retraction(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return f"Withdrawn: {plain(open_['reason'])}"


_TELLERS = {
    "contribution": _contribution,
    "attendance": _attendance,
    "endorsement": _endorsement,
    "response": _response,
    "impact": _impact,
    "membership": _membership,
    "assignment": _assignment,
    "moderation": _moderation,
    "metric": _metric,
    "identity": _identity,
    "consent": _consent,
    "retraction": _retraction,
}
