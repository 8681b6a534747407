"""The small forms of our own pages: a handful of short fields, and the word that shows where they came from."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from api.guard.sessions import same_word
from api.web import bodies
from api.web.negotiate import prefers_html
from api.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from api.web.auth import Principal

URLENCODED = "application/x-www-form-urlencoded"
LONGEST_FORM = 8_192  # 8 KiB
MOST_FIELDS = 20
WORD = "csrf"
_MENDABLE = frozenset({409, 422})  # what was sent could be read, and another word in it may do


class Tried(NamedTuple):
    """A form that was refused, to be shown again: which one, what was in its fields, and what is wrong, in words.

    `beside`: what is wrong with a field, by the field's name.
    """

    form: str
    fields: Mapping[str, str]
    errors: Sequence[str]
    beside: Mapping[str, str] = MappingProxyType({})


async def fields(request: Request, *, longest: int = LONGEST_FORM, most: int = MOST_FIELDS) -> dict[str, str]:
    """Return the fields, `most` at most, of a form of at most `longest` bytes. Raises a 400, 413 or 415 problem."""
    media = bodies.media_type(request)
    if media != URLENCODED:
        raise ProblemError(415, f"Content-Type: wanted {URLENCODED}, got {media[:100] or 'none'}")
    raw = await bodies.whole(request, longest, "a form")
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=most))
    except ValueError as error:  # no UTF-8, or too many fields
        raise ProblemError(400, "a form: wanted a few fields in UTF-8, got something else") from error


async def own_fields(
    request: Request, asking: Principal, *, longest: int = LONGEST_FORM, most: int = MOST_FIELDS
) -> dict[str, str]:
    """Return the fields of a form that came from our own page. Raises as `fields` does, and a 403 problem."""
    form = await fields(request, longest=longest, most=most)
    if asking.kind == "session" and not same_word(form.get(WORD), asking.csrf):
        raise ProblemError(403, "wanted the form of our own page")
    return form


def mended(
    request: Request,
    form: tuple[str, Mapping[str, str]],
    act: Callable[[], Response],
    again: Callable[[Tried, int], Response],
) -> Response:
    """Return the answer of `act`; where a browser's form is refused, the page `again` with it and a status. Blocks."""
    try:
        return act()
    except ProblemError as problem:
        if problem.status not in _MENDABLE or not prefers_html(request.headers.get("accept")):
            raise
        words = [fault.message for fault in problem.errors] or [problem.detail]
        beside: dict[str, str] = {}
        for fault in problem.errors:
            field = fault.pointer.rpartition("/")[2]
            beside[field] = f"{beside[field]}; {fault.message}" if field in beside else fault.message
        return again(Tried(*form, words, beside), problem.status)
