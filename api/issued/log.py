"""The community's transparency log, for whoever wants to watch it: static, cacheable, and of nobody's person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.issued.credentials import OPEN, cached
from api.web.auth import Principal
from api.web.problems import described, not_found
from ledger.transparency import TransparencyError

router = APIRouter(tags=["verifier"], prefix="/communities/{community}/log")
Anyone = Annotated[Principal, Depends(Permit("public"))]
Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]

FOR_EVER = "public, max-age=31536000, immutable"


def _described(what: str, media_type: str, *problems: int) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": what, "content": {media_type: {}}}, **described(*problems)}


@router.get(
    "/checkpoint",
    response_class=Response,
    summary="The signed head of the log",
    responses=_described("a signed note (C2SP tlog-checkpoint)", "text/plain", 404, 503),
)
def checkpoint(community: Community, here: Here, _: Anyone) -> Response:
    """Return the last signed head: over everything recorded until at most five seconds ago (C2SP tlog-checkpoint)."""
    note = here.book.log.checkpoint(here.known(community).slug)
    return Response(note, 200, {"Cache-Control": "no-store", **OPEN}, "text/plain; charset=utf-8")


@router.get(
    "/key",
    response_class=Response,
    summary="The key of the log",
    responses=_described("name+hash+key (signed-note)", "text/plain", 304, 404, 503),
)
def key(community: Community, request: Request, here: Here, _: Anyone) -> Response:
    """Return the key that verifies the log's heads, as a line: whoever keeps it needs nothing else of us."""
    line = f"{here.book.log.key(here.known(community).slug)}\n"
    return cached(request, line.encode(), "text/plain; charset=utf-8", "public, max-age=300")


@router.get(
    "/tile/{tile:path}",
    response_class=Response,
    summary="A tile of the log",
    responses=_described("hashes of 32 bytes, or a bundle", "application/octet-stream", 304, 404, 503),
)
def tile(
    community: Community,
    tile: Annotated[str, Path(description="as C2SP tlog-tiles writes it", examples=["0/x001/067", "entries/000.p/17"])],
    request: Request,
    here: Here,
    _: Anyone,
) -> Response:
    """Return hashes of the tree, or a bundle of entries, each the leaf of a fact (C2SP tlog-tiles)."""
    slug = here.known(community).slug
    try:
        raw = here.book.log.tile(slug, tile)
    except TransparencyError as error:
        raise not_found("tile under the signed head of this log") from error
    return cached(request, raw, "application/octet-stream", FOR_EVER)
