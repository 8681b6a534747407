"""Every badge of a community at once, signed, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.desk import AsJson, CommunityName, answer, bar, catch_up, community_of, console, opened
from ledger import new_file


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(badges)


def badges(
    community: CommunityName,
    to: Annotated[Path | None, typer.Option(help="The file to write; COMMUNITY.badges.jsonl if not given.")] = None,
    achievement: Annotated[str | None, typer.Option(help="Only those given for this badge, level or role.")] = None,
    revoked: Annotated[bool, typer.Option("--revoked", help="Also those that were taken back.")] = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Write every badge of a community, signed, to one file: a credential a line (JSON Lines), the earliest first.

    Each line is, byte for byte, what its badge's page gives as .json, and verifies by itself. Badges of members who
    were erased are not among them.
    """
    path = to or Path(f"{community}.badges.jsonl")
    with opened(create=False) as here:
        community_of(here, community)
        with bar() as progress:
            catch_up(here, progress)
            some = [
                one.position
                for one in here.awards.all(community)
                if (revoked or one.revoked is None) and achievement in {None, one.achievement}
            ]
            task = progress.add_task("Signing badges", total=len(some))
            written = 0
            with new_file(path) as file:
                for signed in here.awards.all_json(community, some):
                    file.write(signed + b"\n")
                    written += 1
                    progress.advance(task)
    if as_json:
        answer({"community": community, "file": str(path), "badges": written})
    else:
        console.print(f"{written:,} badges of {community}, signed, are in {path}.", soft_wrap=True)
