"""Keeping a book: opening communities, their charters, and rebuilding what is derived."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.desk import (
    AsJson,
    CommunityName,
    account_of,
    answer,
    bar,
    catch_up,
    community_of,
    console,
    fail,
    opened,
    plainly,
    reading,
)
from api.installation import migrate
from api.settings import Settings
from ledger import SLUG
from projections import PRESETS, parse_charter, preset, read_charter, rebuild

if TYPE_CHECKING:
    from api.installation import Installation

_HOUR = 3_600_000_000  # µs
PLATFORM_SCOPES = ("events:write", "read")
MANAGER_SCOPES = ("manage", "identity", "read", "events:write")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("migrate")(migrate_tables)
    app.command()(init)
    app.command()(publish)
    app.command()(link)
    app.command("rebuild")(rebuild_standings)


def migrate_tables() -> None:
    """Make the tables of this release, or bring those of an earlier one up to it. Safe to repeat, and to race.

    Nothing else makes tables but the commands that begin a book (init, import, demo). Back up before it.
    """
    with plainly():
        done = migrate(Settings.load())
    for words in done:
        console.print(f"made: {words}")
    console.print("The tables are those of this release." if done else "Nothing to do: they are those of this release.")


def init(
    community: CommunityName,
    charter: Annotated[
        str, typer.Option("--preset", help=f"The charter to begin with: {', '.join(PRESETS)}.")
    ] = "starter",
    name: Annotated[str | None, typer.Option(help="What the community calls itself.")] = None,
    shard: Annotated[int | None, typer.Option(help="Which database keeps it; the emptiest, if not told.")] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Open a community: its keys, its charter, one API key for platforms and one for its manager.

    The server need not run. Keys are shown once and kept only as digests; `guildbook key add` makes more.
    """
    with opened() as here:
        if not SLUG.fullmatch(community):
            fail(f"wanted a short name of a-z, 0-9 and -, as u-boot; got {community}")
        if any(one.slug == community for one in here.book.communities()):
            fail(f"{community} is open already; another key: guildbook key add {community}")
        open_community(here, community, charter, name, shard=shard)
        vault = here.book.vault
        made = {
            "community": community,
            "api_key": vault.add_key(community, label="platforms", scopes=PLATFORM_SCOPES),
            "manager_key": vault.add_key(community, label="manager", scopes=MANAGER_SCOPES),
        }
    if as_json:
        answer(made)
        return
    console.print(f"[bold]{community}[/] is open, under the charter [bold]{charter}[/].")
    console.print(f"  platforms post with   {made['api_key']}", soft_wrap=True)
    console.print(f"  its manager asks with {made['manager_key']}", soft_wrap=True)
    console.print("Both are shown this once. Next: guildbook serve")


def open_community(here: Installation, slug: str, charter: str, name: str | None, *, shard: int | None = None) -> None:
    """Open a community under a preset charter that bears its name."""
    document: dict[str, Any] = read_charter(preset(charter))
    document["name"] = name or slug
    parse_charter(document)
    here.book.open_community(slug, name=document["name"], shard=shard)
    here.book.publish_charter(slug, document, effective=time.time_ns() // 1000, by="init")


def publish(
    community: CommunityName,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The charter, YAML or JSON.")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Publish a community's next charter. `guildbook simulate` shows beforehand what it would change."""
    with opened(create=False) as here:
        community_of(here, community)
        with reading(file) as text:
            document = dict(parse_charter(text).document)
        fact = here.book.publish_charter(community, document, effective=time.time_ns() // 1000, by="command line")
        with bar() as progress:
            catch_up(here, progress)
    made = {"community": community, "version": fact.open["charter_version"], "position": fact.position}
    if as_json:
        answer(made)
    else:
        console.print(f"Charter {made['version']} of {community} is in force.")


def link(
    community: CommunityName,
    member: Annotated[str | None, typer.Option(help="Whose page it opens: a member id, or platform:id.")] = None,
    hours: Annotated[int, typer.Option(help="How long it may wait to be used.", min=1, max=24 * 30)] = 24,
) -> None:
    """Make a link that signs in once: its manager, or with --member one member, to her own page.

    Hand it over in private. It works with the address the server is reached at, GUILDBOOK_BASE_URL.
    """
    with opened(create=False) as here:
        community_of(here, community)
        console.print(sign_in_link(here, community, member, hours), soft_wrap=True)


def sign_in_link(here: Installation, community: str, member: str | None, hours: int) -> str:
    """Return the address of a single-use link for a manager, or for the member named."""
    subject = here.book.member_id(community, account_of(here, community, member)) if member else ""
    token = here.book.vault.add_link(
        community,
        role="member" if member else "manager",
        subject=subject,
        expires=time.time_ns() // 1000 + hours * _HOUR,
    )
    return f"{here.settings.origin}/enter/{token}"


def rebuild_standings(
    projection: Annotated[str, typer.Argument(help="What to rebuild: standing.")] = "standing",
) -> None:
    """Derive every standing anew from the ledger, beside the live ones, then switch. Readers notice nothing."""
    with opened(create=False) as here:
        if projection != "standing":
            fail(f"wanted standing, got {projection}")
        with bar() as progress:
            task = progress.add_task("Rebuilding standings", total=here.reach()[0])
            for shard in range(here.book.shards):
                rebuild(here.book, here.views, shard, lambda done: progress.advance(task, done))
            counted = here.reach()[1]
            progress.update(task, completed=counted)
    console.print(f"Standings were derived anew, from {counted:,} facts.")
