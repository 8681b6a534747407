"""The quarterly review: what a community reads together when a quarter has ended, and never changes afterwards.

It is shared, so nobody is named in it; and it is told by what was known at the quarter's end, so that who reads it a
year later reads the same. What has been learnt since is said beside it, never in it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.measuring.groups import HEADLINES, PRIVATE, SCORECARDS
from api.measuring.measures import measures_told
from api.measuring.plots import figure
from api.measuring.quarters import Quarter, Settled, settled
from api.measuring.shown import card
from projections import Span
from schemas import counted, format_time, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import tzinfo

    from api.installation import Installation
    from projections import Charter
    from schemas import Text

Context = dict[str, Any]
LONGEST_STORY = 280  # characters; the whole of it is its teller's to tell
_EMPTY = "\u2013"
_KINDS: dict[str, Callable[[int], Text]] = {
    "practice_change": lambda number: counted(number, "change of practice", "changes of practice"),
    "outcome": lambda number: counted(number, "outcome", "outcomes"),
    "reuse": lambda number: counted(number, "reuse of another\u2019s work", "reuses of another\u2019s work"),
    "story": lambda number: counted(number, "story", "stories"),
}


@dataclass(frozen=True, slots=True)
class Pack:
    """Which quarter of which community is told, by what was known when. Instants in µs.

    `end`: the quarter's, or now where it has not ended.
    """

    community: str
    quarter: Quarter
    zone: tzinfo
    end: int
    known_at: int
    settled: Settled

    @property
    def begun(self) -> bool:
        """Whether the quarter has begun."""
        return self.quarter.begins(self.zone) < self.end

    @property
    def ended(self) -> bool:
        """Whether the quarter has ended."""
        return self.end == self.quarter.ends(self.zone)

    @property
    def frozen(self) -> bool:
        """Whether what it says will never be another."""
        return self.settled.frozen and self.known_at == self.settled.known_at

    @property
    def span(self) -> Span:
        """The quarter and its neighbours."""
        quarter, zone = self.quarter, self.zone
        return Span(quarter.before.begins(zone), quarter.begins(zone), quarter.ends(zone), quarter.after.ends(zone))


def pack_of(
    here: Installation, community: str, quarter: Quarter, known_at: int | None = None, now: int | None = None
) -> Pack:
    """Return what is to be told of a quarter: frozen, unless another `known_at` (µs) is asked for. Blocks."""
    now = time.time_ns() // 1_000 if now is None else now
    zone = calendar(here, community, quarter)
    known = settled(quarter, zone, begun(here, community, now), now)
    end = min(now, quarter.ends(zone))
    return Pack(community, quarter, zone, end, known.known_at if known_at is None else known_at, known)


def calendar(here: Installation, community: str, quarter: Quarter) -> tzinfo:
    """Return the time zone of the charter that was in force at a quarter's end: a later one moves no quarter."""
    return _law(here, community, quarter.ends(here.standings.charter(community).zone)).zone


def begun(here: Installation, community: str, now: int) -> int:
    """Return when the first fact of a community was recorded (µs), now where there is none."""
    first = here.book.read(community, 0, 1)
    return first[0].recorded if first else now


def told(here: Installation, pack: Pack) -> Context:
    """Return what a review says, the same for page and paper. Blocks."""
    slug, known_at = pack.community, pack.known_at
    found = here.standings.quarters.of(slug, pack.span, known_at)
    after = measures_told(here, slug, as_of=pack.end, known_at=known_at)
    before = measures_told(here, slug, as_of=pack.span.start, known_at=known_at, weeks=1)
    measures = {one["measure"]: one for one in after["measures"] if one["measure"] not in PRIVATE}
    earlier = {one["measure"]: one for one in before["measures"]}
    return {
        "name": _law(here, slug, pack.end).name,
        "quarter": {"name": pack.quarter.name, "words": pack.quarter.words},
        "from": format_time(pack.span.start),
        "known_at": format_time(known_at),
        "members": after["members"],
        "members_before": before["members"],
        "headlines": [_beside(measures[name], earlier.get(name)) for name in HEADLINES if name in measures],
        "cards": [card(measures[name]) for name in SCORECARDS if name in measures],
        "rows": [_row(one, earlier.get(name)) for name, one in measures.items() if name not in SCORECARDS],
        "happened": found,
        "moves": _moves(found),
        "told": [_KINDS[kind](number) for kind, number in found["stories"].items()],
        "stories": list(_stories(here, slug, found["told"])),
        "changes": [{**one, "changes": _changes(one["changes"])} for one in found["charters"]],
    }


def learnt(here: Installation, pack: Pack) -> int:
    """Return how many facts of a quarter were reported after what its review is told by. Blocks."""
    return here.standings.quarters.since(pack.community, pack.span, pack.known_at)


def _law(here: Installation, community: str, at: int) -> Charter:
    """Return the charter that was in force at an instant (µs); the first where none was yet."""
    charters = here.standings.charters(community)
    published = [one for one in charters if one.published is not None and one.published <= at]
    return next((one for one in reversed(published) if one.effective <= at), charters[0])


def _beside(measure: Mapping[str, Any], before: Mapping[str, Any] | None) -> Context:
    return {**card(measure), "before": _value(before)}


def _row(measure: Mapping[str, Any], before: Mapping[str, Any] | None) -> Context:
    told = card(measure)
    return {name: told[name] for name in ("slug", "name", "value", "n", "met", "target", "less")} | {
        "before": _value(before)
    }


def _value(measure: Mapping[str, Any] | None) -> str:
    return _EMPTY if measure is None else figure(measure["value"], measure["unit"])


def _moves(told: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return who came and went, a line each."""
    return [
        (say("Joined"), told["joined"]),
        (say("Left"), told["left"]),
        (say("Returned: active again after a quarter or more without a word"), told["returned"]),
        (say("Fell silent: active in the quarter before, not in this one"), told["quiet"]),
        (say("Active in the quarter"), told["active"]),
        (say("Active in the quarter before"), told["active_before"]),
    ]


def _stories(here: Installation, community: str, positions: Iterable[int]) -> Iterator[str]:
    """Yield the stories told to everyone, in their tellers' words; none of who was erased."""
    for opened in here.book.reveal(community, list(positions)):
        words = " ".join(opened.get("summary", "").split())
        if words:
            yield words if len(words) <= LONGEST_STORY else f"{words[: LONGEST_STORY - 1].rstrip()}\u2026"


def _changes(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what a charter changed, a line each: which part, what became of it, and how."""
    return [
        f"{one['part'].replace('_', ' ')}: {one['name']} {one['change']}"
        + (f" ({'; '.join(one['words'])})" if one["words"] else "")
        for one in changes
    ]
