"""Open Badges 2.0, for places that read nothing newer: hosted, signed, or in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.guard.doors import Here, Permit
from api.installation import CREDENTIAL_ID, Installation
from api.issued.credentials import HELD_SECONDS, OPEN, cached, issued_as
from api.web.auth import Principal
from api.web.painting import in_turn
from api.web.problems import described, not_found

if TYPE_CHECKING:
    from collections.abc import Callable

router = APIRouter(tags=["verifier"], prefix="/ob2")
Anyone = Annotated[Principal, Depends(Permit("public"))]
Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]

LINKED = "application/ld+json"  # OB 2.0 "Hosted": JSON-LD, which may be called JSON
SUFFIXES = {"": LINKED, "json": LINKED, "jws": "text/plain; charset=utf-8", "png": "image/png", "svg": "image/svg+xml"}
HELD = f"public, max-age={HELD_SECONDS}"
HIGHEST_VERSION = 1_000_000
_DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "the document", "content": {LINKED: {"schema": {"type": "object"}}}},
    **described(304, 404, 422, 503),
}


@router.get(
    "/assertions/{name}",
    response_class=Response,
    summary="A badge as Open Badges 2.0",
    responses={
        200: {
            "description": "an Assertion: hosted, signed (`.jws`), or baked into a picture",
            "content": {
                LINKED: {"schema": {"type": "object"}},
                "text/plain": {"schema": {"type": "string"}},
                "image/png": {"schema": {"type": "string", "format": "binary"}},
                "image/svg+xml": {"schema": {"type": "string"}},
            },
        },
        **described(304, 404, 503),
        410: {
            "description": "it was revoked, is suspended, or its member asked to be forgotten",
            "content": described(410)[410]["content"] | {LINKED: {"schema": {"type": "object"}}},
        },
    },
)
async def assertion(
    name: Annotated[str, Path(description="the credential's id; with `.jws .png .svg` another form")],
    request: Request,
    here: Here,
    _: Annotated[Principal, Depends(Permit("credential.read"))],
) -> Response:
    """Return what 2.0 can say of a badge. Its place in the log, and most else that is new in 3.0, it cannot."""
    stem, _dot, suffix = name.partition(".")
    if not CREDENTIAL_ID.fullmatch(stem) or suffix not in SUFFIXES:
        raise not_found("badge")
    if suffix == "png":
        return await in_turn(lambda: _asserted(request, here, stem, suffix))
    return await run_in_threadpool(_asserted, request, here, stem, suffix)


def _asserted(request: Request, here: Installation, stem: str, suffix: str) -> Response:
    """Return a badge in a form of 2.0. Blocks."""
    issued = issued_as(here, stem, "badge")
    if not here.exports.holds(issued) and SUFFIXES[suffix] == LINKED:
        return Response(orjson.dumps(here.exports.assertion(issued)), 410, OPEN, LINKED)
    match suffix:
        case "jws":
            content = here.exports.jws(issued).encode()
        case "png":
            content = here.exports.png(issued)
        case "svg":
            content = here.exports.svg(issued)
        case _:
            content = orjson.dumps(here.exports.assertion(issued))
    headers = {"Content-Disposition": f'inline; filename="{issued.file_name}-ob2.{suffix}"'} if suffix else {}
    return cached(request, content, SUFFIXES[suffix], "private, max-age=60", headers)


@router.get(
    "/issuers/{community}", response_class=Response, summary="The issuer, in Open Badges 2.0", responses=_DOCUMENT
)
def issuer(community: Community, request: Request, here: Here, _: Anyone) -> Response:
    """Return a community as an Issuer."""
    return _told(request, here.known(community).slug, here.exports.issuer)


@router.get(
    "/issuers/{community}/key/{kid}", response_class=Response, summary="The issuer's RSA key", responses=_DOCUMENT
)
def key(
    community: Community,
    kid: Annotated[str, Path(description="the key's name, as assertions have it")],
    request: Request,
    here: Here,
    _: Anyone,
) -> Response:
    """Return the CryptographicKey that a signed assertion is checked with."""
    here.known(community)
    try:
        made = here.exports.key(community, kid)
    except KeyError as error:
        raise not_found("key") from error
    return cached(request, orjson.dumps(made), LINKED, HELD)


@router.get(
    "/issuers/{community}/revoked",
    response_class=Response,
    summary="Which signed assertions were revoked",
    responses=_DOCUMENT,
)
def revoked(community: Community, request: Request, here: Here, _: Anyone) -> Response:
    """Return the RevocationList. Its ids are those of signed assertions, and lead to no badge."""
    return _told(request, here.known(community).slug, here.exports.revoked)


@router.get(
    "/issuers/{community}/{kind}/{name}/{version}",
    response_class=Response,
    summary="What a badge stands for, in Open Badges 2.0",
    responses=_DOCUMENT,
)
def badge_class(
    community: Community,
    kind: Literal["badge", "level", "role"],
    name: Annotated[str, Path(description="the badge's slug, the level's number, or the role's slug")],
    version: Annotated[int, Path(ge=1, le=HIGHEST_VERSION, description="of the charter")],
    request: Request,
    here: Here,
    _: Anyone,
) -> Response:
    """Return a badge of the charter, as that version of it has it, as a BadgeClass."""
    here.known(community)
    try:
        made = here.exports.badge(community, kind, name, version)
    except KeyError as error:
        raise not_found("badge") from error
    return cached(request, orjson.dumps(made), LINKED, HELD)


def _told(request: Request, community: str, make: Callable[[str], dict[str, Any]]) -> Response:
    return cached(request, orjson.dumps(make(community)), LINKED, HELD)
