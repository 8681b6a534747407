"""Keeping a book safe: backing it up, restoring it, and looking whether all is well."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from api.commands.desk import AsJson, answer, bar, catch_up, console, errors, opened, plainly, shown, steps
from api.errors import SettingsError
from api.issued.key_store import key_store
from api.known.documents import read_folder
from api.network.witnessing import witnesses_of
from api.settings import Settings
from ledger import Book, KeyUnavailableError, LedgerError, operations
from ledger.operations import Finding, of_communities, worst
from projections import ProjectionError, Standings, alarms_of, open_views
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from projections import Lag, Views

_MOST_ALARMS = 3  # of a community that the doctor tells
_BEHIND_SECONDS = 60  # that standings may lag before it is said
_MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "fault": "[red]fault[/]"}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (backup, restore, doctor):
        app.command()(command)


def backup(
    folder: Annotated[Path, typer.Argument(help="A new or an empty folder.", file_okay=False)],
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Copy the keys folder too: read below.")] = False,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Copy the whole book into a folder while it is used: SQLite by itself, PostgreSQL by its own pg_dump.

    Without the keys a copy opens nothing, and a restore needs the old keys folder; so keep that one elsewhere. With
    --with-keys the folder is all that anyone needs to read every sealed text.
    """
    with plainly():
        settings = Settings.load()
        began = time.monotonic()
        with bar() as progress:
            manifest = operations.backup(
                settings.books, folder, data=settings.data, with_keys=with_keys, told=steps(progress)
            )
    seconds = time.monotonic() - began
    if as_json:
        answer({"folder": str(folder), "facts": manifest.facts, "keys": with_keys, "seconds": round(seconds, 2)})
        return
    console.print(f"{manifest.facts:,} facts are in {folder}, checked; {seconds:.1f} s.", markup=False, soft_wrap=True)
    if with_keys:
        errors.print(
            "The keys are among them: whoever has this folder can read everything, and sign as every community.",
            style="bold yellow",
            soft_wrap=True,
        )
    else:
        keys = settings.data / "keys"
        console.print(f"Keys are not among them: keep a copy of {keys} elsewhere.", markup=False, soft_wrap=True)


def restore(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The folder of a backup.")],
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Fill an empty installation from a backup, and hold what came of it against the backup's own roots.

    Nothing is ever overwritten. Where it was broken off, the same command finishes it. Standings are derived anew.
    """
    with plainly():
        settings = Settings.load()
        with bar() as progress:
            manifest = operations.restore(settings.books, folder, data=settings.data, told=steps(progress))
            with opened(settings) as here:
                counted = catch_up(here, progress)
    made = format_time(manifest.made)
    if as_json:
        answer({"folder": str(folder), "made": made, "facts": manifest.facts, "counted": counted})
        return
    console.print(f"{manifest.facts:,} facts are back, as they were on {made[:16].replace('T', ' at ')} UTC.")


def doctor(
    full: Annotated[bool, typer.Option("--full", help="Read every fact, not a sample; check every page.")] = False,  # noqa: FBT002  a flag of the command line
    as_json: AsJson = False,  # noqa: FBT002  a flag of the command line
) -> None:
    """Look whether all is well: nothing missing, nothing damaged, standings up to date, disks, clocks, promises.

    Nothing is changed, but that an erasure is finished which was broken off. Exit status 1 where there is a fault;
    warnings leave it 0.
    """
    with plainly():
        settings = Settings.load()
        with bar() as progress:
            found = [*operations.inspect(settings.books, data=settings.data, full=full, told=steps(progress))]
        found += _unusable(settings)
        found += _opened(settings, told=worst(found) == "fault")
    if as_json:
        answer({"level": worst(found), "findings": [finding._asdict() for finding in found]})
    else:
        console.print(_table(found))
    raise typer.Exit(1 if worst(found) == "fault" else 0)


def _unusable(settings: Settings) -> Iterator[Finding]:
    """Yield which settings a server could not start with."""
    tried: dict[str, Callable[[], object]] = {
        "documents": lambda: read_folder(settings.documents),
        "witnesses": lambda: witnesses_of(settings.witnesses),
        "issuer keys": lambda: key_store(settings),
    }
    for check, try_it in tried.items():
        try:
            try_it()
        except (SettingsError, LedgerError) as error:
            yield Finding(check, "all communities", "fault", str(error), "mend the setting: no server starts with it")


def _opened(settings: Settings, *, told: bool) -> Iterator[Finding]:
    """Yield how the logs and the standings are, which takes an opened book; `told`: a fault was found before."""
    if not (settings.data / "keys" / "key-encryption").is_file():
        return  # said before; opening the book would make one
    try:
        store, usable = key_store(settings), True
    except (SettingsError, LedgerError):
        store, usable = None, False  # said before; all else can be looked at
    try:
        book = Book.open(settings.books, data=settings.data, heads=settings.heads, store=store)
    except LedgerError as error:
        if not told:
            yield Finding("book", "all communities", "fault", str(error), "no server starts before it can be opened")
        return
    try:
        yield from _logs(book)
        if usable:
            yield from _issuer_keys(book)
        views = open_views(settings.books, book.shard_of)
        try:
            yield from map(_lag, Standings(book, views).lag())
            yield from _alarms(book, views)
            for number, shard in enumerate(views.shards):
                yield _strays(f"shard {number}", shard.generations.strays())
        finally:
            views.close()
    except (LedgerError, ProjectionError) as error:
        yield Finding("standings", "all shards", "fault", str(error), "run `guildbook migrate`")
    finally:
        book.close()


def _logs(book: Book) -> Iterator[Finding]:
    """Yield which communities are refused, or how much is signed."""
    for community, words in sorted(book.log.refused.items()):
        advice = "put the newer ledger back; `guildbook log verify` says what was changed"
        yield Finding("log", community, "fault", words.removeprefix(f"{community}: "), advice)
    if not book.log.refused:
        facts = sum(last for shard in range(book.shards) for last in book.heads(shard).values())
        signed = sum(book.log.sizes().values())
        yield Finding("log", "all communities", "ok", f"{signed:,} of {facts:,} facts are under signed heads")


def _issuer_keys(book: Book) -> Iterator[Finding]:
    """Yield which issuer keys are not where they were kept."""
    communities = [one.slug for one in book.communities()]
    try:
        gone = {slug: keys for slug in communities if (keys := book.issuers.missing(slug))}
    except KeyUnavailableError as error:
        yield Finding("issuer keys", "all communities", "fault", str(error))
        return
    advice = "put the keys folder back, or set what leads to their store"
    for slug, keys in gone.items():
        which = "the current key is kept nowhere" if any(key.living for key in keys) else "former keys are kept nowhere"
        found = f"{which} (`guildbook issuer list`): badges under it are made again under the next one"
        yield Finding("issuer keys", slug, "warning", found, advice)
    if not gone:
        yield Finding("issuer keys", "all communities", "ok", "every key that signed is kept")


def _alarms(book: Book, views: Views) -> Iterator[Finding]:
    """Yield what used to come to each community and stopped."""
    stopped = 0
    for community in book.communities():
        found = alarms_of(book, views, community.slug, at=time.time_ns() // 1_000)
        stopped += len(found)
        for alarm in found[:_MOST_ALARMS]:
            yield Finding("alarms", community.slug, "warning", alarm.words, alarm.advice)
        if len(found) > _MOST_ALARMS:
            words = f"and {len(found) - _MOST_ALARMS} more"
            yield Finding("alarms", community.slug, "warning", words, f"see `guildbook alarms {community.slug}`")
    if not stopped:
        yield Finding("alarms", "all communities", "ok", "nothing that used to come has stopped")


def _lag(lag: Lag) -> Finding:
    of = f"shard {lag.shard}"
    if lag.trouble:
        return Finding("standings", of, "fault", lag.trouble, "see that the database runs")
    if lag.ahead:
        found = f"standings of {of_communities(lag.ahead)} know of facts that the ledger does not have"
        advice = "facts at the end were lost, or an older ledger was restored: see what, then `guildbook rebuild`"
        return Finding("standings", of, "fault", found, advice)
    if lag.seconds > _BEHIND_SECONDS:
        whose = of_communities(lag.communities)
        found = f"{lag.positions:,} facts of {whose} are not counted, for {lag.seconds:,.0f} s"
        return Finding("standings", of, "warning", found, "is a server running? `guildbook serve` counts them")
    return Finding("standings", of, "ok", f"{lag.positions:,} facts behind" if lag.positions else "up to date")


def _strays(of: str, tables: list[str]) -> Finding:
    if tables:
        found = f"{len(tables)} tables beside the live ones: a rebuild is under way, or was broken off"
        return Finding("views", of, "warning", found, "the next `guildbook rebuild` drops them")
    return Finding("views", of, "ok", "one generation of tables")


def _table(found: list[Finding]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), title=f"All in all: {worst(found)}", title_justify="left")
    for column in ("", "Check", "Of", "Found"):
        table.add_column(column, overflow="fold")
    for finding in found:
        words = shown(finding.found) + (f"\n[dim]{shown(finding.advice)}[/]" if finding.advice else "")
        table.add_row(_MARKS[finding.level], finding.check, shown(finding.of), words)
    return table
