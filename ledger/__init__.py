"""What happened: an append-only book of facts, and the vault of the people in it."""

from __future__ import annotations

from ledger.access import Key, Link, Vault
from ledger.auditing import Audit
from ledger.book import Book
from ledger.coalesce import Coalescer
from ledger.errors import (
    ElsewhereError,
    ErasedError,
    ForkedError,
    LedgerError,
    LedgerUnavailableError,
    NotMigratedError,
    UnknownAwardError,
    UnknownCommunityError,
    UnknownShapeError,
    WrongKeyError,
)
from ledger.facts import Conflict, Fact, NewAward, Outcome, token_fields
from ledger.keys import FileSigner, KeyFileError, Signer
from ledger.migrate import migrate
from ledger.people import SLUG, Community
from ledger.sealing import Sealer
from ledger.tokens import AccountId, Token
from ledger.transparency import merkle_root

__all__ = [
    "SLUG",
    "AccountId",
    "Audit",
    "Book",
    "Coalescer",
    "Community",
    "Conflict",
    "ElsewhereError",
    "ErasedError",
    "Fact",
    "FileSigner",
    "ForkedError",
    "Key",
    "KeyFileError",
    "LedgerError",
    "LedgerUnavailableError",
    "Link",
    "NewAward",
    "NotMigratedError",
    "Outcome",
    "Sealer",
    "Signer",
    "Token",
    "UnknownAwardError",
    "UnknownCommunityError",
    "UnknownShapeError",
    "Vault",
    "WrongKeyError",
    "merkle_root",
    "migrate",
    "token_fields",
]
