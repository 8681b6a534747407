"""What a test does to the stored rows and the vault behind the program's back."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import psycopg


def vault_of(database: str) -> str:
    path = Path(database)
    return database if database.startswith("postgresql") else str(path.with_name(f"{path.stem}.vault.sqlite"))


def run(database: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run one statement on the ledger's database, or on its vault where the statement says `vault.`."""
    if database.startswith("postgresql"):
        with psycopg.connect(database, autocommit=True) as connection:
            cursor = connection.execute(statement.replace("?", "%s"), parameters)
            return cursor.fetchall() if cursor.description else []
    file = vault_of(database) if "vault." in statement else database
    opened = sqlite3.connect(file, isolation_level=None)
    try:
        return opened.execute(statement.replace("vault.", ""), parameters).fetchall()
    finally:
        opened.close()


def destroy_key(database: str, account: str | None) -> None:
    """Do to an account what erasing will do at the least."""
    run(database, "UPDATE vault.accounts SET key = NULL WHERE account = ?", account)
