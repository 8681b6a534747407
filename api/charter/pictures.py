"""The pictures of what a charter recognises: its badges, the levels of its ladder, its leader roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.installation import Installation
from api.issued.credentials import Size, Version, cached
from api.web.auth import Principal
from api.web.painting import in_turn
from api.web.problems import described, not_found
from badges import PIXELS, picture_png, picture_svg, pictured

router = APIRouter(tags=["people"])
Face = Annotated[Principal, Depends(Permit("community.page"))]
Part = Annotated[str, Path(description="badges, levels or roles", examples=["badges"])]

KINDS: dict[str, str] = {"badges": "badge", "levels": "level", "roles": "role"}
HELD = "public, max-age=3600"
PNG, SVG = "image/png", "image/svg+xml"


def _answers(media: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "a picture", "content": {media: {}}}, **described(304, 404, 422, 503)}


@router.get("/c/{community}/{part}/{name}.png", response_class=Response, summary="A picture", responses=_answers(PNG))
async def painted(
    community: str,
    part: Part,
    name: str,
    request: Request,
    here: Here,
    _: Face,
    size: Size = PIXELS,
    version: Version = None,
) -> Response:
    """Show what the charter brings along, else what is painted for it. A PNG brought along keeps its own size."""
    content = await in_turn(lambda: picture_png(_entry(here, community, part, name, version), size))
    return cached(request, content, PNG, HELD)


@router.get("/c/{community}/{part}/{name}.svg", response_class=Response, summary="A drawing", responses=_answers(SVG))
def drawn(
    community: str, part: Part, name: str, request: Request, here: Here, _: Face, version: Version = None
) -> Response:
    """Show what the charter brings along, else what is drawn for it."""
    return cached(request, picture_svg(_entry(here, community, part, name, version)), SVG, HELD)


def _entry(here: Installation, community: str, part: str, name: str, version: str | None) -> Mapping[str, Any]:
    """Return what a charter says of a badge, level or role, now or under an earlier version. Blocks.

    Raises a 404 problem.
    """
    here.known(community)
    try:
        kind = KINDS[part]
        if version is None:
            charter = here.standings.charter(community)
        else:
            charter = here.awards.achievements.charter_of(community, kind, name, version)
        return pictured(charter.document, kind, name)
    except KeyError as error:
        raise not_found("picture") from error
