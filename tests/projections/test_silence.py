"""When a pause is too long: held against how it used to be, by every clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from projections.alarms.silence import Calendar, Clock, Tally, silence
from projections.fold.spans import DOOM

DAILY = range(100, 300)
WEEKLY = range(100, 500, 7)


def test_what_comes_daily_is_missed_after_a_week():
    pause = silence(DAILY, [Calendar()], 306)
    assert pause == (299, 1, 1, 307)
    assert not pause.broken(306)
    assert pause.broken(307)


def test_what_comes_weekly_is_missed_after_three():
    pause = silence(WEEKLY, [Calendar()], 500)
    assert pause == (499, 7, 7, 499 + 22)


def test_what_lasted_once_may_last_again_and_a_quarter_longer():
    """Every August nobody meets: the first such pause is missed, the next is not."""
    came = [day for day in range(365 * 3) if day % 7 == 0 and not 200 <= day % 365 < 240]
    first = silence(came, [Calendar()], 199)
    second = silence(came, [Calendar()], 365 + 199)
    assert first
    assert second
    assert (first.longest, second.longest) == (7, 49)
    assert first.broken(239)
    assert not second.broken(365 + 239)


def test_weekends_are_usual():
    office = [day for day in range(400) if day % 7 < 5]
    pause = silence(office, [Calendar()], 399)
    assert pause
    assert (pause.usual, pause.longest, pause.since - pause.last) == (3, 3, 10)


def test_too_little_to_say_what_is_usual():
    assert silence([], [Calendar()], 10) is None
    assert silence(DAILY, [Calendar()], 99) is None
    assert silence(range(100, 180), [Calendar()], 400) is None  # not yet three months of it
    assert silence(range(100, 100 + 8 * 30, 30), [Calendar()], 400) is None  # seven pauses
    assert silence(range(100, 100 + 9 * 30, 30), [Calendar()], 400)


def test_only_the_last_two_years_say_what_is_usual():
    came = [*range(0, 1000, 40), *range(1000, 2000)]
    pause = silence(came, [Calendar()], 1999)
    assert pause
    assert pause.longest == 1


def test_a_source_that_reports_late_is_given_that_much_longer():
    pause = silence(DAILY, [Calendar(slack=6)], 299)
    assert pause
    assert pause.since == 307 + 6


def test_nothing_is_missed_while_nothing_else_comes_either():
    """Reviews come with every tenth work; then works end too, and go on much later."""
    reviews = range(100, 300, 10)
    works = dict.fromkeys([*range(100, 300), *range(400, 460)], 2)
    pause = silence(reviews, [Calendar(), Tally(works, least=20)], 459)
    assert pause
    assert pause.last == 290
    assert pause.since == 421  # 18 works until day 299, then 2 a day: the 61st

    quiet = silence(reviews, [Calendar(), Tally(dict.fromkeys(range(100, 300), 2), least=20)], 459)
    assert quiet
    assert quiet.since == DOOM
    assert not quiet.broken(10**6)


@given(
    st.lists(st.integers(0, 2000), min_size=1, max_size=80, unique=True),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 9)), max_size=80),
    st.integers(0, 2500),
)
def test_it_is_broken_exactly_when_every_clock_says_so(came, others, day):
    """Asked as of any day, it depends on nothing later; and the more there are of them, the later it is."""
    came.sort()
    counts = dict(others)
    clocks: list[Clock] = [Calendar(), Tally(counts, least=5)]
    known = silence(came, clocks, day)
    past = silence([at for at in came if at <= day], clocks, day)
    cut = silence(came, [Calendar(), Tally({at: n for at, n in counts.items() if at <= day}, least=5)], day)
    assert known == past
    if known and cut:
        single = [silence(came, [clock], day) for clock in clocks]
        assert known.since == max(one.since for one in single if one)
        assert known.broken(day) == cut.broken(day)
        assert known.since > known.last
