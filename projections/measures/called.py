"""What acts are called in the tables of measures: the words that platforms report, told in the page's language."""

from __future__ import annotations

from schemas import say

_CALLED = {
    "post": say("post"),
    "reply": say("reply"),
    "answer": say("answer"),
    "resource": say("resource"),
    "artifact": say("artifact"),
    "code": say("code"),
    "talk": say("talk"),
    "story": say("story"),
    "review": say("review"),
    "mentoring": say("mentoring"),
    "facilitation": say("facilitation"),
    "curation": say("curation"),
    "reaction": say("reaction"),
    "comment": say("comment"),
    "accepted": say("accepted"),
    "attest": say("attest"),
    "sponsor": say("sponsor"),
    "objection": say("objection"),
    "practice_change": say("practice change"),
    "outcome": say("outcome"),
    "reuse": say("reuse"),
    "session": say("session"),
    "meeting": say("meeting"),
    "workshop": say("workshop"),
    "course": say("course"),
    "office_hours": say("office hours"),
    "social": say("social"),
    "recording": say("recording"),
    "reading": say("reading"),
    "attendee": say("attendee"),
    "facilitator": say("facilitator"),
    "speaker": say("speaker"),
    "organizer": say("organizer"),
    "notetaker": say("notetaker"),
    "contribution": say("contribution"),
    "attendance": say("attendance"),
    "endorsement": say("endorsement"),
    "response": say("response"),
    "impact": say("impact"),
    "membership": say("membership"),
    "assignment": say("assignment"),
}


def called(word: str) -> str:
    """Return what a word of a fact is called; one that is no word of ours as it is."""
    return _CALLED.get(word, word)
