"""Asking about members: a verdict with its explanation, and a charter that nobody has published.

A verdict is held beside writing its answer as JSON, which is the least that whoever asks over a network pays. A
what-if is held beside its own first time: reading the history and counting it.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import orjson

from bench import books
from bench.appends import append
from bench.community import life
from bench.events import COMMUNITY
from bench.harness import Benchmark, Pair, Side
from ledger import Fact
from projections import Study, parse_charter, preset
from projections.asked import explain
from projections.charters.charter import read_charter
from projections.fold.people import Account
from projections.fold.standing import Community

if TYPE_CHECKING:
    from collections.abc import Iterator

FACTS_OF_HER = 500
FACTS = 20_000  # of a whole community
_DAY = 86_400_000_000  # µs
_BATCH = 2_000  # events an append
_RULE = "trusted"  # of the preset: five conditions, one about the level of endorsers
_MANY = 50  # verdicts in one piece of work


def of_her(count: int) -> list[Fact]:
    """Return the facts of a member's first two years: half works, the rest endorsements received and given."""
    return [_fact(number, *_told(number)) for number in range(count)]


def _told(number: int) -> tuple[str, dict[str, Any]]:
    if number % 2:
        work = {
            "author": "her",
            "item": f"work-{number}",
            "kind": "code",
            "outcome": "merged",
            "space": f"s{number % 12}",
        }
        return "contribution", work
    sides = {"endorser": f"peer-{number % 17}", "endorsee": "her"}
    if number % 5 == 0:
        sides = {"endorser": "her", "endorsee": f"peer-{number % 13}"}
    return "endorsement", {**sides, "item": f"thing-{number}", "strength": "review"}


def _fact(number: int, name: str, told: dict[str, Any]) -> Fact:
    at = 1_700_000_000_000_000 + number * _DAY * 3 // 2
    opened = {"v": 1, "time": at, "source": "forge", **told}
    return Fact(
        position=number + 1,
        stream=f"stream-{number}",
        version=1,
        topic=f"{name}.v1",
        community=COMMUNITY,
        recorded=at,
        time=at,
        open=opened,
    )


@contextlib.contextmanager
def verdicts(count: int) -> Iterator[Pair]:
    """Explain a rule to one member, whose facts are at hand; write that as JSON."""
    law = parse_charter(preset("open-source"))
    rule = law.rule(_RULE)
    if rule is None:
        raise AssertionError(f"bench: wanted the rule {_RULE} in the preset")
    state, facts = Community([law]), of_her(count)
    state.add(facts)
    state.settle()
    ground, ends = state.ground(Account("her")), facts[-1].time
    moments = itertools.cycle(range(ends, ends + 300 * _DAY, _DAY))  # another day each time, so that nothing is at hand

    def ask(_: object) -> None:
        for at in itertools.islice(moments, _MANY):
            explain.verdict(rule, ground, at)

    def write(_: object) -> None:
        for _number in range(_MANY):
            orjson.dumps(answer)

    answer = explain.verdict(rule, ground, ends)
    yield Pair(Side(_MANY, _nothing, ask), Side(_MANY, _nothing, write))


@contextlib.contextmanager
def what_ifs(facts: int) -> Iterator[Pair]:
    """Hold a charter with one rule made harder against a history that is known; read that history first."""
    with contextlib.ExitStack() as stack:
        path = str(stack.enter_context(books.folder()) / "book.sqlite")
        book = stack.enter_context(books.book(path, stack.enter_context(books.folder())))
        books.publish(book, "open-source")
        story = life()
        while some := list(itertools.islice(story, min(_BATCH, facts - book.head(COMMUNITY)))):
            append(book, some)
        known, needs = Study(book, COMMUNITY), itertools.count(41)
        known.follow()

        def harder() -> dict[str, Any]:
            document = deepcopy(read_charter(preset("open-source")))
            rule = next(one for one in document["rules"] if one["rule"] == _RULE)
            rule["version"] += 1
            rule["all"][1]["at_least"] = next(needs)
            return document

        def again(charter: dict[str, Any]) -> None:
            known.what_if(charter, at=time.time_ns() // 1_000)

        def first(charter: dict[str, Any]) -> None:
            Study(book, COMMUNITY).what_if(charter, at=time.time_ns() // 1_000)

        yield Pair(Side(facts, harder, again), Side(facts, harder, first))


def _nothing() -> None:
    """Prepare nothing: all is at hand."""


BENCHMARKS = (
    Benchmark(
        name="verdict with explanation, a member of 500 facts / its answer as JSON",
        at_least=0.14,  # about 50 us of CPU for five conditions, where JSON takes 7
        aim=0.28,
        size=FACTS_OF_HER,
        opened=verdicts,
    ),
    Benchmark(
        name="what-if of one rule over 20,000 facts / its own first replay",
        at_least=3.0,
        aim=10.0,
        size=FACTS,
        opened=what_ifs,
    ),
)
