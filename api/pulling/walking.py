"""One list of a poll, walked page by page: the newest first, down to what was taken the last time.

How far it is stands in the cursor after every page, so that a walk that was broken off goes on where it was. While a
list grows its records move to later pages: what is read again is known by its ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from api.connecting.errors import ExpressionError
from api.pulling.errors import LaterError
from api.pulling.requests import Seen
from schemas import InvalidTimeError, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from api.connecting.expressions import Expression
    from api.connecting.pulled import Stream
    from api.pulling.requests import Requests

SECOND = 1_000_000  # µs
State = dict[str, Any]


class Read(NamedTuple):
    """A page that was read: its records that count, and what to remember once they are taken."""

    records: list[Any]
    state: State


def walk(
    stream: Stream, requests: Requests, state: Mapping[str, Any], *, now: int, parent: str = "", whole: bool = False
) -> Iterator[Read]:
    """Yield what is new in a list, page by page. `now` in µs; `whole`: read it even where it says it is unchanged.

    `state`: what was remembered of it: `top`, the cursor's highest; `page` and `high`, of a walk that was broken off;
    `seen`, the first page as it was answered. Raises `LaterError`, `EndedError`.
    """
    top, high = state.get("top"), state.get("high")
    floor = _floor(stream, top, now)
    first = max(stream.first, state.get("page", stream.first) - 1)
    for number in range(first, stream.first + stream.most):
        path = stream.address.replace("{page}", str(number)).replace("{parent}", quote(parent, safe=""))
        known = Seen(*state["seen"]) if "seen" in state and number == stream.first and not whole else None
        page = requests.get(path, known)
        if page.body is None:
            return
        records = _value(stream.items, {"body": page.body, "page": number})
        if not isinstance(records, list):
            raise LaterError(f"{stream.name}: wanted a list of records, got {type(records).__name__}")
        marks = [_mark(stream, each) for each in records]
        high = max([each for each in (high, *marks) if each is not None], default=None)
        new = [
            each for each, mark in zip(records, marks, strict=True) if floor is None or mark is None or mark >= floor
        ]
        over = bool(marks) and floor is not None and marks[-1] is not None and marks[-1] < floor
        more = bool(records) and not over and _more(stream, {"body": page.body, "page": number})
        seen = page.seen if number == stream.first else None
        yield Read(new, _after(state, seen, number + 1, high) if more else _done(state, seen, top, high))
        if not more:
            return


def _more(stream: Stream, told: Mapping[str, Any]) -> bool:
    return stream.more is not None and bool(_value(stream.more, told))


def _after(state: Mapping[str, Any], seen: Seen | None, page: int, high: int | None) -> State:
    """Return what to remember in the middle of a walk."""
    kept = {name: state[name] for name in ("top",) if name in state}
    first = {"first": list(seen)} if seen else {name: state[name] for name in ("first",) if name in state}
    return {**kept, **first, "page": page, "high": high}


def _done(state: Mapping[str, Any], seen: Seen | None, top: int | None, high: int | None) -> State:
    """Return what to remember of a whole walk: the first page's mark counts only now."""
    highest = max([each for each in (top, high) if each is not None], default=None)
    said = list(seen) if seen else state.get("first")
    return {name: value for name, value in (("top", highest), ("seen", said)) if value is not None}


def _floor(stream: Stream, top: int | None, now: int) -> int | None:
    if top is None or stream.cursor is None:
        return None
    return min(top, now) - stream.overlap * SECOND if stream.overlap else top


def _mark(stream: Stream, record: object) -> int | None:
    """Return where a record stands: its time in µs, or its number."""
    if stream.cursor is None:
        return None
    found = _value(stream.cursor, {"item": record})
    if isinstance(found, str):
        try:
            return parse_time(found)
        except InvalidTimeError as error:
            raise LaterError(f"{stream.name}: wanted a time or a number as cursor, got {found[:40]!r}") from error
    return found if isinstance(found, int) else None


def parent_of(stream: Stream, record: object) -> str:
    """Return what stands for a record in the address of a list under it."""
    found = _value(stream.parent, {"item": record}) if stream.parent else None
    return found if isinstance(found, str) else ""


def _value(expression: Expression, told: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
    try:
        return expression.of(told)
    except ExpressionError as error:
        raise LaterError(f"what came is not what the file thinks it is: {error}") from error
