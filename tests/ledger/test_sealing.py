"""When facts are sealed, and who is told where they cannot be."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from ledger import Book, Sealer, sealing
from ledger.transparency import Checkpoint, Kind, VerifierKey, Witness, open_checkpoint, verifier_key
from ledger.transparency.tree import EMPTY_ROOT
from tests.ledger.events import contribution
from tests.ledger.logs import signer
from tests.ledger.test_log import fill
from tests.ledger.test_witness import NAME, Other
from tests.ledger.vaults import run

if TYPE_CHECKING:
    from tests.ledger.conftest import Place

KEY: VerifierKey = verifier_key(NAME, signer(NAME), Kind.COSIGNATURE)
URL = "https://witness.example/w1/"


class Growing(Other):
    """A witness for whatever log asks first."""

    def __init__(self, key: VerifierKey) -> None:
        self.key = key
        self.seen = Checkpoint(key.name, 0, EMPTY_ROOT)
        self.asked = []


def test_many_facts_are_sealed_at_once_and_few_when_they_are_old(book: Book, monkeypatch: pytest.MonkeyPatch):
    sealer = Sealer(book)
    assert sealer.run_once() == 0
    fill(book, sealing.DUE_FACTS - 1)
    assert sealer.run_once() == 0
    fill(book, 1, begin=1_000)
    assert sealer.run_once() == 1
    assert book.log.sizes() == {"bar": sealing.DUE_FACTS}
    assert sealer.run_once() == 0

    fill(book, 1, begin=2_000)
    assert sealer.run_once() == 0
    monkeypatch.setattr(sealing, "DUE_SECONDS", 0.0)
    monkeypatch.setattr(sealing, "APART_SECONDS", 0.0)
    Sealer(book).run_once()
    assert book.log.sizes() == {"bar": sealing.DUE_FACTS + 1}


def test_at_the_end_all_is_sealed(book: Book):
    book.open_community("inn", name="The Inn")
    fill(book, 3)
    book.append([contribution(1) | {"community": "inn"}], community="inn")
    heard: list[int] = []
    assert Sealer(book).finish(heard.append) == 2
    assert heard == [1, 1]
    assert book.log.sizes() == {"bar": 3, "inn": 1}


def test_one_community_that_cannot_be_sealed_leaves_the_others(book: Book, place: Place):
    book.open_community("inn", name="The Inn")
    fill(book, 300)
    Sealer(book).finish()
    sealer = Sealer(book)
    run(place.database, "DELETE FROM stored_events WHERE position > 7")
    book.append([contribution(1) | {"community": "inn"}], community="inn")
    assert sealer.run_once() == 0  # bar is refused, the inn's fact is young
    assert set(book.log.refused) == {"bar"}
    assert sealer.finish() == 1
    assert book.log.sizes()["inn"] == 1


def test_a_ledger_that_is_whole_again_is_gone_on_with(book: Book, place: Place):
    fill(book, 30)
    book.log.seal("bar")
    kept = run(place.database, "SELECT * FROM stored_events WHERE position > 25")
    run(place.database, "DELETE FROM stored_events WHERE position > 25")
    other = place.open()
    assert set(other.log.refused) == {"bar"}
    for row in kept:
        run(place.database, "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
    assert Sealer(other).finish() == 1
    assert not other.log.refused
    fill(other, 1, begin=30)
    assert other.log.seal("bar").size == 31


def test_witnesses_cosign_every_head(book: Book, place: Place):
    witness = Growing(book.log.key("bar"))
    for each in (book, place.open()):
        each.log.witnessed_by([Witness(URL, [KEY])], witness.post)
    sizes = (1, 5, 300)
    for count, seer in zip(sizes, (book, place.books[-1], book), strict=True):
        fill(book, count, begin=1_000 * count)
        seer.log.seal("bar")
        head = open_checkpoint(book.log.checkpoint("bar"), book.log.key("bar"), [KEY])
        assert [each.key for each in head.cosigned] == [KEY]
        assert head.checkpoint == witness.seen
    assert len(witness.asked) == len(sizes)  # what it had cosigned was known each time
    proof = book.log.prove("bar", 2)
    assert open_checkpoint(proof.checkpoint, book.log.key("bar"), [KEY]).cosigned
    assert base64.b64encode(witness.seen.root).decode() in book.log.checkpoint("bar")


def test_a_witness_that_does_not_answer_is_gone_on_without(book: Book, caplog: pytest.LogCaptureFixture):
    def down(_url: str, _body: bytes) -> tuple[int, dict[str, str], bytes]:
        raise ConnectionRefusedError("nobody there")

    book.log.witnessed_by([Witness(URL, [KEY])], down)
    fill(book, 3)
    assert book.log.seal("bar").size == 3
    assert "nobody there" in caplog.text
    assert not open_checkpoint(book.log.checkpoint("bar"), book.log.key("bar"), [KEY]).cosigned
