"""The trail: what people decided here, the latest first, as the ledger keeps it. Nobody can take a line out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse

from api.commons.community_page import named
from api.desk.what_if import called
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.web.auth import Principal
from api.web.problems import described
from api.words.rendering import pages_of
from api.words.wording import name_of, words
from ledger import BY_HAND, ErasedError
from schemas import OWN_SOURCES, format_time, lowered, marked, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ledger import Fact

router = APIRouter(tags=["people"], default_response_class=HTMLResponse)

Context = dict[str, Any]
_HERS = {"guildbook:choices"}  # what a member says of herself is no decision about anybody
MOST = 50  # lines on a page
LOOKED_THROUGH = 20_000  # facts that one page looks through, at most
_AT_ONCE = 2_000
_DECISIONS = {
    "charter.published.v1": marked("Published charter version %(charter_version)s"),
    "award.issued.v1": marked("Gave %(badge)s by hand to"),
    "award.revoked.v1": marked("Revoked %(badge)s of"),
    "award.upheld.v1": marked("Kept %(badge)s of"),
    "award.suspended.v1": marked("Suspended %(badge)s of"),
    "award.resumed.v1": marked("Let %(badge)s hold again, of"),
    "award.nominated.v1": marked("Nomination for %(badge)s of"),
    "award.declined.v1": marked("Declined the nomination for %(badge)s of"),
    "member.erased.v1": marked("Forgot a member"),
}


@router.get(
    "/manage/{community}/trail", summary="What was decided, by whom and why", responses=described(401, 403, 404, 422)
)
def trail(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage"))],
    before: Annotated[int | None, Query(ge=1, description="only what stands before this position")] = None,
) -> HTMLResponse:
    """Show the decisions that people took: charters, awards by hand, reviews, links, roles, cases, erasures."""
    found = here.known(community)
    end = min(here.book.head(community) + 1, before or (1 << 62))
    lines, reached = here.remembered.told(community, ("trail", end), lambda: _lines(here, community, end))
    page = {
        "community": named(found, here.standings.charter(community)),
        "lines": lines,
        "earlier": reached if reached > 1 else None,
        "later": before is not None,
    }
    return pages_of(request).page("desk_trail.html", page, asking=asking)


def _lines(here: Installation, community: str, end: int) -> tuple[list[Context], int]:
    """Return the latest decisions before a position, and the position down to which all was looked through."""
    ours = {str(here.book.token(community, source)) for source in OWN_SOURCES if source not in _HERS}
    kept: list[Fact] = []
    least = max(1, end - LOOKED_THROUGH)
    while end > least and len(kept) < MOST:
        start = max(least, end - _AT_ONCE)
        facts = here.book.at(community, range(start, end))
        chosen = [fact for fact in reversed(facts) if _decided(fact, ours)]
        kept += chosen[: MOST - len(kept)]
        end = start if len(kept) < MOST else kept[-1].position
    return list(_told(here, community, kept)), end


def _decided(fact: Fact, ours: set[str]) -> bool:
    """Return whether somebody decided it: a fact of our own, but for what follows from rules by itself."""
    if fact.topic == "award.issued.v1":
        return fact.open.get("rule") == BY_HAND
    return fact.topic in _DECISIONS or str(fact.open.get("source")) in ours


def _told(here: Installation, community: str, facts: Sequence[Fact]) -> Iterator[Context]:
    document = here.standings.charter(community).document
    for fact, sealed in zip(facts, here.book.reveal(community, facts), strict=True):
        proof = _proof(sealed)
        yield {
            "time": format_time(fact.recorded),
            "position": fact.position,
            "words": _words(fact, document),
            "whom": _whom(here, community, fact.open),
            "by": fact.open.get("by") if fact.topic == "charter.published.v1" else sealed.get("by"),
            "reason": sealed.get("reason") or sealed.get("note") or proof.get("reason"),
        }


def _words(fact: Fact, document: Mapping[str, Any]) -> str:
    told = _DECISIONS.get(fact.topic)
    if told is None:
        return words(fact)
    badge = called(document, str(fact.open.get("kind", "badge")), fact.open.get("achievement", ""))
    return say(told, badge=lowered(badge), charter_version=fact.open.get("charter_version"))


def _whom(here: Installation, community: str, open_: Mapping[str, Any]) -> Context | None:
    """Return the member whom a decision is about, by her name and public id; None where she is gone, or nobody is."""
    account = open_.get("account") or open_.get("member")
    if not isinstance(account, str):
        return None
    try:
        return {
            "member": here.book.member_id(community, account),
            "name": name_of(here.book.handle(community, account)),
        }
    except ErasedError:
        return None


def _proof(sealed: Mapping[str, Any]) -> Context:
    """Return what a decision about accounts says of itself."""
    text = sealed.get("proof")
    if not isinstance(text, str) or not text.startswith("{"):
        return {}
    found = orjson.loads(text)
    return found if isinstance(found, dict) else {}
