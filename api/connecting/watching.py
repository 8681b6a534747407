"""How each door fares: what came last, how often something comes, what is refused and why, and its last shape."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from api.connecting.connector import connectors
from api.connecting.redacting import redacted
from api.xapi.meaning import SOURCE
from api.xapi.posting import CONNECTOR as STORE
from projections import sources_of
from schemas import counted, format_time, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.installation import Installation
    from ledger import Stray, StrayCount
    from projections import Source

State: TypeAlias = Literal["waiting", "refusing", "silent", "new", "well"]
"""`waiting` for its secret; `refusing`: of late something was not taken; `silent` longer than usual; `new`."""

_DAY, _HOUR = 86_400, 3_600  # seconds
TITLE = "xAPI"
LATELY = 7 * 86_400_000_000  # µs
WHY = {
    "unsigned": say("it was not signed with the door’s secret"),  # noqa: RUF001  an apostrophe, for people
    "unknown": say("no mapping knows it"),
    "misfit": say("it is not what the mapping thinks it is"),
    "refused": say("its facts were refused"),
    "conflict": say("it came before with other content"),
}


def watched(here: Installation, community: str) -> list[dict[str, Any]]:
    """Return how each door of a community fares, in words of JSON, those that want a look first. Blocks.

    Among them the store of statements, once something came there: it opens by keys, so nobody says since when.
    """
    at = time.time_ns() // 1_000
    by_token = {one.token: one for one in heard(here, community)}
    counts = here.book.strays.counts(community)

    def door(name: str, title: str, uris: Iterable[str], *, waits: bool) -> dict[str, Any]:
        known = [(uri, one) for uri in uris if (one := by_token.get(str(here.book.token(community, uri))))]
        late = [each for each in counts if each.connector == name]
        state = _state([one for _, one in known], late, at, waits=waits)
        return {"connector": name, "title": title, "state": state, **_told(here, community, name, known, late)}

    doors = []
    for hook in here.book.hooks.of(community):
        connector = connectors().get(hook.connector)
        title = connector.title if connector else hook.connector
        found = door(hook.connector, title, hook.sources, waits=not hook.secrets)
        doors.append(found | {"since": format_time(hook.since), "secrets": len(hook.secrets)})
    store = door(STORE, TITLE, [SOURCE], waits=False)
    if store["facts"] or store["refusals"]:
        doors.append(store | {"since": None, "secrets": 0})
    order = ("waiting", "refusing", "silent", "new", "well")
    return sorted(doors, key=lambda door: (order.index(door["state"]), door["connector"]))


def heard(here: Installation, community: str) -> list[Source]:
    """Return what each source of a community told, and whether it rests for longer than usual. Blocks."""

    def now() -> list[Source]:
        return sources_of(here.book, here.views, community, at=time.time_ns() // 1_000)

    return here.remembered.told(community, "sources", now)


def refusing(here: Installation, community: str) -> list[str]:
    """Return the platforms of whose deliveries not all was taken of late, by their titles. Blocks."""
    at = time.time_ns() // 1_000
    late = {each.connector for each in here.book.strays.counts(community) if at - each.last < LATELY}
    open_doors = {hook.connector for hook in here.book.hooks.of(community)}
    titles = [connectors()[name].title for name in late & open_doors & connectors().keys()]
    return sorted([*titles, *([TITLE] if STORE in late else [])])


def _told(
    here: Installation, community: str, name: str, known: Sequence[tuple[str, Source]], counts: Sequence[StrayCount]
) -> dict[str, Any]:
    kept = here.book.strays.of(community, name)
    lasts = [one.last for _, one in known if one.last is not None]
    return {
        "last": format_time(max(lasts)) if lasts else None,
        "facts": sum(one.facts for _, one in known),
        "sources": [_source(uri, one) for uri, one in known],
        "refusals": [refusal(each) for each in counts],
        "kept": len(kept),
        "last_refused": shape(kept[0]) if kept else None,
    }


def _state(known: Sequence[Source], counts: Sequence[StrayCount], at: int, *, waits: bool) -> State:
    if waits:
        return "waiting"
    if any(at - each.last < LATELY for each in counts):
        return "refusing"
    if not any(one.facts for one in known):
        return "new"
    return "silent" if all(one.silent for one in known) else "well"


def _source(uri: str, one: Source) -> dict[str, Any]:
    return {
        "source": uri,
        "facts": one.facts,
        "last": None if one.last is None else format_time(one.last),
        "usual_interval_seconds": one.gap,
        "silent": str(one.silent.words) if one.silent else None,
    }


def refusal(count: StrayCount) -> dict[str, Any]:
    """Return how often something was not taken."""
    return {
        "why": count.why,
        "event": count.key,
        "number": count.number,
        "first": format_time(count.first),
        "last": format_time(count.last),
    }


def shape(stray: Stray) -> dict[str, Any]:
    """Return what was not taken without anybody's name or words; `body` is null where it was too long to be kept."""
    told = stray.said.get("told")
    return {
        "why": stray.why,
        "event": stray.key,
        "at": format_time(stray.at),
        "words": stray.said.get("words", []),
        "body": redacted(told.get("body")) if told else None,
    }


def lasting(seconds: int) -> str:
    """Return about how long so many seconds are, in words."""
    if seconds >= 2 * _DAY:
        return counted(round(seconds / _DAY), "day", "days")
    if seconds >= 2 * _HOUR:
        return counted(round(seconds / _HOUR), "hour", "hours")
    return counted(max(1, round(seconds / 60)), "minute", "minutes")
