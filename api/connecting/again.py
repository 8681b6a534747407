"""What can be undone and happen again: a reaction taken back and given once more, a post deleted and recovered.

A fact that was retracted stays so. What happens again is therefore a fact of its own, `<id>:2`, and the retraction of
that one is `<its id>:2`. Which turn it is, the book says: the times decide, so that a late retry is no new turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ledger import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.connecting.mapping import Mapped, Turn
    from api.installation import Installation
    from ledger import Fact

MOST_TURNS = 32


class Turned(NamedTuple):
    """An event as it is to be stored; `known`, where that turn is in the book already."""

    event: dict[str, Any]
    known: Outcome | None = None


def turned(here: Installation, community: str, mapped: Mapped) -> list[Turned]:
    """Return the events of a delivery, each in its turn. Blocks where `mapped.turns` has any."""
    return [_turned(here, community, event, mapped.turns.get(event["id"])) for event in mapped.events]


def merged(turns: Sequence[Turned], stored: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcome of each, of which `stored` has those that were not known."""
    fresh = iter(stored)
    return [each.known or next(fresh) for each in turns]


def _turned(here: Installation, community: str, event: dict[str, Any], turn: Turn | None) -> Turned:
    if turn is None:
        return Turned(event)
    undoing = not turn.undone
    act, undo = (event["data"]["retracts"], event["id"]) if undoing else (event["id"], turn.undone)
    ids = [_named(one, number) for one in (act, undo) for number in range(1, MOST_TURNS + 1)]
    book = here.book.hooks.standing(community, event["source"], ids)
    number = _undone_turn(book, act, turn.at) if undoing else _next_turn(book, undo, turn.at)
    found = book.get(_named(event["id"], number))
    known = Outcome(outcome="duplicate", position=found.position) if found else None
    made = {**event, "id": _named(event["id"], number)}
    if undoing:
        made["data"] = {**event["data"], "retracts": _named(act, number)}
    return Turned(made, known)


def _next_turn(book: Mapping[str, Fact], undo: str, at: int) -> int:
    """Return the first turn that nothing has undone by then."""
    for number in range(1, MOST_TURNS):
        end = book.get(_named(undo, number))
        if end is None or end.time > at:
            return number
    return MOST_TURNS


def _undone_turn(book: Mapping[str, Fact], act: str, at: int) -> int:
    """Return the last turn that had begun by then."""
    begun = [
        number for number in range(1, MOST_TURNS + 1) if (fact := book.get(_named(act, number))) and fact.time <= at
    ]
    return max(begun, default=1)


def _named(one: str, number: int) -> str:
    return one if number == 1 else f"{one}:{number}"
