"""What the demo's year has none of and pages show: one of each is added to it."""

from __future__ import annotations

import time
from itertools import permutations
from typing import TYPE_CHECKING, Any

from rich.progress import Progress

from api.awarding.awards import decided
from api.commands.desk import catch_up
from api.demo import COMMUNITY
from api.holding.choices import NAME, PAGE, ROLES, badge, choose
from api.holding.profile import held
from api.leading.assigning import assign
from api.people.members import member_of
from badges import Thing
from projections import Wish
from schemas import format_time

if TYPE_CHECKING:
    from api.installation import Installation
    from api.people.members import Member

DAY = 86_400_000_000  # µs
FORUM = "https://forum.northlight.example"
RING = ("Tamsin Orrell", "Piers Aldgate", "Ottoline Frear", "Rufus Tindall")
WORKS = 5  # of each of them
DOUBTED = "Wren Halloway"
COHORT = "night-shift"


def add(here: Installation) -> None:
    """Add to the year, and draw the consequences. Nobody else follows the book meanwhile."""
    _change_the_charter(here)
    _tell(here, *_a_ring(), *_a_case(here), _a_work(DOUBTED, 20, "kept-so-far"))
    _tell(here, _event("retraction", 1, "gone", {"retracts": "kept-so-far", "reason": "deleted_at_source"}))
    _decide_on_badges(here)
    people = [member_of(here, COMMUNITY, one["account"]) for one in here.standings.members(COMMUNITY)]
    members = [one for one in people if one is not None]
    _lead(here, members)
    first = members[0]
    choose(here, first, dict.fromkeys([PAGE, NAME, ROLES, *(badge(one) for one in held(here, first))], True))
    _open_to_the_world(here, first)
    caught_up(here)


def caught_up(here: Installation) -> None:
    """Draw all consequences."""
    with Progress(disable=True) as progress:
        catch_up(here, progress)


def _change_the_charter(here: Installation) -> None:
    """Make a level and a role credentials."""
    charter = here.standings.charter(COMMUNITY).document
    ladder = [rung | ({"credential": {}} if rung["level"] == 3 else {}) for rung in charter["ladder"]]
    roles = [role | {"credential": {}} for role in charter["leader_roles"]]
    changed = {**charter, "ladder": ladder, "leader_roles": roles}
    here.book.publish_charter(COMMUNITY, changed, effective=time.time_ns() // 1_000, by="manager")
    caught_up(here)


def _decide_on_badges(here: Installation) -> None:
    """Revoke a badge, nominate somebody for one, and praise another."""
    charter = here.standings.charter(COMMUNITY).document
    awards = [one for one in here.awards.all(COMMUNITY) if one.kind == "badge"]
    people = here.standings.members(COMMUNITY)
    other = next(one for one in awards if one.account != people[0]["account"])
    decided(here, other, "revoke", "She asked for it: another nurse shared it first.")
    last = charter["badges"][-1]["badge"]
    member = next(one["account"] for one in reversed(people) if last not in one["badges"])
    why = "Three of us changed how we hand over because of her."
    here.nominating.nominate(COMMUNITY, member, last, reason=why, by=people[0]["account"])
    for thing in (Thing(), Thing(awards[-1])):
        here.endorsements.give(COMMUNITY, thing, endorser=people[1]["account"], comment="It works on our ward.")
    here.endorsements.give(COMMUNITY, Thing(awards[-1]), endorser=None, comment="Others copy her checklist.")
    caught_up(here)


def _lead(here: Installation, members: list[Member]) -> None:
    """Invite somebody to lead, and put three into a cohort by hand."""
    now = time.time_ns() // 1_000
    assign(here, members[0], Wish("role", "facilitator", "nominated", now), reason="She asks the quiet ones first.")
    for member in members[5:8]:
        caught_up(here)
        assign(here, member, Wish("cohort", COHORT, "started", now))
    caught_up(here)


def _open_to_the_world(here: Installation, member: Member) -> None:
    """Make a channel, a mailbox, and a door at which something came that nobody knew."""
    told = {"label": "The ward's channel", "address": "https://chat.example/hooks/1", "events": ["badge", "spotlight"]}
    here.book.channels.add(COMMUNITY, "slack", told)
    here.book.mailboxes.ask(COMMUNITY, member.account, "her@ward.example")
    here.book.hooks.open(COMMUNITY, "slack", "what-slack-shows-48151")
    body = {"type": "event_callback", "event": {"type": "huddle_started", "user": "U0481", "minutes": 12}}
    came = {"words": [], "told": {"body": body, "headers": {}, "query": {}}}
    here.book.strays.keep(COMMUNITY, "slack", "unknown", "huddle_started", came)


def _tell(here: Installation, *events: dict[str, Any]) -> None:
    outcomes = here.book.append(events, community=COMMUNITY)
    assert all(one.outcome == "stored" for one in outcomes), outcomes
    caught_up(here)


def _a_ring() -> list[dict[str, Any]]:
    """Return four who came this spring, and endorse one another alone."""
    told = [_a_work(who, 60 + number, f"{_id(who)}-{number}") for who in RING for number in range(WORKS)]
    for by, of in permutations(RING, 2):
        for number in range(WORKS):
            item = f"{_id(of)}-{number}"
            data = {"endorser": _account(by), "endorsee": _account(of), "item": f"{FORUM}/{item}", "strength": "review"}
            told.append(_event("endorsement", 59 + number, f"{item}-{_id(by)}", data))
    return told


def _a_case(here: Installation) -> list[dict[str, Any]]:
    known = here.book.handle(COMMUNITY, here.standings.members(COMMUNITY)[12]["account"]) or {}
    member = {name: known[name] for name in ("platform", "id", "realm") if name in known}
    data = {"case": "case-2", "member": member, "action": "flagged", "norm": "ask-before-you-advise", "severity": 2}
    return [_event("moderation", 9, "case-2:flagged", data)]


def _a_work(who: str, ago: int, item: str) -> dict[str, Any]:
    told = {"author": _account(who), "item": f"{FORUM}/{item}", "kind": "resource", "title": "How we hand over"}
    return _event("contribution", ago, item, told)


def _account(who: str) -> dict[str, str]:
    return {"platform": "forum", "id": _id(who), "name": who}


def _id(who: str) -> str:
    return who.split(maxsplit=1)[0].lower()


def _event(name: str, ago: int, key: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return an event of so many days ago."""
    return {
        "specversion": "1.0",
        "id": key,
        "source": FORUM,
        "type": f"org.guildbook.{name}.v1",
        "time": format_time(time.time_ns() // 1_000 - ago * DAY),
        "community": COMMUNITY,
        "data": data,
    }
