"""From a request to a delivery: JSON, or the fields of a form, as platforms post them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from api import bodies
from api.connecting.connector import told
from api.connecting.signing import Delivery
from api.problems import ProblemError
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from starlette.requests import Request

LARGEST = 4_194_304  # bytes: a large pull request has some hundred kB
FORM = "application/x-www-form-urlencoded"
JSON_FIELD = "payload"  # in which some put JSON, if a form is all they can send
MOST_FIELDS = 200
KEPT_HEADERS = 40  # of a delivery that is kept aside


async def delivery_of(request: Request) -> Delivery:
    """Return what was posted. Raises a 400, 413 or 415 problem."""
    media = bodies.media_type(request)
    raw = await bodies.whole(request, LARGEST, "a delivery")
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = dict(request.query_params)
    return Delivery(headers, raw, query, told(body_of(raw, media), headers, query))


def body_of(raw: bytes, media: str) -> object:
    """Return what the body says. Raises a 400 problem."""
    if media == FORM:
        try:
            fields = dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
        except ValueError as error:
            raise ProblemError(400, "wanted the fields of a form in UTF-8, got something else") from error
        return loads(fields[JSON_FIELD].encode()) if set(fields) == {JSON_FIELD} else fields
    try:
        return loads(raw)
    except MalformedJSONError as error:
        raise ProblemError(400, f"wanted JSON, got: {error}") from error
