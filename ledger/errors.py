"""What the ledger raises."""

from __future__ import annotations


class LedgerError(Exception):
    """The root of everything that the ledger raises."""


class UnknownCommunityError(LedgerError):
    """No community of that short name has been opened in this book."""


class UnknownAwardError(LedgerError):
    """No award stands under that stream id in this community."""


class UnknownShapeError(LedgerError):
    """A stored row has a shape, type or version that this release cannot read."""


class LedgerUnavailableError(LedgerError):
    """The database is down, locked or full; the same call may be repeated."""


class ErasedError(LedgerError):
    """What was asked for died with an account's data key."""


class WrongKeyError(LedgerError):
    """The key-encryption key at hand is not the one that wrapped this vault."""


class ClaimTakenError(LedgerError):
    """A claim of the batch was already there; nothing of the batch is stored."""
