"""The machinery behind `make bench`: who takes which turn, what is counted, and that every row still runs.

Nothing here looks at how fast anything is.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from bench import books, community, cpu, growth, hostile, load, ralph, servers
from bench.__main__ import BENCHMARKS, measured, table
from bench.events import COMMUNITY
from bench.harness import Benchmark, NotHereError, Pair, Side, run
from schemas import check_event

CYCLES = 3
FEW = 2  # writers, clients, facts: enough to see that a row runs
JSON = {"Content-Type": "application/json"}
ROWS = {each.name: each for each in BENCHMARKS}


def bench(pair, **more):
    return Benchmark(name="ours / floor", at_least=0.5, size=1, opened=lambda _: contextlib.nullcontext(pair), **more)


def measure(pair, *, cycles=CYCLES, **more):
    """Return what a run of slices of one piece each yields."""
    return list(run(bench(pair, **more), cycles=cycles, seconds=0))


def side(name, turns, *, items=1):
    return Side(items, lambda: name, turns.append)


def busy(seconds):
    """Return a side whose other processes took so many CPU seconds for each item, as it tells."""
    told = itertools.count()
    return Side(1, lambda: None, lambda _: None, others=lambda: next(told) * seconds, drives=True)


def test_the_two_take_turns_and_neither_is_always_first():
    turns: list[str] = []
    measure(Pair(side("ours", turns), side("floor", turns)))
    warm, measured = turns[:2], turns[2:]
    assert warm == ["ours", "floor"]
    assert measured == ["ours", "floor", "floor", "ours", "ours", "floor"]


def test_a_result_comes_after_every_cycle_was_told():
    *cycles, result = measure(Pair(side("ours", []), side("floor", [])))
    assert cycles == [None] * CYCLES
    assert result.name == "ours / floor"
    assert result.at_least == 0.5
    assert min(result.ours, result.floor, result.ratio) > 0


def test_pieces_are_counted_by_their_items():
    few = Side(1, lambda: range(10_000), sum)
    many = Side(1_000, lambda: range(10_000), sum)  # the same work, said to be a thousand items
    *_, result = measure(Pair(many, few), cycles=5)
    assert result.ratio > 10


def test_making_a_piece_is_not_timed():
    slow_to_make = Side(1, lambda: sum(range(1_000_000)) and range(1_000), sum)
    quick_to_make = Side(1, lambda: range(1_000_000), sum)
    *_, result = measure(Pair(slow_to_make, quick_to_make), cycles=5)
    assert result.ratio > 1


def test_cpu_of_other_processes_is_counted_and_of_the_one_that_drives_is_not():
    *_, result = measure(Pair(busy(0.002), busy(0.006)))
    assert result.ours_cpu == pytest.approx(2_000)
    assert result.floor_cpu == pytest.approx(6_000)


def test_a_ratio_by_cpu_says_how_much_less_ours_takes():
    *_, result = measure(Pair(busy(0.002), busy(0.006)), by="cpu")
    assert result.ratio == pytest.approx(3)


def test_where_cpu_cannot_be_told_time_is_measured_all_the_same():
    blind = Side(1, lambda: None, lambda _: None, others=lambda: None)
    *_, result = measure(Pair(blind, blind))
    assert result.ours_cpu is None
    assert result.ratio > 0
    with pytest.raises(NotHereError, match="CPU"):
        measure(Pair(blind, blind), by="cpu")


def test_the_next_turn_waits_for_what_the_last_still_does(monkeypatch):
    turns: list[str] = []
    resting = replace(side("ours", turns), rest=lambda: turns.append("rest"))
    measure(Pair(resting, side("floor", turns)), cycles=1)
    assert turns == ["ours", "rest", "floor", "ours", "rest", "floor"]
    monkeypatch.setattr(cpu, "GLANCE", 0.001)
    busy = itertools.chain([0.0, 1.0, 2.0], itertools.repeat(2.0))
    cpu.idle(lambda: next(busy))
    assert next(busy) == 2.0
    cpu.idle(lambda: None)


def test_what_cannot_run_here_is_said_in_a_line():
    @contextlib.contextmanager
    def absent(_size):
        raise NotHereError("no such thing here")
        yield

    console = Console(record=True, width=100)
    missing = replace(bench(None), name="missing", opened=absent)
    results = measured([missing, bench(Pair(side("ours", []), side("floor", [])))], console, seconds=0)
    assert [result.name for result in results] == ["ours / floor"]
    console.print(table(results))
    told = console.export_text()
    assert "not measured: missing: no such thing here" in told
    assert "ours / floor" in told


@pytest.fixture(scope="module")
def echo(tmp_path_factory):
    """Give a floor that answers."""
    with servers.floor("echo", tmp_path_factory.mktemp("echo")) as served:
        yield served


def test_cpu_of_a_process_that_works_is_known(echo):
    assert (cpu.of_trees(echo.pid)() or 0) > 0
    assert (cpu.resident(echo.pid) or 0) > 1_000_000


def test_cpu_of_a_process_that_is_gone_is_unknown():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    told = cpu.of_trees(gone.pid)
    assert told() is None
    assert cpu.added(told, cpu.nobody)() is None
    assert cpu.resident(gone.pid) is None


def test_an_answer_that_is_not_as_wanted_ends_the_run(echo):
    client = load.Load(echo.port, 1, wanted=b"HTTP/1.1 201 ")
    with contextlib.closing(client), pytest.raises(AssertionError, match="422"):
        client.send([load.post("/events", b"{}", JSON)])


def test_a_client_connects_anew_where_the_server_may_have_hung_up(echo, monkeypatch):
    request = load.post("/events", json.dumps(next(community.life())).encode(), JSON)
    with contextlib.closing(load.Load(echo.port, FEW, wanted=b"HTTP/1.1 201 ")) as client:
        client.send([request])
        monkeypatch.setattr(load, "IDLE", -1.0)
        client.refresh()
        client.send([request] * 5)


def test_a_server_that_does_not_come_up_is_said_with_its_last_words(tmp_path):
    with pytest.raises(NotHereError, match="no_such_app"), servers.floor("no_such_app", tmp_path):
        pass


def test_the_same_seed_tells_the_same_story_and_every_event_is_valid():
    story = list(itertools.islice(community.life(seed=3), 3_000))
    assert story == list(itertools.islice(community.life(seed=3), 3_000))
    assert story != list(itertools.islice(community.life(seed=4), 3_000))
    assert [check_event(event, community=COMMUNITY) for event in story] == [()] * len(story)
    assert [event["time"] for event in story] == sorted(event["time"] for event in story)
    assert len({event["id"] for event in story}) == len(story)


def test_people_grow_with_the_facts():
    joined = [
        number
        for number, event in enumerate(itertools.islice(community.life(), 30_000))
        if event["type"] == "org.guildbook.membership.v1"
    ]
    late = sum(number >= 15_000 for number in joined)
    assert 0.8 < late / (15_000 / 31) < 1.25


@pytest.fixture
def this_server(postgres_server, monkeypatch):
    """Let the rows use the PostgreSQL of this run: whether it syncs is nothing to what is tested here."""
    monkeypatch.setenv("GUILDBOOK_TEST_PG", postgres_server.url)


@pytest.mark.parametrize("name", [name for name in ROWS if "Ralph" not in name])
def test_a_row_runs(name, this_server):
    small = replace(ROWS[name], size=min(ROWS[name].size, 20 if "batch" in name or "standings" in name else FEW))
    try:
        *_, result = run(small, cycles=1, seconds=0)
    except NotHereError as error:
        if "Node" not in str(error):  # PostgreSQL is here, and nothing else is asked for
            raise
        pytest.skip(str(error))
    assert result is not None
    assert result.ratio > 0
    assert result.ours_cpu is not None
    assert result.floor_cpu is not None


@pytest.mark.parametrize("name", [name for name in ROWS if "Ralph" in name])
def test_the_row_of_a_peer_asks_for_its_python(name, monkeypatch, tmp_path):
    monkeypatch.setenv(ralph.NAMED, str(tmp_path / "python"))
    with pytest.raises(NotHereError, match=ralph.NAMED):
        list(run(ROWS[name], cycles=1, seconds=0))


@pytest.mark.parametrize("name", hostile.BODIES)
def test_every_hostile_body_is_a_request_of_its_size(name):
    head, _, body = next(hostile._requests(name)).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /credentials/verify HTTP/1.1\r\n")
    assert b"Content-Length: %d\r\n" % len(body) in head
    assert len(body) <= (2_097_152 if name in {"png", "svg"} else 65_536)


def test_what_honest_clients_waited_for_is_told_beside_what_they_wait_for_alone():
    turns = [hostile.Turn(beside, [1.0 + beside] * 100, {"429": 3} if beside else {}) for beside in (False, True)]
    told = hostile.summary(turns)
    assert (told["p99"], told["hers"]) == (2.0, {"429": 3})
    assert hostile.table(turns).row_count == 3


def test_growth_follows_and_keeps_what_it_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(growth, "KEPT", tmp_path / "growth.json")
    monkeypatch.setattr(growth, "ROUND", 20)
    monkeypatch.setattr(growth, "STEP", 40)
    console = Console(record=True, width=100)
    growth.main(["--store", "sqlite", "--facts", "100"], console)
    kept = json.loads((tmp_path / "growth.json").read_text(encoding="utf-8"))
    assert [step["facts"] for step in kept["steps"]] == [40, 80, 100]
    assert [step["told"] for step in kept["steps"]] == [40, 40, 20]
    assert all(cost > 0 for step in kept["steps"] for cost in step["each"].values())
    assert set(kept["ratios"]) == {"append", "append_cpu", "standings", "standings_cpu", "resident"}
    assert kept["within"] == 1.3
    assert "last / first" in console.export_text()


def test_growth_stops_in_time_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(growth, "KEPT", tmp_path / "growth.json")
    monkeypatch.setattr(growth, "ROUND", 20)
    console = Console(record=True, width=100)
    growth.main(["--store", "sqlite", "--facts", "60", "--minutes", "0"], console)
    assert "stopped after 0.0 minutes, at 20 of 60 facts" in console.export_text()


def test_a_follower_is_at_the_end_of_the_ledger_after_each_round(tmp_path):
    database = str(tmp_path / "book.sqlite")
    steps = list(growth.grown(database, tmp_path, "starter", 30, 60, lambda _: None))
    assert [step.facts for step in steps] == [30]
    with books.book(database, tmp_path) as book, books.views(database, book) as views:
        books.follower(book, views).catch_up()
        assert views.position(COMMUNITY) == book.head(COMMUNITY) > 30


def test_writers_that_are_told_to_end_do(this_server):
    with ROWS["append 1 fact, 12 writers, 3 ms commits / unordered inserts"].opened(1):
        pass
