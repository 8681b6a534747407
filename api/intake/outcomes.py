"""One row for each event of a batch: what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from api.web.problems import pointed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger import Outcome
    from schemas import Fault


class Row(TypedDict):
    """What became of the event at `index` (from 0): its name, if it could be read, and its outcome."""

    index: int
    source: str | None
    id: str | None
    outcome: str
    position: int | None
    errors: list[dict[str, Any]]


def rows_of(taken: Iterable[tuple[int, object, Outcome]]) -> list[Row]:
    """Return a row for each (index, event, outcome)."""
    return [_row(index, event, told.outcome, told.position, told.errors) for index, event, told in taken]


def refused(index: int, event: object, errors: Sequence[Fault]) -> Row:
    """Return the row of an event that never reached the book."""
    return _row(index, event, "refused", None, errors)


def _row(index: int, event: object, outcome: str, position: int | None, errors: Sequence[Fault]) -> Row:
    return {
        "index": index,
        "source": _named(event, "source"),
        "id": _named(event, "id"),
        "outcome": outcome,
        "position": position,
        "errors": pointed(errors),
    }


def _named(event: object, key: str) -> str | None:
    found = event.get(key) if isinstance(event, dict) else None
    return found if isinstance(found, str) else None
