"""What would become of events: the outcome that they then have, and nothing written before, on every store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger import UnknownCommunityError
from tests.ledger.events import ONE_OF_EACH, changed, contribution

if TYPE_CHECKING:
    from ledger import Book


def test_what_is_foretold_comes_true_and_nothing_is_written(book: Book):
    new = book.foretelling.outcomes(ONE_OF_EACH, community="bar", identity=True)
    assert [(each.outcome, each.position) for each in new] == [("stored", None)] * len(ONE_OF_EACH)
    assert book.head("bar") == 0
    assert book.account("bar", "forum", "ada") is None

    stored = book.append(ONE_OF_EACH, community="bar", identity=True)
    known = book.foretelling.outcomes(ONE_OF_EACH, community="bar", identity=True)
    assert [each.outcome for each in known] == ["duplicate"] * len(ONE_OF_EACH)
    assert [each.position for each in known] == [each.position for each in stored]


def test_a_conflict_is_foretold_and_not_noted(book: Book):
    event = contribution(1)
    book.append([event], community="bar")
    (told,) = book.foretelling.outcomes([changed(event, kind="talk")], community="bar")
    assert (told.outcome, [fault.pointer for fault in told.errors]) == ("conflict", ["/data/kind"])
    assert book.conflicts("bar") == []
    (refused,) = book.foretelling.outcomes([{**event, "community": "foo"}], community="bar")
    assert (refused.outcome, refused.errors[0].pointer) == ("refused", "/community")


def test_which_ids_are_known(book: Book):
    event = contribution(1)
    book.append([event], community="bar")
    ids = [event["id"], "another"] * 600
    assert book.foretelling.known("bar", event["source"], ids) == [True, False] * 600
    assert book.foretelling.known("bar", "https://elsewhere.example", [event["id"]]) == [False]
    with pytest.raises(UnknownCommunityError):
        book.foretelling.known("foo", event["source"], ids)
