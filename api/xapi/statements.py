"""The routes of statements (xAPI 1.0.3 part 3 "Statement Resource"; xAPI 2.0 "Statement Resource")."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from api.xapi import formats, multipart, parameters, people
from api.xapi.activities import definition_of
from api.xapi.described import GET_STATEMENTS, POST_STATEMENTS, PUT_STATEMENT
from api.xapi.posting import Sent, tell
from api.xapi.received import received
from api.xapi.resource import STATEMENTS, Edition, Resource
from api.xapi.values import instant
from ledger import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.installation import Installation
    from ledger import Kept

MOST = 100  # statements of one answer
LARGEST_ANSWER = 8_388_608  # bytes of one, but where a single statement brings more
AROUND = 400  # bytes that each adds to an answer, at most, in what the store tells of it and of what is attached
ALONE = frozenset({"statementId", "voidedStatementId"})
BESIDE = frozenset({"attachments", "format"})
FROM = "from"  # of `more`: when the last statement before was stored
ASKED = frozenset({
    "agent", "verb", "activity", "registration", "related_activities", "related_agents", "since", "until", "limit",
    "ascending", FROM,
})  # fmt: skip
MILLION = 1_000_000

router = APIRouter(tags=["xapi"], route_class=Resource)
Writer = Annotated[Principal, Depends(Permit("statements.write"))]
Reader = Annotated[Principal, Depends(Permit("statements.read"))]


@router.post(
    STATEMENTS,
    summary="Report statements",
    response_class=Response,
    openapi_extra=POST_STATEMENTS,
    responses=described(400, 401, 403, 409, 413, 415, 503),
)
async def post(request: Request, asking: Writer, here: Here) -> Response:
    """Keep statements, all or none; answered with their ids. The same again is harmless."""
    parameters.read(request, ())
    ids = await _taken(request, asking, here)
    return Response(orjson.dumps(ids), media_type="application/json")


@router.put(
    STATEMENTS,
    status_code=204,
    summary="Report a statement under an id",
    response_class=Response,
    openapi_extra=PUT_STATEMENT,
    responses=described(400, 401, 403, 409, 413, 415, 503),
)
async def put(request: Request, asking: Writer, here: Here) -> Response:
    """Keep one statement under the id `statementId`."""
    told = parameters.read(request, {"statementId"}, {"statementId"})
    await _taken(request, asking, here, told["statementId"])
    return Response(status_code=204)


async def _taken(request: Request, asking: Principal, here: Installation, alone: str = "") -> list[str]:
    edition: Edition = request.state.edition
    given, many = await received(request, edition)
    if alone:
        if many:
            raise ProblemError(400, "wanted one statement, got a list")
        statement = given[0].statement
        if statement.setdefault("id", alone).lower() != alone.lower():
            raise ProblemError(400, "statementId: wanted the id of the statement, got another")
    community = asking.community or ""
    authority = {
        "objectType": "Agent",
        "account": {"homePage": f"{here.settings.origin}/xapi", "name": asking.label or asking.kind},
    }
    posted = await here.posting.post(community, Sent(given, edition, authority))
    await tell(here, community, posted)
    return posted.ids


@router.get(
    STATEMENTS,
    summary="Statements, by what they are about",
    response_class=Response,
    openapi_extra=GET_STATEMENTS,
    responses=described(400, 401, 403, 404, 503),
)
async def get(request: Request, asking: Reader, here: Here) -> Response:
    """Answer with one statement by its id, or with those that are asked for, the newest first."""
    told = parameters.read(request, ALONE | BESIDE | ASKED)
    languages = formats.languages(request.headers.get("accept-language", ""))
    answer = _one if ALONE & told.keys() else _several
    return await run_in_threadpool(answer, here, asking.community or "", told, languages)


def _one(here: Installation, community: str, told: Mapping[str, str], languages: Sequence[str]) -> Response:
    if strange := told.keys() - BESIDE - ALONE:
        raise ProblemError(400, f"wanted attachments and format alone beside an id, got {', '.join(sorted(strange))}")
    if told.keys() >= ALONE:
        raise ProblemError(400, "wanted one of statementId and voidedStatementId, got both")
    name = (told.get("statementId") or told["voidedStatementId"]).lower()
    kept = here.book.statements.known(community, [name]).get(name)
    if kept is None or kept.content is None or kept.voided != ("voidedStatementId" in told):
        raise ProblemError(404, "no statement here by that id, or none that you may see")
    statement = _formatted(here, community, [kept], told, languages)[0]
    return _answered(here, community, statement, [kept], told)


def _several(here: Installation, community: str, told: Mapping[str, str], languages: Sequence[str]) -> Response:
    limit = min(int(told.get("limit", "0")[:9]) or MOST, MOST)
    found = here.book.statements.ask(community, _question(told), limit + 1)
    page = _page(here, community, found[:limit], told)
    shown = [kept for kept in page if kept.content is not None]
    more = ""
    if len(found) > len(page):
        rest = {name: value for name, value in told.items() if name != FROM}
        more = f"{STATEMENTS}?{urlencode({**rest, FROM: str(page[-1].stored)})}"
    document = {"statements": _formatted(here, community, shown, told, languages), "more": more}
    return _answered(here, community, document, shown, told)


def _page(here: Installation, community: str, found: Sequence[Kept], told: Mapping[str, str]) -> Sequence[Kept]:
    """Return the first of the statements that were found: one at least, and as many as an answer can hold."""
    weights = here.book.statements.weights(community, found) if told.get("attachments") == "true" else {}
    left = LARGEST_ANSWER
    for number, kept in enumerate(found):
        left -= len(kept.content or b"") + weights.get(kept.stored, 0) + AROUND
        if left < 0 and number:
            return found[:number]
    return found


def _question(told: Mapping[str, str]) -> Question:
    groups: list[list[tuple[str, str]]] = []
    if "verb" in told:
        groups.append([("verb", told["verb"])])
    if "activity" in told:
        kinds = ("activity", "context") if told.get("related_activities") == "true" else ("activity",)
        groups.append([(kind, told["activity"]) for kind in kinds])
    if "registration" in told:
        groups.append([("registration", told["registration"].lower())])
    account = parameters.agent(told) if "agent" in told else None
    ascending = told.get("ascending") == "true"
    since = instant(told["since"]) if "since" in told else 0
    until = instant(told["until"]) if "until" in told else 2**62
    if FROM in told:
        if not told[FROM].isascii() or not told[FROM].isdecimal() or len(told[FROM]) > 18:  # noqa: PLR2004 - digits
            raise ProblemError(400, f"{FROM}: wanted what a `more` had, got something else")
        at = int(told[FROM])
        since, until = (max(since, at), until) if ascending else (since, min(until, at - 1))
    return Question(
        groups=groups,
        agent=people.ref(account) if account else None,
        related=told.get("related_agents") == "true",
        authority=people.identifier(parameters.agent_object(told)) if account else "",
        since=since,
        until=until,
        ascending=ascending,
    )


def _formatted(
    here: Installation, community: str, kept: Sequence[Kept], told: Mapping[str, str], languages: Sequence[str]
) -> list[dict[str, Any]]:
    found = [formats.exact(each) for each in kept]
    if told.get("format") == "ids":
        return [formats.ids(each) for each in found]
    if told.get("format") == "canonical":
        definition = definition_of(here, community)
        return [formats.canonical(each, definition, languages) for each in found]
    return found


def _answered(
    here: Installation, community: str, document: dict[str, Any], kept: Sequence[Kept], told: Mapping[str, str]
) -> Response:
    body, media = orjson.dumps(document), "application/json"
    if told.get("attachments") == "true":
        body, media = multipart.written(body, _attached(here, community, kept))
    headers = {}
    if kept:
        headers["Last-Modified"] = formatdate(max(each.stored for each in kept) / MILLION, usegmt=True)
    return Response(body, 200, headers, media)


def _attached(here: Installation, community: str, kept: Sequence[Kept]) -> list[tuple[str, str, bytes]]:
    """Return what is attached to statements, each content once: its hash, media type and bytes."""
    found: dict[str, tuple[str, str, bytes]] = {}
    for each in kept:
        statement = orjson.loads(each.content or b"{}")
        items = statement.get("attachments", ())
        if items:
            for number, content in here.book.statements.files(community, statement["id"]).items():
                item = items[number]
                found.setdefault(item["sha2"], (item["sha2"], item["contentType"], content))
    return list(found.values())
