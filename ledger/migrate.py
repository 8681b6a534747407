"""Making and updating tables: once, by one process at a time, and by nobody else.

A database counts its migrations in the table `installation`. A release knows the steps; it makes those that are
missing, and refuses a database that has more. Facts are never rewritten by a step: their shape is final.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import uuid4

import psycopg

from ledger import log_tables, postgres, sqlite, vault
from ledger.connecting import available as postgres_available
from ledger.errors import LedgerError, LedgerUnavailableError, NotMigratedError
from ledger.hooks import tables as hooks
from ledger.outbox import tables as outbox
from ledger.pulls import tables as pulls
from ledger.rows import WAIT_SECONDS
from ledger.statements import tables as statements
from ledger.write_ahead import write_ahead

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ledger.connecting import Connection

POSTGRES = ("postgresql://", "postgres://")
LOCK = 0x67_75_69_6C_64_62_6B_31
"""The advisory lock under which PostgreSQL's tables are made."""


INSTALLATION = "CREATE TABLE installation (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
TOLD = "SELECT name, value FROM installation"
MOVED = "moved"
"""The row of `installation` that says where the book of a file has gone; such a file is not opened any more."""


class NewColumn(NamedTuple):
    """A column that a table of an earlier release lacks."""

    table: str
    column: str
    kind: str


class Step(NamedTuple):
    """One migration: what it does in words, and the statements for each of the databases."""

    words: str
    postgres: tuple[str | NewColumn, ...]
    sqlite: tuple[str | NewColumn, ...]


_COLUMNS = (
    NewColumn("directory", "epoch", "BIGINT NOT NULL DEFAULT 0"),
    NewColumn("vault.communities", "kek", "TEXT"),
    NewColumn("vault.accounts", "bucket", "TEXT"),
)


STEPS: tuple[Step, ...] = (
    Step(
        "tables of facts, claims, conflicts and people",
        (*postgres.CREATE, "CREATE SCHEMA IF NOT EXISTS vault", *vault.CREATE),
        (*sqlite.CREATE, *vault.CREATE),
    ),
    Step(
        "tables of the transparency log, and keys that can be forgotten",
        (*_COLUMNS, *log_tables.CREATE, *vault.FORGETTING, "CREATE INDEX accounts_bucket ON vault.accounts (bucket)"),
        (
            *_COLUMNS,
            *log_tables.CREATE,
            *vault.FORGETTING,
            "CREATE INDEX IF NOT EXISTS vault.accounts_bucket ON accounts (bucket)",
        ),
    ),
    Step(
        "tables of who is signed in, and by which provider",
        (*vault.ENTERING, "CREATE INDEX sign_ins_holder ON vault.sign_ins (community, holder)"),
        (
            *vault.ENTERING,
            "CREATE INDEX IF NOT EXISTS vault.sign_ins_holder ON sign_ins (community, holder)",
        ),
    ),
    Step(
        "tables of what is sent out",
        (*outbox.CREATE, outbox.INDEX),
        (*outbox.CREATE, outbox.SQLITE_INDEX),
    ),
    Step(
        "tables of doors for platforms, and of what came and was not taken",
        (*hooks.CREATE, hooks.INDEX),
        (*hooks.CREATE, hooks.SQLITE_INDEX),
    ),
    Step("table of what is listened to or asked, and how far it was taken", pulls.CREATE, pulls.CREATE),
    Step("tables of statements and documents, as an LMS reports them", statements.CREATE, statements.SQLITE_CREATE),
)


class _Rows(Protocol):
    """What can be asked of one database of the ledger, its vault in it or beside it."""

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]: ...

    def has(self, table: str) -> bool: ...


class _Making(_Rows, Protocol):
    """A transaction in which its tables are made."""

    def add_column(self, new: NewColumn) -> None: ...


def is_postgres(database: str) -> bool:
    """Return whether a database is named by a `postgresql://` address; else it is the path of a SQLite file."""
    return database.startswith(POSTGRES)


def listed(databases: str | Sequence[str]) -> list[str]:
    """Return the databases of an installation, shard 0 first.

    Raises `LedgerError` where one is missing or kept nowhere, named twice, or a further one is no PostgreSQL.
    """
    found = [databases] if isinstance(databases, str) else list(databases)
    for shard, database in enumerate(found):
        if not database or database.startswith(":memory:"):
            raise LedgerError(f"database: wanted a file or a postgresql:// address, got {database!r}")
        if shard and not (is_postgres(database) and is_postgres(found[0])):
            raise LedgerError(f"shard {shard}: wanted postgresql:// addresses for all shards, got a file")
    if not found or len(set(found)) < len(found):
        raise LedgerError(f"databases: wanted one or more, each once, got {len(found)}")
    return found


def vault_file(database: str) -> Path:
    """Return the file of the vault that goes with a SQLite ledger."""
    path = Path(database)
    return path.with_name(f"{path.stem}.vault.sqlite")


def migrate(databases: str | Sequence[str]) -> list[str]:
    """Make or update the tables of every shard; return what was done, in words; [] where nothing was to do.

    Any number of processes may call this at once. Raises `LedgerUnavailableError`, `NotMigratedError` where a
    database belongs to a later release or is another shard, and `LedgerError` where one is none.
    """
    done: list[str] = []
    for shard, database in enumerate(listed(databases)):
        with _migrating(database) as rows:
            done += _stepped(rows, shard, postgres_=is_postgres(database))
    return done


def checked(rows: _Rows, shard: int) -> str:
    """Return the id of the installation a database belongs to. Raises `NotMigratedError` where it is not ours."""
    told = dict(rows.run(TOLD)) if rows.has("installation") else {}
    version = int(told.get("schema", 0))
    if version < len(STEPS):
        what = f"{version} of {len(STEPS)} migrations" if version else "no tables of this program"
        raise NotMigratedError(f"shard {shard}: wanted a migrated database, got {what}; run `guildbook migrate`")
    _not_another(told, version, shard)
    return str(told["id"])


def _stepped(rows: _Making, shard: int, *, postgres_: bool) -> list[str]:
    if not rows.has("installation"):
        if rows.has("stored_events"):
            raise NotMigratedError(f"shard {shard}: wanted an empty database, got tables of a layout before the first")
        rows.run(INSTALLATION)
    told = dict(rows.run(TOLD))
    version = int(told.get("schema", 0))
    _not_another(told, version, shard)
    for step in STEPS[version:]:
        for statement in step.postgres if postgres_ else step.sqlite:
            if isinstance(statement, NewColumn):
                rows.add_column(statement)
            else:
                rows.run(statement)
    if version == len(STEPS):
        return []
    rows.run("DELETE FROM installation")
    values = [("id", told.get("id", str(uuid4()))), ("shard", str(shard)), ("schema", str(len(STEPS)))]
    for value in values:
        rows.run("INSERT INTO installation VALUES (?, ?)", value)
    return [f"shard {shard}: {step.words}" for step in STEPS[version:]]


def _not_another(told: dict[str, str], version: int, shard: int) -> None:
    if MOVED in told:
        raise NotMigratedError(
            f"wanted a book, got what is left of one that moved; set GUILDBOOK_DATABASE={told[MOVED]}"
        )
    if version > len(STEPS):
        raise NotMigratedError(
            f"shard {shard}: wanted at most {len(STEPS)} migrations, got {version}: a later release made them"
        )
    if int(told.get("shard", shard)) != shard:
        raise NotMigratedError(f"shard {shard}: wanted its database, got that of shard {told['shard']}")


class _SQLite:
    """The ledger's file; what is said of `vault.` goes to the file beside it, and is durable at once."""

    def __init__(self, connection: sqlite3.Connection, beside: sqlite3.Connection | None = None) -> None:
        self._connection = connection
        self._beside = beside or connection

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        connection = self._beside if "vault." in statement else self._connection
        return connection.execute(statement, parameters).fetchall()

    def has(self, table: str) -> bool:
        return bool(self.run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)))

    def add_column(self, new: NewColumn) -> None:
        """Add a column, unless it is there: what was done to the vault's file before a crash is done."""
        schema, _, table = new.table.rpartition(".")
        connection = self._beside if schema else self._connection
        there = "SELECT 1 FROM pragma_table_info(?, ?) WHERE name = ?"
        if not connection.execute(there, (table, schema or "main", new.column)).fetchall():
            self.run(f"ALTER TABLE {new.table} ADD COLUMN {new.column} {new.kind}")


class _Postgres:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def run(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(statement.replace("?", "%s").encode(), parameters)
        return cursor.fetchall() if cursor.description else []

    def has(self, table: str) -> bool:
        return self.run("SELECT to_regclass(?) IS NOT NULL", (table,))[0][0] is True

    def add_column(self, new: NewColumn) -> None:
        self.run(f"ALTER TABLE {new.table} ADD COLUMN IF NOT EXISTS {new.column} {new.kind}")


@contextlib.contextmanager
def _migrating(database: str) -> Iterator[_Making]:
    """Open a transaction in which nobody else migrates."""
    if is_postgres(database):
        with (
            postgres_available(),
            psycopg.connect(database, connect_timeout=WAIT_SECONDS) as server,
            server.transaction(),
        ):
            server.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            yield _Postgres(server)
        return
    beside = vault_file(database)
    with contextlib.suppress(OSError):  # what is wrong with the path is said below
        beside.touch(mode=0o600)
    with (
        sqlite.available(),
        contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection,
        contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as vault_,
    ):
        write_ahead(connection, patience=WAIT_SECONDS)
        connection.execute("BEGIN IMMEDIATE")
        vault_.execute("ATTACH ? AS vault", (str(beside),))
        yield _SQLite(connection, vault_)
        connection.execute("COMMIT")


@contextlib.contextmanager
def reading(database: str, connection: Connection | None = None) -> Iterator[_Rows]:
    """Open a database to look at what was migrated. Raises `NotMigratedError` where there is not even a file."""
    if connection is not None:
        yield _Postgres(connection)
        return
    if not Path(database).is_file():
        if not Path(database).parent.is_dir():
            raise LedgerUnavailableError(f"ledger: wanted the SQLite file, got no folder {Path(database).parent}")
        raise NotMigratedError(f"{Path(database).name}: wanted a migrated file, got none; run `guildbook migrate`")
    with sqlite.available(), contextlib.closing(sqlite3.connect(database, timeout=WAIT_SECONDS)) as opened:
        yield _SQLite(opened)
