"""The harness behind `make bench`: who takes which turn, and what is timed."""

from __future__ import annotations

import contextlib

from bench.harness import Benchmark, Pair, Side, run

CYCLES = 3


def measure(pair, *, cycles=CYCLES):
    """Return what a run of slices of one piece each yields."""
    opened = contextlib.nullcontext(pair)
    return list(run(Benchmark("ours / floor", 0.5, lambda: opened), cycles=cycles, seconds=0))


def side(name, turns, *, items=1):
    return Side(items, lambda: name, turns.append)


def test_the_two_take_turns_and_neither_is_always_first():
    turns: list[str] = []
    measure(Pair(side("ours", turns), side("floor", turns)))
    warm, measured = turns[:2], turns[2:]
    assert warm == ["ours", "floor"]
    assert measured == ["ours", "floor", "floor", "ours", "ours", "floor"]


def test_a_result_comes_after_every_cycle_was_told():
    *cycles, result = measure(Pair(side("ours", []), side("floor", [])))
    assert cycles == [None] * CYCLES
    assert result.name == "ours / floor"
    assert result.at_least == 0.5
    assert min(result.ours, result.floor, result.ratio) > 0


def test_pieces_are_counted_by_their_items():
    few = Side(1, lambda: range(10_000), sum)
    many = Side(1_000, lambda: range(10_000), sum)  # the same work, said to be a thousand items
    *_, result = measure(Pair(many, few), cycles=5)
    assert result.ratio > 10


def test_making_a_piece_is_not_timed():
    slow_to_make = Side(1, lambda: sum(range(1_000_000)) and range(1_000), sum)
    quick_to_make = Side(1, lambda: range(1_000_000), sum)
    *_, result = measure(Pair(slow_to_make, quick_to_make), cycles=5)
    assert result.ratio > 1
