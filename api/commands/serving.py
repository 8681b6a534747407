"""`serve`: the pages, the doors and the followers in one process."""

from __future__ import annotations

import gc
import signal
import threading
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.commands.desk import errors, opened, plainly
from api.settings import Settings
from api.web import logs
from api.web.gathering import Gathered
from badges import APART

DRAIN_SECONDS = 5
"""For requests under way when told to stop: longer than any may take, but for streams and long waits."""

YOUNG = 20_000  # objects made and not gone before the collector looks at them: some 100 requests, or a batch


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(follow)


def serve(
    seconds: Annotated[float, typer.Option("--for", help="Stop by itself after so many seconds (0: never).")] = 0,
) -> None:
    """Serve the pages and the API, and keep standings and awards up to date (unless GUILDBOOK_FOLLOW=false).

    Where it listens and where the book is: GUILDBOOK_HOST, GUILDBOOK_PORT, GUILDBOOK_DATABASE and their kin.
    Ctrl-C or SIGTERM finishes what is at hand and stops.
    """
    with plainly():
        settings = Settings.load()
        app = create_app(settings)
        with opened(settings, create=False):
            pass  # what cannot be opened is said plainly here, before the server begins
    for name, value in settings.redacted().items():
        errors.print(f"GUILDBOOK_{name.upper()}={value}", markup=False, soft_wrap=True)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        http=Gathered,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    APART.begin()
    _settle()
    if seconds:
        timer = threading.Timer(seconds, lambda: setattr(server, "should_exit", True))
        timer.daemon = True
        timer.start()
    errors.print(f"Guildbook at {settings.origin}", markup=False)
    server.run()


def _settle() -> None:
    """Let the collector pass over what a server is made of, and look for cycles where many requests may have left some.

    Nearly all that a request makes is gone with its last name; each look costs all the requests under way.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def follow(
    seconds: Annotated[float, typer.Option("--for", help="Stop by itself after so many seconds (0: never).")] = 0,
) -> None:
    """Keep standings and awards up to date, and serve nothing: a worker beside the servers, or several.

    Any number may run, on any number of machines; they take turns, community by community. With one running, the
    servers may leave it to it: GUILDBOOK_FOLLOW=false. Ctrl-C or SIGTERM finishes the turn at hand and stops.
    """
    with plainly():
        settings = Settings.load()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    logs.configure(settings.log_level)
    with opened(settings, create=False) as here:
        here.start()
        errors.print(f"Following {here.book.shards} {'shard' if here.book.shards == 1 else 'shards'}.", markup=False)
        ended.wait(seconds or None)
