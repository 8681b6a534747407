"""Platforms that post: each a thread, with events of its own, told again until every one is acknowledged."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, Self

import orjson

from tests.faults.events import event

if TYPE_CHECKING:
    from collections.abc import Sequence

DEADLINE = 15.0  # seconds: later than this is no busy machine. We mean to answer in 5; the table says how late it was
CLIENT_SECONDS = 20.0  # before a platform gives an answer up: long enough to see a deadline missed
PAUSE = 0.02  # seconds between two posts of one platform
RETRY = 0.1  # seconds; less patient than `Retry-After` asks, so that recovery is measured, not manners
FINISH_SECONDS = 40.0  # for what is unacknowledged when the platforms are told to stop
ALONE = 0.7  # of posts carry one event; the others are batches
MOST_TOGETHER = 8
AGAIN = 0.1  # of posts tell what was acknowledged before
BUSY = 503
_ONE = {"Content-Type": "application/cloudevents+json"}
_BATCH = {"Content-Type": "application/cloudevents-batch+json"}
_STRICT = {**_BATCH, "Prefer": "handling=strict"}
_LINES = {"Content-Type": "application/x-ndjson"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: when it began (monotonic), how long it took, its status (0: none came)."""

    begun: float
    seconds: float
    status: int
    retry_after: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What platforms were told in a span of time."""

    refusals: int  # answers of 503
    slowest_refusal: float | None  # seconds
    slowest: float | None  # seconds, of all answers
    complaints: list[str]


class Platforms:
    """So many threads, posting to the servers at `ports` for as long as the block runs.

    `acknowledged` holds the position of every event that was, by number; `found` those of whose storing the first
    word was `duplicate`. Leaving the block waits until all that was posted is acknowledged; what is not by then
    stands in `unanswered`.
    """

    def __init__(
        self,
        key: str,
        ports: Sequence[int],
        *,
        threads: int = 4,
        pause: float = PAUSE,
        patience: float = CLIENT_SECONDS,
    ) -> None:
        """`pause` is between two posts of one platform; after `patience` it gives an answer up. Both in seconds."""
        self.acknowledged: dict[int, int] = {}
        self.found: set[int] = set()
        self.unanswered: set[int] = set()
        self.answers: list[Answer] = []
        self.faults: list[str] = []
        self._bearer = {"Authorization": f"Bearer {key}"}
        self._ports = ports
        self._pause = pause
        self._patience = patience
        self._numbers = count()
        self._moments: list[float] = []  # of every acknowledgement
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._finish = 0.0  # monotonic: until when what is posted is still told again, after `_stop`
        self._threads = [
            threading.Thread(target=self._work, args=(seed,), name=f"platform-{seed}", daemon=True)
            for seed in range(threads)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._finish = time.monotonic() + (0.0 if kind else FINISH_SECONDS)
        self._stop.set()
        for thread in self._threads:
            thread.join(FINISH_SECONDS + CLIENT_SECONDS)

    def await_more(self, events: int, seconds: float = 30.0) -> None:
        """Wait until so many more are acknowledged. Raises `TimeoutError`."""
        wanted, deadline = len(self._moments) + events, time.monotonic() + seconds
        while len(self._moments) < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"wanted {events} more events acknowledged in {seconds:g} s; {self._told()}")
            time.sleep(0.01)

    def first_after(self, moment: float, seconds: float = 30.0) -> float:
        """Return how many seconds after `moment` (monotonic) an event was acknowledged. Raises `TimeoutError`."""
        while True:
            later = [each for each in self._moments[-2_000:] if each > moment]
            if later:
                return min(later) - moment
            if time.monotonic() > moment + seconds:
                raise TimeoutError(f"wanted an acknowledgement within {seconds:g} s; {self._told()}")
            time.sleep(0.005)

    def await_refusal(self, moment: float, seconds: float) -> None:
        """Wait until a request begun after `moment` (monotonic) was answered 503. Raises `TimeoutError`."""
        while not any(each.status == BUSY and each.begun > moment for each in self.answers[-200:]):
            if time.monotonic() > moment + seconds:
                raise TimeoutError(f"wanted a 503 within {seconds:g} s; {self._told()}")
            time.sleep(0.02)

    def meanwhile(self, since: float, until: float, *, silence: bool = False) -> Meanwhile:
        """Return what was told to requests under way in a span; no answer at all is a complaint unless `silence`."""
        span = [each for each in [*self.answers] if each.begun <= until and each.begun + each.seconds >= since]
        refusals = [each for each in span if each.status == BUSY]
        answered = [each for each in span if each.status]
        complaints = [
            f"{each.status} after {each.seconds:.1f} s: {each.words}"
            for each in span
            if each.status not in {200, 201, BUSY} and not (silence and not each.status)
        ]
        complaints += ["503 without Retry-After" for each in refusals if not each.retry_after.isdigit()]
        if late := [each for each in span if each.seconds > DEADLINE]:
            worst = max(late, key=lambda each: each.seconds)
            complaints.append(
                f"{len(late)} answers later than {DEADLINE:g} s, one of {worst.status} after {worst.seconds:.1f} s"
            )
        return Meanwhile(
            len(refusals),
            max((each.seconds for each in refusals), default=None),
            max((each.seconds for each in answered), default=None),
            complaints,
        )

    def _told(self) -> str:
        last = Counter((each.status, each.words[:160]) for each in self.answers[-20:])
        return f"the last answers were {dict(last)}"

    def _work(self, seed: int) -> None:
        draw = Random(seed)  # noqa: S311 - a shuffle, no secret
        line = _Line(self._bearer, self._patience)
        while not self._stop.is_set():
            self._until_acknowledged(line, self._some(draw), draw)
            self._stop.wait(self._pause)
        line.hang_up()

    def _some(self, draw: Random) -> list[int]:
        """Return the numbers of the events to post next: mostly new ones."""
        if self.acknowledged and draw.random() < AGAIN:
            return [draw.choice([*self.acknowledged])]
        many = 1 if draw.random() < ALONE else draw.randint(2, MOST_TOGETHER)
        return [next(self._numbers) for _ in range(many)]

    def _until_acknowledged(self, line: _Line, numbers: list[int], draw: Random) -> None:
        while True:
            answer, rows = line.post(draw.choice(self._ports), numbers)
            self.answers.append(answer)
            self._acknowledge(rows)
            left = [number for number in numbers if number not in rows]
            if not left:
                return
            if self._stop.is_set() and time.monotonic() > self._finish:
                self.unanswered.update(left)
                return
            time.sleep(RETRY * draw.uniform(0.5, 1.5))

    def _acknowledge(self, rows: dict[int, tuple[int, str]]) -> None:
        now = time.monotonic()
        with self._lock:
            for number, (position, outcome) in rows.items():
                if outcome == "duplicate" and number not in self.acknowledged:
                    self.found.add(number)
                first = self.acknowledged.setdefault(number, position)
                if first != position:
                    self.faults.append(f"event {number} was acknowledged at {first}, then at {position}")
                self._moments.append(now)


class _Line:
    """One platform's connection, to one server at a time."""

    def __init__(self, bearer: dict[str, str], patience: float) -> None:
        self._bearer = bearer
        self._patience = patience
        self._port = 0
        self._connection = HTTPConnection("127.0.0.1", 1)

    def hang_up(self) -> None:
        self._connection.close()

    def post(self, port: int, numbers: list[int]) -> tuple[Answer, dict[int, tuple[int, str]]]:
        """Post events and return the answer, with position and outcome of each that it acknowledges."""
        if port != self._port:
            self.hang_up()
            self._port, self._connection = port, HTTPConnection("127.0.0.1", port, timeout=self._patience)
        body, media = _sent(numbers)
        begun = time.monotonic()
        try:
            self._connection.request("POST", "/events", body, {**self._bearer, **media})
            answer = self._connection.getresponse()
            raw = answer.read()
        except (OSError, HTTPException) as error:
            self.hang_up()
            return Answer(begun, time.monotonic() - begun, 0, words=f"{type(error).__name__}: {error}"), {}
        seconds = time.monotonic() - begun
        rows = _acknowledged(numbers, raw) if answer.status in {200, 201} else {}
        words = "" if len(rows) == len(numbers) else raw.decode(errors="replace")[:300]
        return Answer(begun, seconds, answer.status, answer.headers.get("retry-after") or "", words), rows


def _sent(numbers: list[int]) -> tuple[bytes, dict[str, str]]:
    """Return events as they are posted: one alone, a batch, a batch that is stored whole or not at all, or lines."""
    told = [event(number) for number in numbers]
    if len(told) == 1:
        return orjson.dumps(told[0]), _ONE
    if numbers[0] % 3 == 0:
        return b"".join(orjson.dumps(each) + b"\n" for each in told), _LINES
    return orjson.dumps(told), _STRICT if numbers[0] % 3 == 1 else _BATCH


def _acknowledged(numbers: list[int], raw: bytes) -> dict[int, tuple[int, str]]:
    """Return position and outcome of every event that an answer of 200 or 201 acknowledges."""
    told: Any = []
    with contextlib.suppress(orjson.JSONDecodeError):
        told = orjson.loads(raw)
    rows = told if isinstance(told, list) else [told]
    return {
        number: (row["position"], row["outcome"])
        for number, row in zip(numbers, rows, strict=True)
        if row["outcome"] in {"stored", "duplicate"}
    }
