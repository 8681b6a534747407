"""What real platforms do to a year: two names for one person, repeats, late lists, things taken back."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from api.demo import words
from api.demo.people import COMMUNITY, FORUM, LEARN, OFFICE, Log, Person, account

if TYPE_CHECKING:
    from datetime import datetime

    from api.demo.forum import Forum


def link_accounts(log: Log, people: list[Person], forum: Forum) -> None:
    """Say which accounts are one person's; one of them had applauded herself."""
    known = [person for person in people if person.others][:-1]  # one has not told us yet
    for place, person in enumerate(known):
        for platform, other in person.others.items():
            _link(
                log,
                person,
                other,
                log.day(60 + 45 * place, 15),
                method="oauth" if platform == "slack" else "email",
            )
    rowan = people[25]
    again = account("discourse", "2999", "Rowan W.")
    work = next((work for work in forum.works if work.author is rowan), forum.works[0])
    twin = Person("Rowan W.", rowan.hospital, 0, 0, rowan.spaces, rowan.joined, again)
    forum.like(work, twin, work.at + timedelta(hours=3), symbol="⭐")
    _link(log, rowan, again, log.day(288, 12), method="admin")


def _link(log: Log, person: Person, other: dict[str, Any], when: datetime, *, method: str) -> None:
    data = {"member": person.home, "account": other, "change": "linked", "method": method}
    log.add("identity", data, source=OFFICE, key=f"linked:{other['platform']}:{other['id']}", at=when)


def go_wrong(log: Log, people: list[Person], forum: Forum) -> None:
    """Plant what real platforms do: take back, repeat, come late, come early, contradict themselves."""
    _take_back(log, forum)
    _repeat(log)
    _come_late(log, people)
    _come_early(log, people)
    edited = deepcopy(forum.works[len(forum.works) // 2].event)
    edited["data"] |= {"title": "Edited after it was reported", "length": 17}
    log.arrive(edited, log.day(250, 9))


def _take_back(log: Log, forum: Forum) -> None:
    """Un-like some, delete one post, and retract something nobody reported."""
    for event, work, person in forum.applause[::43]:
        when = work.at + timedelta(days=log.rng.uniform(5, 9))
        data = {"retracts": event["id"], "reason": "withdrawn_by_actor"}
        log.add("retraction", data, source=event["source"], key=f"un{event['id']}:{person.home['id']}", at=when)
    post = next(work for work in forum.works if work.kind == "post" and work.at > log.day(100))
    for retracts, reason, day in (
        (post.event["id"], "deleted_at_source", 130),
        ("post:404", "moderated", 171),
    ):
        data = {"retracts": retracts, "reason": reason}
        log.add("retraction", data, source=FORUM, key=f"deleted:{retracts}", at=log.day(day, 11))


def _repeat(log: Log) -> None:
    """Deliver nine events once more, unchanged, minutes to days after they first came."""
    for place in range(9):
        log.repeat((place + 1) / 10, after=timedelta(minutes=7 ** (place / 2 + 1)))


def _come_late(log: Log, people: list[Person]) -> None:
    """Type in the paper list of a study day five weeks after it, and let a learning site catch up."""
    held, typed = log.day(140, 13), log.day(177, 16)
    for person in [one for one in people[2:16] if one.here(held)]:
        data = {
            "attendee": person.home,
            "session": f"{COMMUNITY}:study-day",
            "series": "study-day",
            "mode": "sync",
            "setting": "collaborative",
            "format": "workshop",
            "state": "attended",
            "role": "attendee",
            "duration": 10_800,
            "evidenceKind": "roster",
        }
        log.add("attendance", data, source=OFFICE, key=f"study-day:{person.home['id']}", at=held, arrival=typed)
    for person in people[20:26]:
        data = {
            "attendee": person.home,
            "session": f"{LEARN}/9",
            "mode": "async",
            "state": "attended",
            "progress": 1,
        }
        key = f"done:9:{person.home['id']}"
        log.add("attendance", data, source=LEARN, key=key, at=log.day(220, 20), arrival=log.day(243, 3))


def _come_early(log: Log, people: list[Person]) -> None:
    """Report the applause for a resource before the resource itself."""
    person, other = people[3], people[0]
    item = f"{FORUM}/p/999"
    at = log.day(275, 14)
    data = {
        "endorser": other.home,
        "endorsee": person.home,
        "item": item,
        "strength": "comment",
        "comment": words.COMMENTS[0],
    }
    log.add("endorsement", data, source=FORUM, key=f"comment:999:{other.home['id']}", at=at + timedelta(hours=1))
    made = {
        "author": person.home,
        "item": item,
        "kind": "resource",
        "outcome": "published",
        "title": "The huddle kit, all of it in one envelope",
        "space": "falls",
        "length": 2100,
        "license": "CC-BY-4.0",
    }
    log.add("contribution", made, source=FORUM, key="post:999", at=at, arrival=at + timedelta(hours=7))
