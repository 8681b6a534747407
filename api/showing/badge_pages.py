"""The pages of badges: one that somebody holds, and one that can be earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.commons.community_page import named
from api.guard.doors import Here, Permit
from api.guard.forms import Tried
from api.holding.embedding import address, frame, oembed_address
from api.holding.sharing import holds, in_words, page_code, preview, profile_link
from api.holding.wallet import offers
from api.installation import Installation
from api.issued.credentials import Version, cached, issued_as
from api.showing.said import said_of
from api.verifying.judging import judge, ruled
from api.verifying.resting import grounds
from api.web.auth import Principal, allowed
from api.web.negotiate import best
from api.web.problems import described, not_found
from api.words.rendering import pages_of
from badges import Issued, Thing, permission
from ledger import Community
from projections import Charter
from schemas import say

router = APIRouter(tags=["people"])
Face = Annotated[Principal, Depends(Permit("community.page"))]

Part = Literal["badges", "levels", "roles"]
_KINDS: Mapping[Part, Literal["badge", "level", "role"]] = {"badges": "badge", "levels": "level", "roles": "role"}
_WORDS = {"badge": say("a badge to earn"), "level": say("a level to reach"), "role": say("a way to lead")}
_NOMINATED = {
    "stored": say("Your nomination is recorded. A manager reads it, and awards the badge or declines."),
    "duplicate": say("You nominated her for it before, and that still waits. Nothing was recorded now."),
}


@router.get(
    "/b/{credential}",
    response_class=HTMLResponse,
    summary="A badge somebody holds",
    responses=described(404, 410, 503),
)
def held(
    credential: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("credential.read"))],
) -> HTMLResponse:
    """Show a badge to whoever holds its address, verified as any verifier would."""
    return held_page(request, here, issued_as(here, credential, "badge"), asking)


def held_page(
    request: Request,
    here: Installation,
    issued: Issued,
    asking: Principal,
    tried: Tried | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Return the page of a badge somebody holds. `tried`: a form of it that was refused. Blocks."""
    said = said_of(here, issued.community, Thing(issued), asking, tried)
    context = _held(here, issued) | said | {"offers": offers(here, issued, asking)}
    return pages_of(request).page("badge.html", context, asking=asking, status=status)


def _held(here: Installation, issued: Issued) -> dict[str, Any]:
    community = here.known(issued.community)
    document = here.awards.document(issued)
    verified = judge(here, orjson.dumps(document))
    earned = document["credentialSubject"]["achievement"]
    return {
        "community": named(community, here.standings.charter(issued.community)),
        "badge": {
            "id": issued.id,
            "name": earned["name"],
            "description": earned["description"],
            "criteria": earned["criteria"]["narrative"].split("\n\n"),
            "tags": earned.get("tag", []),
            "role": document["credentialSubject"].get("role"),
            "issuer": document["issuer"]["name"],
            "earned": document["awardedDate"],
            "issued": issued.issued,
            "by_hand": issued.by_hand,
            "expires": document.get("validUntil"),
            "evidence_words": document["evidence"][0]["description"],
            "grounds": grounds(verified, issued),
            "page": address(here, issued.id),
            "frame": frame(here, issued.id, earned["name"]),
            "oembed": oembed_address(here, issued.id),
            "profile": profile_link(here, issued, document),
            "code": page_code(address(here, issued.id)),
            "in_words": in_words(document),
            "holds": holds(issued),
        },
        "preview": preview(here, issued, document),
        "result": ruled(here, verified),
    }


_FORMS = ("text/html", "application/json", "application/ld+json")
_OFFERED: dict[int | str, dict[str, Any]] = {
    200: {"description": "a page, or the Achievement", "content": {form: {} for form in _FORMS[:2]}},
    **described(304, 404, 422, 503),
}


@router.get(
    "/c/{community}/badges/{name}",
    summary="A badge to earn",
    responses=_OFFERED,
)
def badge(
    community: str,
    name: str,
    request: Request,
    here: Here,
    asking: Face,
    version: Version = None,
    nominated: Annotated[str | None, Query(max_length=10, description="what became of a nomination just sent")] = None,
) -> Response:
    """Show a badge of the charter: its page, or its Achievement as JSON."""
    return _offered(offer_of(here, community, "badges", name, version), request, here, asking, nominated)


@router.get(
    "/c/{community}/levels/{name}",
    summary="A level that there is a credential for",
    responses=_OFFERED,
)
def level(community: str, name: str, request: Request, here: Here, asking: Face, version: Version = None) -> Response:
    """Show a level as a badge is shown, where the charter gives it a credential."""
    return _offered(offer_of(here, community, "levels", name, version), request, here, asking)


@router.get(
    "/c/{community}/roles/{name}",
    summary="A leader role whose terms there is a credential for",
    responses=_OFFERED,
)
def role(community: str, name: str, request: Request, here: Here, asking: Face, version: Version = None) -> Response:
    """Show a leader role as a badge is shown, where the charter gives it a credential."""
    return _offered(offer_of(here, community, "roles", name, version), request, here, asking)


@dataclass(frozen=True, slots=True)
class Offer:
    """An achievement, as a charter has it: the present one, or that of an earlier version of its own."""

    community: Community
    kind: Literal["badge", "level", "role"]
    name: str
    charter: Charter

    @property
    def thing(self) -> Thing:
        """What is endorsed of it: the achievement, whatever its version."""
        return Thing(achievement=f"{self.kind}/{self.name}")


def offer_of(here: Installation, community: str, part: Part, name: str, version: str | None = None) -> Offer:
    """Return the achievement under an address. Raises a 404 problem. Blocks."""
    kind = _KINDS[part]
    found = here.known(community)
    try:
        charter = here.awards.achievements.charter_of(community, kind, name, version)
    except KeyError as error:
        raise not_found(kind) from error
    return Offer(found, kind, name, charter)


def offered_page(
    request: Request,
    here: Installation,
    offer: Offer,
    asking: Principal,
    tried: Tried | None = None,
    status: int = 200,
    nominated: str | None = None,
) -> HTMLResponse:
    """Return the page of an achievement.

    `tried`: a form of it that was refused; `nominated`: what became of a nomination just sent. Blocks.
    """
    said = said_of(here, offer.community.slug, offer.thing, asking, tried)
    context = {
        **said,
        "community": named(offer.community, offer.charter),
        "badge": _shown(here, offer),
        "nominating": said["saying"] is not None and _nominating(here, offer, asking),
        "nominated": _NOMINATED.get(nominated or ""),
    }
    return pages_of(request).page("achievement.html", context, asking=asking, status=status)


def _offered(
    offer: Offer, request: Request, here: Installation, asking: Principal, nominated: str | None = None
) -> Response:
    if best(request.headers.get("accept"), _FORMS) == "text/html":
        return offered_page(request, here, offer, asking, nominated=nominated)
    made = orjson.dumps(_made(here, offer))
    return cached(request, made, "application/json", "public, max-age=300", {"Vary": "Accept"})


def _made(here: Installation, offer: Offer) -> dict[str, Any]:
    return here.awards.achievement(offer.community.slug, offer.name, kind=offer.kind, charter=offer.charter.version)


def _shown(here: Installation, offer: Offer) -> dict[str, Any]:
    charter, made = offer.charter, _made(here, offer)
    said = charter.recognised()[offer.kind, offer.name]
    outcomes = {each["outcome"]: each["can"] for each in charter.document.get("outcomes", [])}
    rules = [rule for rule in charter.rules if rule.grants == (offer.kind, offer.name)]
    return {
        "page": made["id"].removeprefix(here.awards.base_url),
        "what": _WORDS[offer.kind],
        "name": made["name"],
        "description": made["description"],
        "criteria": made["criteria"]["narrative"].split("\n\n"),
        "tags": said.get("tags", []),
        "outcomes": [(slug, outcomes.get(slug, slug)) for slug in said.get("outcomes", [])],
        "alignments": [{"framework": "", "code": "", **each} for each in said.get("alignment", [])],
        "version": made["version"],
        "rules": [say("%(rule)s, version %(version)s", rule=rule.slug, version=rule.version) for rule in rules],
    }


def _nominating(here: Installation, offer: Offer, asking: Principal) -> bool:
    """Return whether `asking`, who is signed in, may nominate a member for it: the present charter says for what."""
    community = offer.community.slug
    if offer.kind != "badge" or not allowed(asking, "member.nominate", community):
        return False
    described = here.standings.charter(community).by("badges", "badge").get(offer.name)
    return described is not None and permission(described) != "no"
