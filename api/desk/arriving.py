"""What arrived and is not counted as it came: the same id with other content, and what waits for what it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.words.wording import words
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.installation import Installation

Context = dict[str, Any]
MOST = 20  # of each on the page


def conflicts(here: Installation, slug: str) -> Iterator[Context]:
    """Yield what came again under a known id with other content, the latest first; where it differed, never what."""
    found = here.book.conflicts(slug, MOST)
    facts = {fact.position: fact for fact in here.book.at(slug, [each.position for each in found])}
    for each in found:
        yield {
            "met": format_time(each.met),
            "words": words(facts[each.position]),
            "position": each.position,
            "pointers": each.pointers,
            "times": each.times,
        }


def waiting(here: Installation, slug: str) -> Context:
    """Return what is kept until what it speaks of arrives."""
    facts = here.standings.waiting(slug)
    told = [{"time": format_time(each.time), "words": words(each), "position": each.position} for each in facts[:MOST]]
    return {"facts": told, "more": len(facts) - len(told)}
