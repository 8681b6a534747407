"""How each door fares: what came last, how often something comes, what is refused and why, and its last shape."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from api.connecting.connector import connectors
from api.connecting.redacting import redacted
from projections import sources_of
from schemas import counted, format_time, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.installation import Installation
    from ledger import Hook, Stray, StrayCount
    from projections import Source

State: TypeAlias = Literal["waiting", "refusing", "silent", "new", "well"]
"""`waiting` for its secret; `refusing`: of late something was not taken; `silent` longer than usual; `new`."""

_DAY, _HOUR = 86_400, 3_600  # seconds
LATELY = 7 * 86_400_000_000  # µs
WHY = {
    "unsigned": say("it was not signed with the door’s secret"),  # noqa: RUF001  an apostrophe, for people
    "unknown": say("no mapping knows it"),
    "misfit": say("it is not what the mapping thinks it is"),
    "refused": say("its facts were refused"),
    "conflict": say("it came before with other content"),
}


def watched(here: Installation, community: str) -> list[dict[str, Any]]:
    """Return how each door of a community fares, in words of JSON, those that want a look first. Blocks."""
    at = time.time_ns() // 1_000
    heard = {one.token: one for one in sources_of(here.book, here.views, community, at=at)}
    counts = here.book.strays.counts(community)
    doors = [
        _door(here, hook, heard, [each for each in counts if each.connector == hook.connector], at)
        for hook in here.book.hooks.of(community)
    ]
    order = ("waiting", "refusing", "silent", "new", "well")
    return sorted(doors, key=lambda door: (order.index(door["state"]), door["connector"]))


def refusing(here: Installation, community: str) -> list[str]:
    """Return the platforms of whose deliveries not all was taken of late, by their titles. Blocks."""
    at = time.time_ns() // 1_000
    late = {each.connector for each in here.book.strays.counts(community) if at - each.last < LATELY}
    open_doors = {hook.connector for hook in here.book.hooks.of(community)}
    return sorted(connectors()[name].title for name in late & open_doors & connectors().keys())


def _door(
    here: Installation, hook: Hook, heard: Mapping[str, Source], counts: Sequence[StrayCount], at: int
) -> dict[str, Any]:
    tokens = [(source, str(here.book.token(hook.community, source))) for source in hook.sources]
    sources = [_source(uri, heard[token]) for uri, token in tokens if token in heard]
    known = [heard[token] for _, token in tokens if token in heard]
    connector = connectors().get(hook.connector)
    kept = here.book.strays.of(hook.community, hook.connector)
    lasts = [one.last for one in known if one.last is not None]
    return {
        "connector": hook.connector,
        "title": connector.title if connector else hook.connector,
        "state": _state(hook, known, counts, at),
        "since": format_time(hook.since),
        "secrets": len(hook.secrets),
        "last": format_time(max(lasts)) if lasts else None,
        "facts": sum(one.facts for one in known),
        "sources": sources,
        "refusals": [refusal(each) for each in counts],
        "kept": len(kept),
        "last_refused": shape(kept[0]) if kept else None,
    }


def _state(hook: Hook, known: Sequence[Source], counts: Sequence[StrayCount], at: int) -> State:
    if not hook.secrets:
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
