"""Sessions, coming and past, by the two by two of activities: live or in one's own time, together or alone.

Nobody is named. To those outside, what the charter calls such a session, its day and its way: what it is about and
where to join is for those inside, and so is how many came.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from api.words.wording import plain
from schemas import capital, format_time, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.installation import Installation
    from projections import Charter, Session

Context = dict[str, Any]
Way = tuple[str, str]  # mode, setting
PAGE = 50  # sessions
FEW = 4  # sessions, on the community's page
MOST_COMING = 50
LATELY = 90 * 86_400_000_000  # µs
WAYS: Final[dict[str, Way]] = {
    "live-together": ("sync", "collaborative"),
    "live-alone": ("sync", "individual"),
    "own-time-together": ("async", "collaborative"),
    "own-time-alone": ("async", "individual"),
}
"""The four ways, by the word of each in an address."""
WORDS: Final = {
    "live-together": say("live, together"),
    "live-alone": say("live, on one\u2019s own"),
    "own-time-together": say("in one\u2019s own time, together"),
    "own-time-alone": say("in one\u2019s own time, on one\u2019s own"),
}
_FORMATS: Final = {
    "ama": say("ask me anything"),
    "office_hours": say("office hours"),
    "social": say("social gathering"),
}
_ROWS = ((say("Live"), "sync"), (say("In one\u2019s own time"), "async"))


def sessions(
    here: Installation,
    community: str,
    charter: Charter,
    way: str = "",
    *,
    inside: bool,
    page: int = 1,
    most: int = PAGE,
    most_coming: int = MOST_COMING,
) -> Context:
    """Return what is coming, the nearest first, a page of what is past, the latest first, and the two by two. Blocks.

    `way`: one of `WAYS`, "" for all.
    """
    now = time.time_ns() // 1_000
    place = _placing(charter.document)
    every = [(one, place(one)) for one in here.commons.sessions(community)]
    wanted = [one for one, at in every if not way or at == WAYS[way]]
    coming = [one for one in wanted if not one.over(now)][:most_coming]
    past = [one for one in reversed(wanted) if one.over(now) and one.came]
    some = past[(page - 1) * most : page * most]
    return {
        "coming": _shown(here, community, charter, coming, inside=inside),
        "past": _shown(here, community, charter, some, inside=inside),
        "page": page,
        "further": len(past) > page * most,
        "total": len(past) if inside else None,
        "square": _square(charter.document, every, now, inside=inside),
        "way": way,
        "words": WORDS.get(way, ""),
    }


def _placing(document: Mapping[str, Any]) -> Any:  # noqa: ANN401  a function
    """Return what says which way a session goes: as it was reported, else as the charter's activity of its name."""
    places = {one["activity"]: (one["mode"], one["setting"]) for one in document.get("activities", ())}

    def place(one: Session) -> Way:
        known = places.get(one.series) or places.get(one.format) or ("", "")
        return one.mode or known[0], one.setting or known[1]

    return place


def _shown(
    here: Installation, community: str, charter: Charter, some: Sequence[Session], *, inside: bool
) -> list[Context]:
    now = time.time_ns() // 1_000
    names = {slug: one["name"] for slug, one in charter.by("activities", "activity").items()}
    place = _placing(charter.document)
    ways = {both: slug for slug, both in WAYS.items()}
    plans = [one.plan for one in some if one.plan is not None] if inside else []
    told = dict(zip(plans, here.book.reveal(community, plans) if plans else (), strict=True))
    found = []
    for one in some:
        sealed = told.get(one.plan, {}) if one.plan is not None else {}
        kind = names.get(one.series) or names.get(one.format) or _called(one)
        url, way = str(sealed.get("url", "")), ways.get(place(one))
        joins = not one.over(now) or one.mode == "async"
        found.append(
            {
                "title": str(sealed.get("title", "")).strip() or capital(kind),
                "kind": kind if str(sealed.get("title", "")).strip() else "",
                "start": format_time(one.start),
                "way": WORDS[way] if way else "",
                "url": url if joins and url.lower().startswith(("https://", "http://")) else "",
                "came": one.came if inside else None,
            }
        )
    return found


def _called(one: Session) -> str:
    """Return what to call a session that is none of the charter's activities."""
    if one.series and one.series != one.format:
        return plain(one.series)
    return _FORMATS.get(one.format) or (plain(one.format) if one.format else say("session"))


def _square(
    document: Mapping[str, Any], every: Iterable[tuple[Session, Way]], now: int, *, inside: bool
) -> list[Context]:
    """Return the two by two: what the charter has in each cell; for those inside what took place in 90 days."""
    activities = document.get("activities", ())
    counts: dict[Way, list[int]] = {}
    for one, way in every if inside else ():
        if one.over(now) and one.came and one.start > now - LATELY:
            counts.setdefault(way, []).append(one.came)

    def cell(slug: str) -> Context:
        way = WAYS[slug]
        held = counts.get(way, [])
        return {
            "way": slug,
            "names": [each["name"] for each in activities if (each["mode"], each["setting"]) == way],
            "held": len(held),
            "came": sum(held),
        }

    by_row = {mode: [cell(slug) for slug, way in WAYS.items() if way[0] == mode] for _, mode in _ROWS}
    return [{"name": name, "cells": by_row[mode]} for name, mode in _ROWS]
