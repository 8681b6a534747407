"""The tables of statements and documents, in the vault: it forgets, and the ledger does not."""

from __future__ import annotations

# id: a keyed digest. state: 0, 1 voided, 2 it voids another. accounts: under whose keys it is sealed, sorted, by
# spaces. terms: those below, 16 bytes each. sealed: NULL once somebody was erased whom it named.
_STATEMENTS = """CREATE TABLE IF NOT EXISTS vault.statements (
        community TEXT NOT NULL,
        stored BIGINT NOT NULL,
        id BYTEA NOT NULL,
        state INTEGER NOT NULL,
        accounts TEXT NOT NULL,
        terms BYTEA NOT NULL,
        sealed BYTEA,
        PRIMARY KEY (community, stored)
    )"""
# what a statement is asked for by: keyed digests of its verb, activities, people, ...
_TERMS = """CREATE TABLE IF NOT EXISTS vault.statement_terms (
        community TEXT NOT NULL,
        term BYTEA NOT NULL,
        stored BIGINT NOT NULL,
        PRIMARY KEY (community, term, stored)
    )"""
# what is attached, by its number in the statement; sealed as the statement is
_FILES = """CREATE TABLE IF NOT EXISTS vault.statement_files (
        community TEXT NOT NULL,
        stored BIGINT NOT NULL,
        number INTEGER NOT NULL,
        sealed BYTEA NOT NULL,
        PRIMARY KEY (community, stored, number)
    )"""
# place, drawer, part: keyed digests, of all that names a document, of what it is listed by, and that with its
# registration. account: whose it is and under whose key; '' is the community's.
_DOCUMENTS = """CREATE TABLE IF NOT EXISTS vault.documents (
        community TEXT NOT NULL,
        place BYTEA NOT NULL,
        drawer BYTEA NOT NULL,
        part BYTEA NOT NULL,
        account TEXT NOT NULL,
        updated BIGINT NOT NULL,
        sealed BYTEA NOT NULL,
        PRIMARY KEY (community, place)
    )"""

CREATE = (
    _STATEMENTS,
    _TERMS,
    _FILES,
    _DOCUMENTS,
    "CREATE UNIQUE INDEX statements_id ON vault.statements (community, id)",
    "CREATE INDEX documents_drawer ON vault.documents (community, drawer)",
    "CREATE INDEX documents_account ON vault.documents (community, account)",
)
SQLITE_CREATE = (
    _STATEMENTS,
    f"{_TERMS} WITHOUT ROWID",
    _FILES,
    _DOCUMENTS,
    "CREATE UNIQUE INDEX IF NOT EXISTS vault.statements_id ON statements (community, id)",
    "CREATE INDEX IF NOT EXISTS vault.documents_drawer ON documents (community, drawer)",
    "CREATE INDEX IF NOT EXISTS vault.documents_account ON documents (community, account)",
)
