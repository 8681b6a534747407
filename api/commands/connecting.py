"""`connector` and `hook`: what the platforms' deliveries become, and which platforms may post."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from api.commands.desk import AsJson, CommunityName, answer, community_of, console, errors, fail, opened, shown
from api.connecting.connector import connectors, every_connector, read_connector
from api.connecting.deliveries import seen
from api.connecting.errors import ConnectingError, ConnectorError
from api.connecting.replaying import replay_all
from api.connecting.watching import lasting, watched
from schemas import MalformedJSONError, check_event, counted, format_time, loads

if TYPE_CHECKING:
    from api.connecting.connector import Connector
    from api.connecting.mapping import Mapped
    from api.installation import Installation

Named = Annotated[str, typer.Argument(help="A connector's name, as `connector list` says it.", metavar="CONNECTOR")]
Described = Annotated[
    str, typer.Argument(help="A connector file, or the name of one that is here.", metavar="CONNECTOR")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    connector = typer.Typer(no_args_is_help=True, help="What platforms post, and what it becomes: a file for each.")
    connector.command()(show)
    connector.command()(check)
    connector.command(name="test")(tried)
    connector.command(name="list")(listed)
    app.add_typer(connector, name="connector")
    hook = typer.Typer(no_args_is_help=True, help="Which platforms may post to a community in their own words.")
    hook.command()(close)
    hook.command()(strays)
    hook.command()(token)
    hook.command()(replay)
    hook.command(name="open")(open_hook)
    hook.command(name="list")(hooks)
    app.add_typer(hook, name="hook")


def listed(as_json: AsJson = False) -> None:  # noqa: FBT002  a flag of the command line
    """Say which platforms there is a connector for."""
    found = [_described(each) for each in every_connector().values()]
    if as_json:
        answer(found)
        return
    for one in found:
        console.print(f"[bold]{one['connector']}[/] {one['title']}: {', '.join(one['events'])}", soft_wrap=True)


def show(connector: Described, as_json: AsJson = False) -> None:  # noqa: FBT002  a flag of the command line
    """Say what a connector brings, what it cannot, and how to set it up."""
    found = _described(_connector(connector))
    if as_json:
        answer(found)
        return
    console.print(f"[bold]{found['title']}[/], version {found['version']}\n\n{found['about']}\n", soft_wrap=True)
    for number, step in enumerate(found["setup"], 1):
        console.print(f"{number}. {step}", soft_wrap=True)
    console.print("\nWhat is mapped:")
    for event, facts in found["events"].items():
        console.print(f"  {event}: {', '.join(facts)}")
    console.print(f"What means nothing to us: {', '.join(found['ignored']) or 'nothing'}", soft_wrap=True)


def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A connector file.", metavar="FILE")],
) -> None:
    """Find all that is wrong with a connector file: its expressions, its fields, its own samples."""
    found = _read(file)
    number = len(found.samples)
    console.print(f"[green]{shown(found.name)} is in order[/]: {number} sample{'' if number == 1 else 's'} hold.")


def tried(
    connector: Described,
    payload: Annotated[
        str, typer.Argument(help="A file with what the platform posted, in JSON; - for standard input.")
    ],
    header: Annotated[
        list[str] | None, typer.Option(help="A header it came with, as x-github-event:issues.", metavar="NAME:VALUE")
    ] = None,
    community: Annotated[str, typer.Option(help="The community that the events are to name.")] = "a-community",
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Say what a delivery becomes. Nothing is stored, and no signature is asked for."""
    found = _connector(connector)
    raw = sys.stdin.buffer.read() if payload == "-" else _bytes(payload)
    try:
        body = loads(raw)
    except MalformedJSONError as error:
        fail(f"{payload}: wanted JSON, got: {error}")
    pairs = (each.partition(":") for each in header or [])
    mapped = found.meaning.map(
        seen(body, {name.strip().lower(): value.strip() for name, _, value in pairs}, {}), community
    )
    faults = [[f"{fault.pointer}: {fault.message}" for fault in check_event(_timed(event))] for event in mapped.events]
    if as_json:
        rows = [{"event": event, "errors": each} for event, each in zip(mapped.events, faults, strict=True)]
        answer({"outcome": mapped.kind, "event": mapped.key, "words": mapped.words, "events": rows})
    else:
        _tell(mapped, faults)
    if mapped.kind in {"unknown", "misfit"} or any(faults):
        raise typer.Exit(1)


def _timed(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as it is stored: one that only came when it came has a time by then."""
    return {"time": "2026-01-01T00:00:00Z", **event}


def _tell(mapped: Mapped, faults: list[list[str]]) -> None:
    words = {
        "mapped": "is mapped",
        "ignored": "means nothing to us",
        "unknown": "is in no mapping",
        "misfit": f"is not what the mapping thinks it is: {mapped.words}",
    }[mapped.kind]
    console.print(f"[bold]{shown(mapped.key) or 'It'}[/] {shown(words)}.", soft_wrap=True)
    if mapped.kind == "mapped" and not mapped.events:
        console.print("No event: its conditions do not hold here.")
    for event, found in zip(mapped.events, faults, strict=True):
        console.print_json(orjson.dumps(event).decode())
        for fault in found:
            errors.print(f"refused: {shown(fault)}", style="red", soft_wrap=True)


def _described(connector: Connector) -> dict[str, Any]:
    return {
        "connector": connector.name,
        "version": connector.version,
        "title": connector.title,
        "about": connector.about,
        "setup": [*connector.setup],
        "signed": connector.scheme.alg,
        "events": {key: [each.emit for each in emits] for key, emits in connector.meaning.emits.items()},
        "ignored": [*connector.meaning.ignore],
    }


def _connector(named: str) -> Connector:
    """Return a connector by name, or by its file."""
    if named in every_connector():
        return every_connector()[named]
    if not Path(named).is_file():
        fail(f"wanted a connector file, or one of {', '.join(every_connector())}; got {named}")
    return _read(Path(named))


def _read(file: Path) -> Connector:
    try:
        return read_connector(file.read_text(encoding="utf-8"), file.name)
    except UnicodeDecodeError:
        fail(f"{file}: wanted UTF-8, got other bytes")
    except ConnectorError as error:
        for fault in error.faults:
            errors.print(f"[red]{shown(str(file))}[/]: {shown(fault.pointer)}: {shown(fault.message)}", soft_wrap=True)
        raise typer.Exit(1) from error


def _bytes(payload: str) -> bytes:
    try:
        return Path(payload).read_bytes()
    except OSError as error:
        fail(f"{payload}: wanted a file, got: {error.strerror}")


def open_hook(
    community: CommunityName,
    connector: Named,
    secret: Annotated[
        str,
        typer.Option(help="What deliveries are signed with; - reads it from standard input. Left out: one is made."),
    ] = "",
) -> None:
    """Let a platform post. Given again with another secret, the one before it holds until `hook close --old`."""
    if connector not in connectors():
        fail(f"wanted one of {', '.join(connectors())}; got {connector}")
    found = connectors()[connector]
    if not secret and found.challenge and found.challenge.brings:
        _wait(community, connector)
        return
    if not secret and found.scheme.given == "platform":
        fail(f"--secret: wanted the one that {found.title} gives (guildbook connector show {connector}), got none")
    given = sys.stdin.readline().strip() if secret == "-" else secret  # noqa: S105  the mark of standard input
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        made = given or found.scheme.new_secret()
        try:
            found.scheme.key(made)
        except ConnectingError as error:
            fail(f"--secret: {error}")
        here.book.hooks.open(slug, connector, made)
        address = f"{here.settings.origin}/hooks/{slug}/{connector}"
    console.print(f"Its address: [bold]{address}[/]", soft_wrap=True)
    if not given:
        console.print(f"Its secret, shown this once: {made}", soft_wrap=True)
    console.print(f"What to do there: guildbook connector show {connector}")


def _wait(community: str, connector: str) -> None:
    """Open a door whose secret the platform brings."""
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        if not here.book.hooks.wait(slug, connector):
            fail(f"wanted a door that is not open, or --secret; {connector} is open in {slug}")
        address = f"{here.settings.origin}/hooks/{slug}/{connector}"
    console.print(f"Its address: [bold]{address}[/]", soft_wrap=True)
    console.print(f"It waits for the secret that the platform brings: guildbook hook token {slug} {connector}")


def token(
    community: CommunityName,
    connector: Named,
    confirm: Annotated[bool, typer.Option("--confirm", help="The platform took what was shown: let it in.")] = False,  # noqa: FBT002  a flag
) -> None:
    """Show the secret that a platform brought to its door, this once; give it back to the platform, then --confirm."""
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        if confirm:
            if not here.book.hooks.confirm(slug, connector):
                fail(f"wanted a door of {slug} whose secret was shown and not confirmed, got {connector}")
            console.print("Who knows that secret is let in.")
            return
        found = here.book.hooks.show(slug, connector)
    if found is None:
        fail(f"wanted a door of {slug} to which a secret was brought that was not shown, got {connector}")
    console.print(f"Shown this once: {shown(found)}", soft_wrap=True)


def hooks(community: CommunityName, as_json: AsJson = False) -> None:  # noqa: FBT002  a flag of the command line
    """Say which platforms may post, how each fares, and what came from them that could not be taken."""
    with opened(create=False) as here:
        doors = watched(here, community_of(here, community).slug)
    if as_json:
        answer({"hooks": doors})
        return
    for door in doors:
        old = ", and the secret before it holds" if door["secrets"] > 1 else ""
        since = f" since {door['since']}" if door["since"] else ""
        console.print(f"[bold]{door['connector']}[/]{since}{old}: {door['state']}")
        for one in door["sources"]:
            usual = f", usually one every {lasting(gap)}" if (gap := one["usual_interval_seconds"]) else ""
            told = counted(one["facts"], "fact", "facts")
            words = f"{told} from {shown(one['source'])}, last on {one['last'][:10]}{usual}"
            console.print(f"  {words}", soft_wrap=True)
        for each in door["refusals"]:
            what = shown(each["event"]) or "of many kinds"
            words = f"{each['number']:,} times {each['why']}: {what}, last {each['last']}"
            console.print(f"  [yellow]not taken[/] {words}", soft_wrap=True)
    if not doors:
        console.print("No platform posts by a hook yet: guildbook hook open COMMUNITY CONNECTOR")


def close(
    community: CommunityName,
    connector: Named,
    old: Annotated[bool, typer.Option("--old", help="Only the secret before the newest.")] = False,  # noqa: FBT002  a flag
) -> None:
    """Let a platform post no more."""
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        closing = here.book.hooks.close_old if old else here.book.hooks.drop
        if not closing(slug, connector):
            fail(f"wanted a hook of {slug}{' with an old secret' if old else ''}, got {connector}")
    console.print("Only the newest secret holds now." if old else "Closed.")


def strays(community: CommunityName, connector: Named, as_json: AsJson = False) -> None:  # noqa: FBT002  a flag
    """Show what came and was not taken, the newest first. It may name people: look, and do not keep it."""
    with opened(create=False) as here:
        found = here.book.strays.of(community_of(here, community).slug, connector)
    if as_json:
        answer(
            [
                {"id": each.id, "why": each.why, "event": each.key, "at": format_time(each.at), **each.said}
                for each in found
            ]
        )
        return
    for each in found:
        console.print(f"[bold]{each.id}[/] {format_time(each.at)} {each.why}: {shown(each.key)}")
        for words in each.said.get("words", []):
            console.print(f"  {shown(words)}", soft_wrap=True)
    if not found:
        console.print("Nothing is kept aside.")


def replay(community: CommunityName, connector: Named) -> None:
    """Take what was kept aside, now that the connector knows it. What it still does not know stays where it is."""
    with opened(create=False) as here:
        taken, left = _replayed(here, community_of(here, community).slug, connector)
    console.print(f"{taken:,} taken, {left:,} left aside.")


def _replayed(here: Installation, slug: str, connector: str) -> tuple[int, int]:
    if connector not in every_connector():
        fail(f"wanted one of {', '.join(every_connector())}; got {connector}")
    found = replay_all(here, slug, every_connector()[connector])
    return found.taken, found.left
