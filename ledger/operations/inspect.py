"""An inspection of a book: every check, each with what was found and what to do. Changes nothing."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import LedgerError
from ledger.migrate import STEPS, checked, is_postgres, listed
from ledger.operations import inspect_directory, inspect_keys, inspect_store
from ledger.operations.bare import opened
from ledger.operations.finding import Finding, latest
from ledger.operations.inspect_facts import Reading, gaps, heads, recorded
from ledger.rows import system_clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.operations.adopting import Told
    from ledger.operations.bare import Bare

_LAST = "SELECT recorded FROM stored_events WHERE community = ? AND position = ?"


def inspect(databases: str | Sequence[str], *, data: Path, full: bool, told: Told) -> Iterator[Finding]:
    """Yield what is found, shard by shard. `full`: every fact is read, and not a sample.

    `data`: the installation's folder. A shard that cannot be asked is a fault among the others; only where
    `databases` make no sense, `LedgerError` is raised.
    """
    names = listed(databases)
    yield from inspect_keys.key_folder(data / "keys")
    said: list[inspect_directory.Told | None] = []
    for number, name in enumerate(names):
        of, answers = f"shard {number}", None
        try:
            with opened(name) as database:
                checked(database, number)
                yield Finding("tables", of, "ok", f"migration {len(STEPS)} of {len(STEPS)}")
                answers = inspect_directory.told(database)
                yield from _shard(database, name, number, data=data, full=full, told=told)
        except LedgerError as error:
            yield Finding("database", of, "fault", str(error), "see that it runs, and that the settings name it")
        said.append(answers)
    yield from inspect_directory.agree(said)
    if data.is_dir():
        yield inspect_store.disk(data, "data folder")


def _shard(database: Bare, name: str, number: int, *, data: Path, full: bool, told: Told) -> Iterator[Finding]:
    of = f"shard {number}"
    kept = heads(database, number)
    yield from gaps(database, kept, of)
    yield from recorded(database, kept, of, full=full)
    reading = Reading(database, of, full=full)
    reading.read(kept, partial(told, f"Reading {of}"))
    yield from reading.findings()
    yield from inspect_keys.wrapped(database, data / "keys", of)
    for community, head in kept.items():
        for (last,) in database.run(_LAST, (community, head)):
            finding = latest(community, recorded=last, now=system_clock())
            if finding:
                yield finding
    if is_postgres(name):
        yield from inspect_store.postgres(database, of)
    else:
        yield from inspect_store.sqlite(database, name, full=full)
        with contextlib.suppress(OSError):
            yield inspect_store.disk(Path(name).resolve().parent, "ledger's disk")
