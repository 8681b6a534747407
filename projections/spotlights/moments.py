"""The moments of a period: levels reached, badges earned, first shares, roles taken and ended, stories.

All of them are told, in order of time. A moment is *quiet* where it was recorded long after it happened, as with an
imported history: its page tells it, and nobody is called to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.fold.spans import DAWN, DOOM, span_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.spotlights.happened import Happened
    from projections.views.rows import AwardRow

LATE = 7 * 86_400_000_000  # µs between happening and being recorded, from which on it is no news
_NO_SHARE = frozenset({"review", "mentoring", "facilitation"})


class Moment(NamedTuple):
    """Something worth telling. `what`: a level, a slug, or a kind; `facts`: the positions that it rests on."""

    kind: str  # level, badge, first-share, role-begun, role-ended, story
    at: int  # µs
    who: Account
    what: str
    facts: tuple[int, ...]
    quiet: bool


class Span(NamedTuple):
    """From when to before when (µs)."""

    start: int
    end: int

    def holds(self, at: int) -> bool:
        """Return whether an instant lies in it."""
        return self.start <= at < self.end


def quiet(happened: Happened, at: int, came: int | None = None) -> bool:
    """Return whether what happened at an instant (µs) was recorded too late to be news.

    What time alone brought is told by no fact: it is no news where it was before anything of hers was recorded.
    `came`: when she first did anything (µs).
    """
    told = happened.told.get(at)
    if told is not None:
        return told[1] - at > LATE
    first = happened.told.get(came) if came is not None else None
    return first is not None and at < first[1]


def held(people: Mapping[Account, Derived], span: Span, happened: Happened) -> Iterator[Moment]:
    """Yield the levels that members reached, and the roles that they took and laid down."""

    def moment(kind: str, at: int, who: Account, what: str) -> Moment:
        told = happened.told.get(at)
        return Moment(kind, at, who, what, (told[0],) if told else (), quiet(happened, at, people[who].first))

    for who, derived in people.items():
        before = 0
        for at, level in derived.levels:
            if span.holds(at) and level > before:
                yield moment("level", at, who, str(level))
            before = max(before, level)
        for (kind, role), spans in derived.grants.items():
            if kind != "role":
                continue
            for start, end in spans:
                if start > DAWN and span.holds(start):
                    yield moment("role-begun", start, who, role)
                if end < DOOM and span.holds(end) and not span_at(spans, end):
                    yield moment("role-ended", end, who, role)


def earned(awards: Iterable[AwardRow], span: Span, member: Callable[[str], Account | None]) -> Iterator[Moment]:
    """Yield the badges that members earned and that stand, the first time each."""
    for award in awards:
        who = member(award.account)
        stands = award.revoked is None and award.suspended is None and award.renewal == 0
        if award.kind == "badge" and who is not None and stands and span.holds(award.earned):
            late = award.issued - award.earned > LATE
            yield Moment("badge", award.earned, who, award.achievement, (award.position,), late)


def shared(
    happened: Happened,
    span: Span,
    member: Callable[[str], Account | None],
    before: Callable[[Account], bool],
) -> Iterator[Moment]:
    """Yield the first shares: a member's first work. `before`: whether she had made one before what is read here."""
    taken, firsts = happened.taken(), dict[str, tuple[int, str, str, int]]()
    for work in list(happened.works):
        who = member(work.who)
        if who is None or work.kind in _NO_SHARE or work.item in taken or not happened.stands(work.stream):
            continue
        one = (work.at, work.stream, work.kind, work.position)
        if who not in firsts or one < firsts[who]:
            firsts[who] = one
    for account, (at, _, kind, position) in firsts.items():
        who = member(account)
        if who is not None and span.holds(at) and not before(who):
            yield Moment("first-share", at, who, kind, (position,), quiet(happened, at))


def told(happened: Happened, span: Span, member: Callable[[str], Account | None]) -> Iterator[Moment]:
    """Yield the stories of change that were told to the community or to everybody."""
    for story in list(happened.stories):
        who = member(story.who)
        if who is not None and span.holds(story.at) and story.visibility != "private" and happened.stands(story.stream):
            yield Moment("story", story.at, who, story.kind, (story.position,), quiet(happened, story.at))
