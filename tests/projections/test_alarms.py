"""Alarms: what used to come and stopped, found soon, with its likely cause, and seldom for nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from projections import alarms_of
from projections.alarms.raised import alarms
from projections.fold.heard import DAY, heard
from projections.fold.standing import Community
from tests.projections.history_of import MONDAY, Teller, charter, day, fold
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from ledger import Fact
    from projections.alarms.alarm import Alarm
    from tests.world import World

FIRST = MONDAY // DAY
REVIEWS = {"count": "endorsement", "where": {"strength": "review"}, "at_least": 1}
LAW = charter(
    {"rule": "maker", "grants": {"level": 1}, "all": [{"count": "contribution", "at_least": 1}]},
    {"rule": "reviewed", "grants": {"level": 2}, "all": [REVIEWS]},
    {"rule": "keeper", "grants": {"badge": "keeper"}, "all": [{"holds": {"level": 2}}]},
    {"rule": "read", "grants": {"badge": "read"}, "all": [{"latest": "days_visited", "at_least": 1}]},
)


class Town:
    """Every day somebody new comes and works; what else the town does is told day by day."""

    def __init__(self) -> None:
        self.tell = Teller()
        self.facts: list[Fact] = []

    def lives(self, first: int, last: int, *, reviews: str = "review", metrics: bool = True) -> Town:
        """Let days pass in which each newcomer works, is reviewed (not at all: "") and has a counter."""
        for at in range(first, last):
            who = f"m{at}"
            self.facts.append(self.tell.work(who, at, f"i{at}"))
            if reviews:
                self.facts.append(self.tell.voice("bo", who, at + 0.2, f"i{at}", reviews))
            if metrics:
                counted = {"member": who, "metric": "days_visited", "value": 3, "window": "total", "source": "counter"}
                self.facts.append(self.tell("metric", at + 0.3, **counted))
        return self

    def alarms(self, at: float, law: Any = LAW, **tokens: str) -> list[Alarm]:
        """Return the alarms that stand on a day."""
        return alarms(heard(self.facts), list(fold(law, self.facts).derived.values()), [law], tokens, day(at))


def kinds(found: list[Alarm]) -> list[str]:
    return [alarm.alarm for alarm in found]


def test_a_town_where_all_goes_on_has_none():
    assert Town().lives(0, 200).alarms(200) == []
    assert Town().lives(0, 200).alarms(206) == []
    assert Town().alarms(100) == []


def test_a_source_that_falls_silent_is_missed_and_named_by_what_it_reported():
    town = Town().lives(0, 200).lives(200, 230, metrics=False)
    assert kinds(town.alarms(206)) == []
    (alarm,) = town.alarms(215)
    assert (alarm.alarm, alarm.of) == ("silent-source", "the source that reports metrics")
    assert (alarm.last, alarm.since) == (FIRST + 199, FIRST + 207)
    assert alarm.rules == ("read",)
    assert alarm.words.startswith(
        "Nothing has come from the source that reports metrics since 18 July 2024, for 16 days. In the two years "
        "before, nine in ten of the pauses were no longer than 1 day, and the longest was 1 day."
    )


def test_a_rule_is_missed_with_what_it_counts():
    """Nobody is marked as reviewing from day 200 on: the word is another. The rule, and what rests on it, stop."""
    town = Town().lives(0, 200).lives(200, 300, reviews="comment")
    found = {alarm.of: alarm for alarm in town.alarms(299) if alarm.alarm == "dead-rule"}
    assert set(found) == {"reviewed", "keeper"}
    assert found["reviewed"].likely == (
        "it counts endorsements with `strength: review`, and none has come since 18 July 2024",
    )
    assert found["keeper"].likely == ("it asks for what the rule reviewed grants, which has stopped too",)
    assert found["reviewed"].since == FIRST + 216  # the 51st other fact: there are three a day
    assert "101 members were active since and have not met it" in found["reviewed"].words
    (value,) = [alarm for alarm in town.alarms(299) if alarm.alarm == "silent-value"]
    assert value.words.startswith(
        "No endorsement with `strength: review` has come from the source that reports contributions"
    )
    assert value.rules == ("reviewed",)


def test_a_kind_of_fact_is_missed_where_others_come_from_the_same_source():
    town = Town().lives(0, 200).lives(200, 240, reviews="")
    alarm, *rules = town.alarms(239)
    assert [(one.alarm, one.of) for one in rules] == [("dead-rule", "keeper"), ("dead-rule", "reviewed")]
    assert alarm.alarm == "silent-kind"
    assert alarm.words.startswith("No endorsement has come from the source that reports contributions and endorsements")
    assert "but 40 other facts" in alarm.words


def test_nobody_misses_a_rule_while_nobody_comes():
    """All of the town rests; then only those come who have met it. One source is silent, no rule is dead."""
    town = Town().lives(0, 200)
    assert kinds(town.alarms(260)) == ["silent-source", "silent-source"]
    town.facts += [town.tell.work(f"m{n % 50}", 200 + n / 5, f"again{n}") for n in range(500)]
    assert "dead-rule" not in kinds(town.alarms(299))


def test_a_charter_that_changed_the_rule_is_named():
    town = Town().lives(0, 300)
    rule = {"rule": "maker", "version": 2, "grants": {"level": 1}, "looks_back": "now"}
    harder = charter({**rule, "all": [{"count": "contribution", "at_least": 2}]})
    laws = [LAW, replace(harder, version=2, effective=day(200))]
    derived = _folded(laws, town.facts)
    found = alarms(heard(town.facts), derived, laws, {}, day(299))
    (alarm,) = [one for one in found if one.alarm == "dead-rule"]
    assert alarm.likely == ("version 2 of the charter changed it on 19 July 2024",)


def test_the_charter_says_how_long_a_source_may_rest_and_what_it_is_called():
    sources = [{"source": "visits", "uri": "https://counter.example", "reports": ["metric"], "silent_after": "60d"}]
    law = charter(*LAW.document["rules"], sources=sources)
    town = Town().lives(0, 200).lives(200, 300, metrics=False)
    tokens = {"https://counter.example": "counter"}

    def standing(at: int) -> list[Alarm]:
        derived = list(fold(law, town.facts).derived.values())
        found = alarms(heard(town.facts), derived, [law], tokens, day(at))
        return [alarm for alarm in found if alarm.alarm != "dead-rule"]

    assert standing(258) == []
    (alarm,) = standing(259)
    assert (alarm.of, alarm.since) == ("visits", FIRST + 259)


def test_what_a_charter_declares_and_never_comes_is_said():
    sources: list[dict[str, Any]] = [
        {"source": "minutes", "uri": "https://minutes.example", "reports": ["attendance"]},
        {
            "source": "forum",
            "uri": "https://forum.example",
            "reports": ["contribution", "response"],
            "metrics": ["likes"],
        },
        {"source": "paper"},
        {"source": "desk", "uri": "https://desk.example", "reports": ["assignment"]},
        {"source": "radio", "uri": "https://radio.example"},
    ]
    law = charter(*LAW.document["rules"], sources=sources)
    law = replace(law, effective=day(100))
    town = Town().lives(0, 200)
    tokens = {source["uri"]: source["source"] for source in sources if "uri" in source}
    tokens["https://forum.example"] = "src"
    derived = list(fold(law, town.facts).derived.values())

    assert alarms(heard(town.facts), derived, [law], tokens, day(127)) == []
    forum, minutes, radio = alarms(heard(town.facts), derived, [law], tokens, day(128))
    assert minutes.words == "The charter says that minutes reports attendance, of which nothing has ever come."
    assert (
        forum.words
        == "The charter says that forum reports survey answers, the metric likes, of which nothing has ever come."
    )
    assert radio.words == "The charter names the source radio, and nothing has ever come from it."
    assert (forum.since, forum.last) == (FIRST + 128, None)


def test_as_of_a_day_nothing_later_is_known():
    town = Town().lives(0, 200).lives(200, 300, metrics=False).lives(300, 400)
    assert kinds(town.alarms(399)) == []
    assert "silent-source" in kinds(town.alarms(250))
    cut = Town()
    cut.facts = [fact for fact in town.facts if fact.time <= day(250)]
    assert [alarm.told() for alarm in cut.alarms(250)] == [alarm.told() for alarm in town.alarms(250)]


def test_a_real_book_is_listened_to(world: World) -> None:
    """A forum posts every third day for half a year, then rests."""
    world.clock.now = day(0)
    world.publish({**LAW.document, "sources": [{"source": "the-forum", "uri": "https://forum.example"}]})
    for at in range(0, 180, 3):
        world.clock.now = day(at + 0.5)
        world.append(world.work(f"m{at}", at))
    world.follower.catch_up()
    (alarm,) = alarms_of(world.book, world.views, COMMUNITY, at=day(200))
    assert alarm.told() == {
        "alarm": "silent-source",
        "of": "the-forum",
        "words": "Nothing has come from the-forum since 26 June 2024, for 23 days. In the two years before, nine in "
        "ten of the pauses were no longer than 3 days, and the longest was 3 days.",
        "advice": alarm.advice,
        "likely": [],
        "last": "2024-06-26",
        "since": "2024-07-06",
        "usual_days": 3,
        "longest_days": 3,
        "rules": ["maker"],
    }
    assert alarms_of(world.book, world.views, COMMUNITY, at=day(185)) == []


def _folded(laws: list[Any], facts: list[Fact]) -> list[Any]:
    community = Community(laws)
    community.add(facts)
    community.settle()
    return list(community.derived.values())


def test_a_source_that_reports_late_is_missed_later(world: World) -> None:
    """The same, but told once a week, what happened in it: by as much as that it may be silent for longer."""
    world.clock.now = day(0)
    world.publish(LAW.document)
    for week in range(26):
        world.clock.now = day(7 * week + 6.5)
        world.append(*(world.work(f"m{7 * week + n}", 7 * week + n) for n in range(7)))
    world.follower.catch_up()
    last = 26 * 7 - 1
    assert alarms_of(world.book, world.views, COMMUNITY, at=day(last + 8)) == []
    (alarm,) = alarms_of(world.book, world.views, COMMUNITY, at=day(last + 30))
    assert alarm.since == FIRST + last + 8 + 7  # within a week, as far as it is kept: 4 to 7 days
