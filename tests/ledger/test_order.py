"""Positions are visible in order, `recorded` never decreases, each event is stored once whoever posts it."""

from __future__ import annotations

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Book, UnknownCommunityError, migrate
from tests.ledger.events import DAY, ONE_OF_EACH, contribution, endorsement


def test_recorded_never_decreases_when_the_clock_does(book: Book, clock):
    start = clock.now
    for number, step in enumerate([0, 1_000_000, -3 * DAY, 2_000_000, -1]):
        clock.now += step
        book.append([contribution(number)], community="bar")

    recorded = [fact.recorded for fact in book.read("bar", 0, 10)]
    assert recorded == sorted(recorded)
    assert recorded == [start, start + 1_000_000, start + 1_000_000, start + 1_000_000, start + 1_000_000]


def test_reading_in_pages_gives_every_fact_once_in_order(book: Book):
    book.open_community("pub", name="The Pub")
    for number in range(30):
        book.append([contribution(number)], community="bar")
        book.append([{**contribution(number), "community": "pub"}], community="pub")

    seen, after = [], 0
    while page := book.read("bar", after, 7):
        seen += page
        after = page[-1].position
    pub = book.read("pub", 0, 100)

    assert [fact.position for fact in seen] == [fact.position for fact in pub] == list(range(1, 31))
    assert {fact.community for fact in seen} == {"bar"}
    assert len({fact.stream for fact in seen + pub}) == 60  # the same ids in two communities are two facts
    assert [fact.position for fact in book.read("bar", 10, 100, upto=12)] == [11, 12]
    assert (book.head("bar"), book.head("pub"), book.heads()) == (30, 30, {"bar": 30, "pub": 30})
    assert book.read("bar", 30, 10) == []
    with pytest.raises(UnknownCommunityError):
        book.head("none")


def test_eight_writers_of_the_same_events_store_each_once(place):
    """Two processes' worth of books, eight threads, overlapping batches in any order."""
    books = [place.open(), place.open()]
    books[0].open_community("bar", name="The Bar")
    events = [contribution(n, author=f"m{n % 40}") for n in range(300)]
    events += [endorsement(n, by=f"m{n % 37}", of=f"m{n % 40}") for n in range(300)]
    positions: dict[str, set[int | None]] = {event["id"]: set() for event in events}
    stored: list[int | None] = []
    lock = threading.Lock()

    def post(writer: int) -> None:
        draw = Random(writer)  # noqa: S311 - a shuffle, no secret
        for _ in range(5):
            batch = draw.sample(events, 150)
            found = books[writer % 2].append(batch, community="bar")
            with lock:
                for event, outcome in zip(batch, found, strict=True):
                    assert outcome.outcome in {"stored", "duplicate"}
                    positions[event["id"]].add(outcome.position)
                    if outcome.outcome == "stored":
                        stored.append(outcome.position)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(8)))

    facts = books[0].read("bar", 0, 1_000)
    assert [fact.position for fact in facts] == list(range(1, 601))
    assert sorted(stored, key=lambda at: at or 0) == [fact.position for fact in facts]
    assert len({fact.stream for fact in facts}) == len(facts)
    assert all(len(at) <= 1 for at in positions.values())
    authors = {fact.open.get("author", fact.open.get("endorser")) for fact in facts}
    assert authors <= {books[1].account("bar", "forum", f"m{n}") for n in range(40)}


def test_a_reader_never_passes_over_a_fact(place):
    """What was behind a reader stays behind it: nothing appears at or before a position already read."""
    book = place.open()
    book.open_community("bar", name="The Bar")
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while True:
            last = done.is_set()
            seen.extend([fact.position for fact in book.read("bar", seen[-1] if seen else 0, 500)])
            if last:
                return

    def write(writer: int) -> None:
        for number in range(25):
            book.append([contribution(f"{writer}-{number}")], community="bar")

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    done.set()
    reader.join()

    assert seen == [fact.position for fact in book.read("bar", 0, 1_000)]
    assert len(seen) == 100


@settings(max_examples=15)
@given(deliveries=st.lists(st.lists(st.sampled_from(range(len(ONE_OF_EACH))), max_size=6), max_size=8))
def test_redelivery_changes_nothing(deliveries: list[list[int]]):
    """Platforms retry: whatever comes again, in whatever order and batch, stands once and as it was."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(f"{folder}/book.sqlite")
        book = Book.open(f"{folder}/book.sqlite", data=Path(folder, "data"))
        try:
            book.open_community("bar", name="The Bar")
            positions: dict[int, int | None] = {}
            for batch in deliveries:
                found = book.append([ONE_OF_EACH[number] for number in batch], community="bar")
                for number, outcome in zip(batch, found, strict=True):
                    assert outcome.outcome == ("duplicate" if number in positions else "stored")
                    assert positions.setdefault(number, outcome.position) == outcome.position
            facts = book.read("bar", 0, 100)
            assert [fact.position for fact in facts] == list(range(1, len(positions) + 1))
            assert [fact.topic for fact in facts] == [
                ONE_OF_EACH[number]["type"].removeprefix("org.guildbook.") for number in positions
            ]
        finally:
            book.close()
