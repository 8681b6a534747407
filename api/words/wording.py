"""Facts in words a member reads: what she did, in the past tense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemas import Text, decimal, grouped, joined, marked, say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ledger import Fact

OUTCOMES: Final = {
    "stored": say("stored"),
    "duplicate": say("duplicate"),
    "conflict": say("conflict"),
    "refused": say("refused"),
}
"""What may become of an event."""
TOPICS: Final = {
    "contribution": say("contribution"),
    "attendance": say("attendance"),
    "endorsement": say("endorsement"),
    "response": say("response"),
    "impact": say("impact"),
    "membership": say("membership"),
    "consent": say("consent"),
    "identity": say("identity"),
    "assignment": say("assignment"),
    "moderation": say("moderation"),
    "retraction": say("retraction"),
    "metric": say("metric"),
}
"""The kinds of facts."""
_WORKS: Final = {
    "post": say("Wrote a post"),
    "reply": say("Wrote a reply"),
    "answer": say("Answered a question"),
    "resource": say("Shared a resource"),
    "artifact": say("Made something"),
    "code": say("Contributed code"),
    "talk": say("Gave a talk"),
    "story": say("Told a story"),
    "review": say("Reviewed a peer"),
    "mentoring": say("Mentored someone"),
    "facilitation": say("Facilitated"),
    "curation": say("Curated for others"),
}
_OUTCOMES: Final = {
    "accepted": say("accepted"),
    "approved": say("approved"),
    "changes_requested": say("changes requested"),
    "merged": say("merged"),
    "rejected": say("rejected"),
    "withdrawn": say("withdrawn"),
}
_RECEIVED: Final = {
    "reaction": say("Received a reaction"),
    "comment": say("Received a comment"),
    "accepted": say("Received an accepted answer"),
    "review": say("Received a review"),
    "attest": say("Received an attestation"),
    "sponsor": say("Received a sponsorship"),
    "objection": say("Received an objection"),
}
_GAVE: Final = {
    "reaction": say("Gave a reaction"),
    "comment": say("Gave a comment"),
    "accepted": say("Gave an accepted answer"),
    "review": say("Gave a review"),
    "attest": say("Gave an attestation"),
    "sponsor": say("Gave a sponsorship"),
    "objection": say("Gave an objection"),
}
FORMATS: Final = {
    "meeting": say("meeting"),
    "workshop": say("workshop"),
    "ama": say("ama"),
    "course": say("course"),
    "office_hours": say("office hours"),
    "social": say("social"),
    "recording": say("recording"),
    "reading": say("reading"),
    "session": say("session"),
}
"""What sessions are called by their formats."""
_ATTENDED: Final = {
    "registered": marked("Registered for a %(format)s"),
    "joined": marked("Joined a %(format)s"),
    "left": marked("Left a %(format)s"),
    "attended": marked("Attended a %(format)s"),
    "absent": marked("Was absent from a %(format)s"),
    "planned": marked("Planned a %(format)s"),
}
_LIVE: Final = {
    "registered": marked("Registered for a live %(format)s"),
    "joined": marked("Joined a live %(format)s"),
    "left": marked("Left a live %(format)s"),
    "attended": marked("Attended a live %(format)s"),
    "absent": marked("Was absent from a live %(format)s"),
    "planned": marked("Planned a live %(format)s"),
}
_OWN_TIME: Final = {
    "registered": marked("Registered for a %(format)s in her own time"),
    "joined": marked("Joined a %(format)s in her own time"),
    "left": marked("Left a %(format)s in her own time"),
    "attended": marked("Attended a %(format)s in her own time"),
    "absent": marked("Was absent from a %(format)s in her own time"),
    "planned": marked("Planned a %(format)s in her own time"),
}
_SEATS: Final = {
    "facilitator": say("facilitator"),
    "speaker": say("speaker"),
    "organizer": say("organizer"),
    "notetaker": say("notetaker"),
}
_SURVEYS: Final = {
    "pre": say("Answered a pre-survey"),
    "post": say("Answered a post-survey"),
}
_IMPACTS: Final = {
    "practice_change": say("practice change"),
    "outcome": say("outcome"),
    "reuse": say("reuse"),
    "story": say("story"),
}
_MOVES: Final = {
    "invited": say("Was invited"),
    "joined": say("Joined"),
    "left": say("Left"),
    "paused": say("Paused"),
    "resumed": say("Came back"),
    "removed": say("Was removed"),
}
_ASSIGNED: Final = {"role": say("Role"), "cohort": say("Cohort"), "team": say("Team"), "mentor": say("Mentor")}
_CHANGES: Final = {
    "nominated": say("nominated"),
    "started": say("started"),
    "renewed": say("renewed"),
    "declined": say("declined"),
    "ended": say("ended"),
}
_MODERATED: Final = {
    "flagged": say("Moderation: flagged"),
    "warned": say("Moderation: warned"),
    "hidden": say("Moderation: hidden"),
    "removed": say("Moderation: removed"),
    "silenced": say("Moderation: silenced"),
    "suspended": say("Moderation: suspended"),
    "restored": say("Moderation: restored"),
    "dismissed": say("Moderation: dismissed"),
    "resolved": say("Moderation: resolved"),
    "appealed": say("Moderation: appealed"),
}
ACTIONS: Final = {
    "flagged": say("flagged"),
    "warned": say("warned"),
    "hidden": say("hidden"),
    "removed": say("removed"),
    "silenced": say("silenced"),
    "suspended": say("suspended"),
    "restored": say("restored"),
    "dismissed": say("dismissed"),
    "resolved": say("resolved"),
    "appealed": say("appealed"),
}
"""What moderation may do."""
_ACCOUNTS: Final = {
    "linked": say("Account linked"),
    "unlinked": say("Account unlinked"),
    "merged": say("Account merged"),
}
_PURPOSES: Final = {
    "processing": say("processing"),
    "profile": say("profile"),
    "leaderboard": say("leaderboard"),
    "spotlight": say("spotlight"),
    "credential": say("credential"),
    "research": say("research"),
    "source": say("source"),
}
_CONSENTS: Final = {
    "granted": marked("Consent granted: %(purpose)s"),
    "withdrawn": marked("Consent withdrawn: %(purpose)s"),
}
_WITHDRAWN: Final = {
    "deleted_at_source": say("Withdrawn: deleted at source"),
    "withdrawn_by_actor": say("Withdrawn: withdrawn by actor"),
    "moderated": say("Withdrawn: moderated"),
    "duplicate": say("Withdrawn: duplicate"),
    "mistake": say("Withdrawn: mistake"),
    "erasure": say("Withdrawn: erasure"),
}


def words(fact: Fact, own: Collection[str] = ()) -> str:
    """Return what `fact` says of a member whose accounts are `own`."""
    kind = fact.topic.partition(".")[0]
    told = _TELLERS.get(kind)
    return told(fact.open, own) if told else kind.replace("_", " ").capitalize()


def name_of(handle: Mapping[str, Any] | None) -> str:
    """Return how a page calls a person: by name, else by handle, else by platform and id."""
    if not handle:
        return say("A member")
    known = handle.get("name") or handle.get("handle")
    if known:
        return str(known)
    account, platform = handle.get("id", say("a member")), handle.get("platform", say("a platform"))
    return say("%(account)s on %(platform)s", account=account, platform=platform)


def plain(slug: object) -> str:
    """Return a slug as words: `practice_change` as `practice change`."""
    return str(slug).replace("_", " ").replace("-", " ")


def _called(table: Mapping[str, str], slug: object) -> str:
    """Return what a closed word is called; a word of a later version as it is written."""
    return table.get(str(slug)) or plain(slug)


def _contribution(open_: Mapping[str, Any], _: Collection[str]) -> str:
    did = _WORKS.get(open_["kind"]) or plain(open_["kind"]).capitalize()
    outcome = open_.get("outcome")
    if not outcome or outcome in {"open", "published", "commented"}:
        return did
    return joined(", ", (did, _called(_OUTCOMES, outcome)))


def _attendance(open_: Mapping[str, Any], _: Collection[str]) -> str:
    table = {"sync": _LIVE, "async": _OWN_TIME}.get(open_.get("mode", ""), _ATTENDED)
    did = say(table[open_["state"]], format=_called(FORMATS, open_.get("format", "session")))
    role = open_.get("role")
    return say("%(did)s as %(role)s", did=did, role=_called(_SEATS, role)) if role and role != "attendee" else did


def _endorsement(open_: Mapping[str, Any], own: Collection[str]) -> str:
    return _called(_GAVE if open_["endorser"] in own else _RECEIVED, open_["strength"])


def _response(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return _SURVEYS.get(open_.get("phase", "")) or say("Answered a survey")


def _impact(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return say("Told what came of it: %(what)s", what=_called(_IMPACTS, open_["kind"]))


def _membership(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return _called(_MOVES, open_["change"])


def _assignment(open_: Mapping[str, Any], _: Collection[str]) -> str:
    kind, change = _called(_ASSIGNED, open_["kind"]), _called(_CHANGES, open_["change"])
    return say("%(kind)s %(name)s: %(change)s", kind=kind, name=plain(open_.get("value", "")), change=change)


def _moderation(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return _called(_MODERATED, open_["action"])


def _metric(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return say("%(name)s: %(words)s", name=plain(open_["metric"]).capitalize(), words=_number(open_["value"]))


def _number(value: float) -> Text:
    """Return a value of a metric with as many decimals as it was reported with, six at most."""
    return grouped(value) if isinstance(value, int) else decimal(value, min(6, len(str(value).partition(".")[2])))


def _identity(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return _called(_ACCOUNTS, open_["change"])


def _consent(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return say(_CONSENTS[open_["decision"]], purpose=_called(_PURPOSES, open_["purpose"]))


def _retraction(open_: Mapping[str, Any], _: Collection[str]) -> str:
    return _called(_WITHDRAWN, open_["reason"])


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
