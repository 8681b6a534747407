"""A badge as a picture to post, in the sizes that places to post it want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.holding.sharing import holds
from api.issued.credentials import HELD_SECONDS, cached, issued_as
from api.web.auth import Principal
from api.web.painting import in_turn
from api.web.problems import ProblemError, described
from badges import DesignError, Posted

if TYPE_CHECKING:
    from api.installation import Installation

router = APIRouter(tags=["people"])
PNG = "image/png"
_ANSWERED: dict[int | str, dict[str, Any]] = {
    200: {"description": "a picture", "content": {PNG: {"schema": {"type": "string", "format": "binary"}}}},
    **described(304, 404, 410, 422, 501, 503),
}


@router.get(
    "/b/{credential}/share/{form}.png", response_class=Response, summary="A picture to post", responses=_ANSWERED
)
async def posted(
    credential: str,
    form: Annotated[Posted, Path(description="link (1200 by 630), square (1080 by 1080), story (1080 by 1920)")],
    request: Request,
    here: Here,
    _: Annotated[Principal, Depends(Permit("credential.read"))],
) -> Response:
    """Show a badge that holds, with its community, name and description; nobody is named on it."""
    content, name = await in_turn(lambda: _drawn(here, credential, form))
    headers = {"Content-Disposition": f'inline; filename="{name}-{form}.png"'}
    return cached(request, content, PNG, f"private, max-age={HELD_SECONDS}", headers)


def _drawn(here: Installation, credential: str, form: Posted) -> tuple[bytes, str]:
    """Return the picture and what a file of it is called. Raises a 404, 410 or 501 problem. Blocks."""
    issued = issued_as(here, credential, "badge")
    if not holds(issued):
        raise ProblemError(404, "this badge does not hold now, so there is no picture of it to post")
    try:
        return here.awards.posted(issued, form), issued.file_name
    except DesignError as error:
        raise ProblemError(501, f"the picture cannot be drawn here: {error}") from error
