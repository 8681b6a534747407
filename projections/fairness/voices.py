"""Who endorsed whom for what: the endorsement graph of a community, between members, each voice once.

What was withdrawn or taken away is not in it, nor what people said of themselves, nor objections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.fold.subjects import kind, thing, voice

if TYPE_CHECKING:
    from projections.fold.history import History
    from projections.fold.people import Account


class Voice(NamedTuple):
    """A member's first endorsement of one thing of another's."""

    at: int  # µs
    by: Account
    whom: Account
    on: str  # an item, or a skill of an account
    position: int


class Work(NamedTuple):
    """A work as it was first brought; `length` in whatever its platform counts, where it says."""

    at: int  # µs
    author: Account
    length: int | None
    position: int


class Graph(NamedTuple):
    """All voices, in order of time, and the works of a community by item."""

    voices: list[Voice]
    works: dict[str, Work]


def graph(history: History) -> Graph:
    """Return the endorsement graph of what is known. Who was erased is in it, and named by nobody."""
    root = history.people.root
    first: dict[tuple[Account, Account, str], Voice] = {}
    works: dict[str, Work] = {}
    for position in history.facts:
        fact = history.facts[position]
        name = kind(fact)
        if name not in ("endorsement", "contribution") or not history.stands(fact):
            continue
        told = fact.open
        if name == "contribution":
            work = Work(fact.time, root(told["author"]), told.get("length"), position)
            known = works.get(told["item"])
            works[told["item"]] = work if known is None else min(known, work)
            continue
        by, whom = root(told["endorser"]), history.endorsed(fact)
        if whom is None or by == whom or told["strength"] == "objection":
            continue
        on, of, _ = voice(fact)
        key = (by, whom, thing(on, root(of) if of else of))
        spoken = Voice(fact.time, *key, position)
        if key not in first or spoken < first[key]:
            first[key] = spoken
    return Graph(sorted(first.values()), works)
