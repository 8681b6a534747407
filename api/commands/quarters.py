"""A quarter's review, written as a PDF to read together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.desk import AsJson, CommunityName, KnownAt, answer, community_of, console, fail, instant, opened
from api.measuring.pack import learnt, pack_of, told
from api.measuring.paper import paper
from api.measuring.quarters import Quarter
from api.words.rendering import day
from ledger import new_file
from schemas import counted, format_time


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("quarter")(quarter)


def quarter(
    community: CommunityName,
    which: Annotated[str, typer.Argument(help="Which quarter, as 2026-Q3.", metavar="QUARTER")],
    to: Annotated[Path | None, typer.Argument(help="The PDF to write; COMMUNITY-QUARTER.pdf if not given.")] = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    r"""Write a quarter's review as a PDF: its measures beside targets and the quarter before, and what happened in it.

    \b
    guildbook quarter makers 2026-Q3 review.pdf
    guildbook quarter makers 2026-Q3 --known-at 2026-12-01    by what was known on another day

    It is told by what was known at the quarter's end, so that it says the same whenever it is written. Nobody is named.
    """
    named = Quarter.named(which)
    if named is None:
        fail(f"wanted a quarter as 2026-Q3, got {which}")
    path = to or Path(f"{community}-{which}.pdf")
    with opened(create=False) as here:
        community_of(here, community)
        pack = pack_of(here, community, named, instant(known_at, "--known-at"))
        if not pack.begun:
            fail(f"wanted a quarter that has begun, got {which}")
        content = paper(told(here, pack), here.spoken, at=pack.known_at)
        since = learnt(here, pack)
        with new_file(path) as file:
            file.write(content)
    known = format_time(pack.known_at)
    if as_json:
        answered = {"community": community, "quarter": which, "file": str(path), "known_at": known}
        answer({**answered, "frozen": pack.frozen, "learnt_since": since})
        return
    console.print(f"The {named.words} of {community}, as it was known on {day(known)}, is in {path}.", soft_wrap=True)
    if not pack.frozen:
        console.print("It is not frozen: what becomes known may change it.", soft_wrap=True)
    elif since:
        later = counted(since, "fact of it was", "facts of it were")
        console.print(f"{later} reported later, and not told there.", soft_wrap=True)
