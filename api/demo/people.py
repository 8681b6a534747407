"""The cast of the demonstration community, and the log in which what they do arrives."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from schemas import format_time

Account = dict[str, Any]
Data = dict[str, Any]

COMMUNITY: Final = "northlight"
FORUM: Final = "https://forum.northlight.example"
SLACK: Final = "https://slack.com/team/T0NORTH"
ZOOM: Final = "https://northlight.zoom.example"
LEARN: Final = "https://learn.northlight.example"
OFFICE: Final = "https://northlight.example/office"  # what the circle's coordinators enter by hand

HOSPITALS: Final = (
    "St Brigid's Hospital",
    "Harbour General",
    "Fenwick Royal Infirmary",
    "Marlow Park Community Hospital",
    "Queen Edith Children's Hospital",
    "Calder Valley Hospital",
)

# The first eight carry the circle, the next seventeen are its regulars, the others come when they can.
NAMES: Final = (
    "Amara Okafor",
    "Bronwen Pugh",
    "Tomasz Zielinski",
    "Priya Raghunathan",
    "Eilidh MacAskill",
    "Samuel Adeyemi",
    "Ingrid Solheim",
    "Marisol Vega",
    "Noor Haddad",
    "Callum Drysdale",
    "Fatoumata Diallo",
    "Hannah Weiss",
    "Oluwaseun Bello",
    "Grace Tembo",
    "Rhys Llewellyn",
    "Mei-Ling Zhou",
    "Aoife Brennan",
    "Kwame Asante",
    "Dorota Nowak",
    "Leila Farahani",
    "Jasper Holt",
    "Sunita Gurung",
    "Matteo Conti",
    "Efua Mensah",
    "Catriona Baird",
    "Rowan Whitlock",
    "Nkechi Eze",
    "Pavel Horák",
    "Siobhán Kearney",
    "Ravi Menon",
    "Alma Lindqvist",
    "Thandiwe Moyo",
    "Gareth Probert",
    "Yasmin Rahman",
    "Beatriz Amaral",
    "Desmond Clarke",
    "Ludmila Petrenko",
    "Farah Siddiqui",
    "Owen Tregenza",
    "Zanele Khumalo",
    "Helga Baumann",
    "Joaquin Reyes",
    "Morag Sinclair",
    "Chidi Nwosu",
    "Elin Gustafsson",
    "Patience Boateng",
    "Vikram Joshi",
    "Niamh Gallagher",
    "Teodor Ilić",
    "Rosalind Achterberg",
    "Hamza Yusuf",
    "Carys Bevan",
    "Adaeze Obi",
    "Finlay Munro",
    "Kateryna Shevchuk",
    "Bolaji Akande",
    "Odile Marchand",
    "Imran Chaudhry",
    "Winifred Asher",
    "Luca Ferraro",
)
_CORE, _REGULARS = 8, 17  # how many of NAMES, in this order; the others are occasional
_NEWCOMERS: Final = frozenset({7, 11, 17, *range(43, 60)})  # places in NAMES; the others came in the first weeks
LEAVERS: Final = {18: 212, 33: 151}  # place in NAMES -> day of the year
AWAY: Final = {14: (120, 181)}  # place in NAMES -> from and until which day
_ON_ZOOM: Final = (0, 2, 4, 9, 11)  # who is someone else there
_ON_SLACK: Final = (0, 2, 4)
_SPACES: Final = (
    "falls",
    "handover",
    "medicines",
    "pressure-care",
    "families",
    "teaching",
    "nights",
    "wellbeing",
)


@dataclass(slots=True)
class Person:
    """Someone in the circle."""

    name: str
    hospital: str
    drive: float  # contributions a week, about
    warmth: float  # how likely she is to come, answer or applaud, 0 to 1
    spaces: tuple[str, ...]
    joined: datetime
    home: Account  # her account on the forum
    left: datetime | None = None
    away: tuple[datetime, datetime] | None = None
    others: dict[str, Account] = field(default_factory=dict)  # by platform, where she is someone else there

    def on(self, platform: str) -> Account:
        """Return the account under which `platform` reports her."""
        return self.others.get(platform, self.home)

    def here(self, when: datetime) -> bool:
        """Tell whether she was in the circle, and not on leave from it, at `when`."""
        gone = self.left is not None and when >= self.left
        away = self.away is not None and self.away[0] <= when < self.away[1]
        return self.joined <= when and not gone and not away


class Log:
    """Collects events and hands them out in the order of their arrival."""

    def __init__(self, seed: int, *, start: datetime, end: datetime) -> None:
        self.rng = random.Random(seed)  # noqa: S311  a story, not a secret
        self.start = start
        self.end = end
        self._first_midnight = datetime.combine(start, time.min, UTC) + timedelta(days=1)
        self._arrivals: list[tuple[datetime, int, Data]] = []

    def add(
        self,
        name: str,
        data: Data,
        *,
        source: str,
        key: str,
        at: datetime,
        arrival: datetime | None = None,
    ) -> Data:
        """Let an event (fact type `name`, id `key`) happen `at` and arrive soon after, or at `arrival`.

        Nothing arrives after the end of the year; an event that would is returned all the same.
        """
        event = {
            "specversion": "1.0",
            "id": key,
            "source": source,
            "type": f"org.guildbook.{name}.v1",
            "time": stamp(at),
            "community": COMMUNITY,
            "data": {label: value for label, value in data.items() if value is not None},
        }
        self.arrive(event, arrival or at + timedelta(seconds=self.rng.randint(1, 40)))
        return event

    def arrive(self, event: Data, arrival: datetime) -> None:
        """Let `event` arrive (perhaps once more) at `arrival`."""
        if self.start <= arrival <= self.end:
            self._arrivals.append((arrival, len(self._arrivals), event))

    def repeat(self, part: float, *, after: timedelta) -> None:
        """Let an event come once more, `after` its arrival: the one at `part` (0 to 1) of the year so far."""
        arrival, _, event = self._in_order()[int(part * len(self._arrivals))]
        self.arrive(event, arrival + after)

    def events(self) -> list[Data]:
        """Return all events in order of arrival, no two sharing any part."""
        return [_copied(event) for _, _, event in self._in_order()]

    def _in_order(self) -> list[tuple[datetime, int, Data]]:
        return sorted(self._arrivals, key=lambda entry: entry[:2])

    def day(self, number: int, hour: float = 0) -> datetime:
        """Return `hour` o'clock (UTC) on the `number`th full day of the year, from 0."""
        return self._first_midnight + timedelta(days=number, seconds=round(hour * 3600))

    def waking(self, number: int) -> datetime:
        """Return a moment of day `number` at which people write; nurses also write at night."""
        return self.day(number, self.rng.triangular(0, 24, 19))

    def chance(self, probability: float) -> bool:
        """Tell whether something of this probability happens."""
        return self.rng.random() < probability

    def some(self, people: Sequence[Person], count: int, weights: Sequence[float]) -> list[Person]:
        """Draw up to `count` different people, the heavier ones more often."""
        drawn = self.rng.choices(people, weights, k=count) if people and any(weights) else []
        return list({id(person): person for person in drawn}.values())


def _copied(value: Any) -> Any:  # noqa: ANN401  a JSON value
    """Return a deep copy of a JSON value."""
    if isinstance(value, dict):
        return {name: _copied(inner) for name, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def stamp(moment: datetime) -> str:
    """Return `moment` as RFC 3339 in UTC, to the second."""
    return format_time(int(moment.timestamp()) * 1_000_000)


def account(platform: str, key: str, name: str, *, realm: str | None = None) -> Account:
    """Return the account `key` of `name` on `platform`, with the handle her name gives her."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = {"platform": platform, "id": key, "handle": plain.replace(" ", "."), "name": name}
    return made | ({"realm": realm} if realm else {})


def cast(log: Log) -> list[Person]:
    """Return the members: who carries the circle, who comes regularly, who drops by, who comes late."""
    rng = log.rng
    arrivals = iter(sorted(rng.sample(range(30, 340), len(_NEWCOMERS))))
    people = []
    for place, name in enumerate(NAMES):
        day = next(arrivals) if place in _NEWCOMERS else rng.randrange(21) if place else 0
        drive, warmth = _habits(log, place)
        person = Person(
            name=name,
            hospital=HOSPITALS[place % len(HOSPITALS)],
            drive=drive,
            warmth=warmth,
            spaces=tuple(rng.sample(_SPACES, 3)),
            joined=log.day(day, 8 + rng.random() * 10),
            home=account("discourse", str(2401 + 7 * place), name),
            left=log.day(LEAVERS[place], 9) if place in LEAVERS else None,
            away=(log.day(AWAY[place][0], 9), log.day(AWAY[place][1], 9)) if place in AWAY else None,
        )
        if place in _ON_ZOOM:
            person.others["zoom"] = account("zoom", f"zm-{rng.randrange(10**6):06d}", name)
        if place in _ON_SLACK:
            person.others["slack"] = account("slack", f"U0{rng.randrange(16**6):06X}", name, realm="T0NORTH")
        people.append(person)
    return people


def _habits(log: Log, place: int) -> tuple[float, float]:
    """Return contributions a week, and how likely one comes, answers or applauds (0 to 1)."""
    if place < _CORE:
        return log.rng.uniform(1.1, 2.0), log.rng.uniform(0.7, 0.95)
    if place < _CORE + _REGULARS:
        return log.rng.uniform(0.4, 1.0), log.rng.uniform(0.4, 0.65)
    return log.rng.uniform(0.04, 0.3), log.rng.uniform(0.08, 0.3)
