"""What a delivery says, made at the moment of sending: by who stands, and who allows what, at that moment.

What does not hold any more is not sent: a badge that was revoked, a member who was erased or took her word back.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.celebrating.digests import week_of
from api.celebrating.ready import address
from api.celebrating.told import Person, Telling, celebration
from api.leading.inviting import invitations
from api.people.members import member_of
from api.words.wording import FORMATS, plain
from projections import Moment
from schemas import counted, day_words, format_time, grouped, joined, percent, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.installation import Installation

GROUPS: Final = {
    "award": say("Badges"),
    "level": say("Levels"),
    "role": say("Roles taken and handed back"),
    "review": say("Badges that wait for review"),
    "week": say("Spotlights of each week"),
    "day": say("Spotlights of each day"),
    "month": say("Spotlights of each month"),
    "reminder": say("Reminders: sessions of tomorrow, terms that end"),
}
"""What a channel may want, and what each is called."""
USUAL: Final = ("award", "level", "role", "review", "week", "reminder")
TYPES: Final = {
    "badge": "award.issued",
    "level": "level.reached",
    "role-begun": "role.begun",
    "role-ended": "role.ended",
}


class Event(NamedTuple):
    """Something to tell. `words`: one sentence; `lines`: more; `member`: whom it is about, as others read of her."""

    type: str
    at: int  # µs
    community: str
    name: str  # the community's
    words: str
    url: str
    lines: tuple[str, ...] = ()
    member: Person | None = None
    data: tuple[tuple[str, Any], ...] = ()

    def told(self) -> dict[str, Any]:
        """Return the body of a webhook."""
        about: dict[str, Any] = {"community": self.community, "words": self.words, "url": self.url, **dict(self.data)}
        if self.lines:
            about["lines"] = list(self.lines)
        if self.member is not None:
            about["name"] = self.member.name
        return {"type": self.type, "timestamp": format_time(self.at), "data": about}


def event_of(here: Installation, community: str, what: Mapping[str, Any], *, own: bool = False) -> Event | None:
    """Return what a delivery says, None where it is not to be said any more. Blocks.

    `own`: it goes to the member it is about, who is named to herself.
    """
    made = _MADE.get(what["kind"])
    return made(_Scene(here, community, own=own), what) if made else None


class _Scene:
    """A community at the moment of sending."""

    def __init__(self, here: Installation, community: str, *, own: bool) -> None:
        self.here = here
        self.community = community
        self.own = own
        self.now = time.time_ns() // 1_000
        self.charter = here.standings.charter(community)
        self.name = self.charter.name if self.charter.version else here.book.community(community).name
        self.telling = Telling(here, community, self.charter, self.now)
        self.page = f"{here.settings.origin}/c/{community}"


def _moment(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    """Return a level, a badge, or a role taken or handed back."""
    if what["kind"] == "badge" and not _stands(scene, what["facts"]):
        return None
    moment = Moment(what["kind"], what["at"], what["who"], what["what"], tuple(what["facts"]), quiet=False)
    item = next(scene.telling.moments([moment]), None)
    if item is None:
        return None
    url = f"{scene.page}/m/{item.who.member}" if scene.own else f"{scene.page}/celebrations"
    data = ((_SAID[what["kind"]], what["what"]), ("why", item.why))
    words = item.hers if scene.own else item.words
    why = (item.why,) if scene.own and item.why else ()
    return Event(TYPES[what["kind"]], what["at"], scene.community, scene.name, words, url, why, item.who, data)


_SAID = {"level": "level", "badge": "badge", "role-begun": "role", "role-ended": "role"}


def _stands(scene: _Scene, facts: list[int]) -> bool:
    """Return whether the award at a position stands."""
    awards = scene.here.views.awards(scene.community)
    return any(one.position in facts and one.revoked is None and one.suspended is None for one in awards)


def _review(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    waiting = {one.award.stream for one in scene.here.reviews.of(scene.community)}
    if what["stream"] not in waiting:
        return None
    number = len(waiting)
    words = counted(
        number,
        "badge waits for your review: what it rested on is gone.",
        "badges wait for your review: what they rested on is gone.",
    )
    page = f"{scene.here.settings.origin}/manage/{scene.community}/review#doubts"
    return Event("review.opened", what["at"], scene.community, scene.name, words, page, data=(("waiting", number),))


def _spotlight(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    found = celebration(scene.here, scene.community, what["per"], what["at"]).news()
    if found.empty:
        return None
    url = address(scene.here.settings.origin, found)
    items = (*found.spotlights, *found.moments)
    lines = tuple(one.titled or one.words for one in items)
    words = say(
        "%(name)s, %(period)s: %(things)s to celebrate.",
        name=found.name,
        period=found.title,
        things=counted(len(items), "thing", "things"),
    )
    data = (("period", found.per), ("number", found.number))
    return Event(f"spotlight.{found.per}", found.end, scene.community, scene.name, words, url, lines, data=data)


def _term(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    """Return the reminder that a term ends: to whom it is, and to managers, who know who leads."""
    who = scene.telling.person(what["who"])
    role = scene.charter.by("leader_roles", "role").get(what["what"], {}).get("name", plain(what["what"]))
    leading = scene.here.standings.leaders(scene.community)["holding"]
    held = any(one["account"] == what["who"] and one["role"] == what["what"] for one in leading)
    if who is None or not held:
        return None
    day = day_words(_at(scene, what["ends"]))
    if scene.own:
        words = say("Your term as %(role)s ends on %(day)s: time to say who comes next.", role=role, day=day)
    else:
        name = who.name or say("a member")
        message = "The term of %(who)s as %(role)s ends on %(day)s: time to say who comes next."
        words = say(message, who=name, role=role, day=day)
    url = (
        f"{scene.page}/m/{who.member}"
        if scene.own
        else f"{scene.here.settings.origin}/manage/{scene.community}/leaders"
    )
    data = (("role", what["what"]), ("ends", format_time(what["ends"])))
    return Event("reminder.term", what["at"], scene.community, scene.name, words, url, member=who, data=data)


def _invited(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    """Return the word that she is asked to lead, for herself; nothing once she has answered."""
    member = member_of(scene.here, scene.community, what["who"])
    if member is None or not scene.own:
        return None
    asked = next((one for one in invitations(scene.here, member) if one.role.slug == what["what"]), None)
    if asked is None:
        return None
    words = say("%(name)s asks you: would you lead as %(role)s?", name=scene.name, role=asked.role.name)
    answer = say("Say yes or no on your page. A no is only a no for now.")
    lines = tuple(filter(None, (asked.words, asked.duties, answer)))
    url = f"{scene.page}/m/{member.id}#invited-{asked.role.slug}"
    return Event("invitation", what["at"], scene.community, scene.name, words, url, lines)


def _session(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    """Return the reminder of a session; how to get in is for its members to know, and not told."""
    facts = scene.here.book.at(scene.community, [what["position"]])
    if not facts or what["start"] < scene.now:
        return None
    sealed = scene.here.book.reveal(scene.community, facts)[0]
    title = sealed.get("title") or FORMATS.get(facts[0].open.get("format", "session"), say("session"))
    words = say("Tomorrow: %(title)s.", title=title)
    data = (("title", title), ("start", format_time(what["start"])))
    begins = _at(scene, what["start"])
    lines = (
        say(
            "It begins on %(day)s at %(time)s (%(zone)s).",
            day=day_words(begins),
            time=f"{begins:%H:%M}",
            zone=scene.charter.zone,
        ),
    )
    return Event("reminder.session", what["at"], scene.community, scene.name, words, scene.page, lines, data=data)


def _digest(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    """Return her own week, for herself; nothing where there is nothing to tell."""
    member = member_of(scene.here, scene.community, what["who"])
    if member is None or not scene.own:
        return None
    week = week_of(scene.here, member, what["at"])
    if not (week["done"] or week["moments"] or week["meet"]):
        return None
    lines = [*(one.hers for one in week["moments"]), *map(_done, week["done"])]
    if week["more"]:
        lines.append(say("and %(count)s more", count=grouped(week["more"])))
    if near := week["near"]:
        lines.append(
            say(
                "Near: %(level)s, %(share)s. %(missing)s",
                level=near["level_name"],
                share=percent(near["percent"] / 100),
                missing=joined("; ", near["missing"]),
            )
        )
    lines += [
        say("You might meet %(name)s: %(shared)s", name=one["name"], shared=", ".join(one["shared"]))
        for one in week["meet"]
    ]
    lines.append(week["question"])
    url = f"{scene.page}/m/{member.id}/week?as_of={format_time(what['at'])}"
    words = say("Your week: %(week)s", week=week["title"])
    return Event("digest", what["at"], scene.community, scene.name, words, url, tuple(lines))


def _done(one: Mapping[str, Any]) -> str:
    return say("%(did)s: %(title)s", did=one["words"], title=one["title"]) if one["title"] else one["words"]


def _at(scene: _Scene, instant: int) -> datetime:
    """Return an instant (µs) by the community's clock."""
    return datetime.fromtimestamp(instant // 1_000_000, scene.charter.zone)


def _test(scene: _Scene, what: Mapping[str, Any]) -> Event:
    words = say("This is a test by %(name)s: what there is to celebrate will come here.", name=scene.name)
    return Event("test", what["at"], scene.community, scene.name, words, scene.page)


_MADE: dict[str, Callable[[_Scene, Mapping[str, Any]], Event | None]] = {
    **dict.fromkeys(TYPES, _moment),
    "review": _review,
    "spotlight": _spotlight,
    "term": _term,
    "session": _session,
    "invited": _invited,
    "digest": _digest,
    "test": _test,
}
