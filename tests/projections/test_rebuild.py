"""A rebuild beside live traffic: no read fails, no position goes back, and whoever is killed is cleared up after."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import psycopg
import pytest
from psycopg import sql

from projections import Follower, RebuildError, rebuild
from projections.errors import SwitchedError
from projections.views import switch as views_switch
from projections.views.tables import TABLES
from tests.projections.conftest import another_process, until
from tests.projections.test_turns import LAW
from tests.world import COMMUNITY, ELSEWHERE, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from projections.views.turn import Batch


class Reader:
    """Reads on and on; remembers every failure and whether a position ever went back."""

    def __init__(self, world: World) -> None:
        self.reads = 0
        self.failures: list[BaseException] = []
        self.went_back = 0
        self._world = world
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _read(self) -> None:
        last: dict[str, int] = {}
        members = 0
        while not self._done.is_set():
            try:
                positions = self._world.views.positions(0)
                seen = len(self._world.views.members(COMMUNITY))
                one = self._world.views.position(COMMUNITY)
                self._world.views.at(COMMUNITY).filed(COMMUNITY, [])
            except Exception as error:  # noqa: BLE001  whatever a reader meets is a failure of the switch
                self.failures.append(error)
                return
            back = [name for name, position in last.items() if positions.get(name, -1) < position]
            self.went_back += bool(back) + (seen < members) + (one < positions.get(COMMUNITY, 0))
            last, members, self.reads = positions, seen, self.reads + 1


def _filled(world: World, count: int = 30) -> None:
    world.publish(LAW)
    world.tell(*(world.work(f"m{n % 5}", n) for n in range(count)), world.voice("m0", "m1", 90))


def _at_once(*works: Callable[[], Any]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_rebuild_under_writes_fails_no_read_and_takes_no_position_back(world: World) -> None:
    world.open_community("other")
    _filled(world)
    done = threading.Event()
    others = [Follower(world.book, world.views) for _ in range(2)]

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            world.append(world.work(f"m{number % 9}", number % 90, f"j:{number}"))
            world.append(world.work("ada", number % 90, f"k:{number}"), community="other")

    def rebuild_thrice() -> None:
        for _ in range(3):
            rebuild(world.book, world.views)
        done.set()

    for follower in others:
        follower.following.start()
    with Reader(world) as reader:
        _at_once(write, rebuild_thrice)
    for follower in others:
        follower.following.stop()
        assert follower.following.health.trouble is None
    assert (reader.failures, reader.went_back) == ([], 0)
    assert reader.reads > 10
    world.follower.catch_up()
    live = {name: world.timelines(name) for name in (COMMUNITY, "other")}
    assert rebuild(world.book, world.views) == sum(world.book.heads(0).values())
    assert live == {name: world.timelines(name) for name in (COMMUNITY, "other")}
    assert _generations(world) == {_live(world)}


def _live(world: World) -> int:
    return world.views.shards[0].generations.live()


def _generations(world: World) -> set[int]:
    """The generations there are, by the tables and by the positions."""
    views = world.views.shards[0]
    with views._store.reading() as rows:
        tables = {int(table.rpartition("_")[2]) for table in rows.tables() if "_" in table}
        kept = {row[0] for row in rows.run("SELECT DISTINCT generation FROM progress WHERE projection = 'standing'")}
    assert tables == kept
    return tables


def test_a_rebuild_while_another_process_follows(world: World) -> None:
    _filled(world)
    with another_process(world, "follow") as process, Reader(world) as reader:
        assert process.says() == "ready"
        for number in range(4):
            world.append(*(world.work(f"n{number}", day, f"n:{number}/{day}") for day in range(5)))
            rebuild(world.book, world.views)
        assert world.standings.wait(COMMUNITY, world.book.head(COMMUNITY))
    assert (reader.failures, reader.went_back) == ([], 0)
    live = world.timelines()
    rebuild(world.book, world.views)
    assert live == world.timelines()


def test_what_a_killed_rebuild_left_is_cleared_up_by_the_next(world: World) -> None:
    _filled(world)
    before, live = world.timelines(), _live(world)
    with another_process(world, "hang_in_a_rebuild") as process:
        assert process.says() == "32"
        with pytest.raises(RebuildError, match="another at work"):
            rebuild(world.book, world.views)
        world.tell(world.work("ada", 1), world.work("ada", 2))  # nobody minds it
        process.kill()
    assert world.level("ada") == 1
    assert _generations(world) == {live, live + 1}
    assert len(world.views.shards[0].generations.strays()) == len(TABLES)
    until(lambda: _freed(world))
    assert _generations(world) == {_live(world)}
    assert _live(world) > live
    assert before.items() <= world.timelines().items()


def _freed(world: World) -> bool:
    """Rebuild, unless the server has not seen yet that the other was killed."""
    with suppress(RebuildError):
        return rebuild(world.book, world.views) > 0
    return False


@pytest.mark.parametrize("world", ["postgres"], indirect=True)
def test_a_rebuild_waits_for_the_turn_at_hand(world: World) -> None:
    _filled(world)
    world.append(world.work("ada", 1), world.work("ada", 2))
    with world.views.at(COMMUNITY).turn(COMMUNITY) as batch:
        assert batch
        thread = threading.Thread(target=rebuild, args=(world.book, world.views))
        thread.start()
        time.sleep(0.3)
        Follower(world.book, world.views).project(batch, 1)
    thread.join()
    assert world.views.position(COMMUNITY) == world.book.head(COMMUNITY)
    assert world.level("ada") == 1


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_turn_that_a_switch_came_upon_is_lost_and_nothing_else(world: World) -> None:
    _filled(world)
    world.append(world.work("ada", 1), world.work("ada", 2))
    late = Follower(world.book, world.views)
    for then in (lambda batch: late.project(batch, 1), lambda batch: batch.advance(33)):
        with pytest.raises(SwitchedError):
            _rebuild_within_a_turn(world, then)
    assert late.run_once() == 0
    world.tell(world.work("bo", 1))
    assert (world.level("ada"), world.level("bo")) == (1, 0)


def _rebuild_within_a_turn(world: World, then: Callable[[Batch], object]) -> None:
    with world.views.at(COMMUNITY).turn(COMMUNITY) as batch:
        assert batch
        rebuild(world.book, world.views)
        then(batch)


def test_what_comes_between_the_last_batch_and_the_switch_is_taken_in_with_it(world: World) -> None:
    _filled(world)
    generations = world.views.shards[0].generations
    with generations.rebuilding():
        generation = generations.begin(world.book.heads(0))
        follower = Follower(world.book, world.views, generation=generation)
        follower.catch_up()
        world.open_community("new")
        world.append(world.work("bo", 1), community="new")
        world.tell(world.work("ada", 1), world.work("ada", 2))
        with generations.switching(generation) as switch:
            assert set(switch.behind) == {COMMUNITY, "new"}
            assert switch.lacking == 3
            for community in switch.behind:
                with switch.turn(community) as batch:
                    follower.project(batch, 10)
            switch.confirm()
        generations.clean()
    assert world.views.positions(0) == world.book.heads(0)
    assert (world.level("ada"), world.level("bo", "new")) == (1, 0)


@pytest.mark.parametrize("world", ["postgres"], indirect=True)
def test_a_long_reader_holds_nobody_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a dump of the whole database does: what it reads is dropped when it is done, or by the next rebuild."""
    monkeypatch.setattr(views_switch, "_PATIENCE_SECONDS", 0.5)
    _filled(world)
    with psycopg.connect(world.database) as reading:
        live = _live(world)
        reading.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("views", f"member_{live}")))
        with Reader(world) as reader:
            rebuild(world.book, world.views)  # which ends, though the other reads on
        assert reader.failures == []
        assert _tables(world) >= {f"member_{live}", f"member_{live + 1}"}
    rebuild(world.book, world.views)
    assert _generations(world) == {live + 2}


def _tables(world: World) -> set[str]:
    with world.views.shards[0]._store.reading() as rows:
        return {*rows.tables()}


def test_each_shard_is_rebuilt_by_itself(two_shards: World) -> None:
    world = two_shards
    for name in (COMMUNITY, ELSEWHERE):
        world.publish(LAW, name)
        world.tell(world.work("ada", 1), world.work("ada", 2), community=name)
    before = world.timelines(ELSEWHERE)
    live = [shard.generations.live() for shard in world.views.shards]
    with world.views.shards[0].generations.rebuilding():
        assert rebuild(world.book, world.views, 1) == 3
    assert world.timelines(ELSEWHERE) == before
    assert [shard.generations.live() for shard in world.views.shards] == [live[0], live[1] + 1]
