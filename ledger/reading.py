"""From stored rows back to facts, to what was sealed, and to leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.facts import Fact
from ledger.shape import commitments, content, leaf, open_fields, open_part, unpack, written_commitments
from ledger.tokens import as_token
from ledger.upcasting import upcast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.people import CommunityKeys, People
    from ledger.rows import Row


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


def revealed(rows: Sequence[Row], people: People, keys: CommunityKeys) -> list[dict[str, Any]]:
    """Return what the sealed parts of rows of one community hold, as far as their keys still live."""
    states = [unpack(row.state) for row in rows]
    people.living(keys, (each for state in states for part in state.parts for each in part.accounts))
    found = []
    for row, state in zip(rows, states, strict=True):
        fields: dict[str, Any] = {}
        for number, part in enumerate(state.parts, start=1):
            cipher = people.cipher(keys, tuple(part.accounts))
            opened = open_part(row.place(), number, part, cipher) if cipher else None
            if opened is not None:
                fields |= content(opened)
        found.append(fields)
    return found


def leaf_of(row: Row) -> bytes:
    """Return a row's leaf, 32 bytes."""
    return leaf(row.place(), row.recorded, commitments(unpack(row.state)))


def leaf_as_written(row: Row) -> bytes:
    """Return the leaf that a row had when it was written: a change of its open part since does not show in it."""
    return leaf(row.place(), row.recorded, written_commitments(unpack(row.state)))
