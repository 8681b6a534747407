"""From a request to a delivery: JSON, or the fields of a form, as platforms post them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from api.connecting.errors import UnsignedError
from api.web import bodies
from api.web.problems import ProblemError
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

LARGEST = 4_194_304  # bytes: a large pull request has some hundred kB
FORM = "application/x-www-form-urlencoded"
JSON_FIELD = "payload"  # in which some put JSON, if a form is all they can send
MOST_FIELDS = 200


class Delivery:
    """What was posted: headers by their names in lower case, the bytes of the body, and the address's query."""

    def __init__(self, headers: Mapping[str, str], raw: bytes, query: Mapping[str, str], media: str) -> None:
        """`media`: the media type of the body, in lower case."""
        self.headers, self.raw, self.query = headers, raw, query
        self._media = media

    @cached_property
    def told(self) -> Mapping[str, Any]:
        """What expressions see of it. Raises a 400 problem for a body that cannot be read."""
        return seen(_body(self.raw, self._media), self.headers, self.query)

    def header(self, name: str) -> str:
        """Return a header. Raises `UnsignedError` where there is none."""
        found = self.headers.get(name)
        if not found:
            raise UnsignedError(f"wanted the header {name}, got none")
        return found


async def delivery_of(request: Request) -> Delivery:
    """Return what was posted, of which nothing is read yet. Raises a 413 or 415 problem."""
    media = bodies.media_type(request)
    raw = await bodies.whole(request, LARGEST, "a delivery")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Delivery(headers, raw, dict(request.query_params), media)


def seen(body: object, headers: Mapping[str, str], query: Mapping[str, str]) -> dict[str, Any]:
    """Return what expressions see of a delivery."""
    return {"body": body, "headers": dict(headers), "query": dict(query)}


def _body(raw: bytes, media: str) -> object:
    try:
        if media != FORM:
            return loads(raw)
        fields = dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
        return loads(fields[JSON_FIELD].encode()) if set(fields) == {JSON_FIELD} else fields
    except MalformedJSONError as error:
        raise ProblemError(400, f"wanted JSON, got: {error}") from error
    except ValueError as error:  # no UTF-8, or too many fields
        raise ProblemError(400, "wanted the fields of a form in UTF-8, got something else") from error
