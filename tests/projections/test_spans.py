"""The algebra of stretches of time, against the plainest possible one: asking every instant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from projections.fold import spans as s

_INSTANTS = range(-2, 24)
_stretch = st.tuples(st.integers(0, 20), st.integers(1, 6)).map(lambda pair: (pair[0], pair[0] + pair[1]))
_spans = st.lists(_stretch, max_size=4).map(s.united)


def _covers(spans: s.Spans, at: int) -> bool:
    return any(start <= at < end for start, end in spans)


def _sound(spans: s.Spans) -> bool:
    ends = [turn for span in spans for turn in span]
    return ends == sorted(set(ends))


@given(_spans, _spans, _spans)
def test_groups_ask_every_instant(a: s.Spans, b: s.Spans, c: s.Spans) -> None:
    for at in _INSTANTS:
        held = [_covers(one, at) for one in (a, b, c)]
        assert _covers(s.both(a, b), at) == (held[0] and held[1])
        assert _covers(s.either(a, b, c), at) == any(held)
        assert _covers(s.outside(a), at) == (not held[0])
        assert _covers(s.some((a, b, c), 2), at) == (sum(held) >= 2)
        assert (s.span_at(a, at) is not None) == held[0]
    assert all(map(_sound, (s.both(a, b), s.either(a, b), s.outside(a), s.some((a, b, c), 2))))


@given(_spans, _spans)
def test_the_next_turn_is_the_first_instant_at_which_the_answer_is_another(a: s.Spans, b: s.Spans) -> None:
    both = s.both(a, s.outside(b))
    for at in _INSTANTS:
        turn = s.next_turn(both, at)
        changed = next((later for later in range(at + 1, 40) if _covers(both, later) != _covers(both, at)), None)
        assert turn == changed


@given(st.lists(_stretch, max_size=6), st.integers(0, 3), st.integers(0, 3))
def test_bounds_on_a_count(stretches: list[tuple[int, int]], low: int, high: int) -> None:
    steps = s.depth([[one] for one in stretches])
    for at in _INSTANTS:
        count = sum(start <= at < end for start, end in stretches)
        assert s.value_at(steps, at) == count
        assert _covers(s.within(steps, at_least=low), at) == (count >= low)
        assert _covers(s.within(steps, at_least=low, at_most=high), at) == (low <= count <= high)


@given(_spans, st.integers(0, 5))
def test_grace_outlives_every_stretch(a: s.Spans, grace: int) -> None:
    held = s.lengthened(a, grace)
    for at in _INSTANTS:
        assert _covers(held, at) == any(start <= at < end + grace for start, end in a)


@given(_spans, _spans)
def test_differing_is_where_two_counts_differ(a: s.Spans, b: s.Spans) -> None:
    left, right = s.depth([a]), s.depth([b])
    for at in _INSTANTS:
        assert _covers(s.differing(left, right), at) == (_covers(a, at) != _covers(b, at))
