"""Where the views of a book are: beside a SQLite ledger, in a schema of a PostgreSQL one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger import LedgerError, LedgerUnavailableError
from projections.views import postgres as views_postgres
from projections.views import sqlite as views_sqlite
from projections.views.shard_views import ShardViews
from projections.views.tables import LAYOUT, migrated
from projections.views.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from projections.views.tables import Store


def migrate_views(databases: str | Sequence[str]) -> list[str]:
    """Make the views' tables, or make them anew where they are another release's; return what was done, in words.

    Any number of processes may call this at once. What was in the tables is read again from the ledger by
    whoever follows it. Raises `LedgerUnavailableError`.
    """
    done = []
    for shard, database in enumerate(_listed(databases)):
        making = views_postgres.making(database) if _is_postgres(database) else views_sqlite.making(_beside(database))
        with making as rows:
            if migrated(rows):
                done.append(f"shard {shard}: tables of standings and awards, layout {LAYOUT}")
    return done


def open_views(databases: str | Sequence[str], shard_of: Callable[[str], int]) -> Views:
    """Return the views that go with a ledger: a SQLite path, or the `postgresql://` address of each shard.

    Raises `NotMigratedError` where the tables are missing or another release's, and `LedgerUnavailableError`
    where none of the shards can be reached; one that cannot is tried again by whoever asks it.
    """
    views = Views([ShardViews(_store(database)) for database in _listed(databases)], shard_of)
    down: list[LedgerUnavailableError] = []
    try:
        for shard in views.shards:
            try:
                shard.check()
            except LedgerUnavailableError as error:
                down.append(error)
        if len(down) == len(views.shards):
            raise down[0]
    except LedgerError:
        views.close()
        raise
    return views


def _store(database: str) -> Store:
    if _is_postgres(database):
        return views_postgres.PostgresStore(database)
    return views_sqlite.SQLiteStore(_beside(database))


def _listed(databases: str | Sequence[str]) -> list[str]:
    return [databases] if isinstance(databases, str) else list(databases)


def _is_postgres(database: str) -> bool:
    return database.startswith(("postgresql://", "postgres://"))


def _beside(database: str) -> Path:
    path = Path(database)
    return path.with_name(f"{path.stem}.views.sqlite")
