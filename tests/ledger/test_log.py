"""What was recorded is sealed and proved to others, and cannot be changed unnoticed; on both stores."""

from __future__ import annotations

import concurrent.futures
import os
import re
import signal
import sqlite3
import subprocess
import sys
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger import Book, ForkedError, log, migrate
from ledger.shape import unpack
from ledger.transparency import (
    Checkpoint,
    TransparencyError,
    leaf_hashes,
    merkle_root,
    open_checkpoint,
    parse_path,
    unbundled,
    verify_consistency,
    verify_proof,
)
from tests.ledger.events import ONE_OF_EACH, contribution
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ledger.conftest import Place


def fill(book: Book, count: int, *, begin: int = 0) -> None:
    book.append([contribution(number) for number in range(begin, begin + count)], community="bar")


def root_of(book: Book, size: int) -> bytes:
    return merkle_root(book.leaves("bar", range(1, size + 1)))


# Sealing


def test_an_empty_log_has_a_head_too(book: Book):
    head = open_checkpoint(book.log.checkpoint("bar"), book.log.key("bar"))
    assert head.checkpoint == Checkpoint("localhost/communities/bar/log", 0, sha256(b"").digest())


@pytest.mark.parametrize("counts", [[1], [3, 1, 4], [255, 1, 1], [256, 256], [600, 1, 700]])
def test_a_head_is_over_all_facts(book: Book, counts: list[int]):
    total, roots = 0, {}
    for count in counts:
        fill(book, count, begin=total)
        total += count
        sealed = book.log.seal("bar")
        assert (sealed.size, sealed.root) == (total, root_of(book, total))
        assert open_checkpoint(book.log.checkpoint("bar"), book.log.key("bar")).checkpoint == sealed
        assert book.log.seal("bar") == sealed
        roots[total] = sealed.root
    for old, new in pairwise(roots):
        verify_consistency(old, new, book.log.consistency("bar", old, new), roots[old], roots[new])


def test_every_fact_is_a_leaf_whoever_wrote_it(book: Book):
    book.append(ONE_OF_EACH, community="bar")
    document = {"charter": 1, "name": "The Bar", "rules": []}
    book.publish_charter("bar", document, effective=0, by="manager")
    sealed = book.log.seal("bar")
    assert sealed.size == book.head("bar") == len(ONE_OF_EACH) + 1
    assert sealed.root == root_of(book, sealed.size)


def test_another_process_goes_on_with_the_log(book: Book, place: Place):
    fill(book, 300)
    other = place.open()
    assert other.log.seal("bar") == book.log.seal("bar")
    fill(other, 300, begin=300)
    assert book.log.seal("bar").root == root_of(book, 600)
    assert other.log.seal("bar").size == 600
    assert other.log.key("bar") == book.log.key("bar")


def test_many_who_seal_at_once_agree(book: Book, place: Place):
    books = [book, *(place.open() for _ in range(3))]
    fill(book, 20)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for begin in range(20, 200, 10):
            jobs = [pool.submit(each.log.seal, "bar") for each in books]
            fill(book, 10, begin=begin)
            for job in jobs:
                assert job.result().size <= begin + 10
    assert book.log.seal("bar").root == root_of(book, 200)
    assert not book.log.audit("bar").faults


def test_logs_are_apart(book: Book):
    book.open_community("inn", name="The Inn")
    fill(book, 5)
    assert book.log.seal("inn").size == 0
    assert book.log.seal("bar").size == 5
    assert book.log.key("inn") != book.log.key("bar")


# Proofs and tiles


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 700])
def test_every_fact_is_proved(book: Book, count: int):
    fill(book, count)
    for position in {1, 2, count // 2 + 1, count - 1, count} - {0}:
        if position <= count:
            proof = book.log.prove("bar", position)
            (leaf,) = book.leaves("bar", [position])
            assert verify_proof(proof.text, leaf, book.log.key("bar")).index == position - 1


def test_a_proof_is_the_same_whenever_it_is_asked_for(book: Book, place: Place):
    fill(book, 10)
    first = book.log.prove("bar", 7).text
    fill(book, 500, begin=10)
    assert book.log.seal("bar").size == 510
    assert book.log.prove("bar", 7).text == first == place.open().log.prove("bar", 7).text
    assert Checkpoint.parse(book.log.prove("bar", 11).checkpoint.partition("\n\n")[0] + "\n").size == 510


def test_proofs_of_many_are_those_of_each(book: Book):
    for begin, count in ((0, 10), (10, 300), (310, 7)):
        fill(book, count, begin=begin)
        book.log.seal("bar")
    positions = [317, 4, 200, 11, 4, *range(1, 60)]
    assert [each.text for each in book.log.prove_all("bar", positions)] == [
        book.log.prove("bar", position).text for position in positions
    ]
    with pytest.raises(TransparencyError, match="wanted a fact of 'bar', got 318"):
        book.log.prove_all("bar", [1, 318])


@pytest.mark.parametrize("position", [0, -1, 11, 10**12])
def test_what_is_not_there_is_not_proved(book: Book, position: int):
    fill(book, 10)
    with pytest.raises(TransparencyError, match=r"wanted a fact of 'bar'|got 0|got -1"):
        book.log.prove("bar", position)


def test_tiles_are_as_others_read_them(book: Book):
    fill(book, 600)
    size = book.log.seal("bar").size
    leaves = book.leaves("bar", range(1, size + 1))
    assert book.log.tile("bar", "0/000") == b"".join(leaf_hashes(leaves[:256]))
    assert book.log.tile("bar", "0/002.p/88") == b"".join(leaf_hashes(leaves[512:]))
    assert book.log.tile("bar", "0/002.p/3") == b"".join(leaf_hashes(leaves[512:515]))
    assert book.log.tile("bar", "1/000.p/2") == merkle_root(leaves[:256]) + merkle_root(leaves[256:512])
    for path in ("entries/001", "entries/002.p/88"):
        bundle = parse_path(path)
        begin = bundle.index * 256
        assert unbundled(bundle, book.log.tile("bar", path)) == leaves[begin : begin + bundle.width]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path", ["0/002.p/89", "0/003", "1/000", "2/000.p/1", "entries/002", "0/2", "../x", "", "64/000"]
)
def test_what_is_beyond_the_head_or_no_tile_is_refused(book: Book, path: str):
    fill(book, 600)
    book.log.seal("bar")
    fill(book, 100, begin=600)  # not sealed yet
    with pytest.raises(TransparencyError):
        book.log.tile("bar", path)


# A dishonest administrator


def change_open(database: str) -> None:
    (state,) = run(database, "SELECT state FROM stored_events WHERE position = 7")[0]
    run(database, "UPDATE stored_events SET state = ? WHERE position = 7", bytes(state).replace(b'"post"', b'"talk"'))


def delete_one(database: str) -> None:
    run(database, "DELETE FROM stored_events WHERE position = 7")


def delete_and_close_up(database: str) -> None:
    run(database, "DELETE FROM stored_events WHERE position = 7")
    run(database, "UPDATE stored_events SET position = -position WHERE position > 7")
    run(database, "UPDATE stored_events SET position = -position - 1 WHERE position < 0")


def swap_two(database: str) -> None:
    run(database, "UPDATE stored_events SET position = -7 WHERE position = 7")
    run(database, "UPDATE stored_events SET position = 7 WHERE position = 8")
    run(database, "UPDATE stored_events SET position = 8 WHERE position = -7")


def cut_the_tail(database: str) -> None:
    run(database, "DELETE FROM stored_events WHERE position > 25")


def insert_one(database: str) -> None:
    run(database, "UPDATE stored_events SET position = -position WHERE position > 7")
    run(database, "UPDATE stored_events SET position = -position + 1 WHERE position < 0")
    copied = "SELECT community, 8, ?, originator_version, topic, recorded, state FROM stored_events WHERE position = 7"
    stream = "00000000-0000-8000-8000-000000000001" if database.startswith("postgresql") else bytes(16)
    cast = copied.replace("?", "?::uuid") if database.startswith("postgresql") else copied
    run(database, f"INSERT INTO stored_events {cast}", stream)


def move_to_another_member(database: str) -> None:
    rows = run(database, "SELECT position, state FROM stored_events WHERE position IN (7, 8) ORDER BY position")
    (_, hers), (_, his) = rows
    account = rb'"author":"([0-9A-Z]{26})"'
    old, new = re.search(account, bytes(hers)), re.search(account, bytes(his))
    assert old
    assert new
    assert old[1] != new[1]
    run(database, "UPDATE stored_events SET state = ? WHERE position = 7", bytes(hers).replace(old[1], new[1]))


def swap_ciphertexts(database: str) -> None:
    rows = [
        bytes(state)
        for (state,) in run(database, "SELECT state FROM stored_events WHERE position IN (5, 7) ORDER BY position")
    ]
    boxes = [unpack(state).parts[0].box for state in rows]
    assert len(boxes[0]) == len(boxes[1])
    for position, state, old, new in ((5, rows[0], boxes[0], boxes[1]), (7, rows[1], boxes[1], boxes[0])):
        run(database, "UPDATE stored_events SET state = ? WHERE position = ?", state.replace(old, new), position)


def back_date(database: str) -> None:
    run(database, "UPDATE stored_events SET recorded = recorded - 1000000 WHERE position = 1")


def change_topic(database: str) -> None:
    run(database, "UPDATE stored_events SET topic = 'attendance.v1' WHERE position = 7")


def change_stream(database: str) -> None:
    stream = "00000000-0000-8000-8000-000000000001" if database.startswith("postgresql") else bytes(16)
    run(database, "UPDATE stored_events SET originator_id = ? WHERE position = 7", stream)


ACTS = [
    (change_open, "fact 7: wanted it as it was signed"),
    (delete_one, "wanted a fact at position 7, got none"),
    (delete_and_close_up, "fact 7: wanted it as it was signed"),
    (swap_two, "fact 7: wanted it as it was signed"),
    (cut_the_tail, "wanted at least the 30 facts whose head was signed, got 25"),
    (insert_one, "fact 8: wanted it as it was signed"),
    (move_to_another_member, "fact 7: wanted it as it was signed"),
    (swap_ciphertexts, "fact 5: wanted the sealed text that was signed"),
    (back_date, "fact 1: wanted it as it was signed"),
    (change_topic, "fact 7: wanted it as it was signed"),
    (change_stream, "fact 7: wanted it as it was signed"),
]


@pytest.mark.parametrize(("act", "words"), ACTS, ids=lambda each: getattr(each, "__name__", ""))
@pytest.mark.parametrize("then", ["", "DELETE FROM log_tiles"], ids=["", "and the hashes are dropped"])
def test_what_an_administrator_does_is_noticed(
    book: Book, place: Place, act: Callable[[str], None], words: str, then: str
):
    book.append([contribution(n, "ada" if n % 2 else "bo") for n in range(30)], community="bar")
    book.log.seal("bar")
    assert not book.log.audit("bar").faults

    act(place.database)
    if then:
        run(place.database, then)
    audit = place.open().log.audit("bar")
    assert audit.faults
    assert then or any(words in fault for fault in audit.faults)


@pytest.mark.parametrize("act", [change_open, delete_and_close_up, swap_two, cut_the_tail, insert_one, back_date])
def test_nothing_is_signed_over_a_changed_ledger(book: Book, place: Place, act: Callable[[str], None]):
    book.append([contribution(n) for n in range(30)], community="bar")
    published = book.log.seal("bar")

    act(place.database)
    other = place.open()
    if not other.log.refused:  # it is as long as it was
        fill(other, 30, begin=30)
    with pytest.raises(ForkedError, match=r"^bar: wanted"):
        other.log.seal("bar")
    assert open_checkpoint(other.log.checkpoint("bar"), other.log.key("bar")).checkpoint == published
    with pytest.raises(ForkedError):
        fill(other, 1, begin=90)


def test_an_old_copy_of_the_book_is_refused_at_once(place: Place, tmp_path: Path):
    """Neither read as it was, nor after it has gone on differently."""
    if place.database.startswith("postgresql"):
        pytest.skip("SQLite's file alone; test_backup.py does it on both")
    book = place.open()
    book.open_community("bar", name="The Bar")
    fill(book, 10)
    book.log.seal("bar")
    with sqlite3.connect(place.database) as reading, sqlite3.connect(tmp_path / "old.sqlite") as copy:
        reading.backup(copy)
    fill(book, 10, begin=10)
    book.log.seal("bar")
    book.close()
    for end in ("", "-wal", "-shm"):
        Path(f"{place.database}{end}").unlink(missing_ok=True)
    (tmp_path / "old.sqlite").rename(place.database)

    restored = place.open()
    with pytest.raises(ForkedError, match="at least the 20 facts whose head was signed, got 10"):
        fill(restored, 1, begin=50)
    assert restored.head("bar") == 10
    assert "cut short" in restored.log.audit("bar").faults[0]


def test_another_key_or_head_is_refused(book: Book, place: Place):
    fill(book, 10)
    book.log.seal("bar")
    (place.folder / "keys" / "bar.log.pem").unlink()
    other = place.open()
    with pytest.raises(ForkedError, match="wanted the head that we signed"):
        other.log.seal("bar")
    assert "wanted a head of size 10 that we signed" in other.log.audit("bar").faults[0]


def test_a_store_of_heads_that_was_lost_is_filled_from_what_was_published(
    book: Book, place: Place, caplog: pytest.LogCaptureFixture
):
    fill(book, 10)
    before = book.log.seal("bar")
    book.close()
    if place.database.startswith("postgresql"):
        run(place.database, "DROP SCHEMA heads CASCADE")
    else:
        for end in ("", "-wal", "-shm"):
            (place.folder / f"heads.sqlite{end}").unlink(missing_ok=True)
    other = place.open()
    assert other.log.seal("bar") == before
    assert "none known of bar" in caplog.text
    fill(other, 1, begin=10)
    assert other.log.seal("bar").root == root_of(other, 11)


def test_tiles_that_were_lost_are_made_again(book: Book, place: Place):
    fill(book, 600)
    first = book.log.prove("bar", 300).text
    run(place.database, "DELETE FROM log_tiles")
    other = place.open()
    fill(other, 1, begin=600)
    assert other.log.seal("bar").root == root_of(other, 601)
    assert other.log.prove("bar", 300).text == first


def test_hashes_that_were_changed_are_told_and_made_again(book: Book, place: Place):
    fill(book, 600)
    book.log.seal("bar")
    (hashes,) = run(place.database, "SELECT hashes FROM log_tiles WHERE level = 0 AND number = 0")[0]
    run(
        place.database, "UPDATE log_tiles SET hashes = ? WHERE level = 0 AND number = 0", bytes(32) + bytes(hashes)[32:]
    )
    assert (
        "the first 1: wanted theirs, got others; the facts are as they were signed" in book.log.audit("bar").faults[0]
    )
    (leaf,) = book.leaves("bar", [2])
    verify_proof(book.log.prove("bar", 2).text, leaf, book.log.key("bar"))  # they were made again
    assert not book.log.audit("bar").faults


def test_a_fact_that_was_changed_is_not_proved(book: Book, place: Place):
    fill(book, 600)
    book.log.seal("bar")
    change_open(place.database)
    for _ in range(2):
        with pytest.raises(ForkedError, match="wanted the 600 facts whose head was signed, got others"):
            book.log.prove("bar", 7)


def test_a_log_whose_facts_are_lost_is_begun_anew(book: Book, place: Place):
    fill(book, 10)
    before = book.log.seal("bar")
    old_key = book.log.key("bar")
    run(place.database, "DELETE FROM stored_events WHERE position > 6")
    other = place.open()
    with pytest.raises(ForkedError):
        fill(other, 1, begin=20)

    sealed = other.log.begin_anew("bar", "the disk burnt")
    assert (sealed.origin, sealed.size) == ("localhost/communities/bar/log/2", 7)
    (fact,) = other.at("bar", [7])
    assert fact.topic == "log.begun.v1"
    told = {name: fact.open[name] for name in ("log", "before_size", "before_root")}
    assert told == {"log": 2, "before_size": 10, "before_root": before.root.hex()}
    assert other.reveal("bar", [7]) == [{"reason": "the disk burnt"}]
    fill(other, 3, begin=20)
    assert other.log.seal("bar").root == root_of(other, 10)
    assert not other.log.audit("bar").faults
    assert verify_proof(other.log.prove("bar", 9).text, other.leaves("bar", [9])[0], other.log.key("bar")).index == 8
    assert other.log.key_named("bar", old_key.name) == old_key
    assert other.log.key_named("bar", "localhost/communities/bar/log/3") is None
    assert place.open().log.seal("bar").origin == sealed.origin


def test_a_log_whose_key_is_lost_is_begun_anew_under_another(book: Book, place: Place):
    fill(book, 10)
    before = book.log.seal("bar")
    (place.folder / "keys" / "bar.log.pem").unlink()
    other = place.open()
    sealed = other.log.begin_anew("bar", "the key is lost")
    assert (sealed.origin, sealed.size) == ("localhost/communities/bar/log/2", 11)
    (fact,) = other.at("bar", [11])
    assert (fact.open["before_size"], fact.open["before_root"]) == (10, before.root.hex())
    assert other.log.key_named("bar", before.origin) is None  # it was another's: nobody can say what that one signed
    assert not other.log.audit("bar").faults


def test_a_process_that_knew_the_former_log_publishes_the_new_one(book: Book, place: Place):
    fill(book, 10)
    book.log.seal("bar")
    other = place.open()
    other.log.seal("bar")
    run(place.database, "DELETE FROM stored_events WHERE position > 6")
    place.open().log.begin_anew("bar", "a loss")
    fill(other, 3, begin=20)
    assert other.log.seal("bar").size == 10  # as long as the former was
    assert open_checkpoint(other.log.checkpoint("bar"), other.log.key("bar")).checkpoint.size == 10


def test_however_much_is_left_is_sealed(book: Book, monkeypatch: pytest.MonkeyPatch):
    fill(book, 400)
    monkeypatch.setattr(log, "AT_ONCE", 20)
    assert book.log.seal("bar").root == root_of(book, 400)
    assert book.log.audit("bar").heads == 20


# Crashes

CRASH = """
import os, signal, sys
from ledger import Book
from ledger.log import Logs
book = Book.open(sys.argv[1], data=__import__("pathlib").Path(sys.argv[2]))
step = int(sys.argv[3])
seen = 0
def watched(place, name):
    inner = getattr(place, name)
    def call(*args, **more):
        global seen
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)
        found = inner(*args, **more)
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    setattr(place, name, call)
shard = book._shards[0]
for place, name in ((shard.log, "put"), (shard.recorder, "flush"), (book._heads, "swap"), (shard.log, "publish")):
    watched(place, name)
book.log.seal("bar")
print("done", seen)
"""


def test_killed_at_every_step_it_never_signs_two_heads_that_disagree(book: Book, place: Place):
    fill(book, 300)
    signed: dict[int, bytes] = {}
    killed = 0
    for step in range(1, 12):
        fill(book, 7, begin=300 + 7 * step)
        done = subprocess.run(
            [sys.executable, "-c", CRASH, place.database, str(place.folder), str(step)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        killed += done.returncode == -signal.SIGKILL
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr
        for seer in (place.open(), book):
            head = open_checkpoint(seer.log.checkpoint("bar"), seer.log.key("bar")).checkpoint
            assert signed.setdefault(head.size, head.root) == head.root == root_of(book, head.size)
        head = book.log.seal("bar")
        assert signed.setdefault(head.size, head.root) == head.root
    assert killed == 8  # before and after each of four steps; then it ends by itself
    assert not book.log.audit("bar").faults


def test_a_book_of_the_first_release_gets_a_log(place: Place, monkeypatch: pytest.MonkeyPatch):
    steps = sys.modules["ledger.migrate"]
    with monkeypatch.context() as first:
        first.setattr(steps, "STEPS", steps.STEPS[:1])
        migrate(place.database)
    book = place.open()
    book.open_community("bar", name="The Bar")
    fill(book, 3)
    assert book.log.seal("bar").root == root_of(book, 3)
