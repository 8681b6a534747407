"""`serve`: the pages, the doors and the followers in one process."""

from __future__ import annotations

import threading
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.commands.desk import errors, plainly
from api.settings import Settings

DRAIN_SECONDS = 5
"""For requests under way when told to stop: longer than any may take, but for streams and long waits."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    seconds: Annotated[float, typer.Option("--for", help="Stop by itself after so many seconds (0: never).")] = 0,
) -> None:
    """Serve the pages and the API, and keep standings and awards up to date.

    Where it listens and where the book is: GUILDBOOK_HOST, GUILDBOOK_PORT, GUILDBOOK_DATABASE and their kin.
    Ctrl-C or SIGTERM finishes what is at hand and stops.
    """
    with plainly():
        settings = Settings.load()
        app = create_app(settings)
    for name, value in settings.redacted().items():
        errors.print(f"GUILDBOOK_{name.upper()}={value}", markup=False, soft_wrap=True)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    if seconds:
        timer = threading.Timer(seconds, lambda: setattr(server, "should_exit", True))
        timer.daemon = True
        timer.start()
    errors.print(f"Guildbook at {settings.origin}", markup=False)
    server.run()
