"""The routes of documents: state, and the profiles of activities and agents.

xAPI 1.0.3 part 3 "Document Resources" and "Concurrency"; xAPI 2.0 the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Literal, TypeAlias

import orjson
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.guard.doors import Here
from api.web import bodies
from api.web.problems import ProblemError, described
from api.xapi import parameters, people
from api.xapi.described import document_route
from api.xapi.resource import SECOND, Resource
from api.xapi.statements import Reader, Writer
from api.xapi.values import instant
from ledger import Drawer
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.installation import Installation
    from api.web.auth import Principal
    from ledger import Document

    Change = Callable[[Document | None, str, bytes], tuple[str, bytes]]

LARGEST = 4_194_304  # bytes of a document
LONGEST_ID = 1_024  # characters
JSON = "application/json"
MILLION = 1_000_000
UNSEEN = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Disposition": "attachment",
}  # it is somebody's, and no page of ours

router = APIRouter(tags=["xapi"], route_class=Resource)


Must: TypeAlias = Literal["always", "over another", "never"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: where it is, what its own id is called, and what else names it."""

    path: str
    id: str
    required: tuple[str, ...]
    profile: bool

    def told(self, request: Request, *, alone: bool, also: tuple[str, ...] = ()) -> dict[str, str]:
        """Return the parameters. Raises a 400 problem; `alone`: also where the document's id is missing."""
        optional = ("registration",) if self.path.endswith("state") else ()
        required = {*self.required, *((self.id,) if alone else ())}
        found = parameters.read(request, {*self.required, self.id, *optional, *also}, required)
        if len(found.get(self.id, "")) > LONGEST_ID:
            raise ProblemError(400, f"{self.id}: wanted at most {LONGEST_ID:,} characters, got more")
        return found

    def guarded(self, request: Request) -> Must:
        """Return when a PUT must say what it knows of the document that is there."""
        if self.profile:
            return "always"
        return "over another" if request.state.edition is SECOND else "never"

    def drawer(self, told: Mapping[str, str]) -> Drawer:
        """Return where the documents lie that parameters name."""
        account = parameters.agent(told) if "agent" in told else None
        return Drawer(
            kind=self.path,
            activity=told.get("activityId", ""),
            person=people.ref(account) if account else None,
            told=account,
            registration=told.get("registration", "").lower(),
        )


STATE = Kind("/xapi/activities/state", "stateId", ("activityId", "agent"), profile=False)
ACTIVITY = Kind("/xapi/activities/profile", "profileId", ("activityId",), profile=True)
AGENT = Kind("/xapi/agents/profile", "profileId", ("agent",), profile=True)


async def _read(kind: Kind, request: Request, asking: Principal, here: Installation) -> Response:
    told = kind.told(request, alone=False, also=("since",))
    community, drawer = asking.community or "", kind.drawer(told)
    if kind.id not in told:
        since = instant(told["since"]) if "since" in told else 0
        found = await run_in_threadpool(here.book.documents.of, community, drawer)
        return _listed([each for each in found if each.updated > since])
    document = await run_in_threadpool(here.book.documents.find, community, drawer, told[kind.id])
    if document is None:
        raise ProblemError(404, "no document here by that id, or none that you may see")
    return _shown(document)


async def _changed(kind: Kind, request: Request, asking: Principal, here: Installation, change: Change) -> Response:
    told = kind.told(request, alone=True)
    media = request.headers.get("content-type", "application/octet-stream")
    content = await bodies.whole(request, LARGEST, "a document")
    _checked(media, content)
    match = _Match(request, kind.guarded(request) if change is _put else "never")

    def made(there: Document | None) -> tuple[str, bytes]:
        match.hold(there)
        return change(there, media, content)

    documents, community = here.book.documents, asking.community or ""
    await run_in_threadpool(documents.change, community, kind.drawer(told), told[kind.id], made)
    return Response(status_code=204)


async def _dropped(kind: Kind, request: Request, asking: Principal, here: Installation) -> Response:
    told = kind.told(request, alone=kind is not STATE)
    community, drawer, match = asking.community or "", kind.drawer(told), _Match(request, "never")
    if kind.id in told:
        await run_in_threadpool(here.book.documents.change, community, drawer, told[kind.id], match.hold)
    else:
        await run_in_threadpool(here.book.documents.drop, community, drawer)
    return Response(status_code=204)


def _routes(kind: Kind) -> None:
    async def get(request: Request, asking: Reader, here: Here) -> Response:
        """Answer with a document, or with the ids of those that lie together."""
        return await _read(kind, request, asking, here)

    async def put(request: Request, asking: Writer, here: Here) -> Response:
        """Keep a document in the place of what was there."""
        return await _changed(kind, request, asking, here, _put)

    async def post(request: Request, asking: Writer, here: Here) -> Response:
        """Keep a document; of two JSON objects, the members of the new one beside those that were there."""
        return await _changed(kind, request, asking, here, _merged)

    async def delete(request: Request, asking: Writer, here: Here) -> Response:
        """Drop a document; of state without an id, all that lie together."""
        return await _dropped(kind, request, asking, here)

    for method, endpoint, statuses in (
        ("GET", get, (400, 401, 403, 404, 503)),
        ("PUT", put, (400, 401, 403, 409, 412, 413, 503)),
        ("POST", post, (400, 401, 403, 412, 413, 503)),
        ("DELETE", delete, (400, 401, 403, 412, 503)),
    ):
        router.add_api_route(
            kind.path,
            endpoint,
            methods=[method],
            status_code=200 if method == "GET" else 204,
            response_class=Response,
            responses=described(*statuses),
            **document_route(kind.path, kind.id, kind.required, method),
        )


class _Match:
    """What a request wants of the document that is there (RFC 9110 "Preconditions")."""

    def __init__(self, request: Request, must: Must) -> None:
        self._match = request.headers.get("if-match")
        self._none = request.headers.get("if-none-match")
        self._must = must

    def hold(self, there: Document | None) -> None:
        """Raise a 412 problem where it is another, and 409 or 400 where that must be said and was not."""
        tag = etag(there.content) if there else None
        if self._match is not None and not _names(self._match, tag):
            raise ProblemError(412, "If-Match: wanted the document as it is kept, got another; read it again")
        if self._none is not None and _names(self._none, tag):
            raise ProblemError(412, "If-None-Match: wanted no such document, there is one; read it first")
        asked = self._must == "always" or (self._must == "over another" and there is not None)
        if asked and self._match is None and self._none is None:
            words = (
                "wanted If-Match or If-None-Match, which say what you know of the document that is there, got neither"
            )
            raise ProblemError(409 if there else 400, words)


def _names(header: str, tag: str | None) -> bool:
    if tag is None:
        return False
    told = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in told or tag in told or tag.strip('"') in told


def etag(content: bytes) -> str:
    """Return the entity tag of a document: the SHA-1 of its content, as the first edition has it."""
    return f'"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}"'


def _is_json(media: str) -> bool:
    return media.partition(";")[0].strip().lower() == JSON


def _checked(media: str, content: bytes) -> None:
    if not media.isascii() or not media.isprintable():
        raise ProblemError(400, "Content-Type: wanted a media type, got something else")
    if _is_json(media):
        try:
            loads(content)
        except MalformedJSONError as error:
            raise ProblemError(400, f"wanted JSON, as Content-Type says, got: {error}") from error


def _put(_: Document | None, media: str, content: bytes) -> tuple[str, bytes]:
    return media, content


def _merged(there: Document | None, media: str, content: bytes) -> tuple[str, bytes]:
    """XAPI "JSON Procedure with Requirements": the members of the new one replace those of the same name."""
    new = loads(content) if _is_json(media) else None
    if there is None:
        if _is_json(media) and not isinstance(new, dict):
            raise ProblemError(400, "wanted a JSON object, got something else")
        return media, content
    old = loads(there.content) if _is_json(there.media) else None
    if not isinstance(old, dict) or not isinstance(new, dict):
        raise ProblemError(400, "wanted two JSON objects to bring together, got something else")
    return JSON, orjson.dumps({**old, **new})


def _listed(documents: list[Document]) -> Response:
    latest = max((each.updated for each in documents), default=0)
    headers = {"Last-Modified": formatdate(latest / MILLION, usegmt=True)} if documents else {}
    return Response(orjson.dumps([each.id for each in documents]), 200, headers, JSON)


def _shown(document: Document) -> Response:
    headers = {
        "ETag": etag(document.content),
        "Last-Modified": formatdate(document.updated / MILLION, usegmt=True),
        "Content-Type": document.media,
        **UNSEEN,
    }
    return Response(document.content, 200, headers)


for _kind in (STATE, ACTIVITY, AGENT):
    _routes(_kind)
