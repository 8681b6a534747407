"""The tables of the transparency logs in a ledger's database: what is published, and the hashes it rests on.

Portable. Tiles can be made again from the facts; what was signed cannot.
"""

from __future__ import annotations

CREATE = (
    # hashes: the longest tile so far; every shorter one is its beginning
    """CREATE TABLE log_tiles (
        community TEXT NOT NULL,
        level INTEGER NOT NULL,
        number BIGINT NOT NULL,
        hashes BYTEA NOT NULL,
        PRIMARY KEY (community, level, number)
    )""",
    # note: a signed checkpoint as it was published, with the cosignatures it had then; log: 1, or which one anew
    """CREATE TABLE log_checkpoints (
        community TEXT NOT NULL,
        log INTEGER NOT NULL,
        size BIGINT NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (community, log, size)
    )""",
)
