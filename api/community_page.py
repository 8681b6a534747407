"""What a community shows: its charter to anyone, its numbers to those inside, its people to managers."""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from api.alarms import alarms_told
from api.commons.roles import held
from api.commons.sessions import FEW as FEW_SESSIONS
from api.commons.sessions import sessions
from api.commons.toolkit import FEW as FEW_WORKS
from api.commons.toolkit import toolkit
from api.leaders_page import explained, leading
from api.wording import name_of
from ledger import ErasedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.installation import Installation
    from ledger import Community
    from projections import Charter, Members

Context = dict[str, Any]
MOST_LISTED = 50  # members a level lists


def community_page(here: Installation, community: Community, *, inside: bool) -> Context:
    """Return the context of a community's page; `inside` adds how many stand where. Blocks."""
    charter = here.standings.charter(community.slug)
    document = charter.document
    members = here.commons.members(community.slug, charter, time.time_ns() // 1_000)
    counted = members if inside else None
    return {
        "community": named(community, charter),
        "charter": bool(charter.version),
        "statement": document.get("domain", {}).get("statement"),
        "call": document.get("domain", {}).get("call_to_action"),
        "outcomes": [{"skills": []} | dict(each) for each in document.get("outcomes", [])],
        "ladder": _ladder(charter, counted),
        "badges": _badges(here, community.slug, charter, counted),
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


def _duration(text: str) -> str:
    """Return `90d` as `90 days`."""
    number, unit = int(text[:-1]), {"h": "hour", "d": "day", "w": "week"}[text[-1]]
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def manage_page(here: Installation, community: Community) -> Context:
    """Return the context of a manager's page. Blocks."""
    slug = community.slug
    charter = here.standings.charter(slug)
    members = here.standings.members(slug)
    leaders = here.standings.leaders(slug, explained=explained(charter))
    return {
        "community": named(community, charter),
        "numbers": [
            (len(members), "members"),
            (sum(len(each["badges"]) for each in members), "badges held"),
            (len({each["account"] for each in leaders["eligible"]}), "ready to lead"),
            (len(leaders["holding"]), "roles held"),
        ],
        "alarms": alarms_told(here, slug)["alarms"],
        "leading": leading(here, slug, charter, leaders),
        "levels": list(_levels(here, slug, members)),
        "position": here.standings.position(slug),
        "head": here.book.head(slug),
    }


def _person(here: Installation, slug: str, account: str) -> Context | None:
    try:
        member = here.book.member_id(slug, account)
    except ErasedError:
        return None
    return {"member": member, "name": name_of(here.book.handle(slug, account))}


def _levels(here: Installation, slug: str, members: list[Context]) -> Iterator[Context]:
    for (level, name), group in groupby(members, key=lambda each: (each["level"], each["level_name"])):
        all_of_them = sorted(group, key=lambda each: each["last_active"] or "", reverse=True)
        listed = [
            person | {"acts": each["acts"], "last_active": each["last_active"]}
            for each in all_of_them[:MOST_LISTED]
            if (person := _person(here, slug, each["account"]))
        ]
        yield {
            "level": level,
            "name": name,
            "count": len(all_of_them),
            "members": listed,
            "more": max(0, len(all_of_them) - MOST_LISTED),
        }
