"""The history of a real community, from a file of events, as the facts its ledger would hand over.

References stay as they are where a ledger keeps tokens: rules compare them, and need not read them. So a run depends
on the file alone, and a second one says the same to the byte. `tests/test_studies.py` holds the answers against those
of a real book.
"""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING, Any

from ledger import Fact
from projections.charters.charter import parse_charter
from projections.fold.people import Account, People
from projections.fold.standing import Community
from schemas import loads, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from projections.charters.charter import Charter

_RECORDED = 2**61  # µs: after every time that a history tells


def events(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a file of lines, compressed or not."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            event = loads(line)
            if not isinstance(event, dict):
                raise TypeError(f"wanted an event on each line of {path.name}, got {type(event).__name__}")
            yield event


def facts(told: Iterable[dict[str, Any]]) -> list[Fact]:
    """Return the facts of events, with positions in their order. Of an account its platform and id make its name."""
    found = []
    for position, event in enumerate(told, 1):
        time = parse_time(event["time"])
        stream = hashlib.blake2b(f"{event['source']}\n{event['id']}".encode(), digest_size=11).hexdigest()
        fact = Fact(
            position=position,
            stream=stream,
            version=1,
            topic=f"{event['type'].split('.')[2]}.v1",
            community=event["community"],
            recorded=_RECORDED + position,
            time=time,
            open={"v": 1, "time": time, "source": event["source"], **_named(event["data"])},
        )
        found.append(fact)
    return found


def _named(data: dict[str, Any]) -> dict[str, Any]:
    return {field: _account(told) if isinstance(told, dict) and "id" in told else told for field, told in data.items()}


def _account(told: dict[str, str]) -> str:
    return f"{told['platform']}:{told['id']}"


def unlinked(history: Iterable[Fact]) -> list[Fact]:
    """Return a history without what it says of whose accounts are whose."""
    return [fact for fact in history if fact.topic != "identity.v1"]


def of_areas(history: list[Fact], belongs: Callable[[str], bool]) -> list[Fact]:
    """Return the history of some areas alone: works in them, what was said of those works, and all links of accounts.

    An area is the first word of a work's `space`: `arm` of `arm/dts`.
    """
    area = {fact.open["item"]: area_of(fact) for fact in history if fact.topic == "contribution.v1"}
    return [fact for fact in history if fact.topic == "identity.v1" or belongs(area.get(fact.open.get("item"), ""))]


def area_of(work: Fact) -> str:
    """Return the area of a work, `""` where it says none."""
    return str(work.open.get("space", "")).partition("/")[0]


def folded(history: Iterable[Fact], charter: Charter | str) -> Community:
    """Return the community after a history, under a charter: the fold of the product itself."""
    community = Community([parse_charter(charter) if isinstance(charter, str) else charter])
    community.add(history)
    community.settle()
    return community


def appointed(told: Iterable[dict[str, Any]], people: People) -> dict[Account, int]:
    """Return who was ever given the role, and when first (µs), from events of assignments."""
    first: dict[Account, int] = {}
    for fact in facts(told):
        if fact.open["change"] == "started":
            member = people.root(Account(fact.open["member"]))
            first[member] = min(first.get(member, fact.time), fact.time)
    return first
