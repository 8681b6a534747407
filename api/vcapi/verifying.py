"""The W3C VC-API of a verifier: any credential, any presentation, in any of their forms."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.guard.doors import Direct, Here, Permit
from api.installation import Installation
from api.vcapi.examples import PRESENTATION_REQUEST, VERIFY_REQUEST
from api.vcapi.models import PresentationAnswer, VerifiedAnswer
from api.vcapi.parting import parted
from api.vcapi.problem_details import problem_details, unread
from api.verifying import asking
from api.verifying.judging import ORDINARY, answered
from api.web import bodies
from api.web.answers import answers
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from badges import ALL_CHECKS, CHECKS, VerificationError, Verified
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges import Policy

router = APIRouter(tags=["verifier"])
door = APIRouter(tags=["verifier"], route_class=Direct)  # the busiest
Anyone = Annotated[Principal, Depends(Permit("public"))]

FORM = "multipart/form-data"
JSON = ("application/json", "application/ld+json", "application/vc", "application/vc+ld+json", "application/vp")
TEXT = ("application/jwt", "application/vc+jwt", "application/vp+jwt", "text/plain")
PICTURES = ("image/png", "image/svg+xml", "application/pdf", "application/zip")
READ_HERE = (*JSON, *TEXT, *PICTURES, FORM)
OPEN = {"Access-Control-Allow-Origin": "*"}
MOST_PARTS = 4  # of a form
LARGEST_TEXT = 270_336  # bytes of JSON or of a token: 256 KiB, and what a request has around it
CREDENTIAL = VERIFY_REQUEST

Member = Literal["verifiableCredential", "verifiablePresentation"]
_JWT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")


def _refused(model: type[VerifiedAnswer]) -> dict[int | str, dict[str, Any]]:
    words = "it does not verify; `checks` and `problemDetails` say where and why, or `detail` why it was not read"
    return {status: {**described(status)[status], "model": model, "description": words} for status in (400, 422)}


@dataclass(frozen=True, slots=True)
class Given:
    """What shall be verified, and how; `wrapped` as the VC-API has it, so that it must be what the route is for."""

    document: bytes
    checks: frozenset[str] = CHECKS
    challenge: str | None = None
    domain: str | None = None
    wrapped: bool = False

    def over(self, policy: Policy) -> Policy:
        """Return `policy` with what is asked."""
        if (self.checks, self.challenge, self.domain) == (policy.checks, policy.challenge, policy.domain):
            return policy
        return replace(policy, checks=self.checks, challenge=self.challenge, domain=self.domain)


@door.post(
    "/credentials/verify",
    response_model=None,
    summary="Verify a badge",
    openapi_extra=VERIFY_REQUEST,
    responses={**answers(VerifiedAnswer, 411, 413, 415, 429, 503), **_refused(VerifiedAnswer)},
)
async def verify_credential(request: Request, _: Anyone, here: Here) -> Response:
    """Verify a credential in any of its forms, step by step. Nothing is stored.

    Nothing is fetched, unless the operator lets this service ask other people's servers; contexts never are.

    The texts of one that is found good may stay in this process's memory, so that the next of its kind is verified
    sooner, until credentials of many other kinds have come.
    """
    given = await _given(request, here, "verifiableCredential", READ_HERE)
    verified = await _judged(request, here, given)
    if given.wrapped and verified.kind == "presentation":
        raise _not_read("verifiableCredential: wanted a credential, got a presentation")
    return _answer(verified, _told(verified, given))


router.routes.extend(door.routes)


@router.post(
    "/presentations/verify",
    response_model=None,
    summary="Verify a presentation",
    openapi_extra=PRESENTATION_REQUEST,
    responses={**answers(PresentationAnswer, 411, 413, 415, 429, 503), **_refused(PresentationAnswer)},
)
async def verify_presentation(request: Request, here: Here, _: Anyone) -> Response:
    """Verify that a holder signed a presentation for this occasion, and each credential in it. Nothing is stored.

    `options.challenge` and `options.domain`, where given, must be what she signed. One that nobody signed is refused.
    """
    given = await _given(request, here, "verifiablePresentation", (*JSON, *TEXT))
    verified = await _judged(request, here, given)
    if verified.credential is not None and verified.kind != "presentation":
        raise _not_read(f"verifiablePresentation: wanted a presentation, got another document ({verified.kind})")
    told = _told(verified, given)
    told.pop("contents", None)  # told as the VC-API has it
    return _answer(verified, told | {"credentialResults": [_told(one, given) for one in verified.contents]})


async def _judged(request: Request, here: Installation, given: Given) -> Verified:
    try:
        return await asking.verified(request, here, given.document, given.over)
    except VerificationError as error:
        raise _not_read(str(error)) from error


def _told(verified: Verified, given: Given) -> dict[str, Any]:
    """Return the answer about one document; `errors` and `problemDetails` only where it does not verify."""
    problems = problem_details(verified, challenge=given.challenge, domain=given.domain)
    return answered(verified, replace(ORDINARY, checks=given.checks)) | (
        {"problemDetails": problems} if problems else {}
    )


def _answer(verified: Verified, told: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(told), 200 if verified.valid else 422, OPEN, JSON[0])


def _not_read(words: str) -> ProblemError:
    return ProblemError(400, words, verified=False, problemDetails=[unread(words)])


async def _given(request: Request, here: Installation, member: Member, media_types: tuple[str, ...]) -> Given:
    """Return what a request gives to verify. Raises a 400, 411, 413 or 415 problem."""
    media = bodies.media_type(request)
    if media not in media_types:
        words = f"Content-Type: wanted one of {', '.join(media_types)}; got {media[:100] or 'none'}"
        raise ProblemError(415, words, verified=False)
    if media == FORM:
        return Given(await uploaded(request, here))
    most = here.settings.limit_upload
    raw = await bodies.whole(request, most if media in PICTURES else min(most, LARGEST_TEXT), "a document")
    return _unwrapped(raw, member) if media in JSON else Given(raw)


def _unwrapped(raw: bytes, member: Member) -> Given:
    """Return what stands in a VC-API request under `member`, or `raw` where it is the document itself."""
    try:
        found = parted(raw, member, unless="@context")  # a presentation has credentials in it under the same name
        if found is None:
            return Given(raw)
        body, document = found
        if not document.startswith(b"{"):
            document = _token(loads(document), member)
    except MalformedJSONError as error:
        raise _not_read(f"not JSON as we read it: {error}") from error
    options = body.get("options")
    return Given(document, *_asked(options if isinstance(options, dict) else {}), wrapped=True)


def _token(inner: object, member: Member) -> bytes:
    if not (isinstance(inner, str) and _JWT.fullmatch(inner)):
        got = "other text" if isinstance(inner, str) else type(inner).__name__
        raise _not_read(f"{member}: wanted an object or a JWT, got {got}")
    return inner.encode()


def _asked(options: Mapping[str, Any]) -> tuple[frozenset[str], str | None, str | None]:
    """Return the checks, the challenge and the domain that are asked for; what is not known here is ignored."""
    checks, said = options.get("checks"), []
    for name in ("challenge", "domain"):
        value = options.get(name)
        if not isinstance(value, str | None):
            raise _not_read(f"options.{name}: wanted text, got {type(value).__name__}")
        said.append(value)
    known = ALL_CHECKS & {each for each in checks if isinstance(each, str)} if isinstance(checks, list) else CHECKS
    return known or CHECKS, said[0], said[1]


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
