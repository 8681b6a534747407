"""What another process does in a test, and what it says of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from projections import Follower, migrate_views, rebuild
from tests.world import COMMUNITY, Clock, World

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    Line = Connection[str, str]


def catch_up(world: World, line: Line) -> None:
    """Project everything, together with whoever else does, from the word go."""
    line.send("ready")
    line.recv()
    line.send(str(sum(follower.catch_up() for follower in world.followers)))


def follow(world: World, line: Line) -> None:
    """Follow until told to stop."""
    for follower in world.followers:
        follower.following.start()
    line.send("ready")
    with suppress(EOFError):
        line.recv()
    for follower in world.followers:
        follower.following.stop()


def hang_in_a_turn(world: World, line: Line) -> None:
    """Fold a batch, and never come to write it."""
    with world.views.at(COMMUNITY).turn(COMMUNITY) as batch:
        assert batch
        line.send(str(Follower(world.book, world.views).project(batch, 1_000)))
        _hang(line)


def hang_in_a_rebuild(world: World, line: Line) -> None:
    """Rebuild, but never come past the first batch."""

    def told(done: int) -> None:
        line.send(str(done))
        _hang(line)

    rebuild(world.book, world.views, 0, told)


def _hang(line: Line) -> NoReturn:
    line.recv()
    raise SystemExit


def migrate(databases: list[str], line: Line) -> None:
    """Make the views' tables, together with whoever else does."""
    line.send("ready")
    line.recv()
    line.send(str(len(migrate_views(databases))))


ERRANDS = {one.__name__: one for one in (catch_up, follow, hang_in_a_turn, hang_in_a_rebuild)}


def run(errand: str, databases: list[str], folder: str, now: int, line: Line) -> None:
    """Run an errand in the world of these databases; whoever sent us may be gone before it ends."""
    with suppress(EOFError):
        if errand == migrate.__name__:
            migrate(databases, line)
        else:
            world = World(databases[0], Path(folder), Clock(now), tuple(databases[1:]))
            ERRANDS[errand](world, line)
            world.close()
