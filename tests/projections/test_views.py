"""The views' tables: made once, by whoever migrates; and shards that go down one by one."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ledger import LedgerUnavailableError, NotMigratedError
from projections import Follower, migrate_views, open_views
from tests.projections.conftest import another_process, at_once, outage, until
from tests.projections.test_turns import LAW
from tests.world import COMMUNITY, ELSEWHERE, World

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _views_of(world: World) -> Iterator[Any]:
    """Open the tables behind everyone's back."""
    if "://" in world.database:
        with psycopg.connect(world.database, autocommit=True, options="-c search_path=views") as connection:
            yield connection
    else:
        file = f"{world.database.removesuffix('.sqlite')}.views.sqlite"
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            yield connection


def _dropped(world: World) -> None:
    if "://" in world.database:
        with _views_of(world) as connection:
            connection.execute("DROP SCHEMA views CASCADE")
    for file in Path(world.database).parent.glob("*.views.*"):
        file.unlink()


def test_migrating_again_does_nothing(world: World) -> None:
    assert migrate_views(world.database) == []


def test_of_many_that_migrate_at_once_one_does(world: World) -> None:
    _dropped(world)
    with ExitStack() as stack:
        others = [stack.enter_context(another_process(world, "migrate")) for _ in range(4)]
        assert sorted(at_once(others)) == ["0", "0", "0", "1"]
    views = open_views(world.database, world.book.shard_of)
    assert views.positions(0) == {}
    views.close()


def test_without_tables_nothing_opens_and_nothing_is_made(world: World) -> None:
    _dropped(world)
    for _ in range(2):
        with pytest.raises(NotMigratedError, match="guildbook migrate"):
            open_views(world.database, world.book.shard_of)


def test_tables_of_another_layout_are_refused_and_made_anew_from_the_ledger(world: World) -> None:
    world.publish(LAW)
    world.tell(world.work("ada", 1), world.work("ada", 2))
    before = world.timelines()
    with _views_of(world) as views:
        views.execute("UPDATE live SET layout = 99")
    for ask in (lambda: world.views.members(COMMUNITY), Follower(world.book, world.views).run_once):
        with pytest.raises(NotMigratedError, match="layout"):
            ask()
    with pytest.raises(NotMigratedError, match="got layout 99"):
        open_views(world.database, world.book.shard_of)
    assert len(migrate_views(world.database)) == 1
    assert world.views.members(COMMUNITY) == []
    Follower(world.book, world.views).catch_up()
    assert world.timelines() == before


def test_tables_from_before_there_were_layouts_are_made_anew(world: World) -> None:
    with _views_of(world) as views:
        views.execute("DROP TABLE live")
        views.execute("CREATE TABLE live (projection TEXT PRIMARY KEY, generation INTEGER)")
        views.execute("CREATE VIEW member AS SELECT * FROM member_1") if "://" not in world.database else None
    with pytest.raises(NotMigratedError, match="got no tables"):
        open_views(world.database, world.book.shard_of)
    assert len(migrate_views(world.database)) == 1
    open_views(world.database, world.book.shard_of).close()


def test_a_place_that_is_none_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailableError):
        migrate_views(str(tmp_path / "nowhere" / "book.sqlite"))
    with pytest.raises(LedgerUnavailableError):
        migrate_views("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(LedgerUnavailableError):
        open_views("postgresql://nobody@127.0.0.1:1/none", lambda _: 0)


def test_one_shard_down_does_not_stop_the_others(two_shards: World) -> None:
    world = two_shards
    for name in (COMMUNITY, ELSEWHERE):
        world.publish(LAW, name)
        world.tell(world.work("ada", 1), world.work("ada", 2), community=name)
    world.append(world.work("bo", 1), world.work("bo", 2))
    with outage(world.more[0]):
        assert world.follower.catch_up() == 2
        assert world.level("bo") == 1
        with pytest.raises(LedgerUnavailableError):
            world.level("ada", ELSEWHERE)
        told = {lag.shard: lag for lag in world.standings.lag()}
        assert (told[0].communities, told[0].trouble) == (0, None)
        assert told[1].trouble
        views = open_views(world.databases, world.book.shard_of)  # a process that starts now
        assert len(views.members(COMMUNITY)) == 2
    until(lambda: world.level("ada", ELSEWHERE) == 1)
    until(lambda: len(views.members(ELSEWHERE)) == 1)
    views.close()
