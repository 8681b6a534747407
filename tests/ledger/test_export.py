"""A community in a file: whole or refused; and taken over by another installation as it was."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import Book, LedgerError, UnknownCommunityError, WrongKeyError, merkle_root, migrate
from ledger.errors import BusyError, FileFaultError
from ledger.operations import KeyRing, Recipient, Whole, adopt, checked, export, hand_over, opened, undo
from ledger.transparency import GrowingTree
from tests.ledger.conftest import Place
from tests.ledger.operated import COMMUNITY, contributions, fill, goes_on, killed_at, left, seen, told
from tests.ledger.vaults import run


@pytest.fixture
def full(book: Book) -> Book:
    fill(book)
    return book


@pytest.fixture
def elsewhere(elsewhere: Place) -> Place:
    """Give another installation, on the same kind of store."""
    Recipient(elsewhere.folder / "keys")
    migrate(elsewhere.database)
    return elsewhere


def exported(place: Place, file: Path, to: str | None = None) -> Whole:
    with opened(place.database) as (database,):
        whole = export(database, COMMUNITY, file, told)
        if to:
            hand_over(database, whole, ring=KeyRing(place.folder / "keys"), to=to, file=file.with_suffix(".keys"))
    return whole


def adopted(place: Place, file: Path, **more: Any) -> Whole:
    place.open()  # which makes its keys
    return adopt(
        place.database,
        file,
        file.with_suffix(".keys"),
        recipient=Recipient(place.folder / "keys"),
        ring=KeyRing(place.folder / "keys"),
        **{"told": told, **more},
    )


def lines(file: Path) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).splitlines(keepends=True)


def test_a_file_says_what_it_holds(place: Place, full: Book, tmp_path: Path):
    whole = exported(place, tmp_path / "one.gz")

    head = full.head(COMMUNITY)
    assert checked(tmp_path / "one.gz", told) == whole
    assert whole.root == merkle_root(full.leaves(COMMUNITY, range(1, head + 1))).hex()
    assert (whole.community, whole.name, whole.head, whole.claims, whole.conflicts) == (
        COMMUNITY,
        "The Bar",
        head,
        6,
        1,
    )
    awards = [fact for fact in full.read(COMMUNITY, 0, 1_000) if fact.topic == "award.issued.v1"]
    assert whole.issuers == ((full.signer(COMMUNITY).kid, awards[0].position, awards[-1].position),)
    assert stat.S_IMODE((tmp_path / "one.gz").stat().st_mode) == 0o600


def test_the_same_book_gives_the_same_bytes(place: Place, full: Book, tmp_path: Path):
    for name in ("one.gz", "two.gz"):
        exported(place, tmp_path / name)
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def test_rows_are_verbatim_and_the_format_is_what_the_document_says(place: Place, full: Book, tmp_path: Path):
    exported(place, tmp_path / "one.gz")
    found = [json.loads(line) for line in lines(tmp_path / "one.gz")]

    facts = [line for line in found if "position" in line]
    query = "SELECT position, originator_version, topic, recorded, state FROM stored_events ORDER BY position"
    stored = [(*row[:4], bytes(row[4])) for row in run(place.database, query)]
    assert [
        (line["position"], line["version"], line["topic"], line["recorded"], base64.b64decode(line["state"]))
        for line in facts
    ] == stored
    assert (found[0]["guildbook"], found[0]["format"], found[0]["head"]) == ("export", 1, len(facts))
    assert found[-1]["end"]["root"] == merkle_root([_leaf(line) for line in facts]).hex()
    assert found[-1]["sha256"] == hashlib.sha256(b"".join(lines(tmp_path / "one.gz")[:-1])).hexdigest()
    assert set(found[-1]) == {"end", "sha256"}


def _leaf(line: dict[str, Any]) -> bytes:
    """Return a fact's leaf, as docs/operations.md says it is made."""
    shape, salt, opened, _, parts = msgspec.msgpack.decode(base64.b64decode(line["state"]))
    assert (shape, "time" in json.loads(opened)) == (1, True)
    stream, topic = base64.urlsafe_b64decode(line["stream"] + "=="), line["topic"].encode()
    numbers = [line["version"].to_bytes(4), line["recorded"].to_bytes(8), len(topic).to_bytes(2), topic]
    commitments = [hashlib.sha256(salt + opened).digest(), *(commitment for _, _, commitment in parts)]
    return hashlib.sha256(
        b"".join([b"guildbook.fact.1", stream, *numbers, len(parts).to_bytes(2), *commitments])
    ).digest()


def test_an_export_stops_where_it_began(place: Place, full: Book, tmp_path: Path):
    head = full.head(COMMUNITY)

    def meanwhile(_done: int, _of: int) -> None:
        full.append(contributions(1, first=full.head(COMMUNITY) + 1_000), community=COMMUNITY)

    with opened(place.database) as (database,):
        whole = export(database, COMMUNITY, tmp_path / "one.gz", meanwhile)
    assert whole.head == head < full.head(COMMUNITY)
    assert checked(tmp_path / "one.gz", told) == whole


def test_what_is_missing_or_damaged_is_not_exported(place: Place, full: Book, tmp_path: Path):
    run(place.database, "DELETE FROM stored_events WHERE position = 7")
    with pytest.raises(LedgerError, match="position 8: wanted position 7, got 8"):
        exported(place, tmp_path / "one.gz")
    assert list(tmp_path.glob("one*")) == []
    with opened(place.database) as (database,), pytest.raises(UnknownCommunityError):
        export(database, "nowhere", tmp_path / "one.gz", told)
    (tmp_path / "one.gz").write_text("mine")
    with pytest.raises(FileFaultError, match="wanted a new file"):
        exported(place, tmp_path / "one.gz")


def _cut(text: list[bytes]) -> list[bytes]:
    return text[:-1]


def _missing(text: list[bytes]) -> list[bytes]:
    return text[:20] + text[21:]


def _more(text: list[bytes]) -> list[bytes]:
    return [*text, text[20]]


def _claimless(text: list[bytes]) -> list[bytes]:
    return text[:1] + text[2:]


def _renamed(text: list[bytes]) -> list[bytes]:
    return [text[0].replace(b"The Bar", b"The Inn"), *text[1:]]


def _later(text: list[bytes]) -> list[bytes]:
    line = json.loads(text[20])
    return [*text[:20], json.dumps(line | {"recorded": line["recorded"] + 1}).encode() + b"\n", *text[21:]]


def _stranger(text: list[bytes]) -> list[bytes]:
    return [b"{}\n"]


def _future(text: list[bytes]) -> list[bytes]:
    return [text[0].replace(b'"format":1', b'"format":2'), *text[1:]]


def _unreadable(text: list[bytes]) -> list[bytes]:
    line = json.loads(text[20])
    return [*text[:20], json.dumps(line | {"state": line["state"][:40]}).encode() + b"\n", *text[21:]]


def _fieldless(text: list[bytes]) -> list[bytes]:
    line = json.loads(text[20])
    line.pop("topic")
    return [*text[:20], json.dumps(line).encode() + b"\n", *text[21:]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_cut, "it is cut"),
        (_missing, "wanted position"),
        (_more, "got more lines"),
        (_claimless, "got another claims"),
        (_renamed, "got another sha256"),
        (_later, "got another root"),
        (_stranger, "wanted the first line of an export"),
        (_future, "a later release made it"),
        (_unreadable, "line 21: "),
        (_fieldless, "wanted the field 'topic'"),
    ],
)
def test_a_file_that_is_cut_or_changed_is_refused(
    tmp_path: Path, spring: Path, change: Callable[[list[bytes]], list[bytes]], words: str
):
    file = tmp_path / "bad.gz"
    file.write_bytes(gzip.compress(b"".join(change(lines(spring)))))
    with pytest.raises(FileFaultError, match=words):
        checked(file, told)


def test_every_flipped_byte_is_noticed(tmp_path: Path, spring: Path):
    raw = bytearray(gzip.decompress(spring.read_bytes()))
    file = tmp_path / "bad.gz"
    for at in range(0, len(raw), 997):
        raw[at] ^= 4
        file.write_bytes(gzip.compress(bytes(raw), compresslevel=1))
        with pytest.raises(FileFaultError):
            checked(file, told)
        raw[at] ^= 4
    for size in (0, 5, 1_000, spring.stat().st_size - 9):
        file.write_bytes(spring.read_bytes()[:size])
        with pytest.raises(FileFaultError):
            checked(file, told)


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a good file."""
    folder = tmp_path_factory.mktemp("spring")
    place = Place(str(folder / "book.sqlite"), folder)
    fill(place.open())
    place.books[0].close()
    exported(place, folder / "good.gz")
    return folder / "good.gz"


@given(st.lists(st.binary(max_size=40)))
def test_a_tree_that_grows_is_the_tree(leaves: list[bytes]):
    tree = GrowingTree()
    for count, leaf in enumerate(leaves):
        assert tree.root() == merkle_root(leaves[:count])
        tree.add(leaf)
    assert (tree.root(), tree.size) == (merkle_root(leaves), len(leaves))


# Taking over


def test_another_installation_takes_a_community_over_as_it_was(
    place: Place, full: Book, elsewhere: Place, tmp_path: Path
):
    file = tmp_path / "one.gz"
    whole = exported(place, file, Recipient(elsewhere.folder / "keys").text)
    before = seen(full)
    assert adopted(elsewhere, file) == whole

    book = elsewhere.open()
    assert seen(book) == before
    assert book.vault.keys(COMMUNITY) == []
    goes_on(book)
    assert full.head(COMMUNITY) == whole.head


def test_the_erased_stay_erased(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    account = full.account(COMMUNITY, "forum", "cy1") or ""
    member = full.member_id(COMMUNITY, account)
    full._shards[0].people.destroy(COMMUNITY, [account])
    full.rotate()
    exported(place, tmp_path / "one.gz", Recipient(elsewhere.folder / "keys").text)
    adopted(elsewhere, tmp_path / "one.gz")
    book = elsewhere.open()
    assert book.handle(COMMUNITY, account) is None
    assert book._shards[0].people.gone(COMMUNITY, member)
    assert book.handle(COMMUNITY, full.account(COMMUNITY, "forum", "ada") or "") is not None


def test_a_community_that_exists_is_not_adopted(place: Place, full: Book, tmp_path: Path):
    exported(place, tmp_path / "one.gz", Recipient(place.folder / "keys").text)
    before = seen(full)
    with pytest.raises(LedgerError, match="wanted a community that is not in this book"):
        adopted(place, tmp_path / "one.gz")
    assert seen(full) == before


@pytest.mark.forks
def test_a_broken_adoption_leaves_nothing_visible_and_is_finished_by_another(
    place: Place, full: Book, elsewhere: Place, tmp_path: Path
):
    file = tmp_path / "one.gz"
    exported(place, file, Recipient(elsewhere.folder / "keys").text)
    book = elsewhere.open()
    for step in ("Taking over people", "Reading back", "Opening"):
        killed_at(step, lambda dying: adopted(elsewhere, file, told=dying), elsewhere.database)
        with pytest.raises(UnknownCommunityError):
            book.head(COMMUNITY)
        assert (book.communities(), book.heads()) == ([], {})
        with pytest.raises(LedgerError, match="whose adoption has begun"):
            book.open_community(COMMUNITY, name="Mine")
    adopted(elsewhere, file)
    assert seen(book) == seen(full)


@pytest.mark.forks
def test_a_broken_adoption_can_be_undone(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    file = tmp_path / "one.gz"
    exported(place, file, Recipient(elsewhere.folder / "keys").text)
    book = elsewhere.open()
    killed_at("Opening", lambda dying: adopted(elsewhere, file, told=dying), elsewhere.database)
    undo(elsewhere.database, COMMUNITY)
    assert left([elsewhere.database]) == [0]
    with pytest.raises(LedgerError, match="got none"):
        undo(elsewhere.database, COMMUNITY)
    book.open_community(COMMUNITY, name="Mine")
    assert book.head(COMMUNITY) == 0
    with pytest.raises(LedgerError, match="got none"):
        undo(elsewhere.database, COMMUNITY)


def test_only_one_adopts_at_a_time(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    exported(place, tmp_path / "one.gz", Recipient(elsewhere.folder / "keys").text)
    elsewhere.open()
    with opened(elsewhere.database) as (database,), database.alone(), pytest.raises(BusyError):
        adopted(elsewhere, tmp_path / "one.gz")


def test_keys_go_to_one_recipient_and_with_one_export(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    file, keys = tmp_path / "one.gz", tmp_path / "one.keys"
    exported(place, file, Recipient(tmp_path / "third" / "keys").text)
    with pytest.raises(WrongKeyError, match="wanted a file sealed to gbr_"):
        adopted(elsewhere, file)
    keys.unlink()
    full.append(contributions(1, first=77_777), community=COMMUNITY)
    exported(place, tmp_path / "two.gz", Recipient(elsewhere.folder / "keys").text)
    (tmp_path / "two.keys").rename(keys)
    with pytest.raises(FileFaultError, match="wanted the keys of head"):
        adopted(elsewhere, file)
    assert left([elsewhere.database]) == [0]
    text = Recipient(elsewhere.folder / "keys").text
    slip = text[:-1] + ("B" if text[-1] == "A" else "A")
    ring = KeyRing(place.folder / "keys")
    for wrong in ("gbr_", "gbr_AAAA", slip, "nonsense", ""):
        with opened(place.database) as (database,), pytest.raises(LedgerError, match="recipient: wanted gbr_"):
            hand_over(database, checked(file, told), ring=ring, to=wrong, file=tmp_path / "x.keys")
    assert list(tmp_path.glob("x.keys*")) == []


def test_a_file_of_keys_that_is_cut_or_changed_is_refused(place: Place, full: Book, elsewhere: Place, tmp_path: Path):
    file = tmp_path / "one.gz"
    exported(place, file, Recipient(elsewhere.folder / "keys").text)
    keys = file.with_suffix(".keys")
    good = keys.read_bytes().splitlines(keepends=True)
    assert len(good) == 3
    assert b"Lovelace" not in keys.read_bytes()
    for bad in (
        good[:2],
        [good[0], good[2]],
        [good[0], good[2], good[1]],
        [*good, good[2]],
        [good[0], good[1], good[2].replace(b'"box":"', b'"box":"A')],
        [good[0].replace(b'"community":"bar"', b'"community":"baz"'), *good[1:]],
        [b"no\n"],
        [],
    ):
        keys.write_bytes(b"".join(bad))
        with pytest.raises((FileFaultError, WrongKeyError)):
            adopted(elsewhere, file)
        assert elsewhere.open().communities() == []
    keys.write_bytes(b"".join(good))
    adopted(elsewhere, file)


def test_facts_that_name_somebody_whom_the_keys_do_not_are_refused(
    place: Place, full: Book, elsewhere: Place, tmp_path: Path
):
    run(place.database, "DELETE FROM vault.accounts WHERE account = ?", full.account(COMMUNITY, "forum", "cy5"))
    exported(place, tmp_path / "one.gz", Recipient(elsewhere.folder / "keys").text)
    with pytest.raises(FileFaultError, match="wanted every account that a fact names"):
        adopted(elsewhere, tmp_path / "one.gz")
    assert left([elsewhere.database]) == [0]
