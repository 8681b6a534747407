"""What a delivery says, made at the moment of sending: by who stands, and who allows what, at that moment.

What does not hold any more is not sent: a badge that was revoked, a member who was erased or took her word back.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.celebrating.digests import week_of
from api.celebrating.ready import address
from api.celebrating.told import Person, Telling, celebration
from api.inviting import invitations
from api.members import member_of
from api.wording import plain
from projections import Moment
from schemas import format_time, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.celebrating.told import Celebration, Item
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
    words = _to_her(item) if scene.own else item.words
    why = (item.why,) if scene.own and item.why else ()
    return Event(TYPES[what["kind"]], what["at"], scene.community, scene.name, words, url, why, item.who, data)


_SAID = {"level": "level", "badge": "badge", "role-begun": "role", "role-ended": "role"}


def _to_her(item: Item) -> str:
    """Return a sentence as one says it to herself."""
    return f"You{item.words.removeprefix(item.who.shown)}"


def _stands(scene: _Scene, facts: list[int]) -> bool:
    """Return whether the award at a position stands."""
    awards = scene.here.views.awards(scene.community)
    return any(one.position in facts and one.revoked is None and one.suspended is None for one in awards)


def _review(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    waiting = {one.award.stream for one in scene.here.reviews.of(scene.community)}
    if what["stream"] not in waiting:
        return None
    number = len(waiting)
    words = f"{number} badge{' waits' if number == 1 else 's wait'} for your review: what it rested on is gone."
    page = f"{scene.here.settings.origin}/manage/{scene.community}/review#doubts"
    return Event("review.opened", what["at"], scene.community, scene.name, words, page, data=(("waiting", number),))


def _spotlight(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    found = celebration(scene.here, scene.community, what["per"], what["at"]).news()
    if found.empty:
        return None
    url = address(scene.here.settings.origin, found)
    lines = tuple(_line(one) for one in (*found.spotlights, *found.moments))
    words = f"{found.name}, {found.title}: {_counted(found)} to celebrate."
    data = (("period", found.per), ("number", found.number))
    return Event(f"spotlight.{found.per}", found.end, scene.community, scene.name, words, url, lines, data=data)


def _line(item: Item) -> str:
    """Return an item as a line; what others wrote of it stands behind."""
    return f"{item.words[:-1]}: \u201c{item.title}\u201d" if item.kind == "work" and item.title else item.words


def _counted(found: Celebration) -> str:
    number = len(found.spotlights) + len(found.moments)
    return f"{number} thing{'' if number == 1 else 's'}"


def _term(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    """Return the reminder that a term ends: to whom it is, and to managers, who know who leads."""
    who = scene.telling.person(what["who"])
    role = scene.charter.by("leader_roles", "role").get(what["what"], {}).get("name", plain(what["what"]))
    leading = scene.here.standings.leaders(scene.community)["holding"]
    held = any(one["account"] == what["who"] and one["role"] == what["what"] for one in leading)
    if who is None or not held:
        return None
    day = format_time(what["ends"])[:10]
    whose = "Your term" if scene.own else f"The term of {who.name or 'a member'}"
    words = f"{whose} as {role} ends on {day}: time to say who comes next."
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
    words = f"{scene.name} asks you: would you lead as {asked.role.name}?"
    lines = tuple(filter(None, (asked.words, asked.duties, "Say yes or no on your page. A no is only a no for now.")))
    url = f"{scene.page}/m/{member.id}#invited-{asked.role.slug}"
    return Event("invitation", what["at"], scene.community, scene.name, words, url, lines)


def _session(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    """Return the reminder of a session; how to get in is for its members to know, and not told."""
    facts = scene.here.book.at(scene.community, [what["position"]])
    if not facts or what["start"] < scene.now:
        return None
    sealed = scene.here.book.reveal(scene.community, facts)[0]
    title = str(sealed.get("title") or plain(facts[0].open.get("format", "session")))
    words = f"Tomorrow: {title}."
    data = (("title", title), ("start", format_time(what["start"])))
    lines = (f"It begins at {format_time(what['start'])}.",)
    return Event("reminder.session", what["at"], scene.community, scene.name, words, scene.page, lines, data=data)


def _digest(scene: _Scene, what: Mapping[str, Any]) -> Event | None:
    """Return her own week, for herself; nothing where there is nothing to tell."""
    member = member_of(scene.here, scene.community, what["who"])
    if member is None or not scene.own:
        return None
    week = week_of(scene.here, member, what["at"])
    if not (week["done"] or week["moments"] or week["meet"]):
        return None
    done = [f"{one['words']}: {one['title']}" if one["title"] else one["words"] for one in week["done"]]
    if week["more"]:
        done.append(f"and {week['more']} more")
    near = week["near"]
    lines = [*(_to_her(one) for one in week["moments"]), *done]
    if near:
        lines.append(f"Near: {near['level_name']}, {near['percent']} %. {'; '.join(near['missing'])}")
    lines += [f"You might meet {one['name']}: {', '.join(one['shared'])}" for one in week["meet"]]
    lines.append(week["question"])
    url = f"{scene.page}/m/{member.id}/week?as_of={format_time(what['at'])}"
    words = f"Your week: {week['title']}"
    return Event("digest", what["at"], scene.community, scene.name, words, url, tuple(lines))


def _test(scene: _Scene, what: Mapping[str, Any]) -> Event:
    words = f"This is a test of {scene.name}: what there is to celebrate will come here."
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
