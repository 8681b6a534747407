"""`--online`: the one option by which a command may ask the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from api.network.fetched import Reach, door_of
from api.settings import Settings

Online = Annotated[
    bool,
    typer.Option(
        "--online/--offline",
        help="Ask other people's servers, by https, for what is not at hand: keys, status lists, schemas.",
    ),
]


def reaching(settings: Settings, *, online: bool) -> Callable[[], Reach | None]:
    """Return what gives each verification of this run its reach; None: nothing but what is at hand.

    All of them share one door, which remembers. Raises `SettingsError`.
    """
    if not online:
        return lambda: None
    door = door_of(settings)
    return lambda: Reach(door, asks=True)
