"""A process apart that verifies what may take long: the worst that anybody sends costs nobody else a moment.

It is given a document and a policy, and asks back for what that has at hand: it opens no database, no file and no
connection. It answers with what was found, and with what it learned of the document's shape, so that the next of its
kind is verified here. It yields to whatever else the machine has to do, and ends when we do. Where a document takes
longer than any should, it is ended, and begun anew for the next.
"""

from __future__ import annotations

import atexit
import logging
import math
import os
import resource
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from badges.errors import VerificationError
from badges.haste import LARGEST, SlowError, haste
from badges.verifying.lessons import Lesson, learned, taught
from badges.verifying.verify import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from badges.verifying.verdict import Policy, Verified

BRIEF = 8_192  # bytes of a document that is verified within a millisecond or so, where its shape is known
LARGEST_TOKEN = 12_288  # of a token
MOST_TEXTS, MOST_PARTS = 800, 2_000  # in such JSON: of more, no shape is known
MOST_WAITING = 32  # documents, for the process
PATIENCE = 2.0  # seconds that each waits
SECONDS = 3  # of CPU that a document may take
LATEST = 15.0  # seconds after which nobody waits for it, however busy the machine is
BEGINNING_SECONDS = 30.0  # until it is there
KINDNESS = 10  # how much it yields to others (nice)
ASKED = ("documents", "contexts", "logs")
"""Of a policy, what is asked for name by name."""

TOO_LONG = f"wanted a document that can be verified within {SECONDS} s, got one that takes longer"
CROWDED = "too many documents of a kind that was not seen before were to be verified at once"

_log = logging.getLogger("guildbook.apart")


class _Question(NamedTuple):
    """What the process asks back: what this name is of."""

    of: str  # one of `ASKED`
    name: str
    about: Literal["what", "why", "gone"] = "what"  # it is, or why there is none, or whether that is for good


class _Answer(NamedTuple):
    """What it found, and shapes it learned by that; or why not: the words of a refusal, or of a fault of ours."""

    verified: Verified | None
    lessons: Sequence[Lesson] = ()
    refused: str = ""
    fault: str = ""


class Apart:
    """The process, begun when it is first needed. Takes one document after another; safe to share between threads."""

    def __init__(self) -> None:
        """Begin nothing yet."""
        self._waiting = BoundedSemaphore(MOST_WAITING)
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._greeted = self._was_there = False

    def begin(self) -> None:
        """Begin the process, and do not wait until it is there."""
        with self._lock:
            self._begun()

    @property
    def there(self) -> bool:
        """Whether it was ever there: to begin takes it a second or more."""
        if not self._was_there and self._lock.acquire(blocking=False):
            try:
                if self._line is not None and self._line.poll():
                    self._greeted = self._was_there = bool(self._line.recv())
            except (EOFError, ConnectionError):
                self._end()
            finally:
                self._lock.release()
        return self._was_there

    def end(self) -> None:
        """End it, whatever it does."""
        with self._lock:
            self._end()

    def kill(self) -> None:
        """End it at once, whoever waits for it: for when all ends."""
        if (process := self._process) is not None:
            process.kill()
            process.wait()

    def verify(self, document: bytes, *, policy: Policy, at: int) -> Verified:
        """Do as `badges.verify`, there. Blocks. Raises `SlowError` where it takes too long, or others do."""
        with self._turn():
            try:
                answer = self._asked(self._begun(), document, policy, at)
            except BaseException as error:
                self._end()  # what it would say next is of this document
                if isinstance(error, (EOFError, ConnectionError)):  # it ended itself, as a rule for its time was over
                    _log.warning("a document of %d bytes was not verified: it took too long", len(document))
                    raise SlowError(TOO_LONG) from error
                raise
        if answer.refused:
            raise VerificationError(answer.refused)
        if answer.verified is None:
            raise RuntimeError(f"the process that verifies: {answer.fault}")
        taught(answer.lessons)
        return answer.verified

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Have the process for one document."""
        if not self._waiting.acquire(blocking=False):
            raise SlowError(CROWDED)
        try:
            if not self._lock.acquire(timeout=PATIENCE):
                raise SlowError(CROWDED)
            try:
                yield
            finally:
                self._lock.release()
        finally:
            self._waiting.release()

    def _asked(self, line: Connection, document: bytes, policy: Policy, at: int) -> _Answer:
        """Have it verify, and answer what it asks meanwhile."""
        at_hand: dict[str, Mapping[str, object]] = {name: getattr(policy, name) for name in ASKED}
        line.send((document, replace(policy, documents={}, contexts={}, logs={}), at))
        if not self._greeted and line.poll(BEGINNING_SECONDS):
            self._greeted = bool(line.recv())
        ends = time.monotonic() + LATEST
        while line.poll(max(0.0, ends - time.monotonic())):
            told: _Answer | _Question = line.recv()
            if isinstance(told, _Answer):
                return told
            began = time.monotonic()
            line.send(_said(at_hand[told.of], told))
            ends += time.monotonic() - began  # what others take to answer is no fault of the document
        raise SlowError(TOO_LONG)

    def _begun(self) -> Connection:
        """Return the line to the process, begun anew where it ended."""
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._line is None:
            self._line, theirs = Pipe()
            paths = [path or str(Path.cwd()) for path in sys.path]
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - ourselves
                    [sys.executable, "-P", "-c", f"from badges.apart import work; work({theirs.fileno()})"],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # who interrupts us does not interrupt it: we end it
                )
        return self._line

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None
        self._greeted = False


APART = Apart()
"""The one of this process, whoever serves here; it ends with it, and if we are killed, for then its line is closed."""
atexit.register(APART.kill)


def swiftly(document: bytes, *, policy: Policy, at: int) -> Verified:
    """Do as `badges.verify`: here, where that takes some milliseconds or nobody else is there yet, else apart. Blocks.

    Raises `SlowError` where it takes too long.
    """
    if _looks_quick(document):
        try:
            with haste():
                return verify(document, policy=policy, at=at)
        except SlowError:
            pass
    if APART.there:
        return APART.verify(document, policy=policy, at=at)
    APART.begin()
    return verify(document, policy=policy, at=at)


def briefly(document: bytes, *, policy: Policy, at: int) -> Verified:
    """Do as `badges.verify`, here. Raises `SlowError` where that may take much longer than a millisecond."""
    if len(document) > BRIEF or not _looks_quick(document):
        raise SlowError(f"wanted a document of at most {BRIEF} bytes, got a larger one")
    with haste(BRIEF):
        return verify(document, policy=policy, at=at)


def _looks_quick(document: bytes) -> bool:
    """Tell whether it costs next to nothing to find out what a document is."""
    if document.startswith(b"e"):  # as every token does
        return len(document) <= LARGEST_TOKEN
    return (
        document.startswith(b"{")
        and len(document) <= LARGEST
        and document.count(b'"') <= 2 * MOST_TEXTS
        and document.count(b",") + document.count(b"[") + document.count(b"{") <= MOST_PARTS
    )


def work(descriptor: int) -> None:
    """Be that process: verify what comes on the line, until its other end is closed."""
    os.nice(KINDNESS)
    with Connection(descriptor) as line, suppress(EOFError, ConnectionError):
        line.send("here")
        while True:
            document, policy, at = line.recv()
            _allow(SECONDS)
            line.send(_answer(document, _asking(line, policy), at))


def _allow(seconds: int) -> None:
    """Let the system end this process once it has had so many more seconds of CPU."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + seconds, most))


def _answer(document: bytes, policy: Policy, at: int) -> _Answer:
    try:
        with learned() as lessons:
            verified = verify(document, policy=policy, at=at)
    except VerificationError as error:
        return _Answer(None, refused=str(error))
    except (EOFError, ConnectionError):
        raise
    except Exception:  # noqa: BLE001  where a process ends: nothing else hears of it but who asked, and raises it anew
        return _Answer(None, fault=traceback.format_exc())
    return _Answer(verified, lessons)


def _asking(line: Connection, policy: Policy) -> Policy:
    documents, contexts, logs = (_Elsewhere(line, name) for name in ASKED)
    return replace(policy, documents=documents, contexts=contexts, logs=logs)


class _Elsewhere(Mapping[str, Any]):
    """What the other side has at hand, each asked for once."""

    def __init__(self, line: Connection, of: str) -> None:
        self._line = line
        self._of = of
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - whatever a policy has
        if name not in self._known:
            self._known[name] = self._ask(_Question(self._of, name))
        if self._known[name] is None:
            raise KeyError(name)
        return self._known[name]

    def why(self, name: str) -> str | None:
        """Return why there is nothing of that name, where the other side can tell."""
        told = self._ask(_Question(self._of, name, "why"))
        return told if isinstance(told, str) else None

    def gone(self, name: str) -> bool:
        """Return whether what had that name is known to be gone."""
        return self._ask(_Question(self._of, name, "gone")) is True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def _ask(self, question: _Question) -> object:
        self._line.send(question)
        return self._line.recv()


def _said(at_hand: Mapping[str, object], asked: _Question) -> object:
    """Return what a mapping says to a question."""
    if asked.about == "what":
        return at_hand.get(asked.name)
    told = getattr(at_hand, asked.about, None)
    return told(asked.name) if callable(told) else None
