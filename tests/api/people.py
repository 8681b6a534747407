"""Ada earns, Bo and Di endorse, Cy is an outsider who must see nothing. What their platform reports."""

from __future__ import annotations

from typing import Any

COMMUNITY = "makers"
ELSEWHERE = "bakers"
SOURCE = "https://forum.example"

CHARTER = """
charter: 1
name: The Makers
domain: {statement: We make chairs by hand., call_to_action: Bring the one that broke.}
outcomes:
  - {outcome: share, can: Can show peers what she does., skills: [wood/joints]}
activities:
  - {activity: workshop, name: Monthly workshop, mode: sync, setting: collaborative, outcomes: [share]}
rules:
  - rule: member
    version: 1
    grants: {level: 1}
    all: [{count: contribution, at_least: 1, label: Shared something}]
  - rule: maker
    version: 2
    grants: {level: 2}
    all:
      - {count: contribution, where: {kind: resource}, at_least: 2, label: Shared 2 resources}
      - {distinct: endorser, of: endorsement, at_least: 2, label: Endorsed by 2 different people}
      - none: [{open: moderation, at_least: 1, label: Has an open case}]
  - rule: mentor
    version: 1
    grants: {level: 3}
    all:
      - {count: contribution, at_least: 40, label: Shared 40 times}
      - {distinct: endorser, of: endorsement, at_least: 9, label: Endorsed by 9 different people}
  - rule: host-ready
    version: 1
    grants: {eligible: host}
    all: [{count: contribution, at_least: 3, label: Shared 3 times}]
  - rule: sharer
    version: 1
    grants: {badge: sharer}
    all: [{count: contribution, at_least: 2, label: Shared twice}]
ladder:
  - {level: 0, name: Newcomer}
  - {level: 1, name: Member, can: Takes part.}
  - {level: 2, name: Maker, can: Makes what others use.}
  - {level: 3, name: Mentor, can: Brings others to it.}
leader_roles:
  - {role: host, name: Host, duties: Opens and closes a session., term: 90d}
badges:
  - badge: sharer
    name: Sharer
    description: Shared what she made, twice.
    image: {shape: shield, colour: moss, symbol: S}
    tags: [wood]
    outcomes: [share]
norms: [Credit whoever taught you.]
"""


def account(known_as: str, **more: str) -> dict[str, Any]:
    return {"platform": "forum", "id": known_as, **more}


def event(kind: str, number: object, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{kind}-{number}",
        "source": SOURCE,
        "type": f"org.guildbook.{kind}.v1",
        "time": "2026-03-01T10:00:00Z",
        "community": COMMUNITY,
        "data": data,
    } | more


def contribution(number: object, author: str = "ada", **more: Any) -> dict[str, Any]:
    data = {
        "author": account(author, name=f"{author.title()} of the Forum"),
        "item": f"{SOURCE}/p/{number}",
        "kind": "resource",
        "title": f"How to bend ash, part {number}",
        "url": f"{SOURCE}/p/{number}",
    }
    time = more.pop("time", "2026-03-01T10:00:00Z")
    return event("contribution", number, data | more, time=time)


def endorsement(number: object, by: str = "bo", of: str = "ada") -> dict[str, Any]:
    data = {
        "endorser": account(by, name=by.title()),
        "endorsee": account(of),
        "item": f"{SOURCE}/p/{number}",
        "strength": "review",
    }
    return event("endorsement", f"{number}-{by}", data, time="2026-03-02T10:00:00Z")


def a_spring() -> list[dict[str, Any]]:
    """Return three resources by Ada, endorsed by Bo and Di, and one post by Bo."""
    return [
        *(contribution(n, time=f"2026-03-0{n}T09:00:00Z") for n in (1, 2, 3)),
        *(endorsement(n, by) for n in (1, 2) for by in ("bo", "di")),
        contribution("b1", "bo", kind="post"),
    ]
