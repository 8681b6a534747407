"""What stories of a community are told in: works and voices, in the order of time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger import Fact
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMUNITY = "guild"
SOURCE = "https://forum.example.org"
DAY = 86_400_000_000  # µs


class Act(NamedTuple):
    """Somebody brings a work (`whom` is None), or endorses somebody's; `length` is in words, of works alone."""

    at: int  # µs
    who: str
    item: str
    whom: str | None = None
    strength: str = "review"
    length: int | None = None


class Link(NamedTuple):
    """Somebody said that two accounts are one person's; a proposal, or else confirmed."""

    at: int  # µs
    one: str
    other: str
    proposed: bool = False


Story = list[Act | Link]


def facts(story: Iterable[Act | Link]) -> list[Fact]:
    """Return a story as the ledger would hand it over, in order of time."""
    ordered = sorted(story, key=lambda act: act.at)
    return [_fact(position, act) for position, act in enumerate(ordered, 1)]


def _fact(position: int, act: Act | Link) -> Fact:
    name, told = _kept(act)
    stream = hashlib.blake2b(f"{position}|{act}".encode(), digest_size=11).hexdigest()
    opened = {"v": 1, "time": act.at, "source": "src", **told}
    return Fact(
        position=position,
        stream=stream,
        version=1,
        topic=f"{name}.v1",
        community=COMMUNITY,
        recorded=act.at,
        time=act.at,
        open=opened,
    )


def _kept(act: Act | Link) -> tuple[str, dict[str, Any]]:
    if isinstance(act, Link):
        told = {"member": act.one, "account": act.other, "change": "linked", "method": "import"}
        return "identity", told | ({"proposed": True} if act.proposed else {})
    if act.whom is None:
        told = {"author": act.who, "item": act.item, "kind": "code"}
        return "contribution", told | ({} if act.length is None else {"length": act.length})
    return "endorsement", {"endorser": act.who, "endorsee": act.whom, "item": act.item, "strength": act.strength}


def events(story: Iterable[Act | Link]) -> list[dict[str, Any]]:
    """Return a story as a platform would post it, in order of time."""
    return [_event(number, act) for number, act in enumerate(sorted(story, key=lambda act: act.at), 1)]


def _event(number: int, act: Act | Link) -> dict[str, Any]:
    name, told = _kept(act)
    people = ("author", "endorser", "endorsee", "member", "account")
    data = {key: _account(value) if key in people else value for key, value in told.items() if key != "proposed"}
    return {
        "specversion": "1.0",
        "type": f"org.guildbook.{name}.v1",
        "source": SOURCE,
        "id": f"{name}:{number}",
        "time": format_time(act.at),
        "community": COMMUNITY,
        "data": data,
    }


def _account(person: str) -> dict[str, str]:
    return {"platform": "forum", "id": person}
