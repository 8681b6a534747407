"""An endorsement is recorded once, numbered as awards are, sealed under both people's keys, and withdrawn once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ledger import ErasedError, NewEndorsement
from ledger.operations import inspect
from tests.ledger.events import contribution
from tests.ledger.test_awards import award
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Place

WORDS = "She makes good chairs."


@pytest.fixture
def two(book: Book) -> Book:
    book.append([contribution("a"), contribution("b", author="bo")], community="bar")
    book.award([award(book)])
    return book


def account(book: Book, name: str) -> str:
    found = book.account("bar", "forum", name)
    assert found is not None
    return found


def new(book: Book, **more: Any) -> NewEndorsement:
    """Return what Bo says of Ada's badge."""
    given: dict[str, Any] = {
        "community": "bar",
        "kind": "credential",
        "of": next(fact.stream for fact in book.read("bar", 0, 100) if fact.topic == "award.issued.v1"),
        "charter_version": 1,
        "comment": WORDS,
        "endorser": account(book, "bo"),
        "endorsee": account(book, "ada"),
    }
    return NewEndorsement(**given | more)


def test_an_endorsement_is_a_fact_sealed_under_both_keys(two: Book):
    wanted = new(two)
    outcome = two.endorsing.endorse(wanted)
    (fact,) = two.read("bar", (outcome.position or 0) - 1, 1)
    assert (outcome.outcome, fact.topic, fact.version) == ("stored", "badge.endorsed.v1", 1)
    assert WORDS not in str(fact.open)
    assert (fact.open["status"], fact.open["key"]) == (1, two.signer("bar").kid)  # the award's is 0
    people = {name: fact.open[name] for name in ("endorser", "endorsee")}
    assert people == {"endorser": account(two, "bo"), "endorsee": account(two, "ada")}
    sealed = two.reveal("bar", [fact])[0]
    number = two.endorsing.public_id("bar", fact.stream, **people)
    assert sealed == {"comment": WORDS, "endorsement": number}
    two.erase("bar", [people["endorsee"]])
    assert two.reveal("bar", [fact]) == [{}]
    with pytest.raises(ErasedError):
        two.endorsing.public_id("bar", fact.stream, **people)
    assert two.endorsing.endorse(replace(wanted, of="", kind="community")).outcome == "refused"


@pytest.mark.parametrize("named", [True, False])
def test_who_said_it_is_sealed_for_the_other_only_where_she_agreed(two: Book, *, named: bool):
    """What is sealed under both keys opens with the endorsee's own: she takes it along."""
    wanted = new(two, named=named)
    position = two.endorsing.endorse(wanted).position or 0
    assert wanted.endorser
    assert wanted.endorsee
    (opened,) = two.reveal("bar", [position], of=[wanted.endorsee])
    assert opened["comment"] == WORDS
    assert opened.get("member") == (two.member_id("bar", wanted.endorser) if named else None)
    by_itself = replace(wanted, of="", kind="community", endorser=None, endorsee=None)
    (opened,) = two.reveal("bar", [two.endorsing.endorse(by_itself).position or 0])
    assert opened.keys() == {"comment", "endorsement"}


def test_many_at_once_record_it_once_and_no_number_twice(two: Book):
    wanted = [new(two)] * 6 + [new(two, kind="achievement", of="badge/x", endorsee=None)] * 6
    with ThreadPoolExecutor(6) as pool:
        outcomes = [each.outcome for each in pool.map(two.endorsing.endorse, wanted)]
    assert sorted(outcomes) == ["claimed"] * 10 + ["stored"] * 2
    facts = [fact for fact in two.read("bar", 0, 100) if fact.topic in {"badge.endorsed.v1", "award.issued.v1"}]
    assert sorted(fact.open["status"] for fact in facts) == [0, 1, 2]


def test_withdrawn_once_and_given_again(two: Book):
    first = two.endorsing.endorse(new(two))
    stream = two.at("bar", [first.position or 0])[0].stream
    ends = [two.endorsing.withdraw("bar", stream, by="endorser", reason="No.") for _ in range(2)]
    assert [end.outcome for end in ends] == ["stored", "duplicate"]
    (fact,) = two.at("bar", [ends[0].position or 0])
    assert (fact.version, fact.open["by"], fact.open["status"]) == (2, "endorser", 1)
    assert two.reveal("bar", [fact]) == [{"reason": "No."}]
    again = two.endorsing.endorse(new(two))
    assert again.outcome == "stored"
    (fact,) = two.at("bar", [again.position or 0])
    assert (fact.open["renewal"], fact.open["status"]) == (1, 2)


def test_the_doctor_knows_them(two: Book, place: Place):
    def faults() -> set[str]:
        found = inspect(place.database, data=place.folder, full=True, told=lambda *_: None)
        return {each.check for each in found if each.level == "fault"}

    before = faults()  # of a server that is for tests alone
    first = two.endorsing.endorse(new(two))
    two.endorsing.withdraw("bar", two.at("bar", [first.position or 0])[0].stream, by="manager")
    assert faults() == before
    run(place.database, "DELETE FROM claims WHERE number = 1")
    assert faults() - before == {"claims"}
