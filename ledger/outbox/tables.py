"""The outbox's tables, in the vault: it forgets, and the ledger does not."""

from __future__ import annotations

CREATE = (
    # state: on, asked (not confirmed yet), paused (it failed for days), ended
    # sealed: address, secrets and label, under the community's key
    """CREATE TABLE IF NOT EXISTS vault.channels (
        id TEXT PRIMARY KEY,
        community TEXT NOT NULL,
        kind TEXT NOT NULL,
        since BIGINT NOT NULL,
        state TEXT NOT NULL,
        sealed BYTEA NOT NULL
    )""",
    # state: due, sent, dead, dropped. key: a digest of what it is about, once for each channel. due: when it is tried
    # next; while it is being sent, when it is tried again should whoever sends it die. sealed: what it is about
    """CREATE TABLE IF NOT EXISTS vault.deliveries (
        id TEXT PRIMARY KEY,
        community TEXT NOT NULL,
        channel TEXT NOT NULL,
        key BYTEA NOT NULL,
        made BIGINT NOT NULL,
        due BIGINT NOT NULL,
        tries INTEGER NOT NULL,
        state TEXT NOT NULL,
        said TEXT NOT NULL,
        sealed BYTEA NOT NULL,
        UNIQUE (channel, key)
    )""",
    # how far a community was looked at: by position, by time, and until when it is quiet (µs)
    """CREATE TABLE IF NOT EXISTS vault.announced (
        community TEXT PRIMARY KEY,
        position BIGINT NOT NULL,
        looked BIGINT NOT NULL,
        quiet BIGINT NOT NULL
    )""",
    # state: asked, on, left. sealed: the address, under the account's key
    """CREATE TABLE IF NOT EXISTS vault.mailboxes (
        account TEXT PRIMARY KEY,
        community TEXT NOT NULL,
        since BIGINT NOT NULL,
        state TEXT NOT NULL,
        sealed BYTEA NOT NULL
    )""",
)
INDEX = "CREATE INDEX deliveries_due ON vault.deliveries (state, due)"
SQLITE_INDEX = "CREATE INDEX IF NOT EXISTS vault.deliveries_due ON deliveries (state, due)"
