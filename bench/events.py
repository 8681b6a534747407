"""Events as platforms post them, without end: contributions, attendance and endorsements of 200 people.

For what does not look at who did what: `bench/community.py` tells of a community that rules can be held against.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMUNITY = "bench"
PEOPLE = 200
SOURCE = "https://forum.example.org"
MIX = ("contribution", "contribution", "attendance", "contribution", "endorsement")

_numbers = itertools.count()


def events(count: int, numbers: Iterator[int] = _numbers) -> list[dict[str, Any]]:
    """Return `count` events that were never made before, about 420 bytes of JSON each.

    Processes that share a book each give `numbers` of their own.
    """
    return [_event(number) for number in itertools.islice(numbers, count)]


def _event(number: int) -> dict[str, Any]:
    name = MIX[number % len(MIX)]
    return {
        "specversion": "1.0",
        "type": f"org.guildbook.{name}.v1",
        "source": SOURCE,
        "id": f"{name}:{number}",
        "time": f"2026-03-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00Z",
        "community": COMMUNITY,
        "data": _data(name, number),
    }


def _data(name: str, number: int) -> dict[str, Any]:
    item = f"{SOURCE}/t/{number}"
    match name:
        case "contribution":
            return {
                "author": _person(number),
                "item": item,
                "kind": "answer",
                "title": f"How I prune an old apple tree, part {number}",
                "url": item,
                "thread": f"{SOURCE}/t/{number // 8}",
                "length": 200 + number % 900,
                "skills": ["pruning"],
            }
        case "attendance":
            return {
                "attendee": _person(number),
                "session": f"{SOURCE}/sessions/{number // 20}",
                "mode": "sync",
                "setting": "collaborative",
                "state": "attended",
                "duration": 3_600,
            }
        case _:
            return {
                "endorser": _person(number),
                "endorsee": _person(number + 1),
                "item": f"{SOURCE}/t/{number - 1}",
                "strength": "comment",
                "comment": "This worked for a tree that I had given up.",
            }


def _person(number: int) -> dict[str, str]:
    person = number * 7 % PEOPLE
    return {"platform": "forum", "id": str(person), "handle": f"member{person}"}
