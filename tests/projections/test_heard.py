"""What was heard of each source: counted once, whatever the batches, and kept by the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from projections.fold.heard import Channel, channel, heard, joined
from projections.views.heard import STRETCH
from tests.projections.history_of import DAY, MONDAY, Teller, day
from tests.world import COMMUNITY

if TYPE_CHECKING:
    from ledger import Fact
    from tests.world import World

FIRST = MONDAY // DAY


def _told() -> list[Fact]:
    tell = Teller()
    return [
        tell.work("ada", 0, "i1", outcome="merged"),
        tell.work("ada", 0.9, "i2"),
        tell.voice("bo", "ada", 1, "i1", "attest"),
        tell.seat("bo", 3, "s"),
        tell("metric", 3, member="ada", metric="days_visited", value=3, window="total"),
        tell.link("ada", "bo", 4),
        tell("assignment", 4, member="ada", kind="role", value="host", change="started"),
        tell.withdraw(tell.work("ada", 0, "i9"), 5),
    ]


def test_kinds_and_values_are_counted_by_day():
    found = heard(_told())
    assert found[Channel("src", "contribution")] == {FIRST: 2}
    assert found[Channel("src", "contribution", "kind", "code")] == {FIRST: 2}
    assert found[Channel("src", "contribution", "outcome", "merged")] == {FIRST: 1}
    assert found[Channel("src", "endorsement", "strength", "attest")] == {FIRST + 1: 1}
    assert found[Channel("src", "attendance", "state", "attended")] == {FIRST + 3: 1}
    assert found[Channel("src", "metric", "metric", "days_visited")] == {FIRST + 3: 1}


def test_what_people_decide_by_hand_is_not_listened_to():
    assert {one.fact for one in heard(_told())} == {"contribution", "endorsement", "attendance", "metric"}


def test_how_late_a_source_reports_is_heard_unless_it_is_a_backfill():
    tell = Teller()
    late = [tell.work("ada", 0, f"i{n}") for n in range(4)]
    told = [structs.replace(fact, recorded=day(days)) for fact, days in zip(late, (0.5, 1.5, 6, 400), strict=True)]
    lags = {one.value: days for one, days in heard(told).items() if one.field == "lag"}
    assert lags == {"0": {FIRST: 1}, "1": {FIRST: 1}, "3": {FIRST: 1}}


def test_a_channel_is_read_as_it_was_written():
    for one in heard(_told()):
        assert channel(str(one)) == one


@given(st.permutations(_told()), st.integers(0, 8))
def test_any_order_and_any_two_batches_come_to_the_same(facts, cut):
    one, other = heard(facts[:cut]), heard(facts[cut:])
    together = {each: joined(one.get(each, {}), other.get(each, {})) for each in one.keys() | other.keys()}
    assert together == heard(_told())


def test_the_views_keep_what_the_facts_say(world: World) -> None:
    """Months of facts, in batches of three that come out of order: as if all were counted at once."""
    ages = [n * 37 % 300 for n in range(40)]
    world.append(*(world.work("ada", at) for at in ages), world.voice("bo", "ada", STRETCH), world.voice("bo", "cy", 2))
    while world.follower.run_once(3):
        pass
    facts = world.book.read(COMMUNITY, 0, 1_000)
    kept = world.views.at(COMMUNITY).heard(COMMUNITY, 0)
    assert kept == heard(facts)
    (works,) = [days for one, days in kept.items() if one[1:] == ("contribution", "", "")]
    assert sum(works.values()) == 40
    assert list(works) == sorted(works)
    later = world.views.at(COMMUNITY).heard(COMMUNITY, FIRST + 200)
    assert sum(sum(days.values()) for one, days in later.items() if one.field == "kind") < 40
