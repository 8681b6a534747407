"""`guildbook log`: the transparency log, held against the facts, shown, and begun anew after a loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from api.commands import proving
from api.commands.desk import AsJson, answer, bar, community_of, console, errors, fail, opened, shown

if TYPE_CHECKING:
    from ledger import Audit

log = typer.Typer(
    help="The transparency log: what was recorded cannot be changed or back-dated unnoticed.", no_args_is_help=True
)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    proving.add_to(log)
    app.add_typer(log, name="log")


@log.command()
def verify(
    communities: Annotated[
        list[str] | None,
        typer.Argument(help="Communities by their short names; all, if not told.", metavar="COMMUNITY"),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Make every log anew from the facts in the database, and hold it against every head that was signed.

    A fact that was edited, deleted, swapped, moved, put in between or back-dated shows, as do texts that were
    exchanged and a ledger that was cut or is an old copy. What was erased at a member's wish does not: its proofs still
    hold. Facts of the last seconds are not under a signed head yet. Exit status 1 where anything is not as it was
    signed. The server may run meanwhile.
    """
    with opened(create=False) as here, bar() as progress:
        named = communities or [one.slug for one in here.book.communities()]
        audits = []
        for community in named:
            community_of(here, community)
            task = progress.add_task(f"Reading {community}", total=None)
            audits.append(
                here.book.log.audit(community, lambda done, of: progress.update(task, completed=done, total=of or None))  # noqa: B023 - called before the next
            )
    wrong = any(audit.faults for audit in audits)
    if as_json:
        answer({"sound": not wrong, "logs": [_told(audit) for audit in audits]})
    else:
        console.print(_table(audits))
        for audit in audits:
            for fault in audit.faults:
                errors.print(f"{audit.community}: {shown(fault)}", style="red", soft_wrap=True)
        words = "[bold red]What is stored is not what was signed.[/]" if wrong else "Everything is as it was signed."
        console.print(words if audits else "There is no community in this book yet.")
    raise typer.Exit(1 if wrong else 0)


@log.command()
def key(community: Annotated[str, typer.Argument(help="The community's short name.", metavar="COMMUNITY")]) -> None:
    """Print the key that verifies a community's log, as `name+hash+key`: whoever keeps it needs nothing else of us."""
    with opened(create=False) as here:
        console.print(str(here.book.log.key(community_of(here, community).slug)), markup=False, soft_wrap=True)


@log.command()
def begin(
    community: Annotated[str, typer.Argument(help="The community's short name.", metavar="COMMUNITY")],
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Begin another log over the facts there are, where those that were signed are lost for good.

    A community whose ledger is shorter than what was signed, or another, is refused: nothing of it is written. Put the
    newer ledger back if there is one. Where there is none this goes on without it, and says so for ever: the new log
    has another name, the fact that it was begun is its own entry, and whoever kept a head of the former sees the gap.
    """
    with opened(create=False) as here:
        slug = community_of(here, community).slug
        audit = here.book.log.audit(slug)
        if not audit.faults:
            fail(f"wanted a log that does not go on, got one that is as it was signed: {slug}")
        for fault in audit.faults:
            errors.print(f"{slug}: {shown(fault)}", style="red", soft_wrap=True)
        lost = f"{audit.sealed:,} facts were signed, {audit.facts:,} are there."
        if not yes and not typer.confirm(f"{lost} Begin another log over these?"):
            raise typer.Exit(1)
        head = here.book.log.begin_anew(slug, reason)
        console.print(f"The log of {slug} is {head.origin} now, over {head.size:,} facts.", soft_wrap=True)


def _told(audit: Audit) -> dict[str, object]:
    return {name: getattr(audit, name) for name in audit.__dataclass_fields__}


def _table(audits: list[Audit]) -> Table:
    table = Table("community", "facts", "signed", "heads", "sealed texts erased", "root", box=None, pad_edge=False)
    for audit in audits:
        numbers = (audit.facts, audit.sealed, audit.heads, audit.unreadable)
        colour = "red" if audit.faults else "green"
        table.add_row(audit.community, *(f"{each:,}" for each in numbers), f"[{colour}]{audit.root}[/]")
    return table
