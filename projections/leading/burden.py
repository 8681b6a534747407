"""What leading asks of those who lead: how much each carries, and whether the community could lead itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.fold.spans import DOOM
from projections.fold.terms import DAY
from projections.leading.deeds import LATELY, LONG_AGO, tallied
from schemas import counted, marked, say

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Mapping

    from projections.fold.holds import Derived
    from projections.fold.people import Account
    from projections.fold.terms import Role
    from projections.leading.deeds import Deeds
    from projections.leading.leaders import Leader, Seats
    from projections.leading.pairs import Pair

RECENT = 28 * DAY
_NEAR = 0.8  # of what one can carry
_MOST_OF_IT = 0.5  # of all that the leaders do, which one should not carry alone
_FEW = 13  # acts in all, about one a week: below that, a share says nothing
_SEVERAL = 3  # leaders
LED_AT = 50  # active members at which a community may lead itself
LED_SHARE = 50  # percent of sessions that members lead by then
YOUNG = 90 * DAY  # from the community's first act: whoever leads then is of its founders

_MUCH = marked(
    "She carried %(number)s acts of leading a week over the last 90 days; the charter says that one person can carry "
    "%(limit)s. Share the work, or bring the next one in, before it burns her out."
)
_MUCH_LATELY = marked(
    "She carried %(number)s acts of leading a week over the last four weeks; the charter says that one person can "
    "carry %(limit)s. Share the work, or bring the next one in, before it burns her out."
)
_CLOSE = marked("She is close to what one person can carry: %(number)s of %(limit)s acts of leading a week.")
_FEW_ACTIVE = marked("%(more)s: %(have)s of %(wanted)s acted in the last 90 days")
_NOBODY_NEXT = marked("somebody who is ready for %(role)s: %(held)s of %(seats)s seats are held, nobody is next")
_SAME_LEAD = marked(
    "sessions that other members lead: %(led)s of %(of)s (%(share)s %%, wanted %(wanted)s %%); the rest were led by "
    "those who always did"
)
_ALONE = marked("She does %(share)s %% of all that the %(number)s who lead do together.")


class Load(NamedTuple):
    """What one leader carried. Rates are acts of leading a week; `limit`: what one can carry, None: nobody said."""

    account: Account
    roles: tuple[str, ...]
    acts: int  # in the last 90 days
    of: dict[str, int]  # facilitated, mentored, reviewed, led; pairs: open mentor pairs
    per_week: float  # over 90 days
    lately: float  # over 28
    limit: int | None
    warning: str | None


class MemberLed(NamedTuple):
    """Whether a community can go member-led. Counts are of the last 90 days."""

    active: int
    at: int  # active members
    sessions: int
    told: int  # of which somebody says who led them
    led: int  # by somebody who is not of old
    share: int | None  # percent of those told
    target: int  # percent
    ready: bool
    missing: tuple[str, ...]


def loads(
    leaders: Iterable[Leader],
    roles: Mapping[str, Role],
    pairs: Iterable[Pair],
    deeds: Deeds,
    root: Callable[[Account], Account | None],
    at: int,
) -> list[Load]:
    """Return what each holder of a role and each mentor carries, the most burdened first."""
    led = list(deeds.led(at - LATELY, at))
    long, short = tallied(led, root, at - LATELY), tallied(led, root, at - RECENT)
    open_pairs = [pair for pair in pairs if pair.state == "open"]
    held: dict[Account, list[str]] = {pair.mentor: [] for pair in open_pairs}
    for leader in leaders:
        held.setdefault(leader.account, []).append(leader.role)
    found = []
    for who, slugs in held.items():
        mine = [pair for pair in open_pairs if pair.mentor == who]
        limit = max((roles[slug].load or 0 for slug in slugs if slug in roles), default=0) or None
        rates = (_rate(long.get(who), mine, at, LATELY), _rate(short.get(who), mine, at, RECENT))
        of = {**(long.get(who) or {}), **({"pairs": len(mine)} if mine else {})}
        acts = sum((long.get(who) or {}).values())
        warning = _beyond(*rates, limit)
        found.append(Load(who, tuple(sorted(slugs)), acts, of, *rates, limit, warning))
    return sorted(map(_alone(found), found), key=lambda one: (-one.per_week, one.account))


def _rate(done: Counter[str] | None, pairs: Iterable[Pair], at: int, window: int) -> float:
    """Return acts a week. A mentor pair stands for one a week, unless more mentoring than that was told."""
    weeks = sum(max(0, at - max(pair.since, at - window)) for pair in pairs) / (7 * DAY)
    mentored = done["mentored"] if done else 0
    others = sum(done.values()) - mentored if done else 0
    return round((others + max(mentored, weeks)) / (window / (7 * DAY)), 1)


def _beyond(per_week: float, lately: float, limit: int | None) -> str | None:
    if limit is None:
        return None
    most = max(lately, per_week)
    if most > limit:
        return say(_MUCH_LATELY if lately > per_week else _MUCH, number=f"{most:g}", limit=limit)
    if most >= _NEAR * limit:
        return say(_CLOSE, number=f"{most:g}", limit=limit)
    return None


def _alone(found: list[Load]) -> Callable[[Load], Load]:
    """Return what adds a warning for whoever carries most of what several leaders do together."""
    total = sum(one.acts for one in found)

    def warned(one: Load) -> Load:
        lonely = len(found) >= _SEVERAL and total >= _FEW and one.acts > _MOST_OF_IT * total
        if one.warning or not lonely:
            return one
        share = round(100 * one.acts / total)
        return one._replace(warning=say(_ALONE, share=share, number=len(found)))

    return warned


def member_led(
    people: Mapping[Account, Derived],
    roles: Mapping[str, Role],
    deeds: Deeds,
    root: Callable[[Account], Account | None],
    active: Callable[[Account], bool],
    unprepared: Iterable[Seats],
    targets: Mapping[str, float],
    at: int,
) -> MemberLed:
    """Return how far the community is from leading itself, and what is missing, in words.

    `unprepared`: the roles with empty seats for which nobody is ready.
    """
    acting = sum(active(who) for who in people)
    sessions = list(deeds.sessions(at - LATELY, at))
    led_by = [{root(who) for who in deeds.leaders_of(seats)} - {None} for _, _, seats in sessions]
    told = [some for some in led_by if some]
    old = _of_old(people, roles, deeds, root, at)
    led = sum(bool(some - old) for some in told)
    share = round(100 * led / len(told)) if told else None
    wanted, target = int(targets.get("member_led_at", LED_AT)), int(targets.get("member_led_share", LED_SHARE))
    missing: list[str] = []
    if acting < wanted:
        more = counted(wanted - acting, "more active member", "more active members")
        missing.append(say(_FEW_ACTIVE, more=more, have=acting, wanted=wanted))
    if not roles:
        missing.append(say("a leader role in the charter, so that members can be ready for it"))
    missing += [say(_NOBODY_NEXT, role=roles[seat.role].name, held=seat.held, seats=seat.seats) for seat in unprepared]
    if not sessions:
        missing.append(say("sessions: none was attended in the last 90 days"))
    elif share is None:
        missing.append(say("who led the sessions: no attendance says `role: facilitator`"))
    elif share < target:
        missing.append(say(_SAME_LEAD, led=led, of=len(told), share=share, wanted=target))
    return MemberLed(acting, wanted, len(sessions), len(told), led, share, target, not missing, tuple(missing))


def _of_old(
    people: Mapping[Account, Derived],
    roles: Mapping[str, Role],
    deeds: Deeds,
    root: Callable[[Account], Account | None],
    at: int,
) -> set[Account | None]:
    """Return who has led since the community was young, or for more than a year."""
    dawn = min((derived.first for derived in people.values() if derived.first is not None), default=at)
    began: dict[Account | None, int] = {}
    for _, _, seats in deeds.sessions(deeds.since - 1, at):
        for who in deeds.leaders_of(seats):
            began[root(who)] = min(seats[who].at, began.get(root(who), DOOM))
    for who, derived in people.items():
        held = (derived.grants.get(("role", slug), []) for slug in roles)
        first = min((spans[0][0] for spans in held if spans), default=DOOM)
        began[who] = min(first, began.get(who, DOOM))
    return {who for who, since in began.items() if since < max(dawn + YOUNG, at - LONG_AGO)}
