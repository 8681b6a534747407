"""What the platforms of the fault tests report: event number n, told again and again as the same event.

Every event has an instant of its own, and a stored fact keeps that instant in the open; so a fact is known by
its number without a key.
"""

from __future__ import annotations

from typing import Any

from schemas import format_time

COMMUNITY = "bar"
SOURCE = "https://forum.example"
PLATFORM = "forum"
SPRING = 1_709_251_200_000_000  # µs, 2024-03-01T00:00:00Z
DAY = 86_400_000_000  # µs
DAYS = 90
AS_OF = "2024-12-31"  # when standings are compared
PEOPLE = tuple(f"p{n:02}" for n in range(12))


def event(number: int) -> dict[str, Any]:
    """Return event `number`: two contributions of three, else an endorsement of one."""
    kind, data = _endorsement(number) if number % 3 == 2 else _contribution(number)
    return {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": SOURCE,
        "type": f"org.guildbook.{kind}.v1",
        "time": format_time(instant(number)),
        "community": COMMUNITY,
        "data": data,
    }


def instant(number: int) -> int:
    """Return when event `number` happened, µs: on any day of the spring, and not together with another."""
    return SPRING + (number * 37 % DAYS) * DAY + number


def number_at(time: int) -> int:
    """Return which event happened at `time` (µs)."""
    return (time - SPRING) % DAY


def _contribution(number: int) -> tuple[str, dict[str, Any]]:
    kind = ("post", "reply", "answer", "resource")[number % 4]
    who, text = _person(number // 3), f"{SOURCE}/p/{number}"
    return "contribution", {"author": who, "item": text, "kind": kind, "title": f"Part {number}", "url": text}


def _endorsement(number: int) -> tuple[str, dict[str, Any]]:
    by, of = _person(number // 3 + 1 + number % 5), _person(number // 3)
    item = f"{SOURCE}/p/{number - 1}"
    return "endorsement", {
        "endorser": by,
        "endorsee": of,
        "item": item,
        "strength": "review",
        "comment": f"well said, {number}",
    }


def _person(number: int) -> dict[str, str]:
    return {"platform": PLATFORM, "id": PEOPLE[number % len(PEOPLE)]}
