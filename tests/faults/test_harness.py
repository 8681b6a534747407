"""The fault tests would see a fault: what they count, the network they cut, what they leave behind."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ledger import Fact
from tests.faults import processes
from tests.faults.audit import compare
from tests.faults.events import COMMUNITY, event, instant, number_at
from tests.faults.outcome import HEADINGS, Outcome, markdown
from tests.faults.platforms import Answer, Platforms
from tests.faults.proxy import Proxy
from tests.faults.yard import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


def fact(position: int, number: int, recorded: int = 0, topic: str = "contribution.v1", **opened: Any) -> Fact:
    return Fact(
        position=position,
        stream=f"s{number}",
        version=1,
        topic=topic,
        community=COMMUNITY,
        recorded=recorded or position,
        time=instant(number),
        open=opened,
    )


AWARD: dict[str, Any] = {"topic": "award.issued.v1", "account": "a", "achievement": "helper"}


@pytest.mark.parametrize(
    ("stored", "acknowledged", "told"),
    [
        ([fact(1, 0), fact(2, 1), fact(3, 9, **AWARD)], {0: 1, 1: 2}, ""),
        ([fact(1, 0), fact(2, 9, **AWARD)], {0: 1, 1: 2}, "1 events were lost"),
        ([fact(1, 0), fact(2, 0), fact(3, 9, **AWARD)], {0: 1}, "1 events were stored twice"),
        ([fact(1, 0), fact(2, 1), fact(3, 9, **AWARD)], {0: 2, 1: 2}, "not where it was acknowledged"),
        ([fact(1, 0), fact(3, 9, **AWARD)], {0: 1}, "positions"),
        ([fact(1, 0, recorded=7), fact(2, 9, **AWARD)], {0: 1}, "recorded"),
        ([fact(1, 0), fact(2, 8, **AWARD), fact(3, 9, **AWARD)], {0: 1}, "awards"),
        ([fact(1, 0)], {0: 1}, "awards"),
    ],
)
def test_whatever_is_wrong_is_seen(stored: list[Fact], acknowledged: dict[int, int], told: str):
    outcome = Outcome("")
    compare(outcome, stored, acknowledged)
    assert len(outcome.complaints) == bool(told)
    assert told in " ".join(outcome.complaints)
    assert (outcome.lost, outcome.doubled) == ("lost" in told, "twice" in told)


def test_an_event_is_known_by_its_instant():
    numbers = [*range(500), 10**6, 10**6 + 1]
    assert [number_at(instant(number)) for number in numbers] == numbers
    assert len({event(number)["id"] for number in numbers}) == len(numbers)


def test_what_platforms_were_told_is_judged():
    platforms = Platforms("key", [1])
    platforms.answers += [
        Answer(10.0, 0.1, 201),
        Answer(11.0, 2.0, 503, "2"),
        Answer(11.0, 0.1, 503),
        Answer(12.0, 16.0, 201),
        Answer(12.5, 0.1, 500, words="oh"),
        Answer(12.6, 0.1, 0, words="gone"),
        Answer(40.0, 9.0, 500),
    ]
    told = platforms.meanwhile(11, 13)
    assert (told.refusals, told.slowest_refusal, told.slowest) == (2, 2.0, 16.0)
    assert [words.split()[0] for words in told.complaints] == ["500", "0", "503", "1"]
    assert len(platforms.meanwhile(11, 13, silence=True).complaints) == 3


def test_the_table_has_a_row_for_each():
    lines = markdown([Outcome("one", rounds=2, recovery=[1.0, 3.0]), Outcome("other")]).splitlines()
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {len(HEADINGS) + 1}
    assert "| 2.0 / 3.0 |" in lines[2]


@pytest.fixture
def echo() -> Iterator[int]:
    """Give the port of a server that says everything back."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    talk, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=say_back, args=(talk,), daemon=True).start()

        def say_back(talk: socket.socket) -> None:
            with closing(talk):
                while piece := talk.recv(100):
                    talk.sendall(piece)

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def said(talk: socket.socket, words: bytes, seconds: float = 2.0) -> bytes | None:
    """Return what is said back, b"" where the line is cut, None where nothing comes."""
    talk.settimeout(seconds)
    try:
        talk.sendall(words)
        return talk.recv(100)
    except TimeoutError:
        return None
    except ConnectionError:
        return b""


def test_a_network_passes_holds_forgets_and_cuts(echo: int):
    with Proxy(echo) as proxy:
        old, new = (socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(2))
        assert (said(old, b"a"), said(new, b"b")) == (b"a", b"b")
        proxy.set("hold")
        assert said(old, b"c", 0.2) is None
        proxy.set("pass")
        assert old.recv(100) == b"c"
        proxy.set("slow")
        begun = time.monotonic()
        assert said(old, b"d") == b"d"
        assert time.monotonic() - begun > proxy.delay
        proxy.set("pass")
        proxy.forget()
        assert said(old, b"e", 0.2) is None
        with socket.create_connection(("127.0.0.1", proxy.port)) as later:
            assert said(later, b"f") == b"f"
            proxy.set("cut")
            assert said(later, b"g") == b""
        for each in (old, new):
            each.close()


def test_nothing_stays_behind_when_a_run_is_killed():
    """A yard whose run is gone ends what it started, frozen or not, and takes its folder away."""
    code = (
        "import json, sys, time\nfrom tests.faults import yard\n"
        "with yard.opened() as at:\n"
        "    process = at.start([sys.executable, '-c', 'import time; time.sleep(60)'], at.room('x') / 'log')\n"
        "    print(json.dumps([process.pid, str(at.folder)]), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        pid, folder = json.loads(run.stdout.readline())
        processes.send([pid], signal.SIGSTOP)
        run.kill()
    deadline = time.monotonic() + 60
    while (processes.born(pid) or Path(folder).exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes.born(pid) is None
    assert not Path(folder).exists()
