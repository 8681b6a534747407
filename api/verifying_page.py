"""The page where a person verifies a badge by hand, ours or anybody's."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api import bodies
from api.asking import verified as looked
from api.auth import Principal
from api.doors import Here, Permit
from api.judging import claim, judge, told
from api.problems import ProblemError, described
from api.rendering import pages_of
from api.vcapi import CREDENTIAL, FORM, uploaded

router = APIRouter(tags=["people"])
Anyone = Annotated[Principal, Depends(Permit("public"))]

_PAGE: dict[int | str, dict[str, Any]] = {200: {"description": "a page", "content": {"text/html": {}}}}
_FORM = {"requestBody": {"required": True, "content": {FORM: CREDENTIAL["requestBody"]["content"][FORM]}}}


@router.get("/verify", response_class=Response, summary="The form that takes a badge", responses=_PAGE)
def verify_form(request: Request, asking: Anyone) -> Response:
    """Show the form that takes a badge."""
    return pages_of(request).page("verify.html", {"result": None, "claim": None}, asking=asking)


@router.post(
    "/verify",
    response_class=Response,
    summary="Verify a badge by hand",
    openapi_extra=_FORM,
    responses={**_PAGE, **described(400, 411, 413, 415)},
)
async def verify_page(request: Request, here: Here, asking: Anyone) -> Response:
    """Show a person what a verification found, every step of it."""
    if bodies.media_type(request) != FORM:
        raise ProblemError(415, f"Content-Type: wanted {FORM}")
    document = await uploaded(request, here)
    verified = await looked(request, here, lambda reach: judge(here, document, reach=reach))
    context = {"result": told(verified), "claim": claim(verified)}
    return pages_of(request).page("verify.html", context, asking=asking)
