"""Every refusal as a problem document (RFC 9457), or as a page where a person is asking.

A message says what was wanted and what came. What we did not foresee becomes a 500 that
names only the request's id; the log line with that id has the rest.
"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match

from api.errors import ApiError
from api.web.access import dress
from api.web.auth import ANONYMOUS
from api.web.negotiate import prefers_html
from ledger import ErasedError, ForkedError, KeyUnavailableError, LedgerUnavailableError, UnknownCommunityError
from projections import (
    CharterError,
    CharterFault,
    UnknownCohortError,
    UnknownMeasureError,
    UnknownMemberError,
    UnknownRuleError,
)
from schemas import Fault, MalformedJSONError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

    from api.web.auth import Principal

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 2  # seconds; the database is usually back by then
KEPT = "send it again: whatever was kept of it answers as a duplicate"
MOST_ERRORS = 201  # as many as are told of a charter, and how many more there are

SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem details, with a JSON pointer to each fault.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["about:blank"]},
        "title": {"type": "string", "examples": ["Unprocessable Content"]},
        "status": {"type": "integer", "examples": [422]},
        "detail": {"type": "string"},
        "outcome": {"enum": ["conflict", "refused"], "type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into what was sent"},
                    "message": {"type": "string", "description": "what was wanted and what came"},
                    "line": {"type": "integer", "description": "of a charter's text, from 1"},
                    "column": {"type": "integer", "description": "there, from 1"},
                },
            },
        },
        "request_id": {"type": "string"},
    },
}

log = structlog.get_logger("guildbook.api")


class ProblemError(ApiError):
    """A request that ends here, with the words for its caller."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        """Refuse with `status` and `detail`; `more` are extension members of the document."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.more = more


def not_found(what: str) -> ProblemError:
    """Return the one answer for what is unknown and for what the caller may not know of."""
    return ProblemError(404, f"no {what} here by that name, or none that you may see")


def gone() -> ProblemError:
    """Return the answer for what an erasure ended: never a word about whose it was."""
    return ProblemError(410, "it was here; the member it was of asked to be forgotten")


def response(request: Request, problem: ProblemError) -> Response:
    """Return `problem` in the form its caller reads best."""
    headers = {"Cache-Control": "no-store", "Vary": "Accept"} | problem.headers
    document = _document(request, problem)
    if prefers_html(request.headers.get("accept")):
        page = request.app.state.pages.problem(request, document, _asking(request))
        return HTMLResponse(page, status_code=problem.status, headers=headers)
    return Response(orjson.dumps(document), problem.status, headers, MEDIA_TYPE)


def _asking(request: Request) -> Principal | None:
    """Return who is asking, so far as it can be told without waiting; None where it cannot."""
    here = getattr(request.app.state, "installation", None)
    if here is None:
        return ANONYMOUS
    found: Principal | None = here.sessions.remembered(request.cookies.get(here.sessions.cookie))
    return found


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of a route that may answer with problems of these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _WHEN[status], "content": content} for status in statuses}


def conflict(words: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI response of a 409 problem, and in words when that is the answer."""
    return {409: described(409)[409] | {"description": words}}


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""
    app.add_exception_handler(ProblemError, _ours)
    app.add_exception_handler(HTTPException, _of_the_router)
    app.add_exception_handler(RequestValidationError, _of_parameters)
    app.add_exception_handler(MalformedJSONError, _malformed)
    app.add_exception_handler(LedgerUnavailableError, _unavailable)
    app.add_exception_handler(KeyUnavailableError, _no_key)
    app.add_exception_handler(ForkedError, _forked)
    app.add_exception_handler(UnknownCommunityError, _unknown_community)
    app.add_exception_handler(ErasedError, _erased)
    app.add_exception_handler(CharterError, _bad_charter)
    app.add_exception_handler(UnknownRuleError, _unknown_rule)
    app.add_exception_handler(UnknownCohortError, _unknown_cohort)
    app.add_exception_handler(UnknownMeasureError, _unknown_measure)
    app.add_exception_handler(UnknownMemberError, _unknown_member)
    app.add_exception_handler(ClientDisconnect, _gone_away)
    app.add_exception_handler(Exception, _unforeseen)


_NOT_ALLOWED = 405
_WHEN = {
    303: "see the other address",
    304: "unchanged since the ETag you hold",
    400: "what was sent cannot be read",
    401: "who is asking? A key or a session is wanted",
    403: "this caller may not do that",
    404: "unknown, or not for this caller to know",
    406: "none of the forms asked for is to be had",
    410: "it was here; the member asked to be forgotten",
    409: "the same id was stored before with other content",
    411: "how long is it? A Content-Length is wanted",
    412: "what is there is not what you said you know",
    413: "too large",
    415: "not a media type this route reads",
    422: "read, and refused: `errors` says where and why",
    429: "too much was asked for at once; ask again after `Retry-After` seconds",
    501: "this part is not built yet",
    503: "cannot now; ask again after `Retry-After` seconds",
}


def _document(request: Request, problem: ProblemError) -> dict[str, object]:
    document: dict[str, object] = {
        "type": "about:blank",
        "title": _phrase(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        **problem.more,
        "request_id": getattr(request.state, "request_id", ""),
    }
    if problem.errors:
        document["errors"] = pointed(problem.errors)
    return document


def pointed(errors: Sequence[Fault]) -> list[dict[str, Any]]:
    """Return `errors` as the `errors` member of a problem or an outcome, at most `MOST_ERRORS` of them."""
    return [_pointed(fault) for fault in errors[:MOST_ERRORS]]


def _pointed(fault: Fault) -> dict[str, Any]:
    told: dict[str, Any] = {"pointer": fault.pointer, "message": fault.message}
    if isinstance(fault, CharterFault) and fault.line is not None and fault.column is not None:
        told |= {"line": fault.line, "column": fault.column}
    return told


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for this class alone
    return response(request, error)


async def _of_the_router(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    await _recognised(request)
    path = request.url.path[:200]
    headers = {"Allow": _allowed(request)} if error.status_code == _NOT_ALLOWED else error.headers
    words = {
        404: f"there is nothing at {path}",
        405: f"{request.method} is not offered at {path}",
    }.get(error.status_code, str(error.detail))
    return response(request, ProblemError(error.status_code, words, headers=headers))


async def _recognised(request: Request) -> None:
    """Look up whose browser it is, where a page is to say so and no route has asked: `_asking` knows it then."""
    if prefers_html(request.headers.get("accept")) and _asking(request) is None:
        sessions = request.app.state.installation.sessions
        with suppress(LedgerUnavailableError):  # then nobody is named
            await run_in_threadpool(sessions.read, request.cookies.get(sessions.cookie))


def _allowed(request: Request) -> str:
    """Return the methods of every route at this path; the router knows of one route alone."""
    routes = [each for each in request.app.routes if each.matches(request.scope)[0] is not Match.NONE]
    exact = [each for each in routes if each.path == request.url.path]
    return ", ".join(sorted({method for each in exact or routes for method in each.methods}))


async def _of_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    faults = [Fault("".join(f"/{part}" for part in e["loc"]), str(e["msg"])) for e in error.errors()]
    once = list(dict.fromkeys(faults))  # a parameter that two dependencies read is at fault once
    return response(request, ProblemError(422, "a parameter is not what was wanted", errors=once))


async def _malformed(request: Request, error: Exception) -> Response:
    return response(request, ProblemError(400, f"not JSON as we read it: {error}"))


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("unavailable", request_id=request.state.request_id, why=str(error))
    return response(request, busy(f"the book cannot be reached just now; {KEPT}"))


async def _forked(request: Request, error: Exception) -> Response:
    log.error("refused", request_id=request.state.request_id, why=str(error))
    words = "this community's book is not the one that was signed: nothing is written until an operator has looked"
    return response(request, ProblemError(503, f"{words}; keep what you sent", headers={"Retry-After": "60"}))


async def _no_key(request: Request, error: Exception) -> Response:
    log.error("no key", request_id=request.state.request_id, why=str(error))
    return response(request, busy("the key that this takes cannot be used just now; an operator has to look"))


async def _unknown_community(request: Request, _: Exception) -> Response:
    return response(request, not_found("community"))


async def _erased(request: Request, _: Exception) -> Response:
    return response(request, gone())


async def _bad_charter(request: Request, error: Exception) -> Response:
    assert isinstance(error, CharterError)  # noqa: S101 - registered for this class alone
    words = "this charter cannot be used; each error says what was wanted and what came"
    return response(request, ProblemError(422, words, errors=error.faults))


async def _unknown_rule(request: Request, _: Exception) -> Response:
    return response(request, not_found("rule"))


async def _unknown_cohort(request: Request, error: Exception) -> Response:
    return response(request, ProblemError(404, str(error)))


async def _unknown_measure(request: Request, error: Exception) -> Response:
    return response(request, ProblemError(404, str(error)))


async def _unknown_member(request: Request, _: Exception) -> Response:
    return response(request, not_found("member"))


async def _gone_away(request: Request, _: Exception) -> Response:
    return response(request, ProblemError(400, "the body ended before it was whole"))  # nobody reads this


async def _unforeseen(request: Request, error: Exception) -> Response:
    log.error("unforeseen", request_id=request.state.request_id, error=type(error).__name__)
    answer = response(request, ProblemError(500, "this is our fault; the log has it under the request's id"))
    secure: bool = request.app.state.settings.secure
    dress(answer.headers, request.state.request_id, secure=secure)  # sent from outside of `Access`
    return answer


def busy(detail: str) -> ProblemError:
    """Return a 503 that says when to ask again."""
    return ProblemError(503, detail, headers={"Retry-After": str(RETRY_AFTER)})
