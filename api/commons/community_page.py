"""What a community shows: its charter to anyone, its numbers to those inside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from api.commons.roles import held
from api.commons.sessions import FEW as FEW_SESSIONS
from api.commons.sessions import sessions
from api.commons.toolkit import FEW as FEW_WORKS
from api.commons.toolkit import toolkit
from schemas import Text, counted

if TYPE_CHECKING:
    from api.installation import Installation
    from ledger import Community
    from projections import Charter, Members

Context = dict[str, Any]


def community_page(here: Installation, community: Community, *, inside: bool) -> Context:
    """Return the context of a community's page; `inside` adds how many stand where. Blocks."""
    charter = here.standings.charter(community.slug)
    document = charter.document
    members = here.commons.members(community.slug, charter, time.time_ns() // 1_000)
    inner = members if inside else None
    return {
        "community": named(community, charter),
        "charter": bool(charter.version),
        "statement": document.get("domain", {}).get("statement"),
        "call": document.get("domain", {}).get("call_to_action"),
        "outcomes": [{"skills": []} | dict(each) for each in document.get("outcomes", [])],
        "ladder": _ladder(charter, inner),
        "badges": _badges(here, community.slug, charter, inner),
        **_roles(here, community.slug, charter, members, inside=inside),
        "declared": bool(document.get("activities")),
        "norms": document.get("norms", []),
        "toolkit": toolkit(here, community.slug, charter, inside=inside, most=FEW_WORKS),
        "sessions": sessions(here, community.slug, charter, inside=inside, most=FEW_SESSIONS, most_coming=FEW_SESSIONS),
    }


def named(community: Community, charter: Charter) -> Context:
    """Return the community as every page's head names it."""
    return {"slug": community.slug, "name": charter.name if charter.version else community.name}


def _ladder(charter: Charter, members: Members | None) -> list[Context]:
    return [
        {
            "level": level,
            "name": rung["name"],
            "can": rung.get("can"),
            "count": None if members is None else members.levels.get(level, 0),
        }
        for level, rung in sorted(charter.by("ladder", "level").items())
    ]


def _badges(here: Installation, slug: str, charter: Charter, members: Members | None) -> list[Context]:
    """Return the badges to earn; to those inside, how many members hold what it takes, and how many badges stand."""
    issued = here.views.at(slug).badges_standing(slug) if members is not None else {}
    return [
        {
            "slug": badge["badge"],
            "name": badge["name"],
            "description": badge["description"],
            "criteria": badge.get("criteria"),
            "image": f"/c/{slug}/badges/{badge['badge']}.svg",
            "count": None if members is None else members.badges.get(badge["badge"], 0),
            "issued": issued.get(badge["badge"], 0),
        }
        for badge in charter.document.get("badges", [])
    ]


def _roles(here: Installation, slug: str, charter: Charter, members: Members, *, inside: bool) -> Context:
    """Return the leader roles with who holds them, and the teams; to those inside also how many are ready."""
    known = held(here, slug, members, inside=inside)
    roles = [
        {
            "role": role["role"],
            "name": role["name"],
            "duties": role.get("duties"),
            "term": _duration(role["term"]) if "term" in role else None,
            "ready": members.ready.get(role["role"], 0) if inside else None,
            **known["roles"][role["role"]],
        }
        for role in charter.document.get("leader_roles", [])
    ]
    return {"roles": roles, "teams": known["teams"]}


def _duration(text: str) -> Text:
    """Return `90d` as `90 days`."""
    number = int(text[:-1])
    match text[-1]:
        case "h":
            return counted(number, "hour", "hours")
        case "d":
            return counted(number, "day", "days")
    return counted(number, "week", "weeks")
