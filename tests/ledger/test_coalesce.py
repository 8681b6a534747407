"""Posts that arrive together share an append, each with its own outcome; what cannot be taken is refused at once."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from ledger import Coalescer, LedgerUnavailableError, UnknownCommunityError
from ledger.coalesce import WAITING
from tests.ledger.events import contribution, identity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ledger import Book, Outcome
    from tests.ledger.conftest import Place


def run(book: Book, told: Callable[[Coalescer], Awaitable[Any]]) -> Any:
    async def with_a_coalescer() -> Any:
        coalescer = Coalescer(book)
        try:
            return await told(coalescer)
        finally:
            await coalescer.close()

    return asyncio.run(with_a_coalescer())


def post(coalescer: Coalescer, event: object, *, community: str = "bar", **more: bool) -> Awaitable[Outcome]:
    return coalescer.append(event, community=community, **{"identity": False, **more})


def test_many_posts_share_few_appends(book: Book):
    events = [contribution(n) for n in range(300)]

    found = run(book, lambda coalescer: asyncio.gather(*(post(coalescer, event) for event in events)))

    assert [each.outcome for each in found] == ["stored"] * 300
    facts = book.read("bar", 0, 1_000)
    assert [fact.position for fact in facts] == list(range(1, 301)) == sorted(each.position for each in found)
    ids = [each["id"] for each in book.reveal("bar", [outcome.position for outcome in found])]
    assert ids == [event["id"] for event in events]


def test_each_caller_gets_her_own_outcome(book: Book):
    book.append([contribution(1)], community="bar")
    batch = [contribution(1), {**contribution(1), "time": "2026-03-02T10:00:00Z"}, contribution(2), "no event"]

    found = run(book, lambda coalescer: asyncio.gather(*(post(coalescer, event) for event in batch)))

    assert [each.outcome for each in found] == ["duplicate", "conflict", "stored", "refused"]
    assert [each.position for each in found] == [1, 1, 2, None]


def test_who_may_link_accounts_never_shares_with_who_may_not(book: Book):
    async def both(coalescer: Coalescer) -> list[Outcome]:
        return await asyncio.gather(*(post(coalescer, identity(n), identity=n % 2 == 0) for n in range(10)))

    found = run(book, both)
    told = {fact.position: fact.open.get("proposed", False) for fact in book.read("bar", 0, 100)}
    assert [told[each.position] for each in found] == [False, True] * 5


def test_an_error_reaches_every_caller_and_the_next_post_goes_on(book: Book):
    async def posts(coalescer: Coalescer) -> list[object]:
        lost = await asyncio.gather(
            *(post(coalescer, contribution(n), community="nowhere") for n in range(3)), return_exceptions=True
        )
        return [*lost, await post(coalescer, contribution(1))]

    *lost, stored = run(book, posts)
    assert {type(each) for each in lost} == {UnknownCommunityError}
    assert stored.outcome == "stored"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_locked_book_is_said_so_and_nothing_piles_up(place: Place, book: Book):
    async def posts(coalescer: Coalescer) -> list[Any]:
        pending = [asyncio.ensure_future(post(coalescer, contribution(n))) for n in range(WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(LedgerUnavailableError, match="wanted fewer than 2,000 waiting"):
            await post(coalescer, contribution("one too many"))
        assert not any(each.done() for each in pending), "it was refused at once, before any of them was"
        return await asyncio.gather(*pending, return_exceptions=True)

    other = sqlite3.connect(place.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    found = run(book, posts)
    other.execute("ROLLBACK")
    other.close()

    assert {type(each) for each in found} == {LedgerUnavailableError}
    assert book.head("bar") == 0
    assert run(book, lambda coalescer: post(coalescer, contribution(1))).outcome == "stored"
