"""What a commit becomes: a contribution, what others did for it, and what they said of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from schemas import event_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.importing.git.commits import Commit
    from api.importing.git.people import People, Person

STRENGTHS: Final = {"reviewed-by": "review", "acked-by": "attest", "tested-by": "attest"}
"""Trailers by which somebody vouches for a commit."""
HELPED: Final = {
    "reported-by": ("post", "reporter"),
    "suggested-by": ("post", "suggester"),
    "helped-by": ("answer", "helper"),
    "mentored-by": ("mentoring", "mentor"),
}
"""Trailers by which a commit's author says what somebody else did for it: a contribution's kind, and the part in it."""
COAUTHOR: Final = "co-authored-by"
MOST_COAUTHORS: Final = 20
_REVERTED = re.compile(r"^This reverts commit ([0-9a-f]{40}|[0-9a-f]{64})\b", re.MULTILINE)
_AREA = re.compile(r"([A-Za-z0-9][A-Za-z0-9._/-]{0,63})\s*:\s")
_LONGEST_TITLE = 300
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the events of a repository belong. `link`: the address of a commit, with {} for its id."""

    name: str
    community: str
    link: str = ""

    @property
    def source(self) -> str:
        """The source of its events."""
        return f"git:{self.name}"

    def item(self, commit: str) -> str:
        """Return the item that a commit is."""
        return f"git:{self.name}/{commit}"

    def event(self, kind: str, id_: str, time: str, data: dict[str, Any]) -> dict[str, Any]:
        """Return an event of it."""
        return {
            "specversion": "1.0",
            "id": id_,
            "source": self.source,
            "type": event_type(kind),
            "time": time,
            "community": self.community,
            "data": data,
        }


@dataclass(slots=True)
class Reading:
    """Commits being read: what they become, and in `left` how many words of theirs became nothing, by the reason."""

    place: Place
    people: People
    left: Counter[str] = field(default_factory=Counter)
    linked: dict[tuple[str, str], bool] = field(default_factory=dict)  # True until it was told

    def events(self, commit: Commit) -> Iterator[dict[str, Any]]:
        """Yield what a commit becomes."""
        author = self._taken(self.people.of(commit.name, commit.mail), "commits by programs", "commits without address")
        if author is None:
            return
        coauthors = self._coauthors(commit, author)
        yield from self._link(author, commit.time)
        for each in coauthors:
            yield from self._link(each, commit.time)
        yield self._contribution(commit, author, coauthors)
        told: set[str] = set()
        for key, value in commit.trailers:
            name = key.lower()
            if name in STRENGTHS or name in HELPED:
                yield from self._said(commit, name, value, (author, *coauthors), told)

    def _contribution(self, commit: Commit, author: Person, coauthors: Sequence[Person]) -> dict[str, Any]:
        item = self.place.item(commit.id)
        data: dict[str, Any] = {"author": author.account, "item": item, "kind": "code", "outcome": "merged"}
        if len(commit.parents) > 1:
            data |= {"kind": "curation", "role": "merger"}
        if coauthors:
            data["coauthors"] = [each.account for each in coauthors]
        if title := _UNPRINTED.sub(" ", commit.subject).strip()[:_LONGEST_TITLE]:
            data["title"] = title
        if self.place.link:
            data["url"] = self.place.link.replace("{}", commit.id)
        if area := area_of(commit.subject):
            data["space"] = area
        if reverted := _REVERTED.search(commit.body):
            data["about"] = self.place.item(reverted[1])
        return self.place.event("contribution", commit.id, commit.time, data)

    def _said(
        self, commit: Commit, name: str, value: str, authors: Sequence[Person], told: set[str]
    ) -> Iterator[dict[str, Any]]:
        """Yield what a trailer becomes; the same words of the same person count once."""
        person = self._taken(self.people.written(value), "trailers of programs", "trailers without address")
        if person is None:
            return
        if person.proper in {each.proper for each in authors}:
            self.left["trailers of oneself"] += 1
            return
        id_ = f"{commit.id}/{name}/{person.mark}"
        if id_ in told:
            self.left["trailers said twice"] += 1
            return
        told.add(id_)
        yield from self._link(person, commit.time)
        item, by = self.place.item(commit.id), authors[0].account
        if name in STRENGTHS:
            vouched = {"endorser": person.account, "endorsee": by, "item": item, "strength": STRENGTHS[name]}
            yield self.place.event("endorsement", id_, commit.time, vouched)
        else:
            kind, role = HELPED[name]
            data: dict[str, Any] = {"author": person.account, "item": self.place.item(id_), "kind": kind, "role": role}
            data["about"] = item
            if kind != "post":
                data["beneficiaries"] = [by]
            yield self.place.event("contribution", id_, commit.time, data)

    def _coauthors(self, commit: Commit, author: Person) -> list[Person]:
        found: dict[str, Person] = {}
        for key, value in commit.trailers:
            if key.lower() != COAUTHOR:
                continue
            person = self._taken(self.people.written(value), "trailers of programs", "trailers without address")
            if person and person.proper != author.proper:
                found.setdefault(person.proper, person)
        return list(found.values())[:MOST_COAUTHORS]

    def _taken(self, person: Person | None, program: str, nobody: str) -> Person | None:
        """Return a person; of a program, or of nobody, count why not."""
        if person is None:
            self.left[nobody] += 1
        elif self.people.is_bot(person):
            self.left[program] += 1
        else:
            return person
        return None

    def _link(self, person: Person, time: str) -> Iterator[dict[str, Any]]:
        """Yield, once, that an address is somebody's whom the mailmap knows by another."""
        pair = (person.id, person.proper)
        if person.id == person.proper or pair in self.linked:
            return
        self.linked[pair] = True
        yield link_of(self.place, person, time)


def link_of(place: Place, person: Person, time: str) -> dict[str, Any]:
    """Return the identity event of a line of the mailmap."""
    proper = person._replace(id=person.proper)
    data = {"member": proper.account, "account": person.account, "change": "linked", "method": "import"}
    return place.event("identity", f"mailmap/{person.mark}/{proper.mark}", time, data)


def area_of(subject: str) -> str | None:
    """Return the area that a subject line begins with, as `net` in `net: phy: ...`, as a slug."""
    found = _AREA.match(subject)
    return found[1].lower() if found else None
