"""Keeping a book: its tables, sign-in links and keys, and rebuilding what is derived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.beginning import PLATFORM_SCOPES
from api.commands.desk import (
    AsJson,
    CommunityName,
    account_of,
    answer,
    bar,
    community_of,
    console,
    fail,
    opened,
    plainly,
)
from api.entry.letters import MINUTES
from api.entry.letters import link as made_link
from api.installation import migrate
from api.settings import Settings
from api.web.auth import SCOPES
from ledger import INSTALLATION
from projections import rebuild

if TYPE_CHECKING:
    from api.installation import Installation

_keys = typer.Typer(help="API keys: for each platform one, and for scripts that manage.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("migrate")(migrate_tables)
    app.command()(link)
    app.command("rebuild")(rebuild_standings)
    app.add_typer(_keys, name="key")


def migrate_tables() -> None:
    """Make the tables of this release, or bring those of an earlier one up to it. Safe to repeat, and to race.

    Nothing else makes tables but the commands that begin a book (init, import, demo). Back up before it.
    """
    with plainly():
        done = migrate(Settings.load())
    for words in done:
        console.print(f"made: {words}")
    console.print("The tables are those of this release." if done else "Nothing to do: they are those of this release.")


def link(
    community: Annotated[str | None, typer.Argument(help="The community, by its short name.")] = None,
    member: Annotated[str | None, typer.Option(help="Whose page it opens: a member id, or platform:id.")] = None,
    hours: Annotated[int, typer.Option(help="How long it may wait to be used.", min=1, max=24 * 30)] = 24,
    operator: Annotated[  # noqa: FBT002  a flag of the command line
        bool, typer.Option("--operator", help=f"Sign in whoever operates the installation; good for {MINUTES} minutes.")
    ] = False,
) -> None:
    """Make a link that signs in once: a community's manager, or with --member one member, to her own page.

    With --operator, and no community: who sees whether all communities are well, and nobody's page. Hand it over in
    private. It works with the address the server is reached at, GUILDBOOK_BASE_URL.
    """
    if operator == bool(community) or (operator and member):
        fail("wanted a community, or --operator without one")
    with opened(create=False) as here:
        if community is None:
            console.print(made_link(here, INSTALLATION, "operator", "", MINUTES), soft_wrap=True)
            return
        community_of(here, community)
        console.print(sign_in_link(here, community, member, hours), soft_wrap=True)


def sign_in_link(here: Installation, community: str, member: str | None, hours: int) -> str:
    """Return the address of a single-use link for a manager, or for the member named."""
    subject = here.book.member_id(community, account_of(here, community, member)) if member else ""
    return made_link(here, community, "member" if member else "manager", subject, hours * 60)


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


@_keys.command("add")
def key_add(
    community: CommunityName,
    label: Annotated[str, typer.Option(help="What the key is for, as discord.")] = "platform",
    scope: Annotated[list[str] | None, typer.Option(help=f"What it may do: {', '.join(SCOPES)}.")] = None,
) -> None:
    """Make an API key and print it, once. Without --scope it may post events and read standings."""
    with opened(create=False) as here:
        community_of(here, community)
        scopes = scope or list(PLATFORM_SCOPES)
        odd = sorted(set(scopes) - set(SCOPES))
        if odd:
            fail(f"wanted scopes of {', '.join(SCOPES)}; got {', '.join(odd)}")
        console.print(here.book.vault.add_key(community, label=label, scopes=scopes), soft_wrap=True)


@_keys.command("list")
def key_list(community: CommunityName, as_json: AsJson = False) -> None:  # noqa: FBT002  a flag of the command line
    """List a community's API keys: what they are for and may do. The secrets are not kept."""
    with opened(create=False) as here:
        community_of(here, community)
        keys = [
            {"id": key.id, "label": key.label, "scopes": list(key.scopes)} for key in here.book.vault.keys(community)
        ]
    if as_json:
        answer(keys)
        return
    for key in keys:
        console.print(f"{key['id']}  {key['label']:<20} {', '.join(key['scopes'])}", markup=False)


@_keys.command("drop")
def key_drop(community: CommunityName, key: Annotated[str, typer.Argument(help="The key's id, as listed.")]) -> None:
    """Make an API key open nothing any more, at once."""
    with opened(create=False) as here:
        community_of(here, community)
        if key not in {one.id for one in here.book.vault.keys(community)}:
            fail(f"wanted the id of a key of {community}, got {key}")
        here.book.vault.drop_key(community, key)
    console.print(f"{key} opens nothing any more.")
