"""An award is made once, numbered once, and ended once; a charter's versions follow each other."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ledger import (
    BY_HAND,
    BY_HAND_HASH,
    ElsewhereError,
    ErasedError,
    LedgerUnavailableError,
    NewAward,
    UnknownAwardError,
    merkle_root,
)
from ledger.lifecycle import Lifecycles
from tests.ledger.events import DAY, contribution
from tests.ledger.steps import at
from tests.ledger.vaults import destroy_key, run

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Place


AWARDS_AFTER = 42
"""The position before a crowd's first award: 41 facts, and the issuer's key."""


def award(book: Book, name: str = "ada", **more: Any) -> NewAward:
    account = book.account("bar", "forum", name)
    assert account is not None
    given: dict[str, Any] = {
        "community": "bar",
        "account": account,
        "achievement": "practice-sharer",
        "kind": "badge",
        "charter_version": 1,
        "rule": "practice-sharer",
        "rule_version": 2,
        "rule_hash": "ab" * 32,
        "earned": 1_772_359_200_000_000,
        "evidence_root": merkle_root(book.leaves("bar", [1])),
        "evidence": (1,),
    }
    return NewAward(**given | more)


@pytest.fixture
def crowd(book: Book) -> Book:
    book.append([contribution(n, author=f"m{n}") for n in range(40)], community="bar")
    book.append([contribution("a")], community="bar")
    return book


def test_an_award_is_a_fact(crowd: Book, clock):
    (outcome,) = crowd.award([award(crowd, expires=clock.now + DAY)])

    (fact,) = crowd.read("bar", (outcome.position or 0) - 1, 1)
    assert (outcome.outcome, fact.topic, fact.version) == ("stored", "award.issued.v1", 1)
    assert fact.open == {
        "v": 1,
        "time": clock.now,
        "account": crowd.account("bar", "forum", "ada"),
        "achievement": "practice-sharer",
        "kind": "badge",
        "charter_version": 1,
        "rule": "practice-sharer",
        "rule_version": 2,
        "rule_hash": "ab" * 32,
        "earned": 1_772_359_200_000_000,
        "renewal": 0,
        "status": 0,
        "key": crowd.signer("bar").kid,
        "edition": 3,
        "expires": clock.now + DAY,
    }


def test_an_award_binds_its_credential_apart_from_its_evidence(crowd: Book, clock):
    """So that the credential can show what it is bound to, and keep the positions of the evidence to itself."""
    (outcome, _) = crowd.award([award(crowd, expires=clock.now + DAY), award(crowd, "m1")])
    fact, other = crowd.at("bar", [(outcome.position or 0), (outcome.position or 0) + 1])
    shown = crowd.opening("bar", fact.position)

    assert shown.content(1) == {
        "credential": crowd.credential_id("bar", fact.open["account"], fact.stream),
        "member": crowd.member_id("bar", fact.open["account"]),
        "kind": "badge",
        "achievement": "practice-sharer",
        "rule": "practice-sharer",
        "rule_version": 2,
        "rule_hash": "ab" * 32,
        "charter_version": 1,
        "earned": 1_772_359_200_000_000,
        "evidence_root": merkle_root(crowd.leaves("bar", [1])).hex(),
        "evidence_count": 1,
        "expires": clock.now + DAY,
    }
    assert shown.content(2) == {"evidence": [1]}
    assert crowd.reveal("bar", [fact]) == [shown.content(1) | shown.content(2)]
    assert shown.leaf() == crowd.leaves("bar", [fact.position])[0]
    assert "expires" not in crowd.reveal("bar", [other])[0]


def test_an_award_is_claimed_once(crowd: Book):
    given = award(crowd)
    first, again = crowd.award([given, given])
    (later,) = crowd.award([replace(given, rule_version=3)])
    (renewed,) = crowd.award([replace(given, renewal=1)])

    assert [each.outcome for each in (first, again, later, renewed)] == [
        "stored",
        "claimed",
        "claimed",
        "stored",
    ]
    assert again.position == later.position == first.position
    assert len(crowd.read("bar", AWARDS_AFTER, 10)) == 2


def test_status_numbers_are_never_given_twice(place: Place, crowd: Book):
    """Two books, four threads, the same forty awards in chunks."""
    books = [crowd, place.open()]
    awards = [award(crowd, f"m{n}") for n in range(40)]

    def post(writer: int) -> list[str]:
        mine = awards[writer * 10 :] + awards[: writer * 10]
        return [each.outcome for start in range(0, 40, 8) for each in books[writer % 2].award(mine[start : start + 8])]

    with ThreadPoolExecutor(4) as pool:
        outcomes = [outcome for found in pool.map(post, range(4)) for outcome in found]

    assert outcomes.count("stored") == 40
    assert outcomes.count("claimed") == 120
    statuses = [fact.open["status"] for fact in crowd.read("bar", AWARDS_AFTER, 100)]
    assert sorted(statuses) == list(range(40))


def test_two_communities_number_on_their_own(crowd: Book):
    crowd.open_community("pub", name="The Pub")
    crowd.append([{**contribution(1), "community": "pub"}], community="pub")
    other = award(crowd, community="pub", account=crowd.account("pub", "forum", "ada"))

    found = crowd.award([award(crowd), other])

    assert [each.outcome for each in found] == ["stored", "stored"]
    assert [crowd.read(slug, after, 1)[0].open["status"] for slug, after in (("bar", AWARDS_AFTER), ("pub", 2))] == [
        0,
        0,
    ]


def test_nobody_is_awarded_after_erasure(place: Place, crowd: Book):
    given = award(crowd)
    destroy_key(place.database, given.account)
    (outcome,) = place.open().award([given])
    assert (outcome.outcome, outcome.errors[0].pointer) == ("refused", "/account")


def test_an_award_that_is_not_written_leaves_no_claim(place: Place, crowd: Book):
    """The community is just being moved: once it is open again, the award can be made."""
    run(place.database, "UPDATE directory SET open = 0")
    with pytest.raises(ElsewhereError):
        crowd.award([award(crowd)])
    run(place.database, "UPDATE directory SET open = 1")
    assert crowd.award([award(crowd)])[0].outcome == "stored"


def test_an_award_is_revoked_once(place: Place, crowd: Book, clock):
    crowd.award([award(crowd), award(crowd, "m1")])
    issued = crowd.read("bar", AWARDS_AFTER, 1)[0]

    first = crowd.revoke("bar", issued.stream, reason="it was Bo's work", at=clock.now + 5)
    again = place.open().revoke("bar", issued.stream, reason="still", at=clock.now + 9)

    assert (first.outcome, again.outcome, again.position) == ("stored", "duplicate", first.position)
    (fact,) = crowd.read("bar", (first.position or 0) - 1, 10)
    assert (fact.topic, fact.version, fact.stream) == ("award.revoked.v1", 2, issued.stream)
    assert fact.open == {
        "v": 1,
        "time": clock.now + 5,
        "account": issued.open["account"],
        "achievement": "practice-sharer",
        "renewal": 0,
        "status": 0,
    }
    assert crowd.reveal("bar", [fact]) == [{"reason": "it was Bo's work"}]


def test_an_award_is_upheld_whenever_something_else_was_lost_until_it_ends(place: Place, crowd: Book, clock):
    crowd.award([award(crowd)])
    issued = crowd.read("bar", AWARDS_AFTER, 1)[0]
    decisions = [
        crowd.uphold("bar", issued.stream, reason="still hers", at=clock.now + 5, ground="a1"),
        place.open().uphold("bar", issued.stream, reason="as we said", at=clock.now + 6, ground="a1"),
        crowd.uphold("bar", issued.stream, reason="this too", at=clock.now + 7, ground="b2"),
        crowd.revoke("bar", issued.stream, reason="now it is enough", at=clock.now + 8, ground="c3"),
        crowd.uphold("bar", issued.stream, reason="too late", at=clock.now + 9, ground="c3"),
    ]
    assert [each.outcome for each in decisions] == ["stored", "duplicate", "stored", "stored", "refused"]
    facts = crowd.at("bar", sorted({each.position or 0 for each in decisions}))
    assert [(fact.topic, fact.version, fact.open["ground"]) for fact in facts] == [
        ("award.upheld.v1", 2, "a1"),
        ("award.upheld.v1", 3, "b2"),
        ("award.revoked.v1", 4, "c3"),
    ]
    assert facts[0].open["account"] == issued.open["account"]
    assert [each["reason"] for each in crowd.reveal("bar", facts)] == ["still hers", "this too", "now it is enough"]
    with pytest.raises(UnknownAwardError):
        crowd.uphold("bar", crowd.token("bar", "nothing"), reason="no", at=clock.now, ground="a1")


def test_an_award_is_suspended_and_resumed_in_turn_until_it_ends(place: Place, crowd: Book, clock):
    crowd.award([award(crowd)])
    issued = crowd.read("bar", AWARDS_AFTER, 1)[0]

    def told(act: str, minute: int, book: Book = crowd) -> str:
        decide = {"suspend": book.suspend, "resume": book.resume, "revoke": book.revoke}[act]
        return str(decide("bar", issued.stream, reason=f"{act} {minute}", at=clock.now + minute).outcome)

    assert told("resume", 1) == "refused"  # it was never suspended
    assert [told("suspend", 2), told("suspend", 3, place.open())] == ["stored", "duplicate"]
    assert [told("resume", 4), told("resume", 5)] == ["stored", "duplicate"]
    assert [told("suspend", 6), told("revoke", 7), told("revoke", 8)] == ["stored", "stored", "duplicate"]
    assert [told("suspend", 9), told("resume", 9)] == ["refused", "refused"]
    facts = crowd.read("bar", AWARDS_AFTER + 1, 10)
    assert [(fact.topic, fact.time - clock.now) for fact in facts] == [
        ("award.suspended.v1", 2),
        ("award.resumed.v1", 4),
        ("award.suspended.v1", 6),
        ("award.revoked.v1", 7),
    ]
    assert facts[1].open == facts[0].open | {"time": clock.now + 4, "suspended": clock.now + 2}
    assert [each["reason"] for each in crowd.reveal("bar", facts[:2])] == ["suspend 2", "resume 4"]


def test_what_is_decided_is_told_though_another_undoes_it_at_once(place: Place, crowd: Book, clock):
    (outcome,) = crowd.award([award(crowd)])
    (fact,) = crowd.at("bar", [outcome.position or 0])
    other = place.open()

    def resume() -> None:
        assert other.resume("bar", fact.stream, reason="it was a mistake", at=clock.now).outcome == "stored"

    with at(Lifecycles.decide, do=resume):
        suspended = crowd.suspend("bar", fact.stream, reason="to be looked at", at=clock.now)
    assert (suspended.outcome, suspended.position) == ("stored", fact.position + 1)
    topics = [each.topic for each in crowd.read("bar", fact.position, 9)]
    assert topics == ["award.suspended.v1", "award.resumed.v1"]
    assert crowd.resume("bar", fact.stream, reason="again", at=clock.now).outcome == "duplicate"


def test_what_was_given_by_hand_says_why_apart_from_what_binds_it(crowd: Book):
    (outcome,) = crowd.award([award(crowd, rule=BY_HAND, rule_hash=BY_HAND_HASH, reason="for the roof", by="Mo")])
    shown = crowd.opening("bar", outcome.position or 0)
    assert shown.content(3) == {"reason": "for the roof", "by": "Mo"}
    assert "reason" not in shown.content(1)


def test_an_award_of_someone_erased_can_still_be_revoked(place: Place, crowd: Book, clock):
    crowd.award([award(crowd)])
    issued = crowd.read("bar", AWARDS_AFTER, 1)[0]
    destroy_key(place.database, issued.open["account"])
    again = place.open()

    outcome = again.revoke("bar", issued.stream, reason="gone", at=clock.now)

    assert outcome.outcome == "stored"
    assert again.reveal("bar", [outcome.position or 0]) == [{}]
    with pytest.raises(ErasedError):
        again.credential_id("bar", issued.open["account"], issued.stream)


@pytest.mark.parametrize("which", ["nothing", "contribution", "charter", "other community"])
def test_what_is_no_award_cannot_be_revoked(crowd: Book, clock, which: str):
    crowd.award([award(crowd)])
    crowd.open_community("pub", name="The Pub")
    crowd.publish_charter("bar", {"charter": 1}, effective=0, by="bo")
    facts = crowd.read("bar", 0, 100)
    stream = {
        "nothing": crowd.token("bar", "nothing"),
        "contribution": facts[0].stream,
        "charter": facts[-1].stream,
        "other community": facts[41].stream,
    }[which]
    with pytest.raises(UnknownAwardError):
        crowd.revoke("pub" if which == "other community" else "bar", stream, reason="no", at=clock.now)


def test_a_credential_has_one_id(crowd: Book):
    crowd.award([award(crowd), award(crowd, "m1")])
    one, two = crowd.read("bar", AWARDS_AFTER, 2)

    found = crowd.credential_id("bar", one.open["account"], one.stream)

    assert found == crowd.credential_id("bar", one.open["account"], one.stream)
    assert found != crowd.credential_id("bar", two.open["account"], two.stream)
    assert (uuid.UUID(found).version, uuid.UUID(found).variant) == (8, uuid.RFC_4122)


def test_charter_versions_follow_each_other(place: Place, book: Book, clock):
    first = book.publish_charter("bar", {"charter": 1, "name": "The Bar"}, effective=5, by="bo")
    clock.now += 7
    second = place.open().publish_charter("bar", {"charter": 1, "name": "Bär"}, effective=9, by="cy")

    assert (first.topic, first.version, first.open["charter_version"]) == ("charter.published.v1", 1, 1)
    assert second == book.read("bar", 1, 10)[0]
    assert second.open == {
        "v": 1,
        "time": clock.now,
        "charter_version": 2,
        "effective": 9,
        "by": "cy",
        "document": {"charter": 1, "name": "Bär"},
    }
    assert (second.version, second.stream) == (2, first.stream)


def test_charters_published_at_once_each_get_a_version(place: Place, book: Book):
    books = [book, place.open()]
    with ThreadPoolExecutor(4) as pool:
        facts = list(pool.map(lambda n: books[n % 2].publish_charter("bar", {"n": n}, effective=n, by="bo"), range(8)))
    assert sorted(fact.open["charter_version"] for fact in facts) == list(range(1, 9))


def test_claims_hold_without_the_row(place: Place, crowd: Book):
    """A claim without its award, as after a restored backup, stops the award rather than doubling it."""
    crowd.award([award(crowd)])
    run(place.database, "DELETE FROM stored_events WHERE topic = 'award.issued.v1'")
    with pytest.raises(LedgerUnavailableError):
        crowd.award([award(crowd)])


def test_the_key_of_an_award_is_recorded_before_it_once(crowd: Book):
    before = crowd.head("bar")
    first, second = (crowd.award([award(crowd, name)])[0] for name in ("ada", "m1"))
    key, _, _ = facts = crowd.read("bar", before, 10)
    assert [fact.topic for fact in facts] == ["key.added.v1", "award.issued.v1", "award.issued.v1"]
    assert (key.open["purpose"], key.open["key"]) == ("issuer", crowd.signer("bar").kid)
    assert (first.position, second.position) == (before + 2, before + 3)
