"""Honest histories: one made from a seed, with all that looks like a ring and is none; and a real one from a file.

In the made one there are areas with maintainers who review one another, teams of a company that mostly review
among themselves, pairs of friends, and courses in which everybody reviews everybody within two weeks.
"""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING, NamedTuple

import orjson

from bench.rings.story import DAY, Act, Link, Story
from schemas import parse_time

if TYPE_CHECKING:
    from pathlib import Path

START = 1_672_531_200_000_000  # 2023-01-01T00:00:00Z
DAYS = 1_095
PEOPLE = 500
AREAS = 10
TEAMS = 14
PAIRS = 30
COURSES = 3
STRENGTHS = ("review", "review", "review", "attest", "comment")
REVIEWS = ((0, 1, 2, 3), (25, 45, 20, 10))


class Person(NamedTuple):
    """Somebody with her habits: works a year, and who is near her."""

    name: str
    first: int  # day
    last: int
    yearly: float
    area: int
    team: int | None
    friend: str | None


def made(seed: int) -> Story:
    """Return an honest community of three years, the same for the same seed."""
    return _Made(random.Random(seed)).story  # noqa: S311 - a story, not a secret


class _Made:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.story: Story = []
        self.people = self._people()
        self.of_area = [[p for p in self.people if p.area == area] for area in range(AREAS)]
        self.of_team = [[p for p in self.people if p.team == team] for team in range(TEAMS)]
        self.close = [rng.uniform(0.5, 0.9) for _ in range(TEAMS)]  # the part of its reviews a team does itself
        self.maintainers = [self._maintainers(some) for some in self.of_area]
        for person in self.people:
            self._works(person)
        for number in range(COURSES):
            self._course(number)

    def _people(self) -> list[Person]:
        rng, friends = self.rng, self._friends()
        found = []
        for number in range(PEOPLE):
            yearly = rng.choice((1, 1, 2, 2, 3, 4, 6, 10, 20, 40)) * rng.uniform(0.6, 1.4)
            first = rng.randrange(-200, DAYS - 30)
            stays = rng.randrange(30, 200) if yearly < 5 else rng.randrange(200, DAYS)  # noqa: PLR2004
            friend = friends.get(number)
            team = number // 4 if number < TEAMS * 4 else None
            area = (number // 4 if team is not None or friend else rng.randrange(AREAS)) % AREAS
            near = team is not None or friend is not None
            habits = max(yearly, rng.uniform(6, 20)) if near else yearly
            span = (max(first, 0), min(first + (stays + 200 if near else stays), DAYS))
            found.append(Person(f"p{number}", *span, habits, area, team, None if friend is None else f"p{friend}"))
        return [person for person in found if person.first < person.last]

    def _friends(self) -> dict[int, int]:
        start = TEAMS * 4
        pairs = [(start + 2 * n, start + 2 * n + 1) for n in range(PAIRS)]
        return dict(pairs) | {other: one for one, other in pairs}

    def _maintainers(self, some: list[Person]) -> list[Person]:
        return sorted(some, key=lambda p: p.yearly * (p.last - p.first), reverse=True)[:3]

    def _works(self, person: Person) -> None:
        rng = self.rng
        count = max(1, round(person.yearly * (person.last - person.first) / 365))
        for number in range(count):
            at = START + round(rng.uniform(person.first, person.last) * DAY)
            item = f"{person.name}/{number}"
            self.story.append(Act(at, person.name, item, length=round(rng.lognormvariate(5, 1))))
            for reviewer in {self._reviewer(person, at) for _ in range(rng.choices(*REVIEWS)[0])} - {None}:
                later = at + round(rng.expovariate(1 / 3) * DAY)
                self.story.append(Act(later, str(reviewer), item, person.name, rng.choice(STRENGTHS)))

    def _reviewer(self, person: Person, at: int) -> str | None:
        rng, day = self.rng, (at - START) / DAY
        if person.friend and rng.random() < 0.5:  # noqa: PLR2004
            return person.friend
        if person.team is not None and rng.random() < self.close[person.team]:
            some = self.of_team[person.team]
        elif rng.random() < 0.7:  # noqa: PLR2004
            some = self.maintainers[person.area]
        else:
            some = self.of_area[person.area]
        there = [p.name for p in some if p.first <= day <= p.last and p is not person]
        return rng.choice(there) if there else None

    def _course(self, number: int) -> None:
        """Newcomers who learn together: each reviews two or three of the others, and the teacher all of them."""
        rng = self.rng
        begins = START + round(rng.uniform(60, DAYS - 60) * DAY)
        names = [f"c{number}-{one}" for one in range(rng.randrange(6, 11))]
        for name in names:
            for task in range(2):
                at = begins + round(rng.uniform(7 * task, 7 * task + 5) * DAY)
                self.story.append(Act(at, name, f"{name}/{task}", length=round(rng.lognormvariate(5, 0.6))))
                mates = rng.sample([mate for mate in names if mate != name], 2)
                for mate in (*mates, f"p{number}"):
                    self.story.append(Act(at + round(rng.uniform(0.1, 3) * DAY), mate, f"{name}/{task}", name))


def told(path: Path) -> Story:
    """Return a real history from a file of events, one a line: its works, voices and links, no one else's facts."""
    story: Story = []
    with gzip.open(path) as lines:
        for line in lines:
            event = orjson.loads(line)
            at, data = parse_time(event["time"]), event["data"]
            match event["type"].split(".")[2]:
                case "contribution":
                    story.append(Act(at, data["author"]["id"], data["item"]))
                case "endorsement":
                    whom = data["endorsee"]["id"]
                    story.append(Act(at, data["endorser"]["id"], data["item"], whom, data["strength"]))
                case "identity":
                    story.append(Link(at, data["member"]["id"], data["account"]["id"]))
    return story
