"""From a request to statements that can be kept: read, checked, and held against what is attached."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from api.web import bodies
from api.web.problems import ProblemError
from api.xapi import multipart, signatures
from api.xapi.statement_shapes import faults_of
from schemas import Fault, loads

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.xapi.multipart import Part
    from api.xapi.resource import Edition

LARGEST = 16_777_216  # bytes of a request, what is attached included
MOST = 1_000  # statements of one request
JSON = "application/json"
_SHA2 = {56: hashlib.sha224, 64: hashlib.sha256, 96: hashlib.sha384, 128: hashlib.sha512}


class Received(NamedTuple):
    """A checked statement, and what is attached to it, by number."""

    statement: dict[str, Any]
    files: dict[int, bytes]


async def received(request: Request, edition: Edition) -> tuple[list[Received], bool]:
    """Return the statements of a request, and whether it was a list. Raises a 400 or 413 problem: all or none."""
    said = request.headers.get("content-type", "")
    media = said.partition(";")[0].strip().lower()
    if media not in {JSON, multipart.MIXED}:
        raise ProblemError(400, f"Content-Type: wanted {JSON} or {multipart.MIXED}, got {media[:60] or 'none'}")
    raw = await bodies.whole(request, LARGEST, "statements")
    attached: dict[str, Part] = {}
    if media == multipart.MIXED:
        first, *others = multipart.parts(raw, said)
        raw, attached = _first(first), {_hash(each): each for each in others}
    told = loads(raw)
    listed: list[Any] = told if isinstance(told, list) else [told]
    if len(listed) > MOST:
        raise ProblemError(413, f"wanted at most {MOST:,} statements at once, got {len(listed):,}")
    _check(listed, edition, alone=not isinstance(told, list))
    found = [Received(each, _files(number, each, attached)) for number, each in enumerate(listed)]
    named = {item["sha2"].lower() for each in listed for item in each.get("attachments", ())}
    if strange := attached.keys() - named:
        raise ProblemError(400, f"wanted parts that a statement names by sha2, got {min(strange)[:80]}")
    return found, isinstance(told, list)


def _check(listed: list[Any], edition: Edition, *, alone: bool) -> None:
    faults: list[Fault] = []
    met: set[str] = set()
    for number, each in enumerate(listed):
        at = "" if alone else f"/{number}"
        faults += [Fault(at + fault.pointer, fault.message) for fault in faults_of(each, edition.statement)]
        name = each.get("id") if isinstance(each, dict) else None
        if isinstance(name, str):
            if name.lower() in met:
                faults.append(Fault(f"{at}/id", "wanted each id once, got one twice"))
            met.add(name.lower())
    if faults:
        raise ProblemError(400, "nothing was kept; each error says what was wanted and what came", errors=faults)


def _first(part: Part) -> bytes:
    media = part.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != JSON:
        raise ProblemError(400, f"the first part: wanted {JSON}, got {media[:60] or 'none'}")
    return part.content


def _hash(part: Part) -> str:
    told = part.headers.get("x-experience-api-hash", "").lower()
    if part.headers.get("content-transfer-encoding", "").lower() != "binary":
        raise ProblemError(400, "a part: wanted Content-Transfer-Encoding: binary, got another or none")
    made = _SHA2.get(len(told))
    if made is None or made(part.content).hexdigest() != told:
        raise ProblemError(400, "a part: wanted the SHA-2 of its content as X-Experience-API-Hash, got another or none")
    return told


def _files(number: int, statement: dict[str, Any], attached: dict[str, Part]) -> dict[int, bytes]:
    """Return what is attached to a statement. Raises a 400 problem where something is missing, or a bad signature."""
    files = {}
    for index, item in enumerate(statement.get("attachments", ())):
        part = attached.get(item["sha2"].lower())
        signed = item["usageType"] == signatures.USAGE
        if part is None:
            if signed or "fileUrl" not in item:
                raise ProblemError(400, f"statement {number}: wanted attachment {index} as a part, got none")
            continue
        if signed:
            try:
                signatures.check(statement, item["contentType"], part.content)
            except signatures.UnsignedError as error:
                raise ProblemError(400, f"statement {number}, attachment {index}: {error}") from error
        files[index] = part.content
    return files
