"""A community as rules see it: who does what, told as events in order of time, without end and from one seed.

People come in proportion to what happens, one in 31 facts, as in an open-source project of 4,200 people and
155,000 facts. Whoever acts is somebody new, or somebody who acted lately: so most act once or a few times, and in
time they leave. A core of eight does a quarter of everything, each for some years. One person, the caretaker,
stays: two acts in a hundred are hers, 20,000 in a million facts, as the busiest of that project has. Only the last
acts and works are kept, so that a million events need no more memory than a thousand.
"""

from __future__ import annotations

import itertools
import random
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.events import COMMUNITY, SOURCE
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Data = dict[str, Any]

START = 1_388_534_400_000_000  # µs: 2014-01-01T00:00:00Z
STEP = 345_600_000  # µs between facts: 250 a day, a million in eleven years
FOUNDERS = 60
NEWCOMERS = 1 / 30
CARETAKERS = 1 / 50
CORE = 8  # people
CORES = 1 / 4
TERM = 10_000  # facts, then the one who was longest in the core makes room
LINKS = 1 / 1_300  # of acts: somebody turns out to have another account
WITHDRAWN = 1 / 300  # of works
LATELY = 8_000  # acts, a month's: who is active
RECENT = 2_000  # works that are endorsed still
MEETING = 400  # facts between two sessions: about 40 people at each

KINDS = {"contribution": 52, "endorsement": 32, "attendance": 11, "response": 2, "metric": 2, "impact": 1}
WORKS = (("code", "merged"), ("code", "merged"), ("answer", "accepted"), ("review", "published"), ("post", "open"))
STRENGTHS = ("review", "review", "attest", "comment", "reaction", "accepted")
AREAS = ("net", "docs", "build", "drivers", "ui", "tests")


class Work(NamedTuple):
    """Something that was made, and by whom."""

    number: int
    author: int


def life(seed: int = 7) -> Iterator[Data]:
    """Yield the events of one community, without end; the same seed gives the same ones."""
    return _Life(random.Random(seed)).events()  # noqa: S311 - a story, not a secret


class _Life:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.people = 1  # number 0 is the caretaker
        self.acts: deque[int] = deque(maxlen=LATELY)
        self.core: deque[int] = deque(maxlen=CORE)
        self.works: deque[Work] = deque(maxlen=RECENT)

    def events(self) -> Iterator[Data]:
        kinds, weights = [*KINDS], [*itertools.accumulate(KINDS.values())]
        numbers = itertools.count()
        for number in numbers:
            person, known = self._somebody(), self.people
            if person == known:
                self.people += 1
                yield _event("membership", number, {"member": _account(person), "change": "joined"})
                number = next(numbers)  # noqa: PLW2901 - she acts at once
            kind = self.rng.choices(kinds, cum_weights=weights)[0] if self.works else "contribution"
            yield _event(kind, number, _TOLD[kind](self, person, number))
            if number % TERM == 0 or len(self.core) < CORE:
                self.core.append(self.acts[-1])
            if kind == "contribution" and self.rng.random() < WITHDRAWN:
                told = {"retracts": f"contribution:{number}", "reason": "withdrawn_by_actor"}
                yield _event("retraction", next(numbers), told)
            if self.rng.random() < LINKS:
                yield _event("identity", next(numbers), _link(person, number))

    def _somebody(self) -> int:
        """Return who acts next; the number of people so far is somebody new."""
        drawn = self.rng.random()
        if self.people > FOUNDERS and NEWCOMERS < drawn < NEWCOMERS + CARETAKERS + CORES:
            return 0 if drawn < NEWCOMERS + CARETAKERS else self.rng.choice(self.core)
        new = drawn < NEWCOMERS or self.people <= FOUNDERS
        person = self.people if new else self.rng.choice(self.acts)
        self.acts.append(person)
        return person

    def contribution(self, person: int, number: int) -> Data:
        kind, outcome = self.rng.choice(WORKS)
        self.works.append(Work(number, person))
        return {
            "author": _account(person),
            "item": _item(number),
            "kind": kind,
            "outcome": outcome,
            "title": f"What to do about part {number}",
            "url": _item(number),
            "space": self.rng.choice(AREAS),
            "length": 40 + number % 900,
        }

    def endorsement(self, person: int, _number: int) -> Data:
        work = self.rng.choice(self.works)
        if work.author == person:  # nobody endorses herself, if there is anything else
            work = self.rng.choice(self.works)
        return {
            "endorser": _account(person),
            "endorsee": _account(work.author),
            "item": _item(work.number),
            "strength": self.rng.choice(STRENGTHS),
        }

    def attendance(self, person: int, number: int) -> Data:
        return {
            "attendee": _account(person),
            "session": f"{SOURCE}/sessions/{number // MEETING}",
            "mode": "sync",
            "setting": "collaborative",
            "format": "meeting",
            "state": "attended",
        }

    def response(self, person: int, number: int) -> Data:
        answer = {"item": "q1", "construct": "confidence", "value": number % 10, "min": 0, "max": 10}
        return {"respondent": _account(person), "instrument": "pulse", "phase": "pulse", "answers": [answer]}

    def metric(self, person: int, number: int) -> Data:
        return {"metric": "posts-read", "value": number % 400, "member": _account(person), "window": "week"}

    def impact(self, person: int, number: int) -> Data:
        return {
            "member": _account(person),
            "kind": "practice_change",
            "summary": f"I do it another way since {number}.",
        }


_TOLD: dict[str, Callable[[_Life, int, int], Data]] = {
    "contribution": _Life.contribution,
    "endorsement": _Life.endorsement,
    "attendance": _Life.attendance,
    "response": _Life.response,
    "metric": _Life.metric,
    "impact": _Life.impact,
}


def _event(name: str, number: int, told: Data) -> Data:
    return {
        "specversion": "1.0",
        "type": f"org.guildbook.{name}.v1",
        "source": SOURCE,
        "id": f"{name}:{number}",
        "time": format_time(START + number * STEP),
        "community": COMMUNITY,
        "data": told,
    }


def _link(person: int, number: int) -> Data:
    other = {"platform": "mail", "id": f"{person}.{number}"}
    return {"member": _account(person), "account": other, "change": "linked", "method": "import"}


def _item(number: int) -> str:
    return f"{SOURCE}/t/{number}"


def _account(person: int) -> dict[str, str]:
    return {"platform": "forum", "id": str(person)}
