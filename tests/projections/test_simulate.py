"""What if another charter were in force: the same as if it had been, however little is counted anew."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections import CharterError
from projections.asked.simulate import Study
from projections.fold.standing import Community
from tests.projections.history_of import charter, day
from tests.projections.test_order import LAW, story, timelines
from tests.world import COMMUNITY, World

_RULES: list[dict[str, Any]] = [dict(rule) for rule in LAW.document["rules"]]


def _another(data: st.DataObject) -> Any:
    """Return a charter with some rules left out, some made stricter, and perhaps one that is new."""
    rules = [rule for rule in _RULES if data.draw(st.integers(0, 4))]
    rules = [_stricter(rule) if data.draw(st.booleans()) else rule for rule in rules]
    if data.draw(st.booleans()):
        leaf = {"count": "endorsement", "where": {"endorser_level": {"at_least": 1}, "strength": "review"}}
        rules.append({"rule": "new", "version": 1, "grants": {"cohort": "n"}, "all": [{**leaf, "at_least": 1}]})
    return charter(*rules, timezone=data.draw(st.sampled_from(["UTC", "UTC", "Asia/Tokyo"])))


def _stricter(rule: dict[str, Any]) -> dict[str, Any]:
    conditions = [
        {**one, "at_least": one["at_least"] + 1} if isinstance(one.get("at_least"), int) and "holds" not in one else one
        for one in rule.get("all", ())
    ]
    return {**rule, "version": 2, **({"all": conditions} if conditions else {})}


@settings(max_examples=20)
@given(st.data())
def test_a_charter_tried_gives_what_a_replay_under_it_gives(data: st.DataObject) -> None:
    facts = story(data)
    known, first, second = Community([LAW], whole=True), _another(data), _another(data)
    known.add(facts[: len(facts) // 2])
    known.settle()
    known.under([LAW, first])
    known.add(facts[len(facts) // 2 :])
    known.settle()
    before = timelines(known)
    for charters in ([first], [LAW, second], [LAW, first, second]):
        fresh = Community(charters)
        fresh.add(facts)
        fresh.settle()
        assert timelines(known.under(charters)) == timelines(fresh)
    assert timelines(known) == before


def _document(need: int, **more: Any) -> dict[str, Any]:
    rule = {
        "rule": "regular",
        "version": need,
        "grants": {"level": 1},
        "all": [{"count": "contribution", "at_least": need}],
        **more,
    }
    return {"charter": 1, "name": "Guild", "ladder": [{"level": 1, "name": "Regular"}], "rules": [rule]}


def test_who_gains_who_loses_when_and_by_cohort(world: World) -> None:
    world.publish(_document(2))
    world.tell(*(world.work("ada", at) for at in (1, 2, 3)), *(world.work("bo", at) for at in (1, 5)))
    world.tell(world.work("cy", 9))
    study = Study(world.book, COMMUNITY)
    easier = study.what_if(_document(1), at=day(50))
    assert easier["gains"] == [
        {"account": world.account("cy"), "grant": "level", "value": 1, "since": "2024-01-10T00:00:00Z"}
    ]
    assert [(one["since"], one["was"]) for one in easier["moved"]] == [
        ("2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z"),
        ("2024-01-02T00:00:00Z", "2024-01-06T00:00:00Z"),
    ]
    assert easier["grants"] == [{"grant": "level", "value": 1, "holding": [2, 3], "ever": [2, 3]}]
    assert [(one["level"], one["members"]) for one in easier["ladder"]] == [(0, [1, 0]), (1, [2, 3])]
    (cohort,) = easier["cohorts"]
    assert (cohort["cohort"], cohort["before"]["levels"], cohort["after"]["levels"]) == (
        "joined-2024q1",
        {"0": 1, "1": 2},
        {"1": 3},
    )
    harder = study.what_if(_document(3), at=day(50))
    assert [one["account"] for one in harder["losses"]] == [world.account("bo")]
    kept = study.what_if(_document(3, holders="keep"), at=day(50))
    assert not kept["losses"]
    assert not kept["gains"]
    world.tell(world.work("cy", 10))  # the study follows
    assert not study.what_if(_document(1), at=day(50))["gains"]
    assert study.position == world.book.head(COMMUNITY)


def test_a_broken_charter_touches_nothing(world: World) -> None:
    world.publish(_document(2))
    world.tell(world.work("ada", 1), world.work("ada", 2))
    head, before = world.book.head(COMMUNITY), world.timelines()
    study = Study(world.book, COMMUNITY)
    broken = _document(2)
    broken["rules"][0]["all"] = [{"count": "contributoin", "at_least": 1}]
    with pytest.raises(CharterError, match="did you mean contribution"):
        study.what_if(broken, at=day(50))
    assert (world.book.head(COMMUNITY), world.timelines()) == (head, before)
    assert not study.what_if(_document(2), at=day(50))["gains"]


def test_nothing_is_said_of_nothing(world: World) -> None:
    found = Study(world.book, COMMUNITY).what_if(_document(1), at=day(50))
    assert (found["members"], found["gains"], found["losses"], found["cohorts"]) == (0, [], [], [])
