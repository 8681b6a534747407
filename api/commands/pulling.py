"""`relay` and `poll`: what platforms do not post is listened to, or asked for."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from api.commands.desk import AsJson, CommunityName, answer, community_of, console, fail, opened, shown
from api.connecting.connector import every_connector, read_connector
from api.connecting.errors import ConnectorError
from api.pulling.errors import EndedError
from api.pulling.health import pulled
from api.web import logs
from ledger import TakenOverError

if TYPE_CHECKING:
    from api.connecting.connector import Connector
    from api.installation import Installation
    from api.pulling.polling import Turn

ENDED = 3
"""The exit status of what trying again would not mend: systemd is told not to (RestartPreventExitStatus)."""
GATEWAY = "discord-gateway"
TokenFile = Annotated[
    Path | None, typer.Option("--token-file", help="A file with the key, mode 0600. Left out: CONNECTOR_TOKEN.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    listening = typer.Typer(no_args_is_help=True, help="Listen to a platform that does not post.")
    listening.command()(discord)
    listening.command(name="list")(listed)
    listening.command()(forget)
    app.add_typer(listening, name="relay")
    app.command()(poll)


def discord(
    community: CommunityName,
    guild: Annotated[str, typer.Option(help="The id of the Discord server.", metavar="ID")],
    token_file: TokenFile = None,
    gateway: Annotated[str, typer.Option(help="Where it begins, if not at Discord: wss://...")] = "",
    intent: Annotated[list[str] | None, typer.Option(help="What else to ask for, as message_content.")] = None,
    seconds: Annotated[float, typer.Option("--for", help="Stop by itself after so many seconds (0: never).")] = 0,
) -> None:
    """Listen to a Discord server, until stopped: messages, reactions, voice, scheduled events.

    The bot's token stands in the file that --token-file names, or in DISCORD_GATEWAY_TOKEN. Ctrl-C or SIGTERM writes
    what was heard and stops; killed, it goes on where it was. Exit status 3: somebody must look after it.
    """
    if not guild.isdecimal() or not guild.isascii():
        fail(f"--guild: wanted the server's id, of digits, got {shown(guild)}")
    with opened(create=False) as here:
        logs.configure(here.settings.log_level)
        slug = community_of(here, community).slug
        try:
            asyncio.run(_listened(here, slug, guild, token_file, gateway, [*(intent or [])], seconds))
        except (EndedError, TakenOverError) as error:
            _over(error)


async def _listened(
    here: Installation,
    community: str,
    guild: str,
    token_file: Path | None,
    gateway: str,
    also: list[str],
    seconds: float,
) -> None:
    from api.pulling.relaying import Relay  # noqa: PLC0415  the WebSocket library, for who listens alone
    from api.pulling.sockets import Sockets  # noqa: PLC0415  likewise
    from api.pulling.tokens import token_of  # noqa: PLC0415  likewise
    from api.pulling.writing import Writing  # noqa: PLC0415  likewise

    connector = every_connector()[GATEWAY]
    said = connector.relay
    if said is None:
        raise EndedError("wanted a connector that listens")
    token = token_of(GATEWAY, token_file)
    writing = Writing(here, connector, here.book.pulls.take(community, GATEWAY), guild)
    begin = gateway or said.address
    sockets = Sockets.of(here.settings)
    sockets.target(begin)
    relay = Relay(writing, sockets, begin=begin, intents=[*said.intents, *also], token=token)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, relay.stop)
    if seconds:
        loop.call_later(seconds, relay.stop)
    console.print(f"Listening to Discord for {community}.")
    try:
        await relay.run()
    except EndedError as error:
        writing.end(str(error))
        raise


def poll(
    community: CommunityName,
    connector: Annotated[str, typer.Argument(help="circle, discourse-counters, or a file.", metavar="CONNECTOR")],
    base: Annotated[str, typer.Option(help="The platform's address, where the file names none.")] = "",
    token_file: TokenFile = None,
    once: Annotated[bool, typer.Option("--once", help="One turn, and stop: for cron.")] = False,  # noqa: FBT002  a flag
    interval: Annotated[int, typer.Option(min=0, help="Seconds between two turns; 0: as the file says.")] = 0,
) -> None:
    """Ask a platform for what is new, from time to time, until stopped.

    Its key stands in the file that --token-file names, or in CIRCLE_TOKEN, DISCOURSE_COUNTERS_TOKEN. Exit status 3:
    somebody must look after it; of --once 1: it was not answered, and the next turn may be.
    """
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with opened(create=False) as here:
        logs.configure(here.settings.log_level)
        try:
            _polled(
                here,
                community_of(here, community).slug,
                _asked(connector),
                (base, token_file, interval),
                stopped,
                once=once,
            )
        except (EndedError, TakenOverError) as error:
            _over(error)


def _polled(
    here: Installation,
    community: str,
    connector: Connector,
    how: tuple[str, Path | None, int],
    stopped: threading.Event,
    *,
    once: bool,
) -> None:
    from dataclasses import replace  # noqa: PLC0415  with its neighbours

    from api.pulling.polling import Polling  # noqa: PLC0415  for who asks alone
    from api.pulling.requests import Requests  # noqa: PLC0415  likewise
    from api.pulling.tokens import token_of  # noqa: PLC0415  likewise

    base, file, interval = how
    said = connector.poll
    if said is None:
        raise EndedError(f"{connector.name}: wanted a connector that asks, got one that does not")
    said = replace(said, interval=interval or said.interval)

    def rest(seconds: float) -> bool:
        return not stopped.wait(seconds)

    requests = Requests(said, here.settings, base=base or said.base, token=token_of(connector.name, file), rest=rest)
    polling = Polling(here, connector, said, here.book.pulls.take(community, connector.name), requests)
    if not once:
        console.print(f"Asking {requests.base} for {community}, every {said.interval:,} s.", soft_wrap=True)
        polling.run(rest)
        return
    if polling.later:
        console.print(f"{requests.base} asked not to be asked for another {polling.later:,.0f} s.", soft_wrap=True)
        return
    _told(polling.turn())


def _told(turn: Turn) -> None:
    console.print(f"{turn.stored:,} new facts, {turn.refused:,} refused, by {turn.requests:,} requests.")
    if turn.failed:
        fail(turn.failed)


def listed(community: CommunityName, as_json: AsJson = False) -> None:  # noqa: FBT002  a flag of the command line
    """Say how each relay and poll of a community does."""
    with opened(create=False) as here:
        rows = pulled(here, community_of(here, community).slug, at=time.time_ns() // 1_000)
    if as_json:
        answer(rows)
        return
    for row in rows:
        heard = f"last word {row['heard']}" if row["heard"] else "no word yet"
        console.print(f"[bold]{row['connector']}[/] {row['words']}: {heard}", soft_wrap=True)
        counts = f"{row['taken']:,} facts, {row['refused']:,} refused, {row['again']:,} times again"
        console.print(f"  {counts}, {row['behind']:,} s behind", soft_wrap=True)
        if row["said"]:
            console.print(f"  [yellow]{shown(row['said'])}[/]", soft_wrap=True)
        if row["silent"]:
            console.print("  [yellow]Nothing came for long: is its process running?[/]")
    if not rows:
        console.print("Nothing is listened to or asked yet: guildbook relay discord, guildbook poll")


def forget(
    community: CommunityName, connector: Annotated[str, typer.Argument(help="As `relay list` says it.")]
) -> None:
    """Forget how far a relay or a poll was: the next begins anew. No fact is lost, and none comes twice."""
    with opened(create=False) as here:
        if not here.book.pulls.drop(community_of(here, community).slug, connector):
            fail(f"wanted a relay or a poll of {community}, got {connector}")
    console.print("Forgotten.")


def _asked(named: str) -> Connector:
    """Return a connector by name, or by its file."""
    if named in every_connector():
        return every_connector()[named]
    if not Path(named).is_file():
        fail(f"wanted a connector file, or one that is here, got {named}")
    try:
        return read_connector(Path(named).read_text(encoding="utf-8"), named)
    except UnicodeDecodeError:
        fail(f"{named}: wanted UTF-8, got other bytes")
    except ConnectorError as error:
        fail(str(error))


def _over(error: Exception) -> NoReturn:
    fail(str(error), ENDED)
