"""What may take long is verified in a process apart, with the same answer, and never for longer than it may."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Pipe
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from badges import APART, Policy, SlowError, Verdict, VerificationError, apart, credential, did, sign, swiftly, verify
from badges.apart import Apart
from badges.haste import LARGEST, haste, hurried
from badges.linked import shapes
from badges.linked.shapes import Shapes
from badges.verifying import lists
from tests.badges.samples import AWARDED, DAY, SIGNER, facts, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = AWARDED + DAY
WEB = "did:web:guild.example"


@pytest.fixture(scope="module")
def process() -> Iterator[Apart]:
    """Give a process of our own, ended afterwards."""
    begun = Apart()
    begun.begin()
    yield begun
    begun.end()


@pytest.fixture
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what this process learned."""
    for known in (shapes.DOCUMENTS, shapes.OPTIONS):
        for name, value in vars(Shapes()).items():
            if name != "_lock":
                monkeypatch.setattr(known, name, value)
    monkeypatch.setattr(lists.LISTS, "_known", type(lists.LISTS._known)())


def badge(**changes: Any) -> bytes:
    return orjson.dumps(signed(**changes))


def of_the_web() -> bytes:
    """Return a badge of an issuer whose key must be looked up."""
    method = did.verification_method(WEB, SIGNER.public_key)
    return orjson.dumps(sign(credential(facts(issuer=WEB)), SIGNER, verification_method=method, created=AWARDED))


def test_it_answers_what_is_answered_here(process: Apart):
    for document in (badge(), badge()[:-9], b"", b"[" * 60_000, b"\x89PNG\r\n\x1a\n", orjson.dumps({"type": []})):
        assert process.verify(document, policy=Policy(), at=AT) == verify(document, policy=Policy(), at=AT)


def test_what_it_needs_it_asks_for(process: Apart):
    asked, gone = list[str](), list[str]()

    class AtHand(dict[str, object]):
        def get(self, name: str, default: object = None) -> object:
            asked.append(name)
            return super().get(name, default)

        def why(self, name: str) -> str:
            return f"is not told of {name[:3]}"

        def gone(self, name: str) -> bool:
            gone.append(name)
            return False

    documents = AtHand({WEB: did.did_document(WEB, [SIGNER.public_key])})
    policy = Policy(documents=documents, checks=frozenset({"proof", "issuer"}))
    answer = process.verify(of_the_web(), policy=policy, at=AT)
    assert answer.step("proof").outcome == "passed"
    assert WEB in asked
    unknown = process.verify(of_the_web(), policy=Policy(documents=AtHand()), at=AT)
    assert unknown.verdict is Verdict.ISSUER_UNKNOWN
    assert "is not told of did" in unknown.step("key").reason


def test_what_fails_here_while_it_asks_fails_and_the_next_is_verified(process: Apart):
    class Broken(dict[str, object]):
        def get(self, name: str, _: object = None) -> object:
            raise OSError(name)

    with pytest.raises(OSError, match=WEB):
        process.verify(of_the_web(), policy=Policy(documents=Broken()), at=AT)
    assert process.verify(badge(), policy=Policy(), at=AT).step("proof").outcome == "passed"


def test_a_question_that_cannot_be_taken_is_refused_there_too(process: Apart):
    with pytest.raises(VerificationError, match="wanted bytes"):
        process.verify("text", policy=Policy(), at=AT)  # type: ignore[arg-type]


def test_a_fault_of_ours_is_raised_where_it_was_asked_with_its_trace_and_the_next_is_verified(process: Apart):
    with pytest.raises(RuntimeError, match=r"(?s)the process that verifies: .*in validity.*TypeError"):
        process.verify(badge(), policy=Policy(), at=None)  # type: ignore[arg-type]
    assert process.verify(badge(), policy=Policy(), at=AT).step("proof").outcome == "passed"


def test_it_ends_with_a_document_that_takes_too_long_and_begins_anew(process: Apart):
    process.verify(badge(), policy=Policy(), at=AT)
    ended = process._process
    assert ended is not None
    stopper = threading.Timer(0.5, os.kill, (ended.pid, signal.SIGXCPU))  # as the system does where its time is over

    class Slow(dict[str, object]):
        def get(self, *_: object) -> object:
            stopper.start()
            stopper.join()
            time.sleep(0.2)
            return None

    with pytest.raises(SlowError, match="within 3 s"):
        process.verify(of_the_web(), policy=Policy(documents=Slow()), at=AT)
    assert process.verify(badge(), policy=Policy(), at=AT).step("proof").outcome == "passed"
    assert process._process is not ended


def test_it_may_have_so_much_cpu_and_no_more(monkeypatch: pytest.MonkeyPatch):
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limit: limits.append(limit))
    apart._allow(3)
    assert 2 < limits[0][0] - time.process_time() <= 4


def test_those_who_wait_for_it_are_few(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(apart, "PATIENCE", 0.05)
    one = Apart()
    with one._turn(), pytest.raises(SlowError, match="at once"):
        one.verify(badge(), policy=Policy(), at=AT)
    for _ in range(apart.MOST_WAITING):
        assert one._waiting.acquire(blocking=False)
    with pytest.raises(SlowError, match="at once"):
        one.verify(badge(), policy=Policy(), at=AT)


@pytest.mark.usefixtures("nothing_known")
def test_in_haste_only_what_is_known_is_verified(process: Apart):
    def in_haste(document: bytes) -> Verdict | None:
        try:
            with haste():
                return verify(document, policy=Policy(), at=AT).verdict
        except SlowError:
            return None

    names = ["Weavers", "Dyers", "Spinners", "Fullers"]
    badges = [badge(community_name=name) for name in names]
    assert [in_haste(each) for each in badges] == [None] * 4
    there = [process.verify(each, policy=Policy(), at=AT).verdict for each in badges[:3]]
    assert in_haste(badges[3]) == there[0]
    assert in_haste(badges[3].replace(b"Fullers", b"Fallers")) is Verdict.FORGED
    assert in_haste(b"{" + b" " * LARGEST + b"}") is None
    assert not hurried()


@pytest.mark.usefixtures("nothing_known")
def test_swiftly_answers_the_same_whoever_is_there(monkeypatch: pytest.MonkeyPatch, process: Apart):
    awaited = Apart()
    monkeypatch.setattr(apart, "APART", awaited)
    first = swiftly(badge(), policy=Policy(), at=AT)  # nobody is there yet
    awaited.end()
    monkeypatch.setattr(apart, "APART", process)
    process.verify(b"{}", policy=Policy(), at=AT)
    monkeypatch.setattr(process, "_was_there", True)
    for document in [badge(community_name=name) for name in ("Dyers", "Spinners", "Weavers")] + [badge()]:
        assert swiftly(document, policy=Policy(), at=AT) == verify(document, policy=Policy(), at=AT)
    assert swiftly(badge(), policy=Policy(), at=AT) == first
    assert APART is not process


def test_what_costs_much_to_look_at_is_not_looked_at_here():
    assert apart._looks_quick(badge())
    for document in (
        b"\x89PNG\r\n\x1a\n",
        b"<svg/>",
        b"[" * 1_000,
        b'{"a":[' + b"1," * 3_000 + b"1]}",
        b'{"a":[' + b'"",' * 900 + b'""]}',
        b"e" * 20_000,
        b"{" + b" " * 40_000 + b"}",
    ):
        assert not apart._looks_quick(document)


def test_it_ends_without_a_word_where_whoever_began_it_is_gone_already():
    ours, theirs = Pipe()
    ours.close()
    with theirs:
        done = subprocess.run(
            [sys.executable, "-c", f"from badges.apart import work; work({theirs.fileno()})"],
            pass_fds=[theirs.fileno()],
            capture_output=True,
            check=False,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
