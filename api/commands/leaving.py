"""Leaving: what a member takes along, and forgetting her."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.desk import (
    AsJson,
    CommunityName,
    answer,
    bar,
    catch_up,
    community_of,
    console,
    errors,
    fail,
    name_of,
    opened,
    unmoving,
)
from api.leaving.erasure import Prospect, forget, prospect
from api.leaving.farewell import record
from api.leaving.takeout import takeout
from api.people.members import find_member, member_of, settled
from ledger import new_file

if TYPE_CHECKING:
    from api.installation import Installation
    from api.people.members import Member

_WAIT_SECONDS = 10.0  # for what is posted meanwhile
Who = Annotated[str, typer.Argument(help="A member: her id, or platform:id as git:ada.", metavar="MEMBER")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("takeout")(take_out)
    app.command()(clr)
    app.command()(erase)


def take_out(
    community: CommunityName,
    member: Who,
    file: Annotated[Path, typer.Argument(help="The archive to write, as ada.zip. It must not exist.")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Write everything about one member, hers alone, to a ZIP of JSON files: facts, texts, standing, badges.

    Whoever else stands in her facts is "another member" there. Hand it over in private.
    """
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        found = settled(here, whoever(here, community, member), seconds=_WAIT_SECONDS)
        with bar() as progress, new_file(file) as written:
            task = progress.add_task("Reading facts", total=None)
            for piece in takeout(here, found, lambda done, of: progress.update(task, completed=done, total=of)):
                written.write(piece)
    if as_json:
        answer({"community": community, "member": found.id, "file": str(file), "bytes": file.stat().st_size})
        return
    console.print(f"All that {community} holds of {found.id} is in {file}.", markup=False, soft_wrap=True)
    console.print("It has her texts and names in it: hand it over in private, then delete it.")


def clr(
    community: CommunityName,
    member: Who,
    file: Annotated[Path | None, typer.Argument(dir_okay=False, help="Where to; left out: to the screen.")] = None,
    jwt: Annotated[bool, typer.Option("--jwt", help="As a JWT.")] = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Write a member's badges as one signed record, a ClrCredential (CLR 2.0), each badge in it as it was signed."""
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        found = whoever(here, community, member)
        made = record(here, found, "application/jwt" if jwt else "application/json")
    if file is None:
        typer.echo(made.decode())
        return
    with new_file(file) as written:
        written.write(made)
    console.print(f"Her record is in {file}.", markup=False, soft_wrap=True)


def erase(
    community: CommunityName,
    member: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Forget a member for ever: names, texts, page, id and badges. Counts and everyone else's levels stay.

    Nothing brings it back. `guildbook takeout` first, if she wants what is hers. The server may run meanwhile.
    """
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
        found = whoever(here, community, member)
        planned = prospect(here, found)
        if not yes:
            _ask(name_of(here, community, found.account), planned)
        accounts = forget(here, found, seconds=_WAIT_SECONDS)
        with bar() as progress:
            catch_up(here, progress)
    if as_json:
        answer({"community": community, "member": found.id, "accounts": accounts, "badges": planned.badges})
    else:
        console.print("Forgotten.")


def _ask(name: str, planned: Prospect) -> None:
    """Say what will go and what will stay, and end where the answer is not yes."""
    for title, words in (("Gone for ever:", planned.goes), ("What stays:", planned.stays)):
        errors.print(title, style="bold")
        for each in words:
            errors.print(f"  - {each}", markup=False, soft_wrap=True)
    if not typer.confirm(f"Erase {unmoving(name)} for ever?", err=True):
        fail("nothing was erased")


def whoever(here: Installation, community: str, named: str) -> Member:
    """Return the member meant by her id or by `platform:id`, also one whom others only named; or end with words."""
    platform, colon, name = named.partition(":")
    if colon:
        account = here.book.account(community, platform, name)
        found = member_of(here, community, account) if account else None
    else:
        found = find_member(here, community, named)
    if found is None and not colon and here.gone(named, community):
        fail(f"{named} was erased")
    if found is None:
        fail(f"wanted a member id, or platform:id as git:ada, known in {community}; got {named}")
    return found
