"""The table of pulls, in the vault: it forgets, and the ledger does not."""

from __future__ import annotations

CREATE = (
    # holder: who may write. heard, behind in µs. sealed: the cursor; present: who is where, gone with an erasure
    """CREATE TABLE IF NOT EXISTS vault.pulls (
        community TEXT NOT NULL,
        connector TEXT NOT NULL,
        holder TEXT NOT NULL,
        since BIGINT NOT NULL,
        heard BIGINT NOT NULL,
        behind BIGINT NOT NULL,
        taken BIGINT NOT NULL,
        refused BIGINT NOT NULL,
        again BIGINT NOT NULL,
        state TEXT NOT NULL,
        said TEXT NOT NULL,
        sealed BYTEA NOT NULL,
        present BYTEA,
        PRIMARY KEY (community, connector)
    )""",
)
