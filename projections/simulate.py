"""What if: a charter not yet published, held against the whole history, beside the one in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.charter import parse_charter
from projections.holds import NOBODY
from projections.read import replay
from projections.spans import span_at, value_at
from projections.worker import charters_of
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger import Book
    from projections.holds import Derived


def simulate(book: Book, community: str, charter: str | Mapping[str, Any], *, at: int) -> dict[str, Any]:
    """Return who would gain and lose what at the instant (µs), and since when, if the charter were in force.

    Nothing is written. Raises `CharterError` with every fault.
    """
    charters = charters_of(book, community)
    version = charters[-1].version + 1
    proposed = parse_charter(charter, token=lambda text: book.token(community, text), version=version, effective=at)
    position = book.head(community)
    now = replay(book, community, charters, position)
    then = replay(book, community, [*charters, proposed], position)
    gains, losses, levels = [], [], []
    for member in sorted({*now.derived, *then.derived} - then.history.erased):
        before, after = now.derived.get(member, NOBODY), then.derived.get(member, NOBODY)
        held, would = _held(before, at), _held(after, at)
        gains += [{"account": member, **_named(grant, would[grant])} for grant in sorted(would.keys() - held.keys())]
        losses += [{"account": member, **_named(grant, held[grant])} for grant in sorted(held.keys() - would.keys())]
        level, next_level = value_at(before.levels, at), value_at(after.levels, at)
        if level != next_level:
            levels.append({"account": member, "from": level, "to": next_level})
    return {
        "charter_version": version,
        "position": position,
        "as_of": format_time(at),
        "members": len(then.derived),
        "levels": levels,
        "gains": gains,
        "losses": losses,
    }


def _held(derived: Derived, at: int) -> dict[tuple[str, str], int]:
    found = ((grant, span_at(spans, at)) for grant, spans in derived.grants.items())
    return {grant: span[0] for grant, span in found if span}


def _named(grant: tuple[str, str], since: int) -> dict[str, Any]:
    kind, value = grant
    return {"grant": kind, "value": int(value) if kind == "level" else value, "since": format_time(since)}
