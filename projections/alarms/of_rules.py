"""Alarms of rules: one that members used to meet, and that nobody has met for too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.alarms.alarm import Alarm, date, number_of, usual
from projections.alarms.listened import KINDS, reported, wanted
from projections.alarms.silence import SHORTEST, Calendar, Tally, silence
from projections.charters.language import asks_for
from projections.fold.heard import DAY, Channel, Days
from projections.fold.spans import DAWN, DOOM
from schemas import Text, counted, joined, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from projections.alarms.listened import Listened
    from projections.alarms.silence import Clock, Silence
    from projections.charters.charter import Charter
    from projections.charters.language import Leaf, Rule
    from projections.fold.holds import Derived

FACTS = 50  # of practice: so many may come without a rule being met
NEWCOMERS = 3  # likewise
FEWEST_WITHOUT = 3  # active members who have not met a rule: where there are fewer, all have


class _Fired(NamedTuple):
    """A rule, the days on which members first met it, and since when nobody did."""

    rule: Rule
    pause: Silence
    without: int  # members who were active since, and have not met it


def dead_rules(known: Listened, members: Sequence[Derived], charters: Sequence[Charter]) -> Iterator[Alarm]:
    """Yield the rules in force that members used to meet, and that nobody has met for too long."""
    dead = {fired.rule.slug: fired for fired in _dead(known, members)}
    for fired in dead.values():
        rule, pause = fired.rule, fired.pause
        words = joined(" ", (_nobody(rule, pause, known.day), *usual(pause), _active(fired.without)))
        likely = (*_changed(charters, rule, pause, known.day), *_stopped(known, rule), *_resting(rule, dead.values()))
        advice = (
            say("See whether what it counts still comes, and comes under the same words.")
            if likely
            else say(
                "Nothing that it counts has stopped. See what somebody lacks who should meet it: `guildbook explain`."
            )
        )
        yield Alarm("dead-rule", rule.slug, words, advice, tuple(likely), pause.last, pause.since, pause, (rule.slug,))


def _nobody(rule: Rule, pause: Silence, day: int) -> Text:
    return say(
        "Nobody new has met the rule %(rule)s since %(day)s, for %(days)s.",
        rule=rule.slug,
        day=date(pause.last),
        days=number_of(day - pause.last),
    )


def _active(number: int) -> Text:
    return counted(
        number, "member was active since and has not met it.", "members were active since and have not met it."
    )


def _dead(known: Listened, members: Sequence[Derived]) -> Iterator[_Fired]:
    slack = max((known.slack(source) for source in known.sources), default=0)
    clocks: list[Clock] = [Calendar(slack), Tally(known.all, FACTS), Tally(_newcomers(members), NEWCOMERS)]
    met = [_first_met(one) for one in members]
    for rule in known.charter.rules:
        first = [one.get(rule.slug) for one in met]
        came = sorted({at // DAY for at in first if at is not None})
        pause = silence(came, clocks, known.day)
        if pause and pause.broken(known.day):
            without = _without(zip(members, first, strict=True), pause.last, known.day)
            if without >= FEWEST_WITHOUT:
                yield _Fired(rule, pause, without)


def _newcomers(members: Iterable[Derived]) -> Days:
    """Return how many joined, or first acted, on which day."""
    days: Days = {}
    for one in members:
        if one.first is not None:
            days[one.first // DAY] = days.get(one.first // DAY, 0) + 1
    return days


def _first_met(derived: Derived) -> dict[str, int]:
    """Return when a member first met each rule (µs), in whichever of its versions; not those met ever since."""
    found: dict[str, int] = {}
    for key, spans in derived.rules.items():
        slug = key[: key.rindex("@")]
        if spans and DAWN // 2 < spans[0][0] < found.get(slug, DOOM):
            found[slug] = spans[0][0]
    return found


def _without(members: Iterable[tuple[Derived, int | None]], last: int, day: int) -> int:
    """Return how many members acted after a day, and by another one had not met the rule."""
    return sum(
        one.first is not None
        and one.first // DAY <= day
        and one.last is not None
        and one.last // DAY > last
        and (met is None or met // DAY > day)
        for one, met in members
    )


def _changed(charters: Sequence[Charter], rule: Rule, pause: Silence, day: int) -> Iterator[Text]:
    """Yield, in words, which charter changed the rule about when it was met for the last time."""
    hashes: dict[str, None] = {}
    for charter in charters:
        found = charter.rule(rule.slug)
        new = found is not None and found.sha256 not in hashes
        if found and new and hashes and pause.last - pause.usual <= charter.effective // DAY <= day:
            yield say(
                "version %(version)s of the charter changed it on %(day)s",
                version=charter.version,
                day=date(charter.effective // DAY),
            )
        if found:
            hashes[found.sha256] = None


def _stopped(known: Listened, rule: Rule) -> Iterator[Text]:
    """Yield, in words, which of what the rule counts no longer comes, from wherever it came."""
    said = set()
    for leaf in wanted(rule):
        for what, days in _counted(known, leaf):
            pause = silence(sorted(days), [Calendar()], known.day)
            if pause and known.day - pause.last > max(pause.longest, SHORTEST) and what not in said:
                said.add(what)
                yield say("it counts %(what)s, and none has come since %(day)s", what=what, day=date(pause.last))


def _counted(known: Listened, leaf: Leaf) -> Iterator[tuple[Text, Days]]:
    """Yield what a leaf counts, in words, and when it came: its kind of fact, and each field's values it wants."""
    fact = reported(leaf)
    if not fact:
        return
    if leaf.measure == "latest":
        yield say("the metric %(name)s", name=leaf.field), _came(known, fact, "metric", {leaf.field})
        return
    whole = _came(known, fact, "", {""})
    yield KINDS[fact], whole
    for test in leaf.where:
        values = {str(value) for value in test.one_of or ()}
        days = _came(known, fact, test.field, values)
        if days and max(days) < max(whole):
            wanted = " | ".join(sorted(values))
            yield (
                say("%(facts)s with `%(field)s: %(values)s`", facts=KINDS[fact], field=test.field, values=wanted),
                days,
            )


def _came(known: Listened, fact: str, field: str, values: Iterable[str]) -> Days:
    days: Days = {}
    for source in known.sources:
        for value in values:
            days |= known.heard.get(Channel(source, fact, field, value), {})
    return days


def _resting(rule: Rule, dead: Iterable[_Fired]) -> Iterator[Text]:
    """Yield, in words, which rules that stopped too grant what this one asks for."""
    for other in dead:
        if any(leaf.grant and asks_for(leaf, other.rule.grants) for leaf in wanted(rule)) and other.rule != rule:
            yield say("it asks for what the rule %(rule)s grants, which has stopped too", rule=other.rule.slug)
