"""`notify`: where a community has told what there is to celebrate, and what could not be sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from api.celebrating import wanting
from api.celebrating.events import GROUPS, USUAL
from api.celebrating.mail import mailer_of
from api.commands.desk import AsJson, CommunityName, answer, community_of, console, fail, opened, shown
from schemas import format_time

if TYPE_CHECKING:
    from api.installation import Installation
    from ledger import Channel

DAY = 86_400_000_000  # µs
Number = Annotated[str, typer.Argument(help="The channel's id, as `notify list` says it.", metavar="CHANNEL")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    notify = typer.Typer(no_args_is_help=True, help="Where a community has told what there is to celebrate.")
    for command in (add, test, rotate, resume, drop, replay, quiet):
        notify.command()(command)
    notify.command(name="list")(listed)
    app.add_typer(notify, name="notify")


def add(
    community: CommunityName,
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(wanting.KINDS)}.")],
    address: Annotated[str, typer.Argument(help="An https address; for mail an address.")],
    label: Annotated[str, typer.Option(help="What you call it.")] = "",
    event: Annotated[list[str] | None, typer.Option(help=f"What is told: {', '.join(GROUPS)}.")] = None,
    signing: Annotated[str, typer.Option(help="How a webhook is signed: v1 (a secret) or v1a (a key pair).")] = "v1",
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Tell it somewhere, from now on: nothing of before is sent. The secret of a webhook is shown once, here."""
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        made = wanting.add(
            here,
            slug,
            kind=kind,
            address=address,
            label=label,
            events=event or USUAL,
            signing=signing,
            mailer=mailer_of(here.settings),
        )
        told = wanting.told(made.channel) | {"shown": made.shown}
    if as_json:
        answer(told)
        return
    console.print(f"[bold]{made.channel.id}[/]: {told['kind_name']}, {shown(told['where'])}")
    if made.channel.state == "asked":
        console.print("A letter was sent there; it begins when its link is followed.")
    if made.shown:
        words = "Its public key, for whoever receives it" if told["public_key"] else "Its secret, shown this once"
        console.print(f"{words}: {made.shown}", soft_wrap=True)


def listed(community: CommunityName, as_json: AsJson = False) -> None:  # noqa: FBT002  a flag of the command line
    """Say where it is told, and what could not be sent."""
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        channels = [wanting.told(each) for each in here.book.channels.of(slug)]
        dead = here.book.outbox.listed(slug, "dead")
        counts = here.book.outbox.counts(slug)
        announced = here.book.outbox.announced(slug)
    until = announced.quiet if announced and announced.quiet > time.time_ns() // 1_000 else 0
    lost = [{"id": each.id, "channel": each.channel, "what": each.what.get("kind"), "said": each.said} for each in dead]
    if as_json:
        quiet_until = format_time(until) if until else None
        answer({"channels": channels, "dead": lost, "counts": counts, "quiet_until": quiet_until})
        return
    for one in channels:
        console.print(
            f"[bold]{one['id']}[/] {one['kind']}, {one['state']}: {shown(one['where'])} {shown(one['label'])}"
        )
        console.print(f"  [dim]{', '.join(one['events'])}[/]")
    if not channels:
        console.print("It is told nowhere yet.")
    for each in lost:
        console.print(f"[yellow]not sent[/] {each['id']}: {each['what']}, {shown(each['said'])}")
    if until:
        console.print(f"Quiet until {format_time(until)}.")


def test(community: CommunityName, channel: Number) -> None:
    """Send a message that says that it is a test. The server sends it, or `guildbook follow`."""
    with opened(create=False) as here:
        wanting.test(here, _channel(here, community_of(here, community).slug, channel))
    console.print("It is on its way.")


def rotate(
    community: CommunityName,
    channel: Number,
    done: Annotated[bool, typer.Option("--done", help="The receiver knows the new one: end the old one.")] = False,  # noqa: FBT002  a flag
) -> None:
    """Sign a webhook by a new secret, shown once, and by the old one too until --done."""
    with opened(create=False) as here:
        found = _channel(here, community_of(here, community).slug, channel)
        if done:
            if not wanting.settle(here, found):
                fail(f"wanted a channel with an old secret, got {channel}")
            console.print("Signed by the newest secret alone.")
            return
        made = wanting.rotate(here, found)
    words = (
        "Its public key, for whoever receives it" if "private" in made.channel.told else "Its secret, shown this once"
    )
    console.print(f"{words}: {made.shown}", soft_wrap=True)
    console.print("Both sign until: guildbook notify rotate --done")


def resume(community: CommunityName, channel: Number) -> None:
    """Set a channel on again that was paused because it failed for days, and send what waits for it."""
    with opened(create=False) as here:
        number = wanting.resume(here, _channel(here, community_of(here, community).slug, channel))
    console.print(f"It is on; {number} message{'' if number == 1 else 's'} will be sent.")


def drop(community: CommunityName, channel: Number) -> None:
    """Tell it there no more."""
    with opened(create=False) as here:
        found = _channel(here, community_of(here, community).slug, channel)
        here.book.channels.drop(found.community, found.id)
    console.print("Dropped, and what was still to be sent there.")


def replay(
    community: CommunityName,
    message: Annotated[str | None, typer.Argument(help="Its id. Left out: all that could not be sent.")] = None,
) -> None:
    """Send again what could not be sent, under the same ids."""
    with opened(create=False) as here:
        number = wanting.replay(here, community_of(here, community).slug, message)
    console.print(f"{number} message{'' if number == 1 else 's'} will be sent again.")


def quiet(
    community: CommunityName,
    days: Annotated[float, typer.Option(min=0, max=90, help="For how long; 0: speak again.")] = 2.0,
) -> None:
    """Be quiet, as while a history is filled in: what happens meanwhile is never sent."""
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        until = time.time_ns() // 1_000 + int(days * DAY) if days else 0
        here.book.outbox.quiet(slug, until)
    console.print(f"Quiet until {format_time(until)}." if until else "It speaks again.")


def _channel(here: Installation, community: str, number: str) -> Channel:
    found = here.book.channels.find(community, number)
    if found is None:
        known = ", ".join(each.id for each in here.book.channels.of(community)) or "none yet"
        fail(f"wanted a channel of {community} ({known}), got {number}")
    return found
