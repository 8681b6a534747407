"""The alternate request syntax of the first edition: any request as a POST of a form.

xAPI 1.0.3 part 3 "Alternate Request Syntax". The form holds the parameters, some headers, and the `content`; the
address holds nothing but `method`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from api.web import bodies
from api.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message

METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
HEADERS = frozenset({
    "authorization", "x-experience-api-version", "content-type", "content-length", "if-match", "if-none-match",
    "accept-language",
})  # fmt: skip
MOST_FIELDS = 100
LARGEST = 8_388_608  # bytes of a form: what is in it is written with up to three bytes for one
FORM = "application/x-www-form-urlencoded"


def is_meant(request: Request) -> bool:
    """Tell whether a request is another one, as a form."""
    return request.method == "POST" and "method" in request.query_params


async def meant(request: Request) -> Request:
    """Return the request that is meant. Raises a 400 problem."""
    method = request.query_params["method"]
    if method not in METHODS or len(request.query_params.multi_items()) > 1:
        raise ProblemError(400, "method: wanted a method, and nothing else in the address")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    raw = await bodies.whole(request, LARGEST, "a form")
    if media not in {"", FORM}:
        raise ProblemError(400, f"Content-Type: wanted {FORM} beside method=, got {media[:60]}")
    fields = _fields(raw)
    content = fields.pop("content", None)
    if content is None and method in {"PUT", "POST"}:
        raise ProblemError(400, "content: wanted it in the form, got none")
    return _made(request, "GET" if method == "HEAD" else method, fields, (content or "").encode())


def _fields(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:  # no UTF-8, or too many fields
        raise ProblemError(400, "wanted the fields of a form in UTF-8, got something else") from error
    if len({name for name, _ in pairs}) < len(pairs):
        raise ProblemError(400, "wanted each field of the form once, got one twice")
    return dict(pairs)


def _made(request: Request, method: str, fields: Mapping[str, str], content: bytes) -> Request:
    told = {name.lower(): value for name, value in fields.items() if name.lower() in HEADERS}
    parameters = {name: value for name, value in fields.items() if name.lower() not in HEADERS}
    told.setdefault("content-type", "application/json")
    told["content-length"] = str(len(content))
    kept = [(name, value) for name, value in request.headers.raw if name.decode("latin-1") not in told]
    try:
        headers = [*kept, *((name.encode(), value.encode("latin-1")) for name, value in told.items())]
    except UnicodeEncodeError as error:
        raise ProblemError(400, "wanted headers of plain characters in the form, got others") from error
    scope = {**request.scope, "method": method, "query_string": urlencode(parameters).encode(), "headers": headers}

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    return Request(scope, receive)
