"""Threads that meet a type of event for the first time together, each get the whole check of it."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

import schemas
from schemas import accepting, checking
from schemas.documents import whole_event_schema
from tests.schemas import corpus

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 8
ROUNDS = 12


@pytest.fixture
def hurried() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hurried")
def test_every_thread_gets_a_whole_check(monkeypatch: pytest.MonkeyPatch):
    valid = corpus.valid()
    for name in schemas.FACT_TYPES:
        whole_event_schema(name)  # read before, so that the threads meet where the checks are made

    def check(start: Barrier, first: int) -> list[Any]:
        start.wait()
        return [schemas.check_event(event) for event in valid[first:] + valid[:first]]

    for _ in range(ROUNDS):
        monkeypatch.setattr(accepting, "_MAKER", accepting._Maker())
        monkeypatch.setattr(checking, "_ACCEPTING", checking._Accepting())
        start = Barrier(THREADS)
        with ThreadPoolExecutor(THREADS) as pool:
            told = [pool.submit(check, start, number % 3) for number in range(THREADS)]
        assert {faults for each in told for faults in each.result()} == {()}
