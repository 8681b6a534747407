"""`import csv`: a table with a mapping, looked at first or recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.desk import AsJson, answer, bar, catch_up, console, errors, fail, opened, shown, steps
from api.commands.importing_git import Follow, Into, Preset, Preview, begin, told_outcomes
from api.importing.errors import ImportingError
from api.importing.mapping import MappingError, SheetMapping, mappings, read_mapping
from api.importing.samples import sample_faults
from api.importing.sheets import look
from api.importing.tables import Choices, find_table
from api.importing.tabling import import_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.installation import Installation

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "": ""}
_PREVIEWED = 20  # rows shown


def import_csv(  # noqa: PLR0913, PLR0917  each is an option of the command line
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A table: CSV, or with semicolons or tabs.")
    ],
    mapping: Annotated[
        str, typer.Option(help="A mapping file, or the name of one that is here: see docs/importing.md.")
    ],
    community: Into = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="What the table does not say and the mapping asks for.", metavar="NAME=ANSWER"),
    ] = None,
    zone: Annotated[
        str, typer.Option(help="Whose clock its times are by; the mapping's, or the community's, when absent.")
    ] = "",
    dates: Annotated[
        list[str] | None, typer.Option(help="How days and times are written, as %d/%m/%Y %H:%M, or iso.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="utf-8, utf-16 or windows-1252; what the file shows when absent.")
    ] = None,
    delimiter: Annotated[str, typer.Option(help="comma, semicolon or tab; what the file shows when absent.")] = "",
    preview: Preview = False,  # noqa: FBT002  a flag of the command line
    charter: Preset = "open-source",
    follow: Follow = True,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Record the rows of a table. The same file again, or one that has grown, is harmless.

    A row that is wrong is told with its number and column, and its neighbours are kept; a row that says something else
    than was recorded under its key is told, and nothing is written over.
    """
    if delimiter not in _DELIMITERS:
        fail(f"--delimiter: wanted comma, semicolon or tab; got {delimiter[:40]}")
    try:
        found, sheet = _mapping(mapping), look(lambda: file.open("rb"), size=file.stat().st_size, encoding=encoding)
    except (ImportingError, OSError) as error:
        fail(f"{file.name}: {error}" if not isinstance(error, MappingError) else str(error))
    with opened() as here:
        slug, begun = begin(here, community, charter, preview=preview)
        choices = Choices(
            slug, zone or found.zone or zone_in(here, slug), answers(given or ()), dates or (), _DELIMITERS[delimiter]
        )
        with bar() as progress:
            try:
                told = import_table(here, find_table(sheet, found, choices), preview=preview, step=steps(progress))
            except ImportingError as error:
                fail(f"{file.name}: {error}")
            counted = catch_up(here, progress) if follow and not preview else here.reach()[1]
        told |= {"file": file.name, "opened": begun, "counted": counted}
    if as_json:
        answer(told)
    else:
        _tell(told)


def zone_in(here: Installation, slug: str) -> str:
    """Return a community's time zone, UTC where it is not open yet."""
    if not any(one.slug == slug for one in here.book.communities()):
        return "UTC"
    return here.standings.charter(slug).zone.key


def answers(given: Sequence[str]) -> Mapping[str, str]:
    """Return what was said as NAME=ANSWER."""
    pairs = [each.partition("=") for each in given]
    for name, sign, _ in pairs:
        if not sign:
            fail(f"--set: wanted NAME=ANSWER, got {shown(name)[:60]}")
    return {name.strip(): value for name, _, value in pairs}


def _mapping(named: str) -> SheetMapping:
    if named in mappings():
        return mappings()[named]
    if not Path(named).is_file():
        fail(f"--mapping: wanted a mapping file, or one of {', '.join(mappings())}; got {shown(named)[:100]}")
    try:
        found = read_mapping(Path(named).read_text("utf-8"), named)
    except UnicodeDecodeError as error:
        fail(f"{named}: wanted UTF-8, got byte {error.object[error.start]:#04x} at offset {error.start}")
    if faults := list(sample_faults(found)):
        raise MappingError(named, faults)
    return found


def _tell(told: dict[str, Any]) -> None:
    rows = told["rows"]
    guess = " (a guess: nothing in it is UTF-8's; say --encoding)" if told["guessed"] else ""
    console.print(
        f"[bold]{shown(told['file'])}[/]: {rows['all']:,} rows, read as {told['encoding']}{guess}, "
        f"times by the clock of {told['zone']}.",
        soft_wrap=True,
    )
    would = "would be" if told["preview"] else "are"
    console.print(
        f"{rows['new']:,} {would} new, {rows['known']:,} known already, {rows['changed']:,} changed since, "
        f"{rows['refused']:,} refused, {rows['nothing']:,} mean nothing.",
        soft_wrap=True,
    )
    told_outcomes(told | {"faults": []})
    fine = [row for row in told["shown"] if not row["wrong"]][: _PREVIEWED if told["preview"] else 0]
    for row in fine:
        becomes = "; ".join(" ".join(filter(None, each.values())) for each in row["becomes"]) or "nothing"
        console.print(f"  row {row['row']}: {row['verdict']}: {shown(becomes)}", soft_wrap=True)
    for row in told["shown"]:
        if row["wrong"]:
            errors.print(f"  row {row['row']}: {row['verdict']}: {shown('; '.join(row['wrong']))}", soft_wrap=True)
