"""`import`: a history of events, from a file, at the speed the ledger gives."""

from __future__ import annotations

import gzip
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from api.commands.beginning import open_community
from api.commands.desk import AsJson, answer, bar, catch_up, console, errors, fail, opened
from api.commands.importing_csv import import_csv
from api.commands.importing_git import import_git
from ledger import SLUG
from projections import PRESETS
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api.installation import Installation

_EVENTS = "events"
_CHUNK = 1_000  # events an append
_LONGEST_LINE = 65_536  # bytes: an event's limit at every door
_SHOWN = 10  # faults told one by one


@dataclass
class Tally:
    """What became of the lines of a file."""

    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    append_seconds: float = 0.0

    def note(self, line: int, outcome: str, faults: list[str]) -> None:
        """Count a line; remember the first that were not taken."""
        self.outcomes[outcome] += 1
        if faults and len(self.faults) < _SHOWN:
            self.faults.append({"line": line, "outcome": outcome, "errors": faults})


class _Files(TyperGroup):
    """A group in which `events` is meant where no command is named: `guildbook import FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  typer's context
        """Put the name before a file's."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [_EVENTS, *args]
        return super().parse_args(ctx, args)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    files = typer.Typer(
        cls=_Files,
        no_args_is_help=True,
        help="What is in files: events, one a line (which is meant where none of these is named), tables, and the "
        "histories of git.",
    )
    files.command(_EVENTS)(import_events)
    files.command("csv")(import_csv)
    files.command("git")(import_git)
    app.add_typer(files, name="import")


def import_events(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="CloudEvents, one a line: .jsonl or .jsonl.gz."),
    ],
    charter: Annotated[
        str, typer.Option("--preset", help=f"The charter for a community not open yet: {', '.join(PRESETS)}.")
    ] = "open-source",
    follow: Annotated[bool, typer.Option(help="Derive standings and awards when the events are in.")] = True,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Record a history of events. Importing a file again is harmless: nothing is counted twice.

    Each event goes to the community it names; one that is not open yet is opened under the preset. A line
    that is wrong is told with its number, and its neighbours are kept.
    """
    with opened() as here:
        tally = Tally()
        began = time.perf_counter()
        with bar() as progress:
            _read_in(here, file, charter, tally, progress)
            derived = time.perf_counter()
            counted = catch_up(here, progress) if follow else here.reach()[1]
        seconds = time.perf_counter() - began
        told = {
            "file": file.name,
            **{name: tally.outcomes[name] for name in ("stored", "duplicate", "conflict", "refused")},
            "opened": tally.opened,
            "counted": counted,
            "events_per_second": round(sum(tally.outcomes.values()) / max(tally.append_seconds, 1e-9)),
            "append_seconds": round(tally.append_seconds, 2),
            "derive_seconds": round(time.perf_counter() - derived, 2),
            "seconds": round(seconds, 2),
            "faults": tally.faults,
        }
    if as_json:
        answer(told)
    else:
        _tell(told)


def _read_in(here: Installation, file: Path, charter: str, tally: Tally, progress: Any) -> None:  # noqa: ANN401  rich's
    task = progress.add_task("Recording events", total=None)
    with file.open("rb") as raw:
        lines: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if file.suffix == ".gz" else raw
        try:
            for chunk in _chunks(lines.readline):
                _take(here, chunk, charter, tally)
                progress.advance(task, len(chunk))
        except (gzip.BadGzipFile, EOFError) as error:
            fail(f"{file.name}: wanted a whole gzip file, got: {error}; what came before is recorded")
    total = sum(tally.outcomes.values())
    progress.update(task, total=total, completed=total)


def _chunks(readline: Callable[[int], bytes]) -> Iterator[list[tuple[int, bytes]]]:
    chunk: list[tuple[int, bytes]] = []
    for number, line in enumerate(iter(lambda: readline(_LONGEST_LINE + 2), b""), 1):
        if line.strip():
            chunk.append((number, line))
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _take(here: Installation, chunk: list[tuple[int, bytes]], charter: str, tally: Tally) -> None:
    """Append a chunk, community by community, in the order of the file."""
    events: dict[str, list[tuple[int, object]]] = {}
    for number, line in chunk:
        try:
            event = loads(line)
        except MalformedJSONError as error:
            tally.note(number, "refused", [str(error)])
            continue
        slug = event.get("community") if isinstance(event, dict) else None
        if not isinstance(slug, str) or not SLUG.fullmatch(slug):
            tally.note(number, "refused", [f"/community: wanted a community's short name, got {str(slug)[:60]}"])
            continue
        events.setdefault(slug, []).append((number, event))
    known = {one.slug for one in here.book.communities()}
    for slug, numbered in events.items():
        if slug not in known:
            open_community(here, slug, charter, None)
            tally.opened.append(slug)
        began = time.perf_counter()
        outcomes = here.book.append([event for _, event in numbered], community=slug, identity=True)
        tally.append_seconds += time.perf_counter() - began
        for (number, _), outcome in zip(numbered, outcomes, strict=True):
            tally.note(number, outcome.outcome, [f"{fault.pointer}: {fault.message}" for fault in outcome.errors])


def _tell(told: dict[str, Any]) -> None:
    for slug in told["opened"]:
        console.print(f"Opened [bold]{slug}[/], which was not in the book yet.")
    stored, duplicates = told["stored"], told["duplicate"]
    if stored:
        console.print(f"[bold green]{stored:,}[/] events recorded, at {told['events_per_second']:,} a second.")
    elif duplicates:
        console.print(f"Nothing new: all {duplicates:,} events were in the book already.")
    if stored and duplicates:
        console.print(f"{duplicates:,} were in the book already.")
    for outcome in ("conflict", "refused"):
        if told[outcome]:
            console.print(f"[bold red]{told[outcome]:,}[/] {outcome}{'s' if outcome == 'conflict' else ''}.")
    for fault in told["faults"]:
        errors.print(
            f"  line {fault['line']}: {fault['outcome']}: {'; '.join(fault['errors'])}",
            markup=False,
            soft_wrap=True,
        )
    console.print(f"{told['counted']:,} facts are counted in the standings; all in all {told['seconds']:.1f} s.")
