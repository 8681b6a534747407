"""The W3C VC-API: verify any credential; issue, where the installation allows it, under a key of its own."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from api import asking, bodies
from api.auth import Principal
from api.doors import Here, Permit
from api.installation import Installation
from api.judging import answered, judge
from api.models import VerifiedAnswer, answers
from api.problems import ProblemError, described, not_yet
from badges import BadgeError, VerificationError
from schemas import MalformedJSONError, loads

router = APIRouter(tags=["verifier"])
issuer = APIRouter(tags=["verifier"])
Anyone = Annotated[Principal, Depends(Permit("public"))]

FORM = "multipart/form-data"
JSON = ("application/json", "application/ld+json", "application/vc", "application/vc+ld+json")
TEXT = ("application/jwt", "application/vc+jwt", "text/plain")
PICTURES = ("image/png", "image/svg+xml", "application/pdf")
READ_HERE = (*JSON, *TEXT, *PICTURES, FORM)
OPEN = {"Access-Control-Allow-Origin": "*"}
MOST_PARTS = 4  # of a form

CREDENTIAL: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "`{verifiableCredential, options: {checks}}`, or the credential itself",
                }
            },
            "application/jwt": {"schema": {"type": "string"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
            "image/svg+xml": {"schema": {"type": "string"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "text": {"type": "string"},
                    },
                }
            },
        },
    }
}
_ISSUE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["credential"],
                    "properties": {"credential": {"type": "object"}, "options": {"type": "object"}},
                }
            }
        },
    }
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    status: {
        **described(status)[status],
        "model": VerifiedAnswer,
        "description": "it does not verify; `checks` says where and why, or `detail` why it was not read",
    }
    for status in (400, 422)
}


@router.post(
    "/credentials/verify",
    response_model=None,
    summary="Verify a badge",
    openapi_extra=CREDENTIAL,
    responses={**answers(VerifiedAnswer, 411, 413, 415), **_REFUSED},
)
async def verify(request: Request, here: Here, _: Anyone) -> Response:
    """Verify a credential in any of its forms, step by step. Nothing is stored.

    Nothing is fetched, unless the operator lets this service ask other people's servers; contexts never are.

    The texts of one that is found good may stay in this process's memory, so that the next of its kind is verified
    sooner, until credentials of many other kinds have come.
    """
    document, checks = await _given(request, here)
    try:
        verified = await asking.verified(request, here, lambda reach: judge(here, document, checks=checks, reach=reach))
    except VerificationError as error:
        raise ProblemError(400, str(error), verified=False) from error
    return JSONResponse(answered(verified), 200 if verified.valid else 422, OPEN)


async def _given(request: Request, here: Installation) -> tuple[bytes, list[str] | None]:
    """Return the credential's bytes and the checks asked for."""
    media = bodies.media_type(request)
    if media == FORM:
        return await uploaded(request, here), None
    if media not in READ_HERE:
        raise ProblemError(415, f"Content-Type: wanted one of {', '.join(READ_HERE)}; got {media[:100] or 'none'}")
    raw = await bodies.whole(request, here.settings.limit_upload, "a credential")
    return _unwrapped(raw) if media in JSON else (raw, None)


def _unwrapped(raw: bytes) -> tuple[bytes, list[str] | None]:
    """Return the credential inside a VC-API request, or `raw` where it is a credential itself."""
    try:
        body = loads(raw)
    except MalformedJSONError as error:
        raise ProblemError(400, f"not JSON as we read it: {error}", verified=False) from error
    if not isinstance(body, dict):
        raise ProblemError(400, f"wanted a JSON object, got {type(body).__name__}", verified=False)
    if "verifiableCredential" not in body:
        return raw, None
    inner, options = body["verifiableCredential"], body.get("options")
    checks = options.get("checks") if isinstance(options, dict) else None
    if not isinstance(inner, (dict, str)):
        words = f"verifiableCredential: wanted an object or a JWT, got {type(inner).__name__}"
        raise ProblemError(400, words, verified=False)
    named = [each for each in checks if isinstance(each, str)] if isinstance(checks, list) else None
    return inner.encode() if isinstance(inner, str) else orjson.dumps(inner), named


async def uploaded(request: Request, here: Installation) -> bytes:
    """Return the file of a form, else its text. Raises a 400 or 413 problem."""
    limit = here.settings.limit_upload
    declared = request.headers.get("content-length", "")
    if not declared.isdecimal():
        raise ProblemError(411, "a form: wanted a Content-Length, got none", verified=False)
    if int(declared) > limit:
        await bodies.read_off(request.stream())
        raise bodies.too_large("a form", limit, f"{int(declared):,}")
    async with request.form(max_files=1, max_fields=MOST_PARTS, max_part_size=limit) as form:
        file, text = form.get("file"), form.get("text")
        if isinstance(file, UploadFile) and file.size:
            return await file.read()
        if isinstance(text, str) and text.strip():
            return text.strip().encode("utf-8", "replace")
    raise ProblemError(400, "wanted a file, or text; got neither", verified=False)


@router.post(
    "/presentations/verify",
    response_model=None,
    summary="Verify a presentation",
    responses=described(501),
)
async def verify_presentation(_: Anyone) -> None:
    """Answer later whether a presentation verifies."""
    raise not_yet("the verification of presentations")


@issuer.post(
    "/credentials/issue",
    response_model=None,
    status_code=201,
    summary="Sign a credential (VC-API)",
    openapi_extra=_ISSUE,
    responses={201: {"description": "`{verifiableCredential}`"}, **described(400, 413, 415, 422)},
)
async def issue(request: Request, here: Here, _: Anyone) -> Response:
    """Sign a credential with the installation's own did:key, never a community's."""
    media = bodies.media_type(request)
    if media not in JSON:
        raise ProblemError(415, f"Content-Type: wanted {JSON[0]}, got {media[:100] or 'none'}")
    body = loads(await bodies.whole(request, here.settings.limit_upload, "a credential"))
    if not isinstance(body, dict) or not isinstance(body.get("credential"), dict):
        raise ProblemError(400, "wanted `{credential, options}`, got no credential")
    options = body.get("options")
    try:
        signed = await run_in_threadpool(
            here.issuer.issue, body["credential"], options if isinstance(options, dict) else {}
        )
    except BadgeError as error:
        raise ProblemError(422, f"this credential cannot be signed: {error}") from error
    return JSONResponse({"verifiableCredential": signed}, 201)
