"""Who is erased is gone, whatever is interrupted and whoever else is writing; what rests on her stays."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ledger import (
    Book,
    ErasedError,
    LedgerError,
    LedgerUnavailableError,
    NewAward,
    NewEndorsement,
    Nominee,
    merkle_root,
    postgres,
    sqlite,
)
from ledger.erasing import _Erasure
from ledger.forgetting import destroy
from ledger.heads import Heads
from ledger.keyring import KeyRing
from ledger.lifecycle import Lifecycles
from ledger.people import People
from ledger.rotating import rotate
from ledger.shape import unpack
from tests.ledger.events import ONE_OF_EACH, contribution, endorsement, identity
from tests.ledger.steps import at, killed_at
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ledger import Outcome
    from tests.ledger.conftest import Place

LAW = {
    "charter": 1,
    "name": "The Bar",
    "ladder": [{"level": 1, "name": "One"}],
    "leader_roles": [{"role": "host", "name": "Host"}],
    "badges": [{"badge": "maker", "name": "Maker"}, {"badge": "helper", "name": "Helper"}],
    "rules": [],
}
ERASED = "member.erased.v1"


def award(book: Book, name: str, achievement: str = "maker", *, community: str = "bar", **more: Any) -> NewAward:
    account = book.account(community, "forum", name)
    assert account is not None
    given: dict[str, Any] = {"kind": "badge", "charter_version": 1, "rule": "r", "rule_version": 1, "rule_hash": "ab"}
    given |= {"earned": 1, "evidence_root": merkle_root(book.leaves(community, [1])), "evidence": (1,)}
    return NewAward(community=community, account=account, achievement=achievement, **given | more)


@dataclass
class Person:
    """All that a person is outside the ledger, and in it."""

    accounts: Sequence[str]
    members: Sequence[str]
    credentials: Sequence[str]
    facts: Sequence[Any]  # that stood before

    @classmethod
    def of(cls, book: Book, *names: str) -> Person:
        accounts = [found for name in names if (found := book.account("bar", "forum", name))]
        facts = book.read("bar", 0, 10_000)
        awards = [each for each in facts if each.topic == "award.issued.v1" and each.open["account"] in accounts]
        return cls(
            accounts,
            [book.member_id("bar", each) for each in accounts],
            [book.credential_id("bar", each.open["account"], each.stream) for each in awards],
            facts,
        )

    def assert_gone(self, book: Book) -> None:
        for account in self.accounts:
            assert book.handle("bar", account) is None
            with pytest.raises(ErasedError):
                book.member_id("bar", account)
        for member in self.members:
            assert book.account_of("bar", member) is None
        for public in (*self.members, *self.credentials):
            assert book.erased("bar", public)
        facts = book.read("bar", 0, 10_000)
        assert facts[: len(self.facts)] == self.facts
        told = [each for each in facts if each.topic == ERASED]
        named = [account for each in told for account in each.open["accounts"]]
        assert sorted(named) == sorted(set(named) | {*self.accounts})
        self.assert_awards_ended(book)
        after = [each for each in facts[told[0].position :] if each.topic != ERASED]
        assert [each for each in after if _names(each, self.accounts) and each.topic != "award.revoked.v1"] == []
        assert {each.done for each in book._heads.erasures()} == {True}

    def assert_awards_ended(self, book: Book) -> None:
        facts = book.read("bar", 0, 10_000)
        issued = {each.stream for each in facts if each.topic == "award.issued.v1"}
        hers = {each.stream for each in facts if each.stream in issued and each.open["account"] in self.accounts}
        ended = [each for each in facts if each.topic == "award.revoked.v1" and each.stream in hers]
        assert sorted(each.stream for each in ended) == sorted(hers)
        rows = book._in("bar").recorder.rows_at("bar", [each.position for each in ended])
        assert [unpack(row.state).parts for row in rows] == [[]] * len(ended)


def _names(fact: Any, accounts: Sequence[str]) -> bool:
    held = [each for value in fact.open.values() for each in (value if isinstance(value, list) else [value])]
    return any(account in held for account in accounts)


@pytest.fixture
def full(book: Book) -> Book:
    """Ada with two accounts and awards of every kind, one of them renewed; Bo and Cy with theirs."""
    book.publish_charter("bar", LAW, effective=0, by="bo")
    book.append([contribution(1), endorsement(1), contribution("ada2", author="ada2")], community="bar")
    book.append([*ONE_OF_EACH, identity("two")], community="bar", identity=True)
    book.publish_charter("bar", {**LAW, "badges": LAW["badges"][:1]}, effective=0, by="bo")  # type: ignore[index]
    more = [award(book, "ada", renewal=1), award(book, "ada", "1", kind="level"), award(book, "ada2", "helper")]
    book.award([award(book, "ada"), *more, award(book, "ada", "host", kind="role"), award(book, "bo")])
    return book


def test_who_is_erased_is_gone_and_what_she_did_stays(place: Place, full: Book):
    ada, bo = Person.of(full, "ada", "ada2"), Person.of(full, "bo")
    positions = [fact.position for fact in ada.facts]
    leaves, clear = full.leaves("bar", positions), full.reveal("bar", positions)
    epoch = full.epoch("bar")
    assert (full.erased("bar", ada.members[0]), len(ada.credentials)) == (False, 5)

    full.erase("bar", ada.accounts)

    for book in (full, place.open()):
        ada.assert_gone(book)
        (fact,) = [each for each in book.read("bar", 0, 1000) if each.topic == ERASED]
        assert fact.open == {"v": 1, "time": place.clock.now, "accounts": sorted(ada.accounts)}
        assert (fact.version, book.reveal("bar", [fact])) == (1, [{}])
        assert book.epoch("bar") > epoch
        assert book.leaves("bar", positions) == leaves
        for position, before, now in zip(positions, clear, book.reveal("bar", positions), strict=True):
            parts = unpack(book._in("bar").recorder.rows_at("bar", [position])[0].state).parts
            hers = any(account in ada.accounts for part in parts for account in part.accounts)
            assert now == ({} if hers else before)
        assert book.handle("bar", bo.accounts[0])
        assert not book.erased("bar", bo.members[0])
        assert book.credential_id("bar", bo.accounts[0], ada.facts[-1].stream) == bo.credentials[0]


def test_to_erase_again_is_harmless(place: Place, full: Book):
    ada = Person.of(full, "ada", "ada2")
    full.erase("bar", [ada.accounts[1]])
    head, epoch = full.head("bar"), full.epoch("bar")
    place.open().erase("bar", [ada.accounts[1]])
    assert (full.head("bar"), full.epoch("bar")) == (head, epoch + 1)

    full.erase("bar", ada.accounts)

    ada.assert_gone(full)
    told = [each.open["accounts"] for each in full.read("bar", 0, 1000) if each.topic == ERASED]
    assert told == [[ada.accounts[1]], [ada.accounts[0]]]


def test_she_who_posts_again_is_somebody_else(full: Book):
    ada = Person.of(full, "ada")
    full.erase("bar", ada.accounts)
    outcomes = full.append([contribution(1), contribution("new")], community="bar")

    assert [each.outcome for each in outcomes] == ["duplicate", "stored"]
    again = full.account("bar", "forum", "ada")
    assert again not in {None, *ada.accounts}
    assert full.member_id("bar", again or "") not in ada.members
    ada.assert_gone(full)


@pytest.mark.parametrize("accounts", [[], ["nobody"], ["ada", "nobody"]])
def test_only_accounts_of_the_community_are_erased(full: Book, accounts: list[str]):
    ids = [full.account("bar", "forum", each) or each for each in accounts]
    head = full.head("bar")
    with pytest.raises(LedgerError, match="accounts: wanted some of 'bar', got"):
        full.erase("bar", ids)
    assert (full.head("bar"), full._heads.erasures()) == (head, [])


STEPS: dict[str, Callable[..., Any]] = {
    "intended": Heads.intend,
    "not committed": destroy,
    "destroyed": People.destroy,
    "told": _Erasure._tell,
    "one award ended": Lifecycles.decide,
    "awards ended": _Erasure._revoke,
    "key made": KeyRing.bring,
    "key retired": KeyRing.retire,
    "key switched": KeyRing.switch,
    "rotated": rotate,
    "done": Heads.done,
}


@pytest.mark.forks
@pytest.mark.parametrize("step", STEPS)
def test_what_was_broken_off_is_finished_by_whoever_opens_next(place: Place, full: Book, step: str):
    ada = Person.of(full, "ada", "ada2")
    key = place.folder / "keys" / "key-encryption"
    before = key.read_bytes()
    killed_at(STEPS[step], lambda: place.open().erase("bar", ada.accounts, also=["said of her"]))

    book = place.open()

    ada.assert_gone(book)
    assert book.erased("bar", "said of her")
    assert key.read_bytes() != before
    assert book.append([contribution("next", author="bo")], community="bar")[0].outcome == "stored"


@pytest.mark.forks
@pytest.mark.parametrize("step", ["intended", "destroyed", "told", "awards ended"])
def test_what_was_broken_off_is_finished_by_whoever_erases_next(place: Place, full: Book, step: str):
    ada, bo = Person.of(full, "ada", "ada2"), Person.of(full, "bo")
    killed_at(STEPS[step], lambda: place.open().erase("bar", ada.accounts, also=["said of her"]))

    full.erase("bar", bo.accounts)

    ada.assert_gone(full)
    bo.assert_gone(full)
    assert full.erased("bar", "said of her")


def test_who_lives_again_is_destroyed_again(place: Place, full: Book):
    """The vault is restored from before; what says that she was erased is kept apart from it."""
    ada = Person.of(full, "ada", "ada2")
    columns = "lookup, member, key, contact, bucket"
    rows = run(place.database, f"SELECT {columns}, account FROM vault.accounts")  # noqa: S608 - ours
    buckets = run(place.database, "SELECT id, community, kek, key FROM vault.buckets")
    full.erase("bar", ada.accounts, also=["said of her"])
    for row in rows:
        run(
            place.database,
            "UPDATE vault.accounts SET lookup = ?, member = ?, key = ?, contact = ?, bucket = ? WHERE account = ?",
            *row,
        )
    for bucket in buckets:
        run(place.database, "INSERT INTO vault.buckets (id, community, kek, key) VALUES (?, ?, ?, ?)", *bucket)
    run(place.database, "DELETE FROM vault.gone")
    epoch = full.epoch("bar")

    again = place.open()

    ada.assert_gone(again)
    assert again.erased("bar", "said of her")
    assert again.epoch("bar") > epoch
    assert [each.topic for each in again.read("bar", 0, 1000)].count(ERASED) == 1


def test_what_is_to_be_forgotten_goes_along_into_another_store(tmp_path: Path):
    old, new = (Heads.in_file(tmp_path / name) for name in ("old", "new"))
    old.intend("bar", ["bo", "ada"], [b"\0\xff", b"said"])
    old.intend("pub", ["cy"], [b"heard"])
    old.done("bar", ["bo"])
    for _ in range(2):
        new.take_from(old)
        assert new.erasures() == old.erasures() == [("bar", "ada", False), ("bar", "bo", True), ("pub", "cy", False)]
        assert (new.ended("bar"), new.ended("pub")) == ([b"\0\xff", b"said"], [b"heard"])
    for each in (old, new):
        each.close()


# While others work


def about_ada(book: Book, number: object) -> list[Any]:
    """Write all there is to write about Ada: she works, is endorsed, endorses, is awarded."""
    events = [contribution(f"of-{number}"), endorsement(number), endorsement(number, by="ada", of="bo")]
    outcomes = book.append(events, community="bar")
    outcomes += book.append([contribution(f"strict-{number}")], community="bar", strict=True)
    return outcomes


BETWEEN: list[Callable[..., Any]] = [
    Heads.intend,
    People.destroy,
    _Erasure._tell,
    _Erasure._revoke,
    rotate,
    Heads.done,
]


def test_nobody_writes_of_her_once_it_is_told(place: Place, full: Book):
    """Another process, which remembers her, writes of her after every step of her erasure."""
    ada, other = Person.of(full, "ada", "ada2"), place.open()
    about_ada(other, "before")
    ada.facts = full.read("bar", 0, 1000)
    helper = award(other, "ada", "helper")
    numbers = iter(range(len(BETWEEN)))

    def others() -> None:
        number = next(numbers)
        assert [each.outcome for each in about_ada(other, f"step-{number}")] == ["stored"] * 4
        (late,) = other.award([helper])
        assert late.outcome in ("stored", "claimed") if number < 2 else late.outcome in ("refused", "claimed")

    with at(*BETWEEN, do=others, times=len(BETWEEN)):
        full.erase("bar", ada.accounts)

    facts = full.read("bar", 0, 1000)
    (told,) = [each.position for each in facts if each.topic == ERASED]
    after = [each for each in facts[told:] if each.topic != "award.revoked.v1"]
    assert len(after) >= 16
    assert [each for each in after if _names(each, ada.accounts)] == []
    ada.assert_awards_ended(full)
    assert other.handle("bar", ada.accounts[0]) is None


@pytest.mark.parametrize("what", ["one", "strict", "many", "award", "charter", "revoke"])
def test_what_was_prepared_before_is_prepared_anew(place: Place, full: Book, what: str):
    """She is erased in the very moment between what is prepared and what is written."""
    ada, other = Person.of(full, "ada", "ada2"), place.open()
    about_ada(other, "before")
    ada.facts = full.read("bar", 0, 1000)
    bos = ada.facts[[each.topic for each in ada.facts].index("award.issued.v1") + 5].stream
    given = [award(other, "ada", "helper"), award(other, "bo", "helper")]
    many = [contribution(f"many-{number}", author=("ada", "bo")[number % 2]) for number in range(600)]
    with at(postgres.Recorder.write, sqlite.Recorder.write, do=lambda: full.erase("bar", ada.accounts), before=True):
        if what == "award":
            assert [each.outcome for each in other.award(given)] == ["refused", "stored"]
        elif what == "charter":
            assert other.publish_charter("bar", LAW, effective=1, by="bo").open["charter_version"] == 3
        elif what == "revoke":
            assert other.revoke("bar", bos, reason="a trial", at=1).outcome == "stored"
        else:
            events = many if what == "many" else many[:1]
            outcomes = other.append(events, community="bar", strict=what == "strict")
            assert [each.outcome for each in outcomes] == ["stored"] * len(events)
    ada.assert_gone(full)
    assert other.head("bar") == full.head("bar") > len(ada.facts)


@pytest.mark.parametrize("whose", ["ada", "bo"])
@pytest.mark.parametrize("what", ["nominate", "decline", "endorse", "withdraw"])
def test_nothing_is_said_of_two_once_either_is_erased(place: Place, full: Book, what: str, whose: str):
    """Ada has a badge, Bo speaks: one of them is erased in the moment before it is written."""
    ada, bo = (Person.of(full, name) for name in ("ada", "bo"))
    nominee = Nominee(ada.accounts[0], "helper", bo.accounts[0])
    said = NewEndorsement(
        community="bar",
        kind="credential",
        of=next(each.stream for each in ada.facts if each.topic == "award.issued.v1"),
        charter_version=1,
        comment="Good.",
        endorser=bo.accounts[0],
        endorsee=ada.accounts[0],
    )
    other, at_ = place.open(), place.clock.now
    if what in {"decline", "withdraw"}:
        first = (
            other.nominations.nominate("bar", nominee, reason="kind", at=at_)
            if what == "decline"
            else other.endorsing.endorse(said)
        )
        (stream,) = [each.stream for each in other.at("bar", [first.position or 0])]
    works: dict[str, Callable[[], Outcome]] = {
        "nominate": lambda: other.nominations.nominate("bar", nominee, reason="kind", at=at_),
        "decline": lambda: other.nominations.decline("bar", stream, reason="no", at=at_),
        "endorse": lambda: other.endorsing.endorse(said),
        "withdraw": lambda: other.endorsing.withdraw("bar", stream, by="manager", reason="Spam."),
    }
    gone = Person.of(full, whose)
    with at(postgres.Recorder.write, sqlite.Recorder.write, do=lambda: full.erase("bar", gone.accounts), before=True):
        outcome = works[what]()

    assert (outcome.outcome, outcome.position) == ("refused", None)
    assert works[what]().outcome == "refused"
    gone.assert_gone(full)


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_of_a_long_batch_only_what_was_not_written_is_prepared_anew(place: Place, full: Book):
    """She is erased when the first piece of 600 facts is on its way, and the second is not."""
    from ledger.inserting import Inserting  # noqa: PLC0415 - of this store alone

    ada, other = Person.of(full, "ada", "ada2"), place.open()
    about_ada(other, "before")
    events = [contribution(f"many-{number}", author=("ada", "bo")[number % 2]) for number in range(600)]
    pieces: list[object] = []

    def others() -> None:
        pieces.append("one")
        if len(pieces) == 2:
            full.erase("bar", ada.accounts)

    with at(Inserting._insert, do=others, before=True, times=2):
        outcomes = other.append(events, community="bar")
    assert [each.outcome for each in outcomes] == ["stored"] * 600
    facts = {each.position: each for each in full.read("bar", 0, 1000)}
    (told,) = [position for position, each in facts.items() if each.topic == ERASED]
    stored = [each.position or 0 for each in outcomes]
    assert stored == sorted(set(stored))
    assert stored[249] < told < stored[250]
    assert [position for position in stored[250:] if _names(facts[position], ada.accounts)] == []


def test_whoever_writes_meanwhile_and_whoever_is_erased(place: Place, book: Book):
    """Three books post about eight people at once, while another erases five of them one by one."""
    book.publish_charter("bar", LAW, effective=0, by="bo")
    people = [f"m{number}" for number in range(8)]
    book.append([contribution(f"first-{each}", author=each) for each in people], community="bar")
    gone = {each: book.account("bar", "forum", each) for each in people[:5]}
    given = {each: award(book, each) for each in people}
    writers = [place.open() for _ in range(3)]
    done = threading.Event()

    def write(lane: int) -> list[str]:
        outcomes: list[str] = []
        number = 0
        while not done.is_set():
            number += 1
            some = [contribution(f"{lane}-{number}-{each}", author=each) for each in people]
            some += [endorsement(f"{lane}-{number}-{each}", by=each, of=people[lane]) for each in people[:2]]
            with contextlib.suppress(
                LedgerUnavailableError
            ):  # of SQLite's writers one may wait too long for the others
                outcomes += [each.outcome for each in writers[lane].append(some, community="bar")]
                outcomes += [each.outcome for each in writers[lane].award([given[people[number % 8]]])]
        return outcomes

    with ThreadPoolExecutor(3) as pool:
        lanes = [pool.submit(write, lane) for lane in range(3)]
        try:
            for account in gone.values():
                book.erase("bar", [account or ""])
        finally:
            done.set()
        outcomes = {outcome for lane in lanes for outcome in lane.result()}
    assert outcomes <= {"stored", "claimed", "refused"}
    facts, after = [], 0
    while page := book.read("bar", after, 1_000):
        facts += page
        after = page[-1].position
    told = {each.open["accounts"][0]: each.position for each in facts if each.topic == ERASED}
    assert told.keys() == {*gone.values()}
    for account, position in told.items():
        late = [each for each in facts[position:] if _names(each, [account])]
        assert {each.topic for each in late} <= {"award.revoked.v1", ERASED}
        for writer in writers:
            assert writer.handle("bar", account) is None


def test_who_lives_again_by_an_old_copy_is_destroyed_though_the_ledger_is_refused(book: Book, place: Place):
    """Nothing is written to a ledger that is not the one that was signed; a key needs no ledger to be destroyed."""
    book.append([contribution(n) for n in range(10)], community="bar")
    account = book.account("bar", "forum", "ada")
    assert account is not None
    kept = run(
        place.database, "SELECT key, lookup, member, contact, bucket FROM vault.accounts WHERE account = ?", account
    )
    buckets = run(place.database, "SELECT id, community, kek, key FROM vault.buckets")
    book.erase("bar", [account])
    book.log.seal("bar")
    columns = "key = ?, lookup = ?, member = ?, contact = ?, bucket = ?"
    run(place.database, f"UPDATE vault.accounts SET {columns} WHERE account = ?", *kept[0], account)  # noqa: S608
    for bucket in buckets:
        run(place.database, "INSERT INTO vault.buckets (id, community, kek, key) VALUES (?, ?, ?, ?)", *bucket)
    run(place.database, "DELETE FROM stored_events WHERE position > 5")

    other = place.open()
    assert set(other.log.refused) == {"bar"}
    with pytest.raises(ErasedError):
        other.member_id("bar", account)
    assert run(place.database, "SELECT key FROM vault.accounts WHERE account = ?", account) == [(None,)]
    assert other.head("bar") == 5


def test_what_another_process_left_unfinished_is_finished_by_one_that_runs(book: Book, place: Place):
    book.append([contribution(n) for n in range(3)], community="bar")
    account = book.account("bar", "forum", "ada")
    assert account is not None
    other = place.open()
    Heads.intend(other._heads, "bar", [account])  # and then it died
    book.tidy()
    with pytest.raises(ErasedError):
        book.member_id("bar", account)
    assert [fact.topic for fact in book.read("bar", 3, 5)] == [ERASED]
