"""The tables of doors, in the vault: it forgets, and the ledger does not."""

from __future__ import annotations

CREATE = (
    # sealed: its secrets, the newest first, and since when each holds
    """CREATE TABLE IF NOT EXISTS vault.hooks (
        community TEXT NOT NULL,
        connector TEXT NOT NULL,
        since BIGINT NOT NULL,
        sealed BYTEA NOT NULL,
        PRIMARY KEY (community, connector)
    )""",
    # what came and was not taken. why: unknown, misfit, refused, conflict. key: the platform's word for what happened
    """CREATE TABLE IF NOT EXISTS vault.strays (
        id TEXT PRIMARY KEY,
        community TEXT NOT NULL,
        connector TEXT NOT NULL,
        why TEXT NOT NULL,
        key TEXT NOT NULL,
        at BIGINT NOT NULL,
        sealed BYTEA NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS vault.stray_counts (
        community TEXT NOT NULL,
        connector TEXT NOT NULL,
        why TEXT NOT NULL,
        key TEXT NOT NULL,
        number BIGINT NOT NULL,
        first BIGINT NOT NULL,
        last BIGINT NOT NULL,
        PRIMARY KEY (community, connector, why, key)
    )""",
)
INDEX = "CREATE INDEX strays_of ON vault.strays (community, connector, at)"
SQLITE_INDEX = "CREATE INDEX IF NOT EXISTS vault.strays_of ON strays (community, connector, at)"
