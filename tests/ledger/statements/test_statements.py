"""Statements in the vault: kept once, sealed for whom they name, found by what they are about, gone with her."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from ledger import Book, ElsewhereError, Kept, LedgerUnavailableError, TakenError, UnknownCommunityError
from ledger.statements.referring import FARTHEST, MOST_TERMS
from ledger.statements.statements import PAGE
from ledger.vault import MOST_VALUES
from tests.ledger.statements.telling import found, new
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from tests.ledger.conftest import Clock, Place


def account(book: Book, name: str) -> str:
    known = book.account("bar", "forum", name)
    assert known
    return known


def test_what_is_kept_is_known_again(place: Place, book: Book, clock: Clock) -> None:
    (at,) = book.statements.keep("bar", [new("one")])
    assert at == clock.now
    for each in (book, place.open()):
        assert each.statements.known("bar", ["one", "two"]) == {"one": Kept(at, b'{"id":"one"}', voided=False)}
    book.open_community("inn", name="Inn")
    assert book.statements.known("inn", ["one"]) == {}
    assert found(book, community="inn") == []
    with pytest.raises(UnknownCommunityError):
        book.statements.known("nowhere", ["one"])
    with pytest.raises(UnknownCommunityError):
        book.statements.keep("nowhere", [new("one")])


def test_all_are_kept_or_none(place: Place, book: Book) -> None:
    book.statements.keep("bar", [new("one")])
    with pytest.raises(TakenError):
        book.statements.keep("bar", [new("two", files={0: b"x"}), new("one")])
    assert found(book) == ["one"]
    assert run(place.database, "SELECT count(*) FROM vault.statement_files") == [(0,)]
    assert book.statements.keep("bar", []) == []


def test_when_they_were_stored_grows_whatever_the_clock_says(book: Book, clock: Clock) -> None:
    first = book.statements.keep("bar", [new(f"a{n}") for n in range(3)])
    clock.now -= 1_000_000
    second = book.statements.keep("bar", [new(f"b{n}") for n in range(3)])
    stored = first + second
    assert stored == sorted(set(stored))
    assert found(book) == ["b2", "b1", "b0", "a2", "a1", "a0"]
    assert found(book, ascending=True, limit=2) == ["a0", "a1"]
    assert found(book, since=stored[1], until=stored[4]) == ["b1", "b0", "a2"]


def test_up_to_when_all_are_to_be_seen_nothing_comes_later(book: Book, clock: Clock) -> None:
    book.statements.keep("bar", [new("one")])
    through = book.statements.complete_through("bar")
    (later,) = book.statements.keep("bar", [new("two")])
    assert later >= through  # of what is stored before it, all is known
    clock.now += 5
    assert book.statements.complete_through("bar") == clock.now


def test_they_are_found_by_what_they_are_about(book: Book) -> None:
    book.statements.keep(
        "bar",
        [
            new("1", "ada", activity="chair"),
            new("2", "bo", verb="saw", activity="chair", related=["ada"]),
            new("3", "ada", "bo", verb="saw", terms=[("context", "chair"), ("authority", "moodle")]),
        ],
    )
    assert found(book, verb="saw") == ["3", "2"]
    assert found(book, agent="ada") == ["3", "1"]
    assert found(book, agent="ada", related=True) == ["3", "2", "1"]
    assert found(book, agent="bo", verb="made") == []
    assert found(book, groups=[[("activity", "chair")]]) == ["2", "1"]
    assert found(book, groups=[[("activity", "chair"), ("context", "chair")]], agent="bo") == ["3", "2"]
    assert found(book, agent="eve") == found(book, agent="eve", related=True) == []
    assert found(book, agent="eve", related=True, authority="moodle") == ["3"]
    assert found(book, groups=[[("activity", "context")], [("verb", "chair")]]) == []


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)  # one of many rows is enough
def test_more_than_one_question_holds_are_known_and_kept(book: Book) -> None:
    number = MOST_VALUES + 5
    names = [f"n{n}" for n in range(number)]
    assert len(book.statements.keep("bar", [new(name) for name in names])) == number
    assert book.statements.known("bar", names).keys() == set(names)
    with pytest.raises(TakenError):
        book.statements.keep("bar", [*(new(f"x{n}") for n in range(MOST_VALUES)), new(names[-1])])


def test_what_is_attached_is_kept_with_it(place: Place, book: Book) -> None:
    book.statements.keep("bar", [new("one", files={0: b"zero", 3: b""}), new("two")])
    for each in (book, place.open()):
        assert each.statements.files("bar", "one") == {0: b"zero", 3: b""}
        assert each.statements.files("bar", "two") == each.statements.files("bar", "three") == {}


def test_a_voided_one_is_known_and_not_found(book: Book) -> None:
    book.statements.keep("bar", [new("one"), new("void-one", refers="one", voids=True)])
    book.statements.keep("bar", [new("void-two", refers="two", voids=True)])
    book.statements.keep("bar", [new("two"), new("three"), new("about-three", refers="three")])
    book.statements.keep("bar", [new("void-void", refers="void-one", voids=True)])
    known = book.statements.known("bar", ["one", "two", "three", "void-one"])
    assert {name: each.voided for name, each in known.items()} == {
        "one": True, "two": True, "three": False, "void-one": False,
    }  # fmt: skip
    assert found(book) == ["void-void", "about-three", "three", "void-two", "void-one"]


def test_what_refers_takes_over_what_it_refers_to_is_found_by(book: Book) -> None:
    def chain(order: str, *names: str) -> None:
        following = dict(pairwise(order.split()))
        last = order.rsplit(maxsplit=1)[-1]
        told = [new(name, verb="end" if name == last else "refers", refers=following.get(name, "")) for name in names]
        book.statements.keep("bar", told)

    chain("a1 a2 a3 a4", "a1", "a2", "a3", "a4")
    assert found(book, verb="end") == ["a4", "a3", "a2", "a1"]
    for name in ("b2", "b4", "b1", "b3"):
        chain("b1 b2 b3 b4", name)
    assert set(found(book, verb="end")) == {"a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4"}


def test_the_rows_say_nothing_of_anybody(place: Place, book: Book) -> None:
    book.statements.keep(
        "bar", [new("an-id", "ada", verb="praised", content=b'{"a secret"}', files={0: b"a secret"}, refers="another")]
    )
    rows = [
        value
        for table in ("statements", "statement_terms", "statement_files")
        for row in run(place.database, f"SELECT * FROM vault.{table}")  # noqa: S608 - names of ours
        for value in row
    ]
    digests = [hashlib.blake2b(word, digest_size=16).digest() for word in (b"an-id", b"https://verbs.example/praised")]
    for word in (b"secret", b"an-id", b"another", b"praised", b"forum", b"ada", *digests):
        assert all(word not in bytes(value) for value in rows if isinstance(value, bytes | memoryview))
        assert all(word not in value.encode() for value in rows if isinstance(value, str))


def test_a_row_that_was_moved_or_altered_is_nobodys(place: Place, book: Book) -> None:
    book.statements.keep("bar", [new("one"), new("two", files={0: b"two"})])
    (first, second) = (row[0] for row in run(place.database, "SELECT sealed FROM vault.statements ORDER BY stored"))
    run(place.database, "UPDATE vault.statements SET sealed = ? WHERE sealed = ?", first, second)
    run(place.database, "UPDATE vault.statement_files SET number = 1")
    assert book.statements.known("bar", ["two"])["two"].content is None
    assert book.statements.files("bar", "two") == {}
    assert found(book) == ["", "one"]


def test_what_names_her_goes_with_her_and_nothing_else(place: Place, book: Book) -> None:
    book.statements.keep(
        "bar",
        [
            new("hers", "ada", files={0: b"x"}),
            new("both", "ada", "bo"),
            new("beside", "bo", related=["ada"]),
            new("his", "bo", files={0: b"y"}),
            new("about-hers", "bo", refers="hers"),
        ],
    )
    number = run(place.database, "SELECT count(*) FROM vault.statement_terms")[0][0]
    book.erase("bar", [account(book, "ada")])
    for each in (book, place.open()):
        assert found(each) == ["about-hers", "his"]
        assert found(each, agent="bo") == ["about-hers", "his"]
        assert found(each, agent="ada", related=True) == []
        known = each.statements.known("bar", ["hers", "both", "beside", "his"])
        assert {name: one.content is None for name, one in known.items()} == {
            "hers": True, "both": True, "beside": True, "his": False,
        }  # fmt: skip
        assert (each.statements.files("bar", "hers"), each.statements.files("bar", "his")) == ({}, {0: b"y"})
    assert run(place.database, "SELECT count(*) FROM vault.statement_files") == [(1,)]
    assert run(place.database, "SELECT count(*) FROM vault.statement_terms")[0][0] < number
    with pytest.raises(TakenError):
        book.statements.keep("bar", [new("hers")])  # it is not taken for a new one
    book.statements.keep("bar", [new("anew")])
    assert found(book, agent="ada") == ["anew"]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)  # one of many rows is enough
def test_those_that_name_nobody_else_are_told_page_by_page(book: Book) -> None:
    mine = [f"n{n}" for n in range(PAGE + 3)]
    book.statements.keep("bar", [new(name, related=["ada2"] if name == "n1" else ()) for name in mine])
    book.statements.keep("bar", [new("both", "ada", "bo"), new("beside", related=["bo"]), new("his", "bo")])
    book.statements.keep("bar", [new("last", verb="void", refers="n0", voids=True)])
    ada, other, bo = (account(book, name) for name in ("ada", "ada2", "bo"))

    def told(*accounts: str) -> list[str]:
        return [str(each.content)[9:-3] for each in book.statements.alone("bar", frozenset(accounts))]

    assert told(ada) == [name for name in [*mine, "last"] if name != "n1"]
    assert told(ada, other) == [*mine, "last"]
    assert (told(bo), told(), told("nobody")) == (["his"], [], [])
    assert next(book.statements.alone("bar", frozenset([ada]))).voided


def test_one_at_a_time_keeps_an_id(place: Place, book: Book) -> None:
    books = [book, *(place.open() for _ in range(2))]

    def keep(number: int) -> int:
        try:
            return len(books[number % 3].statements.keep("bar", [new(f"s{number // 3}"), new(f"of {number}")]))
        except TakenError:
            return 0

    with ThreadPoolExecutor(3) as threads:
        kept = list(threads.map(keep, range(18)))
    assert sum(kept) == 12
    assert len(found(book)) == len(set(found(book))) == 12


def test_nothing_is_kept_of_a_community_that_is_being_moved(place: Place, book: Book) -> None:
    book.statements.keep("bar", [new("one")])
    run(place.database, "UPDATE vault.communities SET open = 0")
    with pytest.raises((ElsewhereError, LedgerUnavailableError)):
        book.statements.keep("bar", [new("two")])
    assert found(book) == ["one"]


@pytest.mark.parametrize("forwards", [True, False])
def test_a_chain_without_end_is_followed_so_far_and_kept(book: Book, *, forwards: bool) -> None:
    length = 3 * FARTHEST
    told = [new(f"n{n}", verb="end" if n == 0 else "refers", refers=f"n{n - 1}" if n else "") for n in range(length)]
    book.statements.keep("bar", told if forwards else told[::-1])
    assert len(found(book, verb="end", limit=length)) == FARTHEST + 1
    assert len(book.statements.known("bar", [each.id for each in told])) == length


def test_all_that_wait_for_a_statement_are_found_by_it(book: Book) -> None:
    length = 3 * FARTHEST
    told = [new(f"n{n}", verb="end" if n == 0 else "refers", refers=f"n{n - 1}" if n else "") for n in range(length)]
    book.statements.keep("bar", told[1:])
    book.statements.keep("bar", told[:1])
    assert len(found(book, verb="end", limit=length)) == length


def test_what_all_refer_to_does_not_grow_without_end(book: Book) -> None:
    """Each of a chain takes over what the one before took over: some day it is enough."""
    many = [("activity", f"{number}") for number in range(MOST_TERMS // 4)]
    for number in range(6):
        terms = [(kind, f"{number}.{value}") for kind, value in many]
        book.statements.keep("bar", [new(f"n{number}", terms=terms, refers=f"n{number - 1}" if number else "")])
    told = [len(found(book, groups=[[("activity", f"{number}.0")]])) for number in range(6)]
    assert told[0] < 6
    assert told[-1] == 1
