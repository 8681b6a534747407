"""What a community shows: its charter to anyone, its numbers to those inside, its people to managers."""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from api.leaders_page import explained, leading
from api.wording import name_of, plain
from ledger import ErasedError
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from api.installation import Installation
    from ledger import Community
    from projections import Charter

Context = dict[str, Any]
MOST_COMING = 5  # sessions
MOST_LISTED = 50  # members a level lists


def community_page(here: Installation, community: Community, *, inside: bool) -> Context:
    """Return the context of a community's page; `inside` adds how many stand where. Blocks."""
    charter = here.standings.charter(community.slug)
    document = charter.document
    members = here.standings.members(community.slug) if inside else None
    return {
        "community": named(community, charter),
        "charter": bool(charter.version),
        "statement": document.get("domain", {}).get("statement"),
        "call": document.get("domain", {}).get("call_to_action"),
        "outcomes": [{"skills": []} | dict(each) for each in document.get("outcomes", [])],
        "ladder": _ladder(charter, members),
        "badges": _badges(here, community.slug, charter, members),
        "roles": _roles(here, community.slug, charter, inside=inside),
        "square": _square(document),
        "norms": document.get("norms", []),
        "coming": list(_coming(here, community.slug)) if inside else [],
    }


def named(community: Community, charter: Charter) -> Context:
    """Return the community as every page's head names it."""
    return {"slug": community.slug, "name": charter.name if charter.version else community.name}


def _ladder(charter: Charter, members: list[Context] | None) -> list[Context]:
    return [
        {
            "level": level,
            "name": rung["name"],
            "can": rung.get("can"),
            "count": None if members is None else sum(each["level"] == level for each in members),
        }
        for level, rung in sorted(charter.by("ladder", "level").items())
    ]


def _badges(here: Installation, slug: str, charter: Charter, members: list[Context] | None) -> list[Context]:
    """Return the badges to earn; to those inside, how many members hold what it takes, and how many badges stand."""
    issued = here.views.at(slug).badges_standing(slug) if members is not None else {}
    return [
        {
            "slug": badge["badge"],
            "name": badge["name"],
            "description": badge["description"],
            "criteria": badge.get("criteria"),
            "image": f"/c/{slug}/badges/{badge['badge']}.svg",
            "count": None if members is None else sum(badge["badge"] in each["badges"] for each in members),
            "issued": issued.get(badge["badge"], 0),
        }
        for badge in charter.document.get("badges", [])
    ]


def _roles(here: Installation, slug: str, charter: Charter, *, inside: bool) -> list[Context]:
    ready = here.standings.ready(slug) if inside else None
    return [
        {
            "name": role["name"],
            "duties": role.get("duties"),
            "term": _duration(role["term"]) if "term" in role else None,
            "ready": None if ready is None else sum(each == role["role"] for _, each in ready),
        }
        for role in charter.document.get("leader_roles", [])
    ]


def _duration(text: str) -> str:
    """Return `90d` as `90 days`."""
    number, unit = int(text[:-1]), {"h": "hour", "d": "day", "w": "week"}[text[-1]]
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _square(document: Mapping[str, Any]) -> list[Context]:
    """Return the two by two of activities, or nothing where none is declared."""
    activities = document.get("activities", [])
    if not activities:
        return []

    def cell(mode: str, setting: str) -> list[str]:
        return [each["name"] for each in activities if (each["mode"], each["setting"]) == (mode, setting)]

    rows = (("Live", "sync"), ("In one\u2019s own time", "async"))
    return [{"name": name, "cells": [cell(mode, "collaborative"), cell(mode, "individual")]} for name, mode in rows]


def _coming(here: Installation, slug: str) -> Iterator[Context]:
    """Yield the next sessions that were planned, the nearest first; for those inside."""
    planned = sorted(here.spotlights.planned(slug, time.time_ns() // 1_000), key=lambda one: one[2])[:MOST_COMING]
    positions = [position for position, _, _ in planned]
    told = zip(planned, here.book.at(slug, positions), here.book.reveal(slug, positions), strict=True)
    for (_, _, start), fact, sealed in told:
        mode = {"sync": "live", "async": "in one\u2019s own time"}.get(fact.open.get("mode", ""))
        url = sealed.get("url", "")
        yield {
            "start": format_time(start),
            "title": sealed.get("title") or plain(fact.open.get("series") or fact.open.get("format") or "session"),
            "kind": mode,
            "url": url if url.startswith(("https://", "http://")) else "",
        }


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
