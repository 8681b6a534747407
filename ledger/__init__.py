"""What happened: an append-only book of facts, and the vault of the people in it."""

from __future__ import annotations

from ledger.access import Key, Link, Vault
from ledger.auditing import Audit
from ledger.book import Book
from ledger.coalesce import Coalescer, Gathering
from ledger.endorsing import NewEndorsement
from ledger.entrance import INSTALLATION
from ledger.errors import (
    ElsewhereError,
    ErasedError,
    ForkedError,
    KeyUnavailableError,
    LedgerError,
    LedgerUnavailableError,
    NotMigratedError,
    UnknownAwardError,
    UnknownCommunityError,
    UnknownEndorsementError,
    UnknownNominationError,
    UnknownShapeError,
    WrongKeyError,
)
from ledger.facts import (
    BY_HAND,
    BY_HAND_HASH,
    BY_HAND_VERSION,
    Conflict,
    Fact,
    NewAward,
    Outcome,
    account_fields,
    named_in,
    reported,
    token_fields,
)
from ledger.files import new_file
from ledger.hooks import Hook, Stray, StrayCount
from ledger.issuer_keys import Signing
from ledger.key_files import KeyFileError
from ledger.key_history import KnownKey
from ledger.keys import Algorithm, FileSigner, PublicKey, Signer
from ledger.migrate import migrate
from ledger.nominating import Nominee
from ledger.noticing import Notice
from ledger.opening import Opening
from ledger.outbox import Channel, Delivery, Mailbox, New
from ledger.people import FRESH_SECONDS, SLUG, Community
from ledger.pulls import Mark, Pull, TakenOverError
from ledger.rows import system_clock
from ledger.sealing import Sealer
from ledger.sign_ins import LONGEST as LONGEST_SIGN_IN
from ledger.sign_ins import SignIn, SignIns
from ledger.statements import Document, Drawer, Kept, Question, Statements, TakenError
from ledger.statements import New as NewStatement
from ledger.subjects import Subject, Subjects
from ledger.tokens import AccountId, Token
from ledger.transparency import merkle_root
from ledger.write_ahead import write_ahead

__all__ = [
    "BY_HAND",
    "BY_HAND_HASH",
    "BY_HAND_VERSION",
    "FRESH_SECONDS",
    "INSTALLATION",
    "LONGEST_SIGN_IN",
    "SLUG",
    "AccountId",
    "Algorithm",
    "Audit",
    "Book",
    "Channel",
    "Coalescer",
    "Community",
    "Conflict",
    "Delivery",
    "Document",
    "Drawer",
    "ElsewhereError",
    "ErasedError",
    "Fact",
    "FileSigner",
    "ForkedError",
    "Gathering",
    "Hook",
    "Kept",
    "Key",
    "KeyFileError",
    "KeyUnavailableError",
    "KnownKey",
    "LedgerError",
    "LedgerUnavailableError",
    "Link",
    "Mailbox",
    "Mark",
    "New",
    "NewAward",
    "NewEndorsement",
    "NewStatement",
    "Nominee",
    "NotMigratedError",
    "Notice",
    "Opening",
    "Outcome",
    "PublicKey",
    "Pull",
    "Question",
    "Sealer",
    "SignIn",
    "SignIns",
    "Signer",
    "Signing",
    "Statements",
    "Stray",
    "StrayCount",
    "Subject",
    "Subjects",
    "TakenError",
    "TakenOverError",
    "Token",
    "UnknownAwardError",
    "UnknownCommunityError",
    "UnknownEndorsementError",
    "UnknownNominationError",
    "UnknownShapeError",
    "Vault",
    "WrongKeyError",
    "account_fields",
    "merkle_root",
    "migrate",
    "named_in",
    "new_file",
    "reported",
    "system_clock",
    "token_fields",
    "write_ahead",
]
