"""A badge, or a community, on somebody else's page: a small page that anyone may frame, and oEmbed, to find it by."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import JSONResponse

from api.commons.community_page import named
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.issued.addresses import LONGEST, badge_at, community_at
from api.issued.credentials import OPEN, issued_as
from api.verifying.judging import judge, ruled
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from badges import Issued

router = APIRouter(tags=["people"])
Holder = Annotated[Principal, Depends(Permit("credential.read"))]
Most = Annotated[int | None, Query(ge=1, le=100_000, description="CSS pixels that there is room for")]

FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *"
)
HELD_SECONDS = 60  # a badge that is revoked says so by then
_HEADERS = {"Content-Security-Policy": FRAME_POLICY, "Cache-Control": f"private, max-age={HELD_SECONDS}"}


class Size(NamedTuple):
    """A frame's, in CSS pixels."""

    width: int
    height: int


BESIDE = Size(480, 160)  # the picture beside its words
BELOW = Size(320, 300)  # the words below their picture, where there is little room
NARROW = 340  # a frame of less has the words below: embed.css knows it, too


@router.get(
    "/b/{credential}/embed",
    response_class=HTMLResponse,
    summary="A badge for somebody else's page",
    responses=described(404, 410, 503),
)
def embedded(credential: str, request: Request, here: Here, _: Holder) -> HTMLResponse:
    """Show a badge within a frame of any page: picture, name, issuer, and whether it holds now. It is alike to all."""
    issued = issued_as(here, credential, "badge")
    context = here.remembered.apart(issued.community, ("embed", issued.id), lambda: _shown(here, issued))
    return HTMLResponse(pages_of(request).text("embed.html", context), headers=_HEADERS)


@router.get(
    "/c/{community}/embed",
    response_class=HTMLResponse,
    summary="A community for somebody else's page",
    responses=described(404, 503),
)
def embedded_community(
    community: Annotated[str, Path(description="the community's slug", examples=["makers"])],
    request: Request,
    here: Here,
    _: Annotated[Principal, Depends(Permit("community.page"))],
) -> HTMLResponse:
    """Show a community within a frame of any page: its name and what it is for. It is alike to all."""
    return HTMLResponse(pages_of(request).text("embed_community.html", _declared(here, community)), headers=_HEADERS)


@router.get(
    "/oembed",
    response_class=JSONResponse,
    summary="How to embed a badge, or a community (oEmbed 1.0)",
    responses={200: {"description": "a response of type `rich`"}, **described(404, 410, 422, 501, 503)},
)
def oembed(
    here: Here,
    _: Holder,
    url: Annotated[
        str, Query(max_length=LONGEST, description="the page of a badge, `/b/{id}`, or of a community, `/c/{slug}`")
    ],
    maxwidth: Most = None,
    maxheight: Most = None,
    format: Annotated[str, Query(max_length=20, description="`json`")] = "json",  # noqa: A002  oEmbed's name
) -> JSONResponse:
    """Return what a page needs to show a badge or a community of ours (oEmbed 1.0 "Response parameters")."""
    if format != "json":
        raise ProblemError(501, f"format: wanted json, got {format}")
    size, origin = size_within(maxwidth, maxheight), here.settings.origin
    slug = community_at(origin, url)
    if slug is not None:
        shown = _declared(here, slug)
        name = shown["community"]["name"]
        told = {"title": name, "author_name": name, "author_url": shown["page"]}
        framed = frame_of_community(here, slug, name, size)
    else:
        shown = _shown(here, issued_as(here, badge_at(origin, url), "badge"))
        title = f"{shown['name']}: {shown['result']['title']}"
        told = {"title": title, "author_name": shown["issuer"], "author_url": shown["community"]}
        framed = frame(here, shown["id"], shown["name"], size)
    answer = {
        "version": "1.0",
        "type": "rich",
        **told,
        "provider_name": "Guildbook",
        "provider_url": origin,
        "cache_age": HELD_SECONDS,
        "html": framed,
        "width": size.width,
        "height": size.height,
    }
    return JSONResponse(answer, headers=OPEN | {"Cache-Control": f"private, max-age={HELD_SECONDS}"})


def size_within(width: int | None = None, height: int | None = None) -> Size:
    """Return the size of a frame for which there is so much room at most."""
    shape = BELOW if width is not None and width < NARROW else BESIDE
    return Size(min(shape.width, width or shape.width), min(shape.height, height or shape.height))


def frame(here: Installation, credential: str, name: str, size: Size = BESIDE) -> str:
    """Return the HTML that shows a badge on somebody else's page; nothing of ours runs there."""
    return _frame(address(here, credential), f"The badge “{name}”", size)


def frame_of_community(here: Installation, community: str, name: str, size: Size = BESIDE) -> str:
    """Return the HTML that shows a community on somebody else's page; nothing of ours runs there."""
    return _frame(f"{here.settings.origin}/c/{community}", name, size)


def _frame(page: str, title: str, size: Size) -> str:
    return (
        f'<iframe src="{escape(page)}/embed" title="{escape(title)}" '
        f'width="{size.width}" height="{size.height}" style="border:0;max-width:100%" loading="lazy" '
        f'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )


def address(here: Installation, credential: str) -> str:
    """Return the address of a badge's page."""
    return f"{here.settings.origin}/b/{credential}"


def oembed_address(here: Installation, credential: str) -> str:
    """Return where software that finds a badge's page learns how to embed it (oEmbed 1.0 "Discovery")."""
    return _oembed(here, address(here, credential))


def embeddable(here: Installation, community: str, name: str) -> dict[str, str]:
    """Return the context by which a community's page says how to embed it: `oembed`, and the `frame` to copy."""
    found = _oembed(here, f"{here.settings.origin}/c/{community}")
    return {"oembed": found, "frame": frame_of_community(here, community, name)}


def _oembed(here: Installation, page: str) -> str:
    return f"{here.settings.origin}/oembed?{urlencode({'url': page, 'format': 'json'})}"


def _declared(here: Installation, community: str) -> dict[str, Any]:
    """Return what a community declares of itself to anyone. Raises a 404 problem where there is none."""
    charter = here.standings.charter(here.known(community).slug)
    domain = charter.document.get("domain", {})
    return {
        "community": named(here.known(community), charter),
        "page": f"{here.settings.origin}/c/{community}",
        "statement": domain.get("statement", ""),
        "call": domain.get("call_to_action", ""),
    }


def _shown(here: Installation, issued: Issued) -> dict[str, Any]:
    raw = here.awards.json(issued)
    document = orjson.loads(raw)
    return {
        "id": issued.id,
        "page": address(here, issued.id),
        "name": document["credentialSubject"]["achievement"]["name"],
        "issuer": document["issuer"]["name"],
        "community": f"{here.settings.origin}/c/{issued.community}",
        "result": ruled(here, judge(here, raw)),
    }
