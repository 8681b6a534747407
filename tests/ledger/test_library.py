"""What eventsourcing asks of its recorder holds over our table: its own names, our rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from ledger.lifecycle import Charter
from ledger.rows import StoredFact
from ledger.tokens import from_token
from tests.ledger.events import contribution

if TYPE_CHECKING:
    from ledger import Book

CHARTER = "charter.published.v1"


@pytest.fixture
def charters(book: Book) -> Book:
    """Give a book with three charters, a contribution before each."""
    for number in range(3):
        book.append([contribution(number)], community="bar")
        book.publish_charter("bar", {"number": number}, effective=number, by="bo")
    return book


def stream_of(book: Book) -> UUID:
    return UUID(bytes=from_token(book.read("bar", 1, 1)[0].stream))


def test_an_aggregate_is_loaded_as_it_was_at_a_version(charters: Book):
    repository = charters._shards[0].lifecycles.repository
    for version in (1, 2, 3):
        charter: object = repository.get(stream_of(charters), version=version)
        assert isinstance(charter, Charter)
        assert charter.charter_version == version


def test_versions_of_a_stream_are_selected(charters: Book):
    recorder, stream = charters._shards[0].recorder, stream_of(charters)

    def versions(**wanted: Any) -> list[int]:
        return [event.originator_version for event in recorder.select_events(stream, **wanted)]

    assert versions() == [1, 2, 3]
    assert versions(gt=1) == [2, 3]
    assert versions(lte=2) == [1, 2]
    assert versions(desc=True, limit=2) == [3, 2]
    assert recorder.select_events(UUID(int=0)) == []


def test_a_version_that_exists_is_refused_whole(charters: Book):
    recorder, stream = charters._shards[0].recorder, stream_of(charters)
    state = recorder.select_events(stream)[0].state
    with pytest.raises(IntegrityError):
        recorder.insert_events([StoredFact(stream, version, CHARTER, state, "bar") for version in (4, 3)])
    assert charters.head("bar") == 6


def test_an_event_that_names_no_community_is_refused(charters: Book):
    with pytest.raises(TypeError, match="wanted a StoredFact"):
        charters._shards[0].recorder.insert_events([StoredEvent(UUID(int=1), 1, CHARTER, b"")])
    with pytest.raises(ValueError, match="wanted one community"):
        charters._shards[0].recorder.insert_events([])
