"""The pages of badges: one that somebody holds, and one that can be earned."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

import orjson
from fastapi import APIRouter, Depends, Query, Request
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
from badges import Issued
from projections import BY_ASSIGNMENT
from schemas import format_time

router = APIRouter(tags=["people"])
Face = Annotated[Principal, Depends(Permit("community.page"))]
Version = Annotated[str | None, Query(max_length=40, description="an earlier version; the present one when absent")]

_WORDS = {"badge": "a badge to earn", "level": "a level to reach", "role": "a way to lead"}


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
    if evidence is not None and issued.by_hand and not evidence.evidence_count:
        facts = [("Charter", f"version {evidence.charter_version}")]
    elif evidence is not None:
        assigned = evidence.rule == BY_ASSIGNMENT
        facts = [
            ("Rule", "none: somebody gave it" if assigned else f"{evidence.rule}, version {evidence.rule_version}"),
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
            "role": document["credentialSubject"].get("role"),
            "issuer": document["issuer"]["name"],
            "earned": document["awardedDate"],
            "issued": issued.issued,
            "by_hand": issued.by_hand,
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
    responses=described(304, 404, 503),
)
def badge(community: str, name: str, request: Request, here: Here, asking: Face, version: Version = None) -> Response:
    """Show a badge of the charter: its page, or its Achievement as JSON."""
    return _offered(Offer("badge", community, name, version), request, here, asking)


@router.get(
    "/c/{community}/levels/{name}",
    summary="A level that there is a credential for",
    responses=described(304, 404, 503),
)
def level(community: str, name: str, request: Request, here: Here, asking: Face, version: Version = None) -> Response:
    """Show a level as a badge is shown, where the charter gives it a credential."""
    return _offered(Offer("level", community, name, version), request, here, asking)


@router.get(
    "/c/{community}/roles/{name}",
    summary="A leader role whose terms there is a credential for",
    responses=described(304, 404, 503),
)
def role(community: str, name: str, request: Request, here: Here, asking: Face, version: Version = None) -> Response:
    """Show a leader role as a badge is shown, where the charter gives it a credential."""
    return _offered(Offer("role", community, name, version), request, here, asking)


class Offer(NamedTuple):
    """What is asked for: an achievement, as the charter has it now, or under an earlier version of its own."""

    kind: Literal["badge", "level", "role"]
    community: str
    name: str
    version: str | None


def _offered(offer: Offer, request: Request, here: Installation, asking: Principal) -> Response:
    name = offer.name
    found = here.known(offer.community)
    try:
        charter = here.awards.achievements.charter_of(offer.community, offer.kind, name, offer.version)
    except KeyError as error:
        raise not_found(offer.kind) from error
    said = charter.recognised()[offer.kind, name]
    made = here.awards.achievement(offer.community, name, kind=offer.kind, charter=charter.version)
    if best(request.headers.get("accept"), ["text/html", "application/json", "application/ld+json"]) != "text/html":
        return cached(request, orjson.dumps(made), "application/json", "public, max-age=300", {"Vary": "Accept"})
    outcomes = {each["outcome"]: each["can"] for each in charter.document.get("outcomes", [])}
    rules = [rule for rule in charter.rules if rule.grants == (offer.kind, name)]
    context = {
        "community": named(found, charter),
        "badge": {
            "page": made["id"].removeprefix(here.awards.base_url),
            "what": _WORDS[offer.kind],
            "name": made["name"],
            "description": made["description"],
            "criteria": made["criteria"]["narrative"].split("\n\n"),
            "tags": said.get("tags", []),
            "outcomes": [(slug, outcomes.get(slug, slug)) for slug in said.get("outcomes", [])],
            "alignments": [{"framework": "", "code": "", **each} for each in said.get("alignment", [])],
            "version": made["version"],
            "rules": [f"{rule.slug}, version {rule.version}" for rule in rules],
        },
    }
    return pages_of(request).page("achievement.html", context, asking=asking)
