"""One shard: a database that keeps some communities whole, their facts and their people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from eventsourcing.persistence import InfrastructureFactory

from ledger import migrate
from ledger.lifecycle import Lifecycles
from ledger.log_tables import LogTables
from ledger.people import People
from ledger.vault import PostgresVault, SQLiteVault

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger import postgres, sqlite
    from ledger.keyring import KeyRing
    from ledger.vault import VaultDatabase


@dataclass(frozen=True, slots=True)
class Shard:
    """An open shard."""

    recorder: sqlite.Recorder | postgres.Recorder
    people: People
    lifecycles: Lifecycles
    vault: VaultDatabase
    log: LogTables
    installation: str  # the id of the installation it belongs to

    @classmethod
    def open(cls, database: str, number: int, *, ring: KeyRing, clock: Callable[[], int]) -> Self:
        """Open the shard kept in `database`. `ring`: the key-encryption keys.

        Raises `LedgerUnavailableError` and `NotMigratedError`.
        """
        factory: InfrastructureFactory = InfrastructureFactory.construct(
            {
                "PERSISTENCE_MODULE": f"ledger.{'postgres' if migrate.is_postgres(database) else 'sqlite'}",
                "SQLITE_DBNAME": database,
                "POSTGRES_DBNAME": database,
            }
        )
        recorder = cast("sqlite.Recorder | postgres.Recorder", factory.aggregate_recorder())
        recorder.clock, recorder.shard = clock, number
        try:
            vault, tables, installation = _checked(database, recorder, number)
        except BaseException:
            recorder.close()
            raise
        people = People(vault, ring, clock, recorder.epoch)
        lifecycles = Lifecycles(factory, recorder, people)
        return cls(recorder, people, lifecycles, vault, LogTables(tables), installation)

    def close(self) -> None:
        """Give back every connection."""
        self.lifecycles.close()
        self.recorder.close()
        self.vault.close()
        self.log.close()


def _checked(
    database: str, recorder: sqlite.Recorder | postgres.Recorder, number: int
) -> tuple[VaultDatabase, VaultDatabase, str]:
    """Return the vault, the tables beside the facts and the installation's id; the database is what it should be."""
    if migrate.is_postgres(database):
        datastore = cast("postgres.Recorder", recorder).datastore
        with datastore.connection() as connection, migrate.reading(database, connection) as rows:
            installation, vault = migrate.checked(rows, number), PostgresVault(datastore)
            return vault, vault, installation
    with migrate.reading(database) as rows:
        installation = migrate.checked(rows, number)
    return SQLiteVault(migrate.vault_file(database)), SQLiteVault(Path(database), "book"), installation
