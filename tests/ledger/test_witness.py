"""Asking witnesses: what is sent, what of their answers counts, and what a log learns of itself from them."""

from __future__ import annotations

import base64

import pytest

from ledger.transparency import (
    Behind,
    Checkpoint,
    Kind,
    TransparencyError,
    Witness,
    cosign,
    open_checkpoint,
    read_answer,
    request_cosignatures,
    submission,
    verifier_key,
    verify_consistency,
    verify_proof,
)
from tests.ledger.logs import ORIGIN, Log, signer

NAME = "witness.example/w1"
URL = "https://witness.example/submit/"
KEY = verifier_key(NAME, signer(NAME), Kind.COSIGNATURE)
WITNESS = Witness(URL, [KEY])
TIME = 1_772_323_200
SIZE_TYPE = {"Content-Type": "text/x.tlog.size"}


class Other:
    """A witness that keeps to tlog-witness, for one log. It remembers what it was asked."""

    def __init__(self, log: Log) -> None:
        self.key = log.key
        self.seen = Checkpoint(log.origin, 0, log.root(0))
        self.asked: list[tuple[str, bytes]] = []

    def post(self, url: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        self.asked.append((url, body))
        head, _, note = body.decode().partition("\n\n")
        old, *proof = head.split("\n")
        if note.split("\n", maxsplit=1)[0] != self.key.name:
            return 404, {}, b"unknown log\n"
        try:
            found = open_checkpoint(note, self.key).checkpoint
        except TransparencyError:
            return 403, {}, b"bad signature\n"
        size = int(old.removeprefix("old "))
        if size > found.size:
            return 400, {}, b"old size larger\n"
        if size != self.seen.size:
            return 409, SIZE_TYPE, b"%d\n" % self.seen.size
        try:
            verify_consistency(size, found.size, [base64.b64decode(each) for each in proof], self.seen.root, found.root)
        except TransparencyError:
            return 422, {}, b"inconsistent\n"
        self.seen = found
        return 200, {}, cosign(found.text, NAME, signer(NAME), time=TIME).encode()


def refused(match):
    return pytest.raises(TransparencyError, match=match)


def test_what_is_sent_is_as_the_specification_says():
    log = Log(300)
    proof = log.consistency(100, 300)
    assert (
        submission(100, proof, log.head())
        == "\n".join(["old 100", *(base64.b64encode(each).decode() for each in proof), "", log.head()]).encode()
    )
    assert submission(0, [], log.head()) == f"old 0\n\n{log.head()}".encode()


def test_a_log_that_grows_is_cosigned_each_time():
    log = Log(1)
    other, old = Other(log), 0
    for more in (0, 1, 254, 1, 300):
        log.grow(Log(more, of=str(more)).entries)
        (cosigned,) = request_cosignatures(other.post, WITNESS, log.head(), old=old, prove=log.consistency)
        assert (cosigned.key, cosigned.time) == (KEY, TIME)
        old = log.edge.size
        proven = verify_proof(
            log.proof(0, cosignatures=cosigned.line), log.entries[0], log.key, witnesses=[KEY], quorum=1
        )
        assert proven.head.checkpoint.size == old
    assert {url for url, _ in other.asked} == {"https://witness.example/submit/add-checkpoint"}
    assert len(other.asked) == 5


def test_a_log_that_forgot_what_the_witness_has_is_told():
    log, other = Log(100), Other(Log(100))
    request_cosignatures(other.post, WITNESS, log.head(), old=0, prove=log.consistency)
    log.grow(Log(50, of="more").entries)
    assert request_cosignatures(other.post, WITNESS, log.head(), old=0, prove=log.consistency)
    assert [body.split(b"\n")[0] for _, body in other.asked] == [b"old 0", b"old 0", b"old 100"]


def test_an_old_copy_is_found_out():
    log, other = Log(100), Other(Log(100))
    request_cosignatures(other.post, WITNESS, log.head(), old=0, prove=log.consistency)
    restored = Log(90)
    for old in (0, 90, 100):
        with refused("wanted one that saw at most our 90 leaves, got one that cosigned 100: our tree is an old copy"):
            request_cosignatures(other.post, WITNESS, restored.head(), old=old, prove=restored.consistency)
    restored.grow(Log(50, of="written on").entries)
    with refused("422: the tree does not go on from the one it cosigned before; it says 'inconsistent'"):
        request_cosignatures(other.post, WITNESS, restored.head(), old=100, prove=restored.consistency)


def test_refusals_are_told_in_words():
    log = Log(10)
    with refused("404: it does not know the log's origin; it says 'unknown log'"):
        request_cosignatures(Other(Log(1, "example.org")).post, WITNESS, log.head(), old=0, prove=log.consistency)
    strange = Other(log)
    strange.key = verifier_key(ORIGIN, signer("another"))
    with refused("403: it knows no key that signed this checkpoint"):
        request_cosignatures(strange.post, WITNESS, log.head(), old=0, prove=log.consistency)
    for status, reason in ((400, "the request is malformed"), (503, "no answer of this protocol")):
        with refused(f"witness {URL}: wanted a cosignature, got {status}: {reason}"):
            read_answer(WITNESS, log.head(), status, {}, b"\xff\x00" * 1_000)


def test_a_witness_that_changes_its_mind_is_asked_twice_and_no_more():
    log, sizes = Log(10), iter([3, 5, 7])
    with refused("got another size at each try, now 5"):
        request_cosignatures(
            lambda *_: (409, SIZE_TYPE, b"%d\n" % next(sizes)), WITNESS, log.head(), old=0, prove=log.consistency
        )
    assert next(sizes) == 7


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        ({}, b"12\n", r"wanted its size as text/x.tlog.size, got \[\]"),
        ({"content-type": "text/plain"}, b"12\n", "got .*text/plain"),
        (SIZE_TYPE, b"12", "wanted its size and a newline"),
        (SIZE_TYPE, b"", "wanted its size and a newline"),
        (SIZE_TYPE, b"012\n", "wanted a decimal"),
        (SIZE_TYPE, b"-1\n", "wanted a decimal"),
        (SIZE_TYPE, b"12\n12\n", "wanted a decimal"),
        (SIZE_TYPE, b"12\r\n", "no control character"),
        (SIZE_TYPE, b"\xff\n", "wanted UTF-8"),
    ],
)
def test_a_size_that_is_none_is_refused(headers, body, reason):
    with refused(reason):
        read_answer(WITNESS, Log(1).head(), 409, headers, body)


@pytest.mark.parametrize("name", ["content-type", "Content-Type"])
def test_a_size_is_read(name):
    answer = read_answer(WITNESS, Log(1).head(), 409, {name: "text/x.tlog.size; charset=utf-8"}, b"12\n")
    assert answer == Behind(12)


def test_of_an_answer_only_what_known_keys_cosigned_counts():
    log = Log(20)
    text = log.head().partition("\n\n")[0] + "\n"
    good = cosign(text, NAME, signer(NAME), time=TIME)
    unknown = cosign(text, "witness.example/w2", signer("w2"), time=TIME)
    answer = (unknown + good + unknown).encode()
    assert [each.line for each in read_answer(WITNESS, log.head(), 200, {}, answer)] == [good]  # type: ignore[union-attr]
    for body, reason in (
        (unknown, "wanted a cosignature by a key we know it by, got none"),
        ("", "wanted a newline after the last"),
        (good[:-1], "wanted a newline after the last"),
        (good.replace("\N{EM DASH}", "-"), "wanted a dash"),
        (log.head(), "wanted a dash"),
        (cosign(text.replace("20", "21", 1), NAME, signer(NAME), time=TIME), "wanted a signature that"),
        (good * 65, "wanted at most 64 signatures"),
        (log.head().partition("\n\n")[2], "by a key we know it by, got none"),
    ):
        with refused(reason):
            read_answer(WITNESS, log.head(), 200, {}, body.encode())
    with refused("by a key we know it by, got none"):
        read_answer(Witness(URL, [log.key]), log.head(), 200, {}, log.head().partition("\n\n")[2].encode())
