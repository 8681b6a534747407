"""What the ledger raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class LedgerError(Exception):
    """The root of everything that the ledger raises."""


class UnknownCommunityError(LedgerError):
    """No community of that short name has been opened in this book."""


class UnknownAwardError(LedgerError):
    """No award stands under that stream id in this community."""


class UnknownEndorsementError(LedgerError):
    """No endorsement stands under that stream id in this community."""


class UnknownNominationError(LedgerError):
    """No nomination of this community is kept under this id."""


class UnknownShapeError(LedgerError):
    """A stored row has a shape, type or version that this release cannot read."""


class LedgerUnavailableError(LedgerError):
    """The database is down, locked or full; the same call may be repeated."""


class ErasedError(LedgerError):
    """What was asked for died with an account's data key."""


class WrongKeyError(LedgerError):
    """The key-encryption key at hand is not the one that wrapped this vault."""


class KeyUnavailableError(LedgerError):
    """A key cannot be used: its file, its token or its service is not to be had, or not what it must be."""


class ClaimTakenError(LedgerError):
    """A claim of the batch was already there; nothing of the batch is stored."""


class StreamTakenError(LedgerError):
    """A row of the batch was already there; nothing of the batch is stored."""


class EpochError(LedgerError):
    """Somebody of the community was erased since the rows were prepared: they are to be prepared anew.

    `positions`: of the rows, the first ones, that were written before.
    """

    def __init__(self, message: str, positions: Sequence[int | None] = ()) -> None:
        super().__init__(message)
        self.positions = positions


class ElsewhereError(LedgerUnavailableError):
    """The community is closed, because it is being moved, or was, or was exported; nothing is stored."""


class NotMigratedError(LedgerError):
    """A database has no tables yet, or those of another release, or is not the shard it was taken for."""


class BusyError(LedgerError):
    """Another process is at something that only one may do at a time."""


class FileFaultError(LedgerError):
    """A file that was handed over (an export, its keys, a backup) is cut, changed, or another than was wanted."""


class ForkedError(LedgerError):
    """The facts of a community are not those whose signed head is known; nothing of it is written or signed."""


class TransparencyError(LedgerError):
    """What a transparency log gave (a proof, a signed note, a tile, a witness's answer) is not what it must be."""
