"""What there is to celebrate, in words, with the names of those alone who allow it.

Who said that she may be named is named; who said nothing is "a member"; who took it back is left out, of past
periods too.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.words.wording import name_of, plain
from ledger import ErasedError
from projections import LATE, begins
from schemas import counted, day_words, format_time, listed, marked, month_words, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from api.installation import Installation
    from projections import Candidate, Charter, Light, Moment, Per

SOMEBODY: Final = say("A member")
SHARED: Final = {
    "post": say("a post"),
    "reply": say("a reply"),
    "answer": say("an answer"),
    "resource": say("a resource"),
    "artifact": say("something new"),
    "code": say("code"),
    "talk": say("a talk"),
    "story": say("a story"),
    "curation": say("what others can use"),
}
KINDS: Final = {
    "attendance": say("sessions"),
    "endorsement": say("endorsing peers"),
    "response": say("answering surveys"),
    "impact": say("telling what came of it"),
    "facilitation": say("facilitating"),
    "mentoring": say("mentoring"),
    "review": say("reviewing"),
    "post": say("posts"),
    "reply": say("replies"),
    "answer": say("answers"),
    "resource": say("sharing resources"),
    "talk": say("talks"),
    "curation": say("curating"),
    "artifact": say("making"),
}
STORIES: Final = {
    "practice_change": say("a practice changed"),
    "outcome": say("an outcome"),
    "reuse": say("something was used again"),
    "story": say("a story"),
}
TURNS: Final = {
    "day": say("Whoever stood here in the fourteen days before lets others go first."),
    "week": say("Whoever stood here in the eight weeks before lets others go first."),
    "month": say("Whoever stood here in the six months before lets others go first."),
}


LONGEST_TITLE: Final = 200  # characters of a work's title, on a line with who made it
_LEVEL: Final = (marked("%(who)s reached level %(level)s."), marked("You reached level %(level)s."))
_LEVEL_NAMED: Final = (
    marked("%(who)s reached level %(level)s, %(name)s."),
    marked("You reached level %(level)s, %(name)s."),
)
_BADGE: Final = (marked("%(who)s earned the badge %(name)s."), marked("You earned the badge %(name)s."))
_FIRST_SHARE: Final = (
    marked("%(who)s shared %(what)s for the first time."),
    marked("You shared %(what)s for the first time."),
)
_ROLE_BEGUN: Final = (marked("%(who)s took on the role %(name)s."), marked("You took on the role %(name)s."))
_ROLE_ENDED: Final = (
    marked("%(who)s handed back the role %(name)s. Thank you."),
    marked("You handed back the role %(name)s. Thank you."),
)
_STORY: Final = (marked("%(who)s told what came of it: %(what)s."), marked("You told what came of it: %(what)s."))
_Worded = tuple[tuple[str, str], dict[str, object], str]
"""What is said of her and to her, what fills it, and why it is said."""


class Person(NamedTuple):
    """Somebody as others may read of her. `name` is None where she did not say that she may be named."""

    member: str  # public id
    name: str | None

    @property
    def shown(self) -> str:
        """What to call her."""
        return self.name or SOMEBODY


class Item(NamedTuple):
    """One thing to celebrate: a sentence, why, and what it rests on."""

    kind: str
    who: Person
    words: str
    why: str
    at: int | None  # µs; None: of the whole period
    what: str
    facts: tuple[int, ...]
    quiet: bool = False
    title: str = ""  # of a work, or what she told; others wrote it
    url: str = ""
    hers: str = ""  # the sentence as it is said to herself
    titled: str = ""  # the sentence with what others wrote in it, on a line of its own

    def told(self) -> dict[str, Any]:
        """Return it as JSON for a manager."""
        return {
            "kind": self.kind,
            "member": self.who.member,
            "name": self.who.name,
            "words": self.words,
            "why": self.why,
            "time": None if self.at is None else format_time(self.at),
            "what": self.what,
            "facts": list(self.facts),
            "quiet": self.quiet,
            "title": self.title or None,
            "url": self.url or None,
        }


class Celebration(NamedTuple):
    """What there is to celebrate in a period, as it may be read. Instants in µs."""

    community: str
    name: str  # the community's
    per: Per
    number: int
    start: int
    end: int
    title: str  # of the period: `16 to 22 November 2026`
    spotlights: tuple[Item, ...]
    moments: tuple[Item, ...]
    position: int

    @property
    def turns(self) -> str:
        """The rule by which spotlights are chosen, in words."""
        return TURNS[self.per]

    @property
    def empty(self) -> bool:
        """Whether there is nothing."""
        return not (self.spotlights or self.moments)

    def news(self) -> Celebration:
        """Return it less what was recorded too late to call anybody to look."""
        return self._replace(
            spotlights=tuple(one for one in self.spotlights if not one.quiet),
            moments=tuple(one for one in self.moments if not one.quiet),
        )


def celebration(
    here: Installation, community: str, per: Per, at: int | None = None, *, inside: bool = False
) -> Celebration:
    """Return what there is to celebrate in the period that an instant (µs; now when absent) lies in. Blocks.

    `inside`: for members and managers, who may read what was told to the community alone.
    """
    now = time.time_ns() // 1_000
    charter = here.standings.charter(community)
    light = here.spotlights.of(charter, community, per, now if at is None else at)
    telling = Telling(here, community, charter, now, inside=inside)
    start, end = light.span.start, begins(light.number + 1, per, charter.zone)
    name = charter.name if charter.version else here.book.community(community).name
    return Celebration(
        community,
        name,
        per,
        light.number,
        start,
        end,
        period_words(charter, per, start),
        tuple(telling.spotlights(light)),
        tuple(telling.moments(light.moments)),
        light.position,
    )


def period_words(charter: Charter, per: Per, start: int) -> str:
    """Return what a period is called that begins at an instant (µs): `week of 16 November 2026`."""
    first = datetime.fromtimestamp(start // 1_000_000, charter.zone)
    if per == "month":
        return month_words(first)
    day = day_words(first)
    return day if per == "day" else say("the week of %(day)s", day=day)


class Telling:
    """Puts moments and spotlights of one community into words."""

    def __init__(self, here: Installation, community: str, charter: Charter, now: int, *, inside: bool = False) -> None:
        """`now` (µs): by when consents count."""
        self._here = here
        self._community = community
        self._charter = charter
        self._now = now
        self._inside = inside
        self._known: dict[str, Person | None] = {}

    def person(self, account: str) -> Person | None:
        """Return how others may read of somebody; None where she was erased, or took it back."""
        if account not in self._known:
            self._known[account] = self._person(account)
        return self._known[account]

    def _person(self, account: str) -> Person | None:
        here, community = self._here, self._community
        word = here.spotlights.word(community, account, self._now)
        try:
            member = here.book.member_id(community, account)
        except ErasedError:
            return None
        if word == "withdrawn":
            return None
        return Person(member, name_of(here.book.handle(community, account)) if word == "granted" else None)

    # What happened

    def moments(self, moments: Iterable[Moment]) -> Iterator[Item]:
        """Yield what happened, in order of time."""
        for one in moments:
            who = self.person(one.who)
            if who is not None:
                yield self._moment(one, who)

    def _moment(self, one: Moment, who: Person) -> Item:
        (words, hers), values, why = getattr(self, f"_{one.kind.replace('-', '_')}")(one.what)
        title = self._story_text(one) if one.kind == "story" and who.name else ""
        told, to_her = say(words, who=who.shown, **values), say(hers, **values)
        return Item(one.kind, who, told, why, one.at, one.what, one.facts, one.quiet, title, hers=to_her)

    def _level(self, level: str) -> _Worded:
        rung = self._charter.by("ladder", "level").get(int(level), {})
        why = self._asked("level", int(level)) or str(rung.get("can", ""))
        if "name" not in rung:
            return _LEVEL, {"level": level}, why
        return _LEVEL_NAMED, {"level": level, "name": rung["name"]}, why

    def _badge(self, badge: str) -> _Worded:
        known = self._charter.by("badges", "badge").get(badge, {})
        return _BADGE, {"name": known.get("name", plain(badge))}, str(known.get("description", ""))

    def _first_share(self, kind: str) -> _Worded:
        return _FIRST_SHARE, {"what": SHARED.get(kind) or plain(kind)}, say("Nobody begins twice: say hello.")

    def _role_begun(self, role: str) -> _Worded:
        known = self._charter.by("leader_roles", "role").get(role, {})
        return _ROLE_BEGUN, {"name": known.get("name", plain(role))}, str(known.get("duties", ""))

    def _role_ended(self, role: str) -> _Worded:
        known = self._charter.by("leader_roles", "role").get(role, {})
        return _ROLE_ENDED, {"name": known.get("name", plain(role))}, say("Leadership is a loan.")

    def _story(self, kind: str) -> _Worded:
        return _STORY, {"what": STORIES.get(kind) or plain(kind)}, say("What changed in practice counts most.")

    def _story_text(self, one: Moment) -> str:
        """Return what she told, where whoever reads this may read it."""
        fact = self._here.book.at(self._community, one.facts)[0]
        if fact.open.get("visibility", "community") != "public" and not self._inside:
            return ""
        return str(self._here.book.reveal(self._community, one.facts)[0].get("summary", ""))

    def _asked(self, kind: str, value: object) -> str:
        """Return what the rules that grant something ask for, by their labels."""
        rules = [one for one in self._charter.document.get("rules", ()) if one["grants"].get(kind) == value]
        return "; ".join(dict.fromkeys(label for rule in rules[:1] for label in labels(rule)))

    # Whose turn it is

    def spotlights(self, light: Light) -> Iterator[Item]:
        """Yield whose turn it is in the light: for a work, for many kinds of doing, for cheers."""
        for kind, chosen in (("work", light.works), ("engaged", light.engaged), ("cheered", light.cheered)):
            for one in chosen:
                who = self.person(one.who)
                if who is not None:
                    item: Item = getattr(self, f"_{kind}")(one, who)
                    yield item._replace(quiet=self._late(one.facts[kind == "work" :]))

    def _late(self, facts: tuple[int, ...]) -> bool:
        """Return whether all that somebody's turn rests on was recorded too late to be news."""
        return all(fact.recorded - fact.time > LATE for fact in self._here.book.at(self._community, facts))

    def _work(self, one: Candidate, who: Person) -> Item:
        peers = one.weight[0]
        sealed = self._here.book.reveal(self._community, one.facts[:1])[0] if who.name else {}
        title, url = str(sealed.get("title", "")), str(sealed.get("url", ""))
        name = who.name or say("a member")
        words = counted(peers, "peer endorsed a work by %(who)s.", "peers endorsed a work by %(who)s.", who=name)
        titled = counted(
            peers,
            "peer endorsed a work by %(who)s: \u201c%(title)s\u201d",
            "peers endorsed a work by %(who)s: \u201c%(title)s\u201d",
            who=name,
            title=" ".join(title.split())[:LONGEST_TITLE],
        )
        why = say("Counted by people, not by likes.")
        return Item("work", who, words, why, None, "", one.facts, title=title, url=url, titled=titled if title else "")

    def _engaged(self, one: Candidate, who: Person) -> Item:
        kinds, days = one.weight
        done = listed([KINDS.get(each) or plain(each) for each in one.what.split()])
        words = say("%(who)s took part in %(kinds)s ways: %(done)s.", who=who.shown, kinds=kinds, done=done)
        on = counted(days, "day", "days")
        why = say("%(kinds)s kinds of doing on %(days)s.", kinds=kinds, days=on)
        return Item("engaged", who, words, why, None, one.what, one.facts)

    def _cheered(self, one: Candidate, who: Person) -> Item:
        peers = one.weight[0]
        words = counted(
            peers, "peer cheered for %(who)s.", "peers cheered for %(who)s.", who=who.name or say("a member")
        )
        return Item("cheered", who, words, say("Three cheers of each member count."), None, "", one.facts)


def labels(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the labels of what a rule, or a group of it, asks for."""
    if "label" in node:
        yield str(node["label"])
        return
    for group in ("all", "any", "some"):
        inner = node.get(group)
        for each in inner if isinstance(inner, list) else ():
            yield from labels(each)
