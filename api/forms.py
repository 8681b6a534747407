"""The small forms of our own pages: a handful of short fields, and the word that shows where they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from api import bodies
from api.problems import ProblemError

if TYPE_CHECKING:
    from starlette.requests import Request

URLENCODED = "application/x-www-form-urlencoded"
LONGEST_FORM = 8_192  # 8 KiB
MOST_FIELDS = 20
WORD = "csrf"


async def fields(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises a 400, 413 or 415 problem."""
    media = bodies.media_type(request)
    if media != URLENCODED:
        raise ProblemError(415, f"Content-Type: wanted {URLENCODED}, got {media[:100] or 'none'}")
    raw = await bodies.whole(request, LONGEST_FORM, "a form")
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:  # no UTF-8, or too many fields
        raise ProblemError(400, "a form: wanted a few fields in UTF-8, got something else") from error
