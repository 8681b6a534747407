"""Where the views of a book are: beside a SQLite ledger, in a schema of a PostgreSQL one."""

from __future__ import annotations

from pathlib import Path

from projections.views import Views
from projections.views_postgres import PostgresStore
from projections.views_sqlite import SQLiteStore


def open_views(database: str, *, create: bool = True) -> Views:
    """Return the views that go with a ledger: a SQLite path, or a `postgresql://` URL.

    Raises `LedgerUnavailableError` where they cannot be reached.
    """
    if database.startswith(("postgresql://", "postgres://")):
        return Views(PostgresStore(database, create=create), create=create)
    path = Path(database)
    return Views(SQLiteStore(path.with_name(f"{path.stem}.views.sqlite")), create=create)
