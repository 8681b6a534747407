"""Who is nominated for what: said once, declined once, and ended with whom it is of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ledger import Nominee, UnknownNominationError
from ledger.shape import open_fields, unpack
from tests.ledger.events import contribution
from tests.ledger.vaults import destroy_key

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Clock, Place


@pytest.fixture
def nominee(book: Book) -> Nominee:
    """Give Ada, whom Bo would nominate."""
    book.append([contribution(1), contribution(2, author="bo")], community="bar")
    found = [book.account("bar", "forum", name) for name in ("ada", "bo")]
    assert found[0]
    return Nominee(found[0], "helper", found[1])


def test_it_is_said_once_and_declined_once_and_can_be_said_again(
    place: Place, book: Book, nominee: Nominee, clock: Clock
):
    books = [book, place.open()]

    def say(minute: int) -> str:
        said = books[minute % 2].nominations.nominate("bar", nominee, reason=f"kind {minute}", at=clock.now + minute)
        return said.outcome

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(say, range(6))) == ["duplicate"] * 5 + ["stored"]
    (fact,) = book.read("bar", 2, 10)
    assert fact.topic == "award.nominated.v1"
    assert fact.open.items() >= {**nominee._asdict(), "v": 1}.items()
    assert book.reveal("bar", [fact])[0]["reason"].startswith("kind ")

    declined = [book.nominations.decline("bar", fact.stream, reason="not yet", at=clock.now + 9) for _ in range(2)]
    assert [each.outcome for each in declined] == ["stored", "duplicate"]
    assert book.at("bar", [4])[0].open == fact.open | {"time": clock.now + 9}
    assert say(10) == "stored"
    assert say(11) == "duplicate"
    settled = book.nominations.nominate("bar", nominee, reason="again", at=clock.now, since=book.head("bar"))
    assert settled.outcome == "stored"  # an award since has settled what was nominated before


@pytest.mark.parametrize("which", [0, 1])
def test_the_words_end_with_either_and_nobody_erased_is_nominated(
    place: Place, book: Book, nominee: Nominee, clock: Clock, which: int
):
    said = book.nominations.nominate("bar", nominee, reason="kind", at=clock.now)
    destroy_key(place.database, (nominee.account, nominee.nominator or "")[which])
    again = place.open()
    assert again.reveal("bar", [said.position or 0]) == [{}]
    refused = again.nominations.nominate("bar", nominee._replace(achievement="other"), reason="kind", at=clock.now)
    assert (refused.outcome, refused.errors[0].pointer) == ("refused", ("/account", "/nominator")[which])


def test_only_a_nomination_is_declined(book: Book, nominee: Nominee, clock: Clock):
    said = book.nominations.nominate("bar", nominee, reason="kind", at=clock.now)
    book.open_community("pub", name="The Pub")
    first, *_, nominated = book.read("bar", 0, said.position or 0)
    for community, stream in (("bar", first.stream), ("pub", nominated.stream), ("bar", book.token("bar", "nothing"))):
        with pytest.raises(UnknownNominationError):
            book.nominations.decline(community, stream, reason="no", at=clock.now)


def test_that_it_is_declined_is_told_in_the_shape_of_now(
    book: Book, nominee: Nominee, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    said = book.nominations.nominate("bar", nominee, reason="kind", at=clock.now)
    (fact,) = book.at("bar", [said.position or 0])
    monkeypatch.setattr("ledger.lifecycle.VERSION", 2)
    book.nominations.decline("bar", fact.stream, reason="no", at=clock.now)
    (row,) = book._in("bar").recorder.rows_at("bar", [(said.position or 0) + 1])
    assert open_fields(unpack(row.state))["v"] == 2
