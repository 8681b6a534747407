"""Who is signed in, and as whom a provider's subject may be: what is kept opens nothing, and ends when it should."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

import pytest

from ledger import INSTALLATION, UnknownCommunityError
from ledger.people import FRESH_SECONDS
from ledger.sign_ins import IDLE, LONGEST, NOTED
from tests.ledger.events import contribution
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from ledger import Book
    from tests.ledger.conftest import Clock, Place

MEMBER = {"role": "member", "way": "link", "device": "Firefox on Linux"}
ISSUER = "https://id.example"


def test_a_sign_in_is_found_by_its_secret_alone(place: Place, book: Book, clock: Clock):
    secret = book.sign_ins.begin("bar", subject="ada", **MEMBER)
    found = place.open().sign_ins.find(secret)

    assert found is not None
    assert len(secret) == 43
    assert found.handle == hashlib.sha256(secret.encode()).hexdigest()
    assert (found.community, found.role, found.subject, found.way) == ("bar", "member", "ada", "link")
    assert (found.begun, found.seen, found.device) == (clock.now, clock.now, "Firefox on Linux")
    for other in (secret[:-1], secret[1:] + "A", found.handle, "", "x" * 43, "\0" * 43, "\N{SNOWMAN}" * 43):
        assert book.sign_ins.find(other) is None
    with pytest.raises(UnknownCommunityError):
        book.sign_ins.begin("pub", subject="ada", **MEMBER)


def test_no_secret_and_no_person_is_kept(place: Place, book: Book):
    secret = book.sign_ins.begin("bar", subject="ada-the-member", **MEMBER)
    book.subjects.add("bar", role="member", subject="ada-the-member", issuer=ISSUER, sub="s-17", label="Ada")
    rows = run(place.database, "SELECT * FROM vault.sign_ins") + run(place.database, "SELECT * FROM vault.subjects")
    kept = b"\0".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for row in rows for value in row
    )
    for text in (secret, "ada-the-member", "Firefox", "member", ISSUER, "s-17", "Ada"):
        assert text.encode() not in kept


def test_a_row_that_was_moved_to_another_secret_opens_nothing(place: Place, book: Book):
    """Whoever can write the table, but has no key, can make nobody be somebody."""
    hers, mine = (book.sign_ins.begin("bar", subject=name, **MEMBER) for name in ("ada", "eve"))
    sealed = run(place.database, "SELECT sealed FROM vault.sign_ins WHERE digest = ?", _digest(hers))[0][0]
    run(place.database, "UPDATE vault.sign_ins SET sealed = ? WHERE digest = ?", sealed, _digest(mine))
    assert book.sign_ins.find(mine) is None
    assert book.sign_ins.find(hers) is not None


def test_a_sign_in_ends_when_it_is_not_used(book: Book, clock: Clock):
    secret = book.sign_ins.begin("bar", subject="ada", **MEMBER)
    for _ in range(3):
        clock.now += IDLE - 1
        assert book.sign_ins.find(secret) is not None
    clock.now += IDLE
    assert book.sign_ins.find(secret) is None


def test_a_sign_in_ends_after_a_week_however_it_is_used(place: Place, book: Book, clock: Clock):
    secret, begun = book.sign_ins.begin("bar", subject="ada", **MEMBER), clock.now
    while clock.now < begun + LONGEST - IDLE // 2:
        clock.now += IDLE // 2
        assert (book.sign_ins.find(secret) is not None) == (clock.now < begun + LONGEST)
    clock.now = begun + LONGEST
    assert book.sign_ins.find(secret) is None
    book.sign_ins.begin("bar", subject="bo", **MEMBER)
    assert run(place.database, "SELECT count(*) FROM vault.sign_ins") == [(1,)]  # what is over is swept away


def test_use_is_noted_now_and_then(place: Place, book: Book, clock: Clock):
    secret, begun = book.sign_ins.begin("bar", subject="ada", **MEMBER), clock.now
    clock.now += NOTED - 1
    book.sign_ins.find(secret)
    assert run(place.database, "SELECT seen FROM vault.sign_ins") == [(begun,)]
    clock.now += 1
    book.sign_ins.find(secret)
    assert run(place.database, "SELECT seen FROM vault.sign_ins") == [(clock.now,)]


def test_whoever_holds_them_sees_and_ends_them(book: Book):
    one, two = (book.sign_ins.begin("bar", subject="ada", **MEMBER) for _ in range(2))
    other = book.sign_ins.begin("bar", subject="bo", **MEMBER)
    hers = book.sign_ins.of("bar", "member", ["ada", "an-older-id-of-hers"])
    assert {each.handle for each in hers} == {_digest(one).hex(), _digest(two).hex()}
    assert book.sign_ins.of("bar", "manager", ["ada"]) == []
    assert len(book.sign_ins.all("bar")) == 3

    book.sign_ins.end("bar", [_digest(one).hex(), "no handle", "0" * 64])

    assert book.sign_ins.find(one) is None
    assert book.sign_ins.find(two) is not None
    assert book.sign_ins.find(other) is not None


def test_another_community_ends_none_of_ours(book: Book):
    book.open_community("inn", name="The Inn")
    secret = book.sign_ins.begin("bar", subject="ada", **MEMBER)
    book.sign_ins.end("inn", [_digest(secret).hex()])
    assert book.sign_ins.find(secret) is not None
    assert book.sign_ins.all("inn") == []


def test_an_end_in_another_process_is_seen_within_half_a_second(place: Place, book: Book):
    other, secret = place.open(), book.sign_ins.begin("bar", subject="ada", **MEMBER)
    other.sign_ins.find(secret)
    assert other.sign_ins.remembered(secret) is not None
    book.sign_ins.end("bar", [_digest(secret).hex()])
    assert book.sign_ins.remembered(secret) is None
    time.sleep(FRESH_SECONDS)
    assert other.sign_ins.remembered(secret) is other.sign_ins.find(secret) is None


def test_an_operator_is_of_no_community(place: Place, book: Book, clock: Clock):
    token = book.vault.add_link(INSTALLATION, role="operator", subject="", expires=clock.now + 10)
    link = place.open().vault.take_link(token)
    assert link is not None
    assert (link.community, link.role) == ("", "operator")
    assert book.vault.take_link(token) is None

    secret = book.sign_ins.begin(INSTALLATION, role="operator", subject="", way="link", device="")
    assert [one.role for one in book.sign_ins.all(INSTALLATION)] == ["operator"]
    assert book.sign_ins.all("bar") == []
    book.sign_ins.end(INSTALLATION, [_digest(secret).hex()])
    assert book.sign_ins.find(secret) is None


def test_a_providers_subject_is_who_it_was_made_to_be(place: Place, book: Book):
    book.open_community("inn", name="The Inn")
    book.subjects.add("bar", role="member", subject="ada", issuer=ISSUER, sub="s", label="")
    manager = book.subjects.add("bar", role="manager", subject="", issuer=ISSUER, sub="s", label="Dana").id
    book.subjects.add("inn", role="manager", subject="", issuer=ISSUER, sub="s", label="")
    book.subjects.add("inn", role="manager", subject="", issuer=ISSUER, sub="another", label="")

    found = place.open().subjects.find(ISSUER, "s")
    assert [(one.community, one.role, one.subject) for one in found] == [
        ("bar", "manager", ""), ("bar", "member", "ada"), ("inn", "manager", ""),
    ]  # fmt: skip
    assert book.subjects.find("https://other.example", "s") == book.subjects.find(ISSUER, "S") == []
    assert [one.label for one in book.subjects.managers("bar")] == ["Dana"]
    assert [one.sub for one in book.subjects.of("bar", "member", ["ada"])] == ["s"]
    assert [one.id for one in book.subjects.of("bar", "manager", [manager])] == [manager]

    again = book.subjects.add("bar", role="manager", subject="", issuer=ISSUER, sub="s", label="Dana D.")
    assert (again.id, book.subjects.managers("bar")[0].label) == (manager, "Dana D.")
    book.subjects.drop("inn", manager)
    assert len(book.subjects.managers("bar")) == 1
    book.subjects.drop("bar", manager)
    assert book.subjects.managers("bar") == []


def test_an_erasure_ends_her_sign_ins_and_ways_in_and_nobody_elses(place: Place, book: Book):
    book.append([contribution(1, author="ada"), contribution(2, author="bo")], community="bar")
    accounts = {name: book.account("bar", "forum", name) for name in ("ada", "bo")}
    ids = {name: book.member_id("bar", account) for name, account in accounts.items() if account}
    secrets = {name: book.sign_ins.begin("bar", subject=member, **MEMBER) for name, member in ids.items()}
    for name, member in ids.items():
        book.subjects.add("bar", role="member", subject=member, issuer=ISSUER, sub=name, label="")
    manager = book.sign_ins.begin("bar", role="manager", subject="", way="link", device="")
    other = place.open()
    other.sign_ins.find(secrets["ada"])

    book.erase("bar", [str(accounts["ada"])])

    assert book.sign_ins.find(secrets["ada"]) is other.sign_ins.remembered(secrets["ada"]) is None
    assert book.subjects.find(ISSUER, "ada") == []
    assert book.sign_ins.find(secrets["bo"]) is not None
    assert book.sign_ins.find(manager) is not None
    assert len(book.subjects.find(ISSUER, "bo")) == 1


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
