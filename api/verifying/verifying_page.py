"""The page where a person verifies a badge by hand, ours or anybody's: a file, a text or a link."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.installation import Installation
from api.issued.addresses import LONGEST as LONGEST_LINK
from api.issued.addresses import found_here
from api.known.policies import policy_of
from api.network.reachable import UnreachableError
from api.verifying.asking import linked
from api.verifying.asking import verified as looked
from api.verifying.claims import claim, named
from api.verifying.judging import ruled
from api.verifying.resting import rests_on
from api.verifying.rulings import GIVEN, signer, thing, told
from api.web import bodies
from api.web.auth import Principal
from api.web.negotiate import prefers_html
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from badges import Verdict, Verified
from schemas import Fault, say

router = APIRouter(tags=["people"])
Anyone = Annotated[Principal, Depends(Permit("public"))]

FORM = "multipart/form-data"
MOST_PARTS = 4  # of a form
LONGEST_NAME = 80  # characters of a file's name
KIB = 1_024
_INSTEAD = "Open the link yourself, save the badge (the picture, or the .json file), and give us that file."

_PAGE: dict[int | str, dict[str, Any]] = {200: {"description": "a page", "content": {"text/html": {}}}}
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "text": {"type": "string"},
                        "link": {"type": "string", "maxLength": LONGEST_LINK},
                    },
                }
            }
        },
    }
}


@dataclass(slots=True)
class Given:
    """What somebody filled in, and what is wrong with it, by field."""

    file: bytes = b""
    file_name: str = ""
    text: str = ""
    link: str = ""
    faults: dict[str, str] = field(default_factory=dict)


@router.get("/verify", response_class=Response, summary="The form that takes a badge", responses=_PAGE)
def verify_form(request: Request, here: Here, asking: Anyone) -> Response:
    """Show the form that takes a badge."""
    return _form(request, here, asking, Given())


@router.post(
    "/verify",
    response_class=Response,
    summary="Verify a badge by hand",
    openapi_extra=_FORM,
    responses={**_PAGE, **described(400, 404, 410, 411, 413, 415, 422, 503)},
)
async def verify_page(request: Request, here: Here, asking: Anyone) -> Response:
    """Show a person what a verification found, every step of it. Nothing is stored.

    A file counts before a text, and a text before a link. A link to a badge of this installation is looked up here;
    what stands elsewhere is read only where the operator allows it, or has put it at hand.
    """
    given = Given()
    try:
        await _filled_in(request, here, given)
        document = await _document(request, here, given)
    except ProblemError as problem:
        if not prefers_html(request.headers.get("accept")):
            raise
        given.faults = {fault.pointer.removeprefix("/"): fault.message for fault in problem.errors} or {
            "file": problem.detail
        }
        return await run_in_threadpool(_form, request, here, asking, given, problem.status)
    verified = await looked(request, here, document)
    return await run_in_threadpool(_answer, request, here, asking, given, verified)


async def _filled_in(request: Request, here: Installation, given: Given) -> None:
    """Put what a form carries into `given`. Raises a 411, 413 or 415 problem."""
    if bodies.media_type(request) != FORM:
        raise ProblemError(415, f"Content-Type: wanted {FORM}")
    limit = here.settings.limit_upload
    declared = request.headers.get("content-length", "")
    if not declared.isdecimal():
        raise ProblemError(411, "a form: wanted a Content-Length, got none")
    if int(declared) > limit:
        await bodies.read_off(request.stream())
        raise bodies.too_large("a form", limit, f"{int(declared):,}")
    async with request.form(max_files=1, max_fields=MOST_PARTS, max_part_size=limit) as form:
        file, text, link = form.get("file"), form.get("text"), form.get("link")
        if isinstance(file, UploadFile) and file.size:
            given.file, given.file_name = await file.read(), (file.filename or "")[:LONGEST_NAME]
        given.text = text.strip() if isinstance(text, str) else ""
        given.link = link.strip() if isinstance(link, str) else ""


async def _document(request: Request, here: Installation, given: Given) -> bytes:
    """Return the badge that was given. Raises a 400, 404, 410, 422 or 503 problem with a pointer to the field."""
    if given.file or given.text:
        return given.file or given.text.encode("utf-8", "replace")
    if not given.link:
        words = "wanted a file, a text or a link; got none of them"
        raise ProblemError(400, words, errors=[Fault("/file", words)])
    try:
        found = await run_in_threadpool(found_here, here, given.link)
        return await linked(request, here, given.link) if found is None else found
    except UnreachableError as error:
        words = f"what stands at this address could not be read: {error}. {_INSTEAD}"
        raise ProblemError(422, words, errors=[Fault("/link", words)]) from error
    except ProblemError as problem:
        raise ProblemError(problem.status, problem.detail, errors=[Fault("/link", problem.detail)]) from problem


def _form(request: Request, here: Installation, asking: Principal, given: Given, status: int = 200) -> Response:
    context = {"result": None, **_asked(here, given)}
    return pages_of(request).page("verify.html", context, asking=asking, status=status)


def _answer(request: Request, here: Installation, asking: Principal, given: Given, verified: Verified) -> Response:
    """Return the page of a verification. Blocks."""
    again = Given(link="" if given.file or given.text else given.link)
    if verified.verdict is Verdict.MALFORMED and not given.file:
        again.text = given.text  # something is wrong with how it was copied, perhaps
    context = {
        "result": ruled(here, verified),
        "thing": GIVEN[thing(verified)] if verified.credential is not None else None,
        "checked": datetime.now(UTC),
        "file_name": given.file_name if given.file else "",
        "claim": claim(verified),
        "contents": [_inside(here, each) for each in verified.contents],
        "own": rests_on(here, verified, asking),
        **_asked(here, again),
    }
    return pages_of(request).page("verify.html", context, asking=asking)


def _inside(here: Installation, verified: Verified) -> dict[str, Any]:
    """Return one of the credentials inside another, as a list shows it."""
    policy = policy_of(here.documents)
    return {
        "name": named(verified) or say("A credential without a name"),
        "thing": thing(verified),
        "signer": signer(verified, policy),
        "result": told(verified, policy),
    }


def _asked(here: Installation, given: Given) -> dict[str, Any]:
    """Return what the form shows of itself."""
    return {
        "given": given,
        "largest": f"{here.settings.limit_upload / KIB / KIB:.3g} MiB",
        "origin": here.settings.origin,
    }
