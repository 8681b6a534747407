"""One rule at every door: stored, duplicate, conflict, refused; the same on every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ledger import Conflict, UnknownCommunityError
from tests.ledger.events import ONE_OF_EACH, account, changed, contribution, endorsement, identity

if TYPE_CHECKING:
    from ledger import Book, Outcome


def outcomes(found: list[Outcome]) -> list[str]:
    return [each.outcome for each in found]


def pointers(found: Outcome) -> list[str]:
    return [fault.pointer for fault in found.errors]


def test_every_fact_type_is_stored_and_stored_once(book: Book):
    first = book.append(ONE_OF_EACH, community="bar")
    again = book.append(ONE_OF_EACH, community="bar")

    assert outcomes(first) == ["stored"] * len(ONE_OF_EACH)
    assert outcomes(again) == ["duplicate"] * len(ONE_OF_EACH)
    assert [each.position for each in again] == [each.position for each in first]
    assert book.head("bar") == book.head("bar") == first[-1].position


def test_no_event_is_no_work(book: Book):
    assert book.append([], community="bar") == []
    assert book.append([], community="bar", strict=True) == []
    assert book.head("bar") == 0


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"kind": "talk"}, "/data/kind"),
        ({"item": "forum:post/other"}, "/data/item"),
        ({"author": account("bo")}, "/data/author"),
        ({"author": account("nobody-yet")}, "/data/author"),
        ({"title": "Another title"}, "/data/title"),
        ({"length": 1201}, "/data/length"),
        ({"coauthors": []}, "/data/coauthors"),
        ({"coauthors": [account("cy")]}, "/data/coauthors"),
    ],
)
def test_other_content_under_the_same_id_is_a_conflict(book: Book, more: dict[str, Any], pointer: str):
    (stored,) = book.append(ONE_OF_EACH[:1], community="bar")
    book.append([contribution(2, author="bo"), contribution(3, author="cy")], community="bar")
    head = book.head("bar")

    (found,) = book.append([changed(ONE_OF_EACH[0], **more)], community="bar")

    assert (found.outcome, found.position) == ("conflict", stored.position)
    assert pointer in pointers(found)
    assert book.head("bar") == head
    assert all(str(value) not in fault.message for value in more.values() for fault in found.errors)


def test_another_time_or_type_under_the_same_id_is_a_conflict(book: Book):
    given = contribution(1)
    book.append([given], community="bar")

    (late,) = book.append([{**given, "time": "2026-03-02T10:00:00Z"}], community="bar")
    other = {**endorsement(1), "id": given["id"]}
    (strange,) = book.append([other], community="bar")

    assert (late.outcome, pointers(late)) == ("conflict", ["/time"])
    assert (strange.outcome, pointers(strange)) == ("conflict", ["/type"])


def test_how_a_thing_is_written_is_no_conflict(book: Book):
    """Offsets, 3600.0 for 3600, upper case of a licence, a new display name: the same content."""
    first = ONE_OF_EACH[0]
    book.append([first], community="bar")
    again = changed(first, duration=3600, license="cc-by-4.0", author=account("ada", name="Countess Lovelace"))
    again |= {"time": "2026-03-01T11:00:00+01:00", "recordedtime": "2026-03-05T00:00:00Z"}

    assert outcomes(book.append([again], community="bar")) == ["duplicate"]


def test_within_one_batch_the_first_counts(book: Book):
    given = contribution(1)
    batch = [given, given, changed(given, kind="talk"), contribution(2), given]

    found = book.append(batch, community="bar")

    assert outcomes(found) == ["stored", "duplicate", "conflict", "stored", "duplicate"]
    assert [each.position for each in found] == [1, 1, 1, 2, 1]


def test_known_events_among_many_new_ones_are_met_wherever_they_stand(book: Book):
    """A few events of a batch are looked for before all are written: here none of those was there before."""
    events = [contribution(number) for number in range(600)]
    there = [each for number, each in enumerate(events) if number % 75 in {1, 2}]
    before = {each["id"]: told.position for each, told in zip(there, book.append(there, community="bar"), strict=True)}
    events[76] = changed(events[76], kind="talk")

    found = book.append([*events, events[0]], community="bar")

    new = [told.position for event, told in zip(events, found, strict=False) if event["id"] not in before]
    assert new == list(range(len(before) + 1, 601))
    old = [(told.outcome, told.position) for event, told in zip(events, found, strict=False) if event["id"] in before]
    assert old == [("conflict" if at == before["contribution-76"] else "duplicate", at) for at in before.values()]
    assert (found[600].outcome, found[600].position) == ("duplicate", found[0].position)
    assert book.head("bar") == 600


def test_neighbours_of_a_refused_event_are_stored(book: Book):
    bad = contribution(2, kind="nonsense")
    found = book.append([contribution(1), bad, "no event at all", contribution(3)], community="bar")

    assert outcomes(found) == ["stored", "refused", "refused", "stored"]
    assert pointers(found[1]) == ["/data/kind"]
    assert found[1].position is None
    assert [fact.open["kind"] for fact in book.read("bar", 0, 10)] == ["post", "post"]


def test_conflicts_are_noted_for_the_manager_by_pointer(book: Book, clock):
    book.append([contribution(1), contribution(2), contribution(3)], community="bar")
    book.append([changed(contribution(1), kind="talk"), changed(contribution(2), kind="talk")], community="bar")
    clock.now += 1
    book.append([changed(contribution(2), title="Oh", length=3)], community="bar", strict=True)

    assert book.conflicts("bar") == [
        Conflict(2, ("/data/length", "/data/title"), clock.now, 2),
        Conflict(1, ("/data/kind",), clock.now - 1, 1),
    ]
    assert book.conflicts("bar", limit=1) == book.conflicts("bar")[:1]


def test_an_event_of_another_community_is_refused(book: Book):
    (found,) = book.append([{**contribution(1), "community": "pub"}], community="bar")
    assert (found.outcome, pointers(found)) == ("refused", ["/community"])


def test_an_unknown_community_is_an_error(book: Book):
    with pytest.raises(UnknownCommunityError, match="pub"):
        book.append([contribution(1)], community="pub")


def test_strict_stores_all(book: Book):
    found = book.append([contribution(1), contribution(2), contribution(1)], community="bar", strict=True)
    assert outcomes(found) == ["stored", "stored", "duplicate"]
    assert [each.position for each in found] == [1, 2, 1]

    more = book.append([contribution(2), contribution(3)], community="bar", strict=True)
    assert outcomes(more) == ["duplicate", "stored"]


@pytest.mark.parametrize("bad", [contribution(9, kind="nonsense"), changed(contribution(1), kind="talk")])
def test_strict_stores_none_where_one_is_bad(book: Book, bad: dict[str, Any]):
    book.append([contribution(1)], community="bar")

    found = book.append([contribution(2), bad, contribution(3)], community="bar", strict=True)

    assert found[0].outcome == found[2].outcome == "refused"
    assert "number 1" in found[0].errors[0].message
    assert found[1].outcome in {"refused", "conflict"}
    assert book.head("bar") == 1


def test_strict_finds_a_conflict_inside_the_batch(book: Book):
    batch = [contribution(1), changed(contribution(1), kind="talk")]
    assert outcomes(book.append(batch, community="bar", strict=True)) == ["refused", "conflict"]
    assert book.head("bar") == 0


def test_a_time_we_filled_never_makes_a_conflict(book: Book, clock):
    timeless = contribution(1)
    del timeless["time"]

    first = book.append([timeless], community="bar", fill_time=True)
    clock.now += 5_000_000
    again = book.append([timeless], community="bar", fill_time=True)
    told = book.append([contribution(1)], community="bar")

    assert outcomes([*first, *again, *told]) == ["stored", "duplicate", "duplicate"]
    (fact,) = book.read("bar", 0, 10)
    assert fact.time == fact.recorded == clock.now - 5_000_000
    assert fact.open["time_is_ours"] is True
    assert outcomes(book.append([timeless], community="bar")) == ["refused"]


def test_a_platform_that_told_the_time_may_forget_it(book: Book):
    book.append([contribution(1)], community="bar")
    timeless = {**contribution(1), "time": None}
    assert outcomes(book.append([timeless], community="bar", fill_time=True)) == ["duplicate"]


def test_a_link_without_the_scope_is_a_proposal(book: Book):
    book.append([identity(1)], community="bar")
    book.append([identity(2, linked="ada3")], community="bar", identity=True)

    proposed, linked = book.read("bar", 0, 10)
    assert proposed.open["proposed"] is True
    assert "proposed" not in linked.open
    assert proposed.open["member"] == linked.open["member"] == book.account("bar", "forum", "ada")
    assert outcomes(book.append([identity(1)], community="bar", identity=True)) == ["duplicate"]


def test_more_events_than_a_chunk(book: Book):
    batch = [contribution(n) for n in range(2_500)]
    found = book.append(batch, community="bar")
    assert [each.position for each in found] == list(range(1, 2_501))
    assert outcomes(book.append(batch, community="bar", strict=True)) == ["duplicate"] * 2_500
    more = book.append([contribution(n) for n in range(1_000, 4_000)], community="bar", strict=True)
    assert outcomes(more) == ["duplicate"] * 1_500 + ["stored"] * 1_500


def test_a_lone_surrogate_is_refused(book: Book):
    (found,) = book.append([contribution(1, title="\ud800")], community="bar")
    assert found.outcome == "refused"
