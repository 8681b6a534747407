"""The pages of badges: one that somebody holds, and one that can be earned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from api.auth import Principal
from api.community_page import named
from api.credentials import cached, issued_as
from api.doors import Here, Permit
from api.endorsing import said_of
from api.installation import Installation
from api.judging import claim, judge, told
from api.negotiate import best
from api.problems import described, not_found
from api.rendering import day, pages_of
from badges import Issued, badge_png, badge_svg, design_of
from schemas import format_time

router = APIRouter(tags=["people"])
Face = Annotated[Principal, Depends(Permit("community.page"))]

PICTURE_SIZE = 600  # pixels
PICTURE_SECONDS = 3_600
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "the badge's picture", "content": {"image/png": {}, "image/svg+xml": {}}}
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
    issued = issued_as(here, credential, "badge")
    return pages_of(request).page("badge.html", _held(here, issued, asking), asking=asking)


def _held(here: Installation, issued: Issued, asking: Principal) -> dict[str, Any]:
    community = here.known(issued.community)
    document = here.awards.document(issued)
    verified = judge(here, orjson.dumps(document))
    earned = document["credentialSubject"]["achievement"]
    evidence = verified.evidence
    facts = []
    if evidence is not None:
        facts = [
            ("Rule", f"{evidence.rule}, version {evidence.rule_version}"),
            ("Charter", f"version {evidence.charter_version}"),
            ("Facts", f"{evidence.evidence_count:,}"),
            ("Root of their hashes", evidence.evidence_root.hex()),
            ("Hash of the rule", evidence.rule_hash.hex()),
        ]
    if verified.logged is not None:
        recorded = f"{day(format_time(verified.logged.recorded))}, as fact {verified.logged.position:,} of its log"
        facts.append(("Recorded", recorded))
    return {
        "community": named(community, here.standings.charter(issued.community)),
        "badge": {
            "id": issued.id,
            "name": earned["name"],
            "description": earned["description"],
            "criteria": earned["criteria"]["narrative"].split("\n\n"),
            "tags": earned.get("tag", []),
            "issuer": document["issuer"]["name"],
            "earned": document["awardedDate"],
            "expires": document.get("validUntil"),
            "evidence_words": document["evidence"][0]["description"],
            "grounds": facts,
        },
        **said_of(here, issued, asking),
        "result": told(verified),
        "claim": claim(verified),
    }


@router.get(
    "/c/{community}/badges/{name}",
    summary="A badge to earn",
    responses={**_PICTURE, **described(304, 404, 503)},
)
def offered(community: str, name: str, request: Request, here: Here, asking: Face) -> Response:
    """Show a badge of the charter: its page, its Achievement as JSON, or (`.png .svg`) its picture."""
    stem, dot, suffix = name.rpartition(".") if name.endswith((".png", ".svg")) else (name, "", "")
    found = here.known(community)
    charter = here.standings.charter(community)
    badge = charter.by("badges", "badge").get(stem)
    if badge is None:
        raise not_found("badge")
    if dot:
        return _picture(request, badge, suffix)
    made = here.awards.achievement(community, stem)
    outcomes = {each["outcome"]: each["can"] for each in charter.document.get("outcomes", [])}
    if best(request.headers.get("accept"), ["text/html", "application/json", "application/ld+json"]) != "text/html":
        return cached(request, orjson.dumps(made), "application/json", "public, max-age=300", {"Vary": "Accept"})
    rules = [rule for rule in charter.document["rules"] if stem in rule["grants"].values()]
    context = {
        "community": named(found, charter),
        "badge": {
            "slug": stem,
            "name": badge["name"],
            "description": badge["description"],
            "criteria": made["criteria"]["narrative"].split("\n\n"),
            "tags": badge.get("tags", []),
            "outcomes": [(slug, outcomes.get(slug, slug)) for slug in badge.get("outcomes", [])],
            "rules": [f"{rule['rule']}, version {rule['version']}" for rule in rules],
        },
    }
    return pages_of(request).page("achievement.html", context, asking=asking)


def _picture(request: Request, badge: Mapping[str, Any], suffix: str) -> Response:
    design = design_of(badge)
    if suffix == "png":
        content, media = badge_png(design, PICTURE_SIZE), "image/png"
    else:
        content, media = badge_svg(design), "image/svg+xml"
    return cached(request, content, media, f"public, max-age={PICTURE_SECONDS}")
