"""Badges from the shell: verifying anyone's, and taking back one of ours."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from api.commands.desk import AsJson, answer, bar, catch_up, console, fail, opened, plainly, shown
from api.documents import read_folder
from api.judging import answered, judge_with, told
from api.settings import Settings
from badges import Verified

_LARGEST = 2 * 1024 * 1024
_MARKS = {"passed": "[green]passed[/]", "failed": "[red]failed[/]", "unreachable": "[yellow]unreachable[/]"}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(verify)
    app.command()(revoke)


def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A badge: .json, .jwt, .png or .svg.")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Check a badge, ours or anybody's, step by step. Nothing is fetched; exit status 0 only where it is valid.

    What is at hand: this installation's own keys and status lists, and the folder GUILDBOOK_DOCUMENTS.
    """
    if file.stat().st_size > _LARGEST:
        fail(f"{file.name}: wanted at most {_LARGEST:,} bytes, got {file.stat().st_size:,}")
    verified = _judged(file.read_bytes())
    if as_json:
        answer(answered(verified))
    else:
        ruling = told(verified)
        console.print(f"[bold]{ruling['title']}[/]. {shown(ruling['words'])}", soft_wrap=True)
        for step in verified.steps:
            mark = _MARKS.get(step.outcome.value, f"[dim]{step.outcome.value.replace('_', ' ')}[/]")
            console.print(f"  {step.number}. {step.name:<10} {mark}  {shown(step.reason)}", soft_wrap=True)
    raise typer.Exit(0 if verified.valid else 1)


def _judged(document: bytes) -> Verified:
    with plainly():
        settings = Settings.load()
        if "://" in settings.book or settings.book_file.exists():
            with opened(settings) as here:
                return judge_with(here.documents, document)
        return judge_with(read_folder(settings.documents), document)


def revoke(
    credential: Annotated[str, typer.Argument(help="The credential's id: the last part of its address.")],
    reason: Annotated[str, typer.Option(help="Why, for the record; only the member's key can open it.", prompt=True)],
) -> None:
    """Take a badge back. Verifiers learn it from the status list; the reason stays with the member."""
    with opened(create=False) as here:
        issued = here.awards.find(credential.rstrip("/").rpartition("/")[2])
        if issued is None:
            fail(f"wanted the id of a credential of this book, got {credential}")
        outcome = here.book.revoke(issued.community, issued.stream, reason=reason, at=time.time_ns() // 1000)
        with bar() as progress:
            catch_up(here, progress)
    words = "is revoked" if outcome.outcome == "stored" else "was revoked already"
    console.print(f"{issued.achievement} ({issued.id}) {words}.")
