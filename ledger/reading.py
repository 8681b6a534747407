"""From stored rows back to facts, to what was sealed, and to leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.facts import Fact
from ledger.opening import Opening
from ledger.shape import commitments, content, leaf, open_fields, open_part, unpack, written_commitments
from ledger.tokens import as_token
from ledger.upcasting import upcast

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ledger.people import CommunityKeys, People
    from ledger.rows import Row
    from ledger.shape import Place, State


def fact(row: Row) -> Fact:
    """Return the fact in a row, as the latest version of its type; needs no key."""
    topic, opened = upcast(row.topic, open_fields(unpack(row.state)))
    return Fact(
        position=row.position,
        stream=as_token(row.stream),
        version=row.version,
        topic=topic,
        community=row.community,
        recorded=row.recorded,
        time=opened["time"],
        open=opened,
    )


def revealed(
    rows: Sequence[Row], people: People, keys: CommunityKeys, of: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Return what the sealed parts of rows of one community hold, as far as their keys still live.

    `of`: only the parts that are sealed for one of these accounts, alone or with others.
    """
    found = []
    for row, state in zip(rows, _states(rows, people, keys), strict=True):
        fields: dict[str, Any] = {}
        for part in _opened(row.place(), state, people, keys, of).values():
            fields |= content(part)
        found.append(fields)
    return found


def _states(rows: Sequence[Row], people: People, keys: CommunityKeys) -> list[State]:
    """Return what is stored in rows, and have the keys at hand that their sealed parts are under."""
    states = [unpack(row.state) for row in rows]
    people.living(keys, (each for state in states for part in state.parts for each in part.accounts))
    return states


def _opened(
    place: Place, state: State, people: People, keys: CommunityKeys, of: Collection[str] | None = None
) -> dict[int, bytes]:
    """Return `salt || JSON` of those sealed parts whose keys live, by their number from 1; `of`, as `revealed`."""
    found = {}
    for number, part in enumerate(state.parts, start=1):
        if of is not None and not any(account in of for account in part.accounts):
            continue
        cipher = people.cipher(keys, tuple(part.accounts))
        opened = open_part(place, number, part, cipher) if cipher else None
        if opened is not None:
            found[number] = opened
    return found


def openings(
    rows: Sequence[Row], people: People, keys: CommunityKeys, of: Collection[str] | None = None
) -> Iterator[Opening]:
    """Yield the openings of facts, with every sealed part whose keys still live; `of`, as `revealed`."""
    for row, state in zip(rows, _states(rows, people, keys), strict=True):
        parts = _opened(row.place(), state, people, keys, of)
        yield Opening(row.place(), row.recorded, tuple(commitments(state)), parts)


def leaf_of(row: Row) -> bytes:
    """Return a row's leaf, 32 bytes."""
    return leaf(row.place(), row.recorded, commitments(unpack(row.state)))


def leaf_as_written(row: Row) -> bytes:
    """Return the leaf that a row had when it was written: a change of its open part since does not show in it."""
    return leaf(row.place(), row.recorded, written_commitments(unpack(row.state)))
