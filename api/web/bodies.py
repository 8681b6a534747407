"""Reading what platforms send: never more than the limit, never without saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import anyio

from api.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

CE = "ce-"
NDJSON = "application/x-ndjson"
STREAMS = (NDJSON, "application/ndjson", "application/jsonl")
MOST_READ_OFF = 33_554_432  # 32 MiB
READ_OFF_SECONDS = 5
_UNENCODED = {"", "identity"}


def media_type(request: Request) -> str:
    """Return the body's media type in lower case, "" where none is named.

    Raises a 415 problem for a charset other than UTF-8 and for a compressed body.
    """
    media, *parameters = request.headers.get("content-type", "").split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in {
            "utf-8",
            "utf8",
            "us-ascii",
        }:
            raise ProblemError(415, f"charset: wanted utf-8, got {value.strip()[:40]!r}")
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in _UNENCODED:
        raise ProblemError(
            415,
            f"Content-Encoding: wanted none, got {encoding[:40]!r}",
            headers={"Accept-Encoding": "identity"},
        )
    return media.strip().lower()


async def whole(request: Request, limit: int, what: str) -> bytes:
    """Return the body. Raises a 413 problem where it is longer than `limit` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        await read_off(request.stream())
        raise too_large(what, limit, f"{int(declared):,}")
    body, rest = bytearray(), request.stream()
    async for piece in rest:
        body += piece
        if len(body) > limit:
            break
    else:
        return bytes(body)
    await read_off(rest)
    raise too_large(what, limit, "more")


async def read_off(rest: AsyncIterator[bytes]) -> None:
    """Take in the rest of a body, within reason: a client that is still sending reads no answer."""
    left = MOST_READ_OFF
    with anyio.move_on_after(READ_OFF_SECONDS):
        async for piece in rest:
            left -= len(piece)
            if left < 0:
                return


def too_large(what: str, limit: int, got: str) -> ProblemError:
    """Return the 413 problem for `what`."""
    return ProblemError(413, f"{what}: wanted at most {limit:,} bytes, got {got}")


async def lines(request: Request, longest: int) -> AsyncIterator[bytes | None]:
    """Yield the body's lines as they arrive, without their ends; `None` for one over `longest` bytes.

    Holds one line and one piece of the body at a time.
    """
    rest, overlong = b"", False
    async for piece in request.stream():
        *done, rest = (rest + piece).split(b"\n")
        for line in done:
            yield None if overlong or len(line) > longest else line
            overlong = False
        if len(rest) > longest:
            rest, overlong = b"", True
    if overlong or rest:
        yield None if overlong else rest


def attributes(request: Request) -> dict[str, str]:
    """Return the `ce-` headers of a binary event, decoded (CloudEvents HTTP "HTTP Header Values").

    Raises a 400 problem for a header given twice, or one that is not percent-encoded UTF-8.
    """
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        attribute = name.removeprefix(CE)
        if attribute == name:
            continue
        if attribute in found:
            raise ProblemError(400, f"{name}: wanted it once, got it twice")
        try:
            found[attribute] = unquote_to_bytes(value.strip().strip('"').encode("latin-1")).decode()
        except UnicodeDecodeError as error:
            raise ProblemError(400, f"{name}: wanted percent-encoded UTF-8, got other bytes") from error
    return found


def is_binary(request: Request) -> bool:
    """Whether the event's attributes are in the headers."""
    return any(name.startswith(CE) for name in request.headers)


def is_strict(request: Request) -> bool:
    """Whether the caller wants all or nothing (RFC 7240 "handling")."""
    preferences = ",".join(request.headers.getlist("prefer")).lower().replace('"', "").split(",")
    return any(each.partition(";")[0].replace(" ", "") == "handling=strict" for each in preferences)
