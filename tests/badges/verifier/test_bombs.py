"""What is made to cost much costs little: bounded by counters in the code, here held against ten times its budget."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from badges import Verdict
from tests.badges.verifier.bombs import BOMBS, NAMED, OVER
from tests.badges.verifier.making import ask

BUDGET = 0.05  # s of processor time
MEMORY = 20_000_000  # bytes
TIMES = 10


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little(name: str) -> None:
    raw = BOMBS[name]()
    ask(b"{}")
    begun = time.thread_time()
    ask(raw)

    assert time.thread_time() - begun < BUDGET * TIMES * OVER.get(name, 1)


@pytest.mark.parametrize("name", NAMED)
def test_a_bomb_is_refused_in_little_memory(name: str) -> None:
    raw = BOMBS[name]()
    tracemalloc.start()
    answer = ask(raw)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.verdict is Verdict.MALFORMED
    assert most < MEMORY
