"""What is planted: rings of three to eight people, floods, puppets, second accounts. Each knows who took part.

Whatever a scheme does to look honest is drawn with it: honest work and voices for it, voices given to others,
work that others also endorsed, members who were honest for years.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from typing import NamedTuple

from bench.rings.story import DAY, Act, Link, Story

TUNING = range(100, 112)
"""The seeds on which the detector's numbers may be chosen."""
HELD_OUT = range(900, 924)
"""The seeds on which it is judged, and nothing else is done."""

SIZES = range(3, 9)
OUTSIDE = (0.0, 0.15, 0.3, 0.45, 0.6)
"""The part of their voices that ring members give to others."""
TURNED = 0.25  # of the rings have members who were honest before
LATELY = 60 * DAY  # how old a work is that somebody still endorses


class Scheme(NamedTuple):
    """Something planted, as it is to be found."""

    kind: str  # ring, flood, puppets, double
    members: frozenset[str]
    tempo: str  # burst, spread
    shape: str  # clique, cycle
    outside: float
    turned: bool


class Planted(NamedTuple):
    """A history with what was planted in it."""

    story: Story
    schemes: tuple[Scheme, ...]
    honest: frozenset[str]


def planted(base: Story, seed: int, *, each_size: int = 1, farms: int = 1) -> Planted:
    """Return a history in which so many rings of each size, and so many of each other scheme, were planted."""
    planting = _Planting(base, random.Random(seed))  # noqa: S311 - a story, not a secret
    for turn in range(each_size):
        for size in SIZES:
            planting.ring(size, OUTSIDE[(seed + turn + size) % len(OUTSIDE)], ("burst", "spread")[(size + seed) % 2])
    for _ in range(farms):
        planting.flood()
        planting.puppets()
        planting.double()
    return planting.harvest()


class _Planting:
    def __init__(self, base: Story, rng: random.Random) -> None:
        self.base, self.rng = base, rng
        self.works = sorted(act for act in base if isinstance(act, Act) and act.whom is None)
        self.voices = sorted(act for act in base if isinstance(act, Act) and act.whom)
        self.new: Story = []
        self.schemes: list[Scheme] = []
        self.serial = 0
        self.taken: set[str] = set()

    def harvest(self) -> Planted:
        everybody = {act.who for act in self.base if isinstance(act, Act)}
        guilty = {who for scheme in self.schemes for who in scheme.members}
        return Planted([*self.base, *self.new], tuple(self.schemes), frozenset(everybody - guilty))

    def ring(self, size: int, outside: float, tempo: str) -> None:
        """Plant people who endorse one another's work, empty for the most part."""
        rng = self.rng
        begins, ends = self._span(rng.uniform(1, 10) if tempo == "burst" else rng.uniform(60, 270))
        shape = rng.choice(("clique", "clique", "clique", "cycle"))
        turned = rng.random() < TURNED
        members = [self._somebody(begins, turned=turned) for _ in range(size)]
        density, empty = rng.uniform(0.6, 1.0), rng.uniform(0.4, 1.0)
        given = dict.fromkeys(members, 0)
        for place, author in enumerate(members):
            items = [self._work(author, rng.uniform(begins, ends)) for _ in range(rng.randrange(3, 9))]
            for at, item in items:
                if rng.random() > empty:
                    self._honest_voices(author, item, at, most=1)
            for mate in _mates(members, place, shape):
                if shape == "clique" and rng.random() > density:
                    continue
                for at, item in rng.sample(items, rng.randrange(2, len(items) + 1)):
                    self._voice(mate, author, item, at, days=0.5 if tempo == "burst" else 3)
                    given[mate] += 1
        for member in members:
            self._camouflage(member, begins, ends, outside, given[member])
        self.schemes.append(Scheme("ring", frozenset(members), tempo, shape, outside, turned))

    def flood(self) -> None:
        """Plant one who endorses dozens of another's works in a day."""
        rng = self.rng
        begins, _ = self._span(1)
        giver, taker = self._somebody(begins, turned=rng.random() < 0.5), self._somebody(begins, turned=False)  # noqa: PLR2004
        for _ in range(rng.randrange(24, 61)):
            at, item = self._work(taker, begins - rng.uniform(0, 5) * DAY)
            self._voice(giver, taker, item, max(at, begins), days=0.3)
        self._camouflage(taker, begins, begins + 30 * DAY, 0, 0)
        self.schemes.append(Scheme("flood", frozenset((giver, taker)), "burst", "pair", 0.0, turned=False))

    def puppets(self) -> None:
        """Plant accounts that only ever endorse one person."""
        rng = self.rng
        tempo = rng.choice(("burst", "spread"))
        begins, ends = self._span(rng.uniform(2, 15) if tempo == "burst" else rng.uniform(60, 270))
        master = self._somebody(begins, turned=False)
        items = [self._work(master, rng.uniform(begins, ends)) for _ in range(rng.randrange(6, 15))]
        puppets = [self._somebody(begins, turned=False) for _ in range(rng.randrange(3, 9))]
        for puppet in puppets:
            for at, item in rng.sample(items, rng.randrange(2, 7)):
                self._voice(puppet, master, item, at, days=2)
        for at, item in rng.sample(items, 3):
            self._honest_voices(master, item, at, most=1)
        self._camouflage(master, begins, ends, 0, 0)
        self.schemes.append(Scheme("puppets", frozenset((master, *puppets)), tempo, "star", 0.0, turned=False))

    def double(self) -> None:
        """Plant one person with two accounts, the second of which endorses the first; somebody says they are one."""
        rng = self.rng
        begins, ends = self._span(rng.uniform(20, 200))
        one, other = (self._somebody(begins, turned=False) for _ in range(2))
        for _ in range(rng.randrange(5, 16)):
            at, item = self._work(one, rng.uniform(begins, ends))
            self._voice(other, one, item, at, days=2)
        self._camouflage(one, begins, ends, 0, 0)
        self._camouflage(other, begins, ends, 0.3, 3)
        self.new.append(Link(round(ends), one, other, proposed=True))
        self.schemes.append(Scheme("double", frozenset((one, other)), "spread", "pair", 0.0, turned=False))

    def _span(self, days: float) -> tuple[float, float]:
        """Return when a scheme begins and ends (µs), where the history is well under way."""
        begins = self.works[self.rng.randrange(len(self.works) // 4, len(self.works) * 9 // 10)].at
        return begins, begins + days * DAY

    def _somebody(self, begins: float, *, turned: bool) -> str:
        """Return somebody new, or (every second time) somebody who did a little honest work near that time."""
        if turned and self.rng.random() < 0.5:  # noqa: PLR2004
            near = bisect_left(self.works, (begins,))
            lately = self.works[max(0, near - 400) : near + 400]
            little = [who for who in {act.who for act in lately} if sum(act.who == who for act in lately) < 8]  # noqa: PLR2004
            found = [who for who in sorted(little) if who not in self.taken]
            if found:
                chosen = self.rng.choice(found)
                self.taken.add(chosen)
                return chosen
        self.serial += 1
        return f"x{self.serial:03}"

    def _work(self, who: str, at: float, *, honest: bool = False) -> tuple[float, str]:
        self.serial += 1
        item = f"{who}/x{self.serial}"
        length = round(self.rng.lognormvariate(5, 1) if honest else self.rng.lognormvariate(3, 1))
        self.new.append(Act(round(at), who, item, length=length))
        return at, item

    def _voice(self, by: str, whom: str, item: str, at: float, days: float) -> None:
        later = at + self.rng.expovariate(1 / days) * DAY
        self.new.append(Act(round(later), by, item, whom, self.rng.choice(("review", "review", "attest"))))

    def _honest_voices(self, author: str, item: str, at: float, most: int) -> None:
        """Let people who endorsed others at that time endorse this one too."""
        near = bisect_left(self.voices, (at,))
        lately = [act.who for act in self.voices[max(0, near - 100) : near + 100]]
        for _ in range(self.rng.randrange(1, most + 1)):
            self._voice(self.rng.choice(lately), author, item, at, days=3)

    def _camouflage(self, member: str, begins: float, ends: float, outside: float, inside: int) -> None:
        """Some honest work, with honest voices for half of it; and of what a member gives, a part to others."""
        rng = self.rng
        for _ in range(rng.randrange(7)):
            at, item = self._work(member, rng.uniform(begins - 60 * DAY, ends + 60 * DAY), honest=True)
            if rng.random() < 0.5:  # noqa: PLR2004
                self._honest_voices(member, item, at, most=2)
        for _ in range(round(inside * outside / (1 - outside))):
            at = rng.uniform(begins - 30 * DAY, ends + 30 * DAY)
            first, last = (bisect_left(self.works, (at - back,)) for back in (LATELY, 0))
            works = self.works[first:last] or self.works[:50]
            work = rng.choice(works)
            self._voice(member, work.who, work.item, max(at, work.at), days=1)


def _mates(members: list[str], place: int, shape: str) -> list[str]:
    """Return who endorses the member of a place: everybody else, or in a cycle those who come before."""
    size = len(members)
    back = range(1, size) if shape == "clique" else range(1, max(1, (size - 1) // 2) + 1)
    return [members[(place - step) % size] for step in back]
