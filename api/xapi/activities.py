"""What is known of an activity: all that the statements say of it, the newest words last.

Nothing is kept of it apart: what a statement told goes with the statement (xAPI "Activities Resource").
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import orjson

from ledger import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from api.installation import Installation

READ = 50  # statements of an activity at most, the newest
LOOKED_UP = 200  # activities of one answer at most; of the others nothing is known but what the statement tells
_MAPS = ("name", "description", "extensions")


def definition_of(here: Installation, community: str) -> Callable[[str], dict[str, Any]]:
    """Return what finds the definition of an activity by its id, {} where nobody told any; asks for each once."""
    left = LOOKED_UP

    @functools.cache
    def definition(activity: str) -> dict[str, Any]:
        nonlocal left
        left -= 1
        if left < 0:
            return {}
        question = Question(groups=[[("activity", activity), ("context", activity)]])
        found: dict[str, Any] = {}
        for kept in reversed(here.book.statements.ask(community, question, READ)):
            if kept.content is not None:
                for told in _definitions(orjson.loads(kept.content), activity):
                    maps = {name: {**found.get(name, {}), **told[name]} for name in _MAPS if name in told}
                    found = {**found, **told, **maps}
        return found

    return definition


def _definitions(statement: Mapping[str, Any], activity: str) -> Iterator[dict[str, Any]]:
    """Yield what a statement, or a substatement, tells of an activity."""
    thing = statement["object"]
    around = statement.get("context", {}).get("contextActivities", {})
    for each in (thing, *(one for some in around.values() for one in some)):
        if each.get("id") == activity and "definition" in each:
            yield each["definition"]
    if thing.get("objectType") == "SubStatement":
        yield from _definitions(thing, activity)
