"""`import git`: the history of a repository, as facts of its people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.beginning import open_community
from api.commands.desk import AsJson, answer, bar, catch_up, console, errors, fail, opened, shown, steps
from api.importing.errors import ImportingError
from api.importing.git.history import Wishes, import_history
from api.importing.git.repository import LONGEST_NAME, NAME
from api.installation import Installation
from ledger import SLUG
from projections import PRESETS

Into = Annotated[
    str | None, typer.Option("--community", help="The community; not needed where the book has one alone.")
]
Preview = Annotated[bool, typer.Option("--preview", help="Say what would become of it, and write nothing.")]
Preset = Annotated[
    str, typer.Option("--preset", help=f"The charter for a community not open yet: {', '.join(PRESETS)}.")
]
SinceLast = Annotated[bool, typer.Option("--since-last", help="Read only commits that are not in the book yet.")]
Merges = Annotated[bool, typer.Option("--merges", help="Take merges too, as curation.")]
Follow = Annotated[bool, typer.Option(help="Derive standings and awards when the facts are in.")]


def import_git(  # noqa: PLR0913, PLR0917  each is an option of the command line
    path: Annotated[Path, typer.Argument(help="A git repository: its folder, or a bare one.")],
    community: Into = None,
    ref: Annotated[str, typer.Option(help="The branch, tag or commit up to which it is read.")] = "HEAD",
    name: Annotated[
        str, typer.Option(help="What it is called in the book; what it was cloned from, or its folder, when absent.")
    ] = "",
    link: Annotated[
        str, typer.Option(help="The address of a commit, with {} for its id, for evidence.", metavar="URL")
    ] = "",
    since_last: SinceLast = False,  # noqa: FBT002  a flag of the command line
    merges: Merges = False,  # noqa: FBT002  a flag of the command line
    bot: Annotated[
        list[str] | None, typer.Option(help="Names or addresses of programs, besides the known; * is any text.")
    ] = None,
    preview: Preview = False,  # noqa: FBT002  a flag of the command line
    charter: Preset = "open-source",
    follow: Follow = True,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Record the history of a git repository: who wrote, reviewed, tested, reported, helped, and who maintained.

    To import it again is harmless. Nothing in the repository is run, and nothing in it is changed.
    """
    if link and ("{}" not in link or not link.startswith(("https://", "http://"))):
        fail(f"--link: wanted an http or https address with {{}} in it, got {link[:100]}")
    if name and not NAME.fullmatch(name):
        fail(f"--name: wanted 1 to {LONGEST_NAME} of a-z A-Z 0-9 . _ -, got {shown(name)[:60]}")
    with opened() as here:
        slug, begun = begin(here, community, charter, preview=preview)
        wishes = Wishes(
            slug, ref, name, link, merges=merges, since_last=since_last, preview=preview, bots=tuple(bot or ())
        )
        with bar() as progress:
            try:
                told = import_history(here, path, wishes, steps(progress))
            except ImportingError as error:
                fail(str(error))
            counted = catch_up(here, progress) if follow and not preview else here.reach()[1]
        told |= {"opened": begun, "counted": counted}
    if as_json:
        answer(told)
    else:
        _tell(told)


def begin(here: Installation, community: str | None, charter: str, *, preview: bool) -> tuple[str, bool]:
    """Return the community that is meant, and whether it was opened for this."""
    known = [one.slug for one in here.book.communities()]
    if community is None:
        if len(known) != 1:
            fail(f"--community: wanted one of {', '.join(known) or 'none yet'}, or a new one's short name; got none")
        return known[0], False
    if not SLUG.fullmatch(community):
        fail(f"--community: wanted a community's short name, got {shown(community)[:60]}")
    if community in known or preview:
        return community, False
    open_community(here, community, charter, None)
    return community, True


def told_outcomes(told: dict[str, Any]) -> None:
    """Say what became, or would become, of events, in the words of every import."""
    would = "would be " if told["preview"] else ""
    if told.get("opened"):
        console.print(f"Opened [bold]{told['community']}[/], which was not in the book yet.")
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in told["facts"].items())
    console.print(
        f"[bold green]{told['stored']:,}[/] facts {would}recorded{': ' + kinds if kinds else ''}.", soft_wrap=True
    )
    if told["duplicate"]:
        console.print(f"{told['duplicate']:,} are in the book already.")
    for outcome, words in (
        ("conflict", "are in the book with other content, and stay as they are"),
        ("refused", f"{would or 'were '}refused"),
    ):
        if told[outcome]:
            console.print(f"[bold red]{told[outcome]:,}[/] {words}.")
    for fault in told["faults"]:
        errors.print(f"  {fault['id']}: {fault['outcome']}: {'; '.join(fault['errors'])}", markup=False, soft_wrap=True)


def _tell(told: dict[str, Any]) -> None:
    console.print(
        f"[bold]{shown(told['repository'])}[/] at {told['tip'][:12]}: {told['commits']:,} commits, "
        f"{told['merges']:,} of them merges; {told['read']:,} read, of {told['people']:,} accounts.",
        soft_wrap=True,
    )
    if told["shallow"]:
        console.print("Its history is shallow: what came before its first commits is not here.")
    told_outcomes(told)
    if told["lost"]:
        console.print(
            f"[bold red]Its history was rewritten[/]: {len(told['lost']):,} of the commits recorded last are not in it "
            f"any more, as {told['lost'][0][:12]}. Their facts stay; what should not count can be withdrawn.",
            soft_wrap=True,
        )
    for why, number in told["left"].items():
        console.print(f"Left out: {number:,} {why}.")
