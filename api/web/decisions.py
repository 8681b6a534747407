"""What a person decides, gives or says, as a small JSON object of texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.web import bodies
from api.web.problems import ProblemError
from schemas import Fault, escaped, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from starlette.requests import Request

    from ledger import Outcome

JSON = "application/json"
LARGEST = 16_384  # 16 KiB
LONGEST_REASON = 2_000  # characters


class Text(NamedTuple):
    """A field of a body: how long it may be, or what it may be; and whether it must be there."""

    longest: int = LONGEST_REASON
    one_of: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True)
class Body:
    """What a route takes: its name, as in "a decision", and its fields.

    `more`: the schemas of fields that are no texts, and may be left out; who takes them reads them.
    """

    name: str
    texts: Mapping[str, Text]
    more: Mapping[str, dict[str, Any]] = field(default_factory=dict)


async def decided(request: Request, wanted: Body) -> dict[str, str]:
    """Return the texts of the object in the body, "" for one left out. Raises a 400, 413, 415 or 422 problem."""
    return read(await asked(request, wanted), wanted)


async def asked(request: Request, wanted: Body) -> object:
    """Return the JSON of the body. Raises a 400, 413 or 415 problem."""
    media = bodies.media_type(request)
    if media != JSON:
        raise ProblemError(415, f"Content-Type: wanted {JSON}, got {media[:100] or 'none'}")
    document: object = loads(await bodies.whole(request, LARGEST, wanted.name))
    return document


async def recorded(record: Callable[[], dict[str, Any]]) -> Response:
    """Record in a thread what was decided, and answer 201 with what `record` tells."""
    return Response(orjson.dumps(await run_in_threadpool(record)), 201, media_type=JSON)


def receipt(told: Mapping[str, Any], outcome: Outcome) -> Response:
    """Answer what became of it: 201 where it was recorded, 200 where it was before."""
    return Response(orjson.dumps(told), 201 if outcome.outcome == "stored" else 200, media_type=JSON)


def read(document: object, wanted: Body, faults: Iterable[Fault] = ()) -> dict[str, str]:
    """Return the texts of an object, "" for one left out. Raises a 422 problem, also with `faults` of other fields."""
    found = [*_faults(document, wanted), *faults]
    if found or not isinstance(document, dict):
        raise ProblemError(422, f"{wanted.name}: not all of it can be read", errors=found)
    return {name: document.get(name, "").strip() for name in wanted.texts}


def described(wanted: Body) -> dict[str, Any]:
    """Return what OpenAPI says of the body."""
    properties: dict[str, Any] = {**wanted.more}
    for name, text in wanted.texts.items():
        limit: dict[str, Any] = {"enum": [*text.one_of]} if text.one_of else {"minLength": 1, "maxLength": text.longest}
        properties[name] = {"type": "string", **limit}
    required = [name for name, text in wanted.texts.items() if text.required]
    schema = {"type": "object", "required": required, "additionalProperties": False, "properties": properties}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


def _faults(document: object, wanted: Body) -> Iterator[Fault]:
    fields = [*wanted.texts, *wanted.more]
    if not isinstance(document, dict):
        yield Fault("", f"wanted an object with {', '.join(fields)}, got {type(document).__name__}")
        return
    for name in document.keys() - fields:
        near = get_close_matches(name, fields, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        yield Fault(f"/{escaped(name)}", f"wanted one of {', '.join(fields)}, got {name[:60]}{meant}")
    for name, text in wanted.texts.items():
        if (words := _fault(document.get(name), text, there=name in document)) is not None:
            yield Fault(f"/{name}", words)


def _fault(value: object, text: Text, *, there: bool) -> str | None:
    if not there:
        return "wanted it, got nothing" if text.required else None
    if not isinstance(value, str):
        return f"wanted a text, got {type(value).__name__}"
    if text.one_of and value not in text.one_of:
        near = get_close_matches(value, text.one_of, n=1)
        return f"wanted {' or '.join(text.one_of)}, got {value[:60]}{f'; did you mean {near[0]}?' if near else ''}"
    if not value.strip():
        return "wanted a few words, got none"
    return f"wanted at most {text.longest:,} characters, got {len(value):,}" if len(value) > text.longest else None
