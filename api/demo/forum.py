"""What the demonstration community writes, makes and applauds on its forum, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from api.demo import words
from api.demo.people import FORUM, SLACK, Data, Log, Person

if TYPE_CHECKING:
    from datetime import datetime

# kind -> (how often those who carry the circle do it, how often the others do, how many applaud)
_KINDS: Final = {
    "post": (22, 24, 1.2),
    "reply": (34, 52, 0.7),
    "answer": (12, 8, 1.6),
    "resource": (9, 5, 4.2),
    "review": (7, 4, 1.0),
    "mentoring": (7, 1, 0.9),
    "facilitation": (5, 1, 2.2),
    "curation": (3, 1, 1.6),
    "talk": (2, 1, 3.6),
}
_MANY_A_WEEK: Final = 1.0  # contributions a week from which one carries the circle
_QUIET_MONTHS: Final = {8: 0.65, 12: 0.7}
_LENGTHS: Final = {"reply": 380, "answer": 900, "post": 1100, "review": 700}  # characters, about
_SPOKEN: Final = frozenset({"talk", "mentoring", "facilitation"})
_SKILLS: Final = {
    "falls": ("falls-prevention", "huddles"),
    "handover": ("handover", "sbar"),
    "medicines": ("medicines-safety", "teach-back"),
    "pressure-care": ("skin-care", "audit"),
    "families": ("family-communication", "listening"),
    "teaching": ("ward-teaching", "feedback"),
    "nights": ("night-care", "sleep"),
    "wellbeing": ("peer-support", "debriefing"),
}


@dataclass(frozen=True, slots=True)
class Work:
    """A contribution as the others see it."""

    event: Data
    author: Person
    kind: str
    title: str
    item: str
    space: str
    subject: str
    at: datetime

    @property
    def is_question(self) -> bool:
        """Whether it opened a thread that wants an answer."""
        return self.kind == "post" and self.title.endswith(("?", "begin with " + self.subject))


class Forum:
    """Everything on the forum so far."""

    def __init__(self, log: Log, people: list[Person]) -> None:
        self.log = log
        self.people = people
        self.threads: list[Work] = []
        self.works: list[Work] = []
        self.applause: list[tuple[Data, Work, Person]] = []

    def play_day(self, number: int) -> None:
        """Let everyone who feels like it contribute on day `number` of the year."""
        season = _QUIET_MONTHS.get(self.log.day(number).month, 1.0)
        for person in self.people:
            if self.log.chance(person.drive * season / 7):
                when = self.log.waking(number)
                if person.here(when):
                    self._act(person, when)

    def like(self, work: Work, person: Person, when: datetime, *, symbol: str) -> Data:
        """Let `person` react to `work`, through Slack where she is at home there."""
        slack = person.others.get("slack") if self.log.chance(0.6) else None
        data = {
            "endorser": slack or person.home,
            "endorsee": work.author.home,
            "item": work.item,
            "strength": "reaction",
            "symbol": symbol,
        }
        post = work.event["id"].removeprefix("post:")
        if slack:
            return self.log.add("endorsement", data, source=SLACK, key=f"react:{post}:{slack['id']}", at=when)
        return self.log.add("endorsement", data, source=FORUM, key=f"like:{post}:{person.home['id']}", at=when)

    def contribute(
        self, person: Person, kind: str, when: datetime, *, to: Work | None = None, whom: Person | None = None
    ) -> Work:
        """Let `person` make something: in the thread or about the work `to`, for the good of `whom`."""
        rng = self.log.rng
        space = to.space if to else rng.choice(person.spaces)
        subject = to.subject if to else rng.choice(words.SUBJECTS[space])
        title = self._title(kind, subject, to)
        number = 1000 + 3 * len(self.works)
        item = f"{FORUM}/p/{number}"
        thread = (to.event["data"].get("thread") or to.item) if to else item
        spoken = kind in _SPOKEN
        data = {
            "author": person.home,
            "beneficiaries": [whom.home] if whom else None,
            "item": item,
            "kind": kind,
            "outcome": "published" if kind in {"resource", "talk"} else None,
            "title": title or None,
            "url": item,
            "thread": None if spoken else thread,
            "about": to.item if to and kind in {"answer", "review"} else None,
            "space": space,
            "skills": [rng.choice(_SKILLS[space])] if kind not in {"post", "reply"} else None,
            "length": None if spoken else max(40, int(rng.gauss(_LENGTHS.get(kind, 2400), 300))),
            "duration": 60 * rng.randrange(15, 60, 5) if spoken else None,
            "license": "CC-BY-4.0" if kind == "resource" else None,
            "lang": "en",
        }
        event = self.log.add("contribution", data, source=FORUM, key=f"post:{number}", at=when)
        work = Work(event, person, kind, title, item, space, subject, when)
        self.works.append(work)
        return work

    def _act(self, person: Person, when: datetime) -> None:
        """Let `person` do one thing, and the others respond to it in the days after."""
        carries = person.drive >= _MANY_A_WEEK
        kind = self.log.rng.choices(list(_KINDS), [row[0 if carries else 1] for row in _KINDS.values()])[0]
        work = self._make(person, kind, when)
        self._applaud(work)

    def _make(self, person: Person, kind: str, when: datetime) -> Work:
        """Make a thing of `kind`; a response to nothing becomes a beginning of its own."""
        rng = self.log.rng
        if kind in {"reply", "answer"}:
            recent = [thread for thread in self.threads[-25:] if thread.author is not person and thread.at < when]
            asked = [thread for thread in recent if thread.is_question] if kind == "answer" else recent
            if asked:
                return self.contribute(person, kind, when, to=rng.choice(asked))
            kind = "post"
        if kind == "review":
            shared = [work for work in self.works[-250:] if work.kind == "resource" and work.author is not person]
            if shared:
                return self.contribute(person, kind, when, to=rng.choice(shared))
            kind = "curation"
        if kind == "mentoring":
            learning = [other for other in self.people if other.here(when) and other.drive < person.drive]
            return self.contribute(person, kind, when, whom=rng.choice(learning) if learning else None)
        work = self.contribute(person, kind, when)
        if kind == "post":
            self.threads.append(work)
        return work

    def _title(self, kind: str, subject: str, to: Work | None) -> str:
        """Return a title; replies and answers have none of their own."""
        rng = self.log.rng
        patterns = {
            "post": words.QUESTIONS if self.log.chance(0.6) else words.REPORTS,
            "resource": words.RESOURCES,
            "review": words.REVIEWS,
            "talk": words.TALKS,
            "mentoring": words.MENTORINGS,
            "facilitation": words.FACILITATIONS,
            "curation": words.CURATIONS,
        }
        if kind not in patterns:
            return ""
        about = to.title if to else ""
        title = rng.choice(patterns[kind]).format(subject=subject, ward=rng.choice(words.WARDS), title=about)
        return title[0].upper() + title[1:]

    def _applaud(self, work: Work) -> None:
        """Let the others react, comment, try out and attest."""
        rng = self.log.rng
        audience = [other for other in self.people if other is not work.author and other.here(work.at)]
        weights = [
            person.warmth
            * (2 if work.space in person.spaces else 1)
            * (1.5 if person.hospital == work.author.hospital else 1)
            for person in audience
        ]
        count = round(rng.expovariate(1 / _KINDS[work.kind][2]) + 0.15)
        for person in self.log.some(audience, count, weights):
            when = work.at + timedelta(hours=rng.expovariate(1 / 14) + 0.05)
            self._respond(work, person, when)
        if work.kind == "answer" and self.log.chance(0.6):
            self._accept(work)
        if work.kind == "mentoring" and work.event["data"].get("beneficiaries") and self.log.chance(0.5):
            self._attest(work)

    def _respond(self, work: Work, person: Person, when: datetime) -> None:
        """Let one person say what she thinks of a work: mostly a reaction, sometimes words or a rating."""
        rng = self.log.rng
        if self.log.chance(0.5 if work.kind == "resource" else 0.82):
            event = self.like(work, person, when, symbol=rng.choice(words.SYMBOLS))
            self.applause.append((event, work, person))
        elif work.kind == "resource" and self.log.chance(0.25):
            rating = {"value": rng.choice((3, 4, 4, 5, 5)), "min": 1, "max": 5}
            self._endorse(work, person, when, strength="review", rating=rating, comment=rng.choice(words.COMMENTS))
        else:
            self._endorse(work, person, when, strength="comment", comment=rng.choice(words.COMMENTS))

    def _accept(self, work: Work) -> None:
        """Let whoever asked accept an answer."""
        asked = next(thread for thread in self.threads if thread.item == work.event["data"]["about"])
        self._endorse(work, asked.author, work.at + timedelta(hours=self.log.rng.uniform(1, 60)), strength="accepted")

    def _attest(self, work: Work) -> None:
        """Let the mentored say that it helped."""
        whom = work.event["data"]["beneficiaries"][0]
        mentored = next(person for person in self.people if person.home is whom)
        when = work.at + timedelta(hours=self.log.rng.uniform(2, 90))
        comment = self.log.rng.choice(words.ATTESTATIONS)
        self._endorse(work, mentored, when, strength="attest", relationship="mentee", comment=comment)

    def _endorse(self, work: Work, person: Person, when: datetime, *, strength: str, **more: object) -> None:
        data = {
            "endorser": person.home,
            "endorsee": work.author.home,
            "item": work.item,
            "strength": strength,
        }
        if "relationship" not in more:
            more["relationship"] = "peer"
        post = work.event["id"].removeprefix("post:")
        self.log.add("endorsement", data | more, source=FORUM, key=f"{strength}:{post}:{person.home['id']}", at=when)
