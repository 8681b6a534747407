"""Alarms of what is reported: sources that fell silent, and what of theirs no longer comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.alarms.alarm import Alarm, Kind, date, number_of, usual
from projections.alarms.listened import KINDS, ONE
from projections.alarms.silence import Calendar, Silence, Tally, silence
from projections.fold.heard import DAY, PRACTICE, Channel
from projections.fold.spans import DOOM
from schemas import counted, joined, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from projections.alarms.listened import Declared, Listened
    from projections.charters.charter import Charter
    from projections.fold.heard import Days
    from schemas import Text

OTHERS = 20  # facts of the same source or kind: so many may come without one
UNHEARD = 28  # days that a declared source may take to begin


def silent_sources(known: Listened) -> Iterator[Alarm]:
    """Yield the sources that fell silent; of those that did not, what no longer comes from them."""
    for source, days in sorted(known.sources.items(), key=lambda one: known.name(one[0])):
        clock = Calendar(known.slack(source))
        pause = _declared_pause(known, source, silence(sorted(days), [clock], known.day))
        if pause and pause.broken(known.day):
            yield _silent_source(known, source, pause)
        else:
            yield from _silent_kinds(known, source, clock)


def unheard(known: Listened, charters: Sequence[Charter]) -> Iterator[Alarm]:
    """Yield what the charter in force says is reported, and never was."""
    for source, declared in known.declared.items():
        since = _declared_since(charters, declared.name) + (declared.silent_after or UNHEARD)
        if since > known.day:
            continue
        words = _never(known, source, declared)
        if words:
            advice = say("See whether it is connected: with this very `uri`, and with a key of this community.")
            rules = sorted({slug for fact in declared.reports for slug in known.asking(fact)})
            yield Alarm("never-heard", declared.name, words, advice, (), None, since, None, tuple(rules))


def _never(known: Listened, source: str, declared: Declared) -> str:
    """Return, in words, what a declared source never reported; "" where it reported all of it."""
    if not declared.reports and not declared.metrics:
        if source in known.sources:
            return ""
        return say("The charter names the source %(source)s, and nothing has ever come from it.", source=declared.name)
    kinds = [KINDS[fact] for fact in declared.reports if fact in PRACTICE and fact not in known.kinds(source)]
    metrics = [name for name in declared.metrics if Channel(source, "metric", "metric", name) not in known.heard]
    never = [*kinds, *(say("the metric %(name)s", name=name) for name in metrics)]
    words = "The charter says that %(source)s reports %(what)s, of which nothing has ever come."
    return say(words, source=declared.name, what=joined(", ", never)) if never else ""


def _declared_since(charters: Sequence[Charter], name: str) -> int:
    """Return the day since when the charters, without a break, declare a source of that name."""
    since = DOOM
    for charter in reversed(charters):
        if name not in charter.by("sources", "source"):
            break
        since = charter.effective // DAY
    return since


def _declared_pause(known: Listened, source: str, pause: Silence | None) -> Silence | None:
    """Return a source's pause, too long when the charter says so, where it does."""
    declared = known.declared.get(source)
    if declared is None or declared.silent_after is None:
        return pause
    last = max(known.sources[source])
    pauses = (pause.usual, pause.longest) if pause else (0, 0)
    return Silence(last, *pauses, last + declared.silent_after)


def _silent_source(known: Listened, source: str, pause: Silence) -> Alarm:
    name, facts = known.name(source), list(known.kinds(source))
    rules = sorted({slug for fact in facts for slug in known.asking(fact)})
    nothing = say(
        "Nothing has come from %(source)s since %(day)s, for %(days)s.",
        source=name,
        day=date(pause.last),
        days=number_of(known.day - pause.last),
    )
    words = joined(" ", (nothing, *usual(pause)))
    advice = say(
        "See whether it still posts: its key, its address, its own log. If it may rest for so long, let the charter "
        "say so (`silent_after` of the source)."
    )
    return Alarm("silent-source", name, words, advice, (), pause.last, pause.since, pause, tuple(rules))


def _silent_kinds(known: Listened, source: str, clock: Calendar) -> Iterator[Alarm]:
    for fact, days in known.kinds(source).items():
        others = _less(known.sources[source], days)
        pause = silence(sorted(days), [clock, Tally(others, OTHERS)], known.day)
        if pause and pause.broken(known.day):
            meanwhile = sum(number for day, number in others.items() if day > pause.last)
            none = say(
                "No %(what)s has come from %(source)s since %(day)s, but %(others)s.",
                what=ONE[fact],
                source=known.name(source),
                day=date(pause.last),
                others=counted(meanwhile, "other fact", "other facts"),
            )
            words = joined(" ", (none, *usual(pause)))
            advice = say("See whether it was set up anew, or no longer sends them.")
            rules = tuple(known.asking(fact))
            yield Alarm("silent-kind", known.name(source), words, advice, (), pause.last, pause.since, pause, rules)
        else:
            yield from _silent_values(known, source, fact, clock)


def _silent_values(known: Listened, source: str, fact: str, clock: Calendar) -> Iterator[Alarm]:
    """Yield the values that rules ask for, and metrics, that no longer come."""
    of_kind = known.kinds(source)[fact]
    for one, days in known.values(source, fact):
        rules = known.asking(fact, one.field, one.value)
        metric = one.field == "metric"
        if not rules and not metric:
            continue
        pause = silence(sorted(days), [clock, Tally(_less(of_kind, days), OTHERS)], known.day)
        if pause and pause.broken(known.day):
            words = joined(" ", (_without(one, known.name(source), pause), *usual(pause)))
            advice = say(
                "See whether it calls them something else now; then let the rules follow it, or have the source put "
                "right."
            )
            alarm: Kind = "silent-metric" if metric else "silent-value"
            yield Alarm(alarm, known.name(source), words, advice, (), pause.last, pause.since, pause, tuple(rules))


def _without(one: Channel, source: str, pause: Silence) -> Text:
    """Return, in words, that no fact with this value comes any more, while others of its kind do."""
    if one.field == "metric":
        what = say("metric `%(name)s`", name=one.value)
    else:
        what = say("%(fact)s with `%(field)s: %(value)s`", fact=ONE[one.fact], field=one.field, value=one.value)
    words = "No %(what)s has come from %(source)s since %(day)s; other %(facts)s still come."
    return say(words, what=what, source=source, day=date(pause.last), facts=KINDS[one.fact])


def _less(days: Days, some: Mapping[int, int]) -> Days:
    """Return how many of each day are left without some of them."""
    return {day: left for day, number in days.items() if (left := number - some.get(day, 0)) > 0}
