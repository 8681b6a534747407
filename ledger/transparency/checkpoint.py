"""The signed head of a log (C2SP tlog-checkpoint), a note.

    origin      the log's name, which its key bears too: the address of the log without a scheme
    size        of the tree, in decimal
    root hash   of the tree of that size, base64

Others may add lines to the text; we write none, and rely on none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

from ledger.errors import TransparencyError
from ledger.transparency.lines import base64_of, decimal_of, hash_of, shown
from ledger.transparency.notes import Kind, Verified, VerifierKey, check_name, open_note, sign_note
from ledger.transparency.tree import EMPTY_ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.keys import Signer

_LINES = 3
_HEADS = 256  # signed ones that are remembered


class Checkpoint(NamedTuple):
    """The head of a log's tree."""

    origin: str
    size: int  # leaves
    root: bytes  # 32
    extensions: tuple[str, ...] = ()  # lines that others may add

    @property
    def text(self) -> str:
        """The text that is signed (tlog-checkpoint "Note text")."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, base64_of(self.root), *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the checkpoint that the text of a note stands for. Raises `TransparencyError`.

        The text must have been verified: `open_checkpoint`.
        """
        *lines, end = text.split("\n")
        if end or len(lines) < _LINES or not all(lines):
            raise TransparencyError(f"checkpoint: wanted origin, size and root, one a line, got {shown(text)}")
        origin, size, root, *extensions = lines
        found = cls(
            origin, decimal_of(size, "size of a checkpoint"), hash_of(root, "root of a checkpoint"), tuple(extensions)
        )
        if found.size == 0 and found.root != EMPTY_ROOT:
            raise TransparencyError(f"checkpoint: wanted the root of an empty tree at size 0, got {root}")
        return found


class SignedHead(NamedTuple):
    """A checkpoint that its log signed, and those of known witnesses who cosigned it."""

    checkpoint: Checkpoint
    cosigned: tuple[Verified, ...]


def origin_of(url: str) -> str:
    """Return the origin of the log whose addresses begin with `url` (tlog-tiles "Parameters"): no scheme, no / last.

    Raises `TransparencyError` where no key can have that name.
    """
    origin = url.partition("://")[2].rstrip("/")
    check_name(origin)
    return origin


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return `checkpoint` as a note, signed by the log under its origin's name.

    Whoever calls it has made sure that the tree goes on from every one it ever signed: tlog-checkpoint "Signatures".
    Raises `TransparencyError` where it could not be read again.
    """
    text = checkpoint.text
    if Checkpoint.parse(text) != checkpoint:
        raise TransparencyError(f"checkpoint: wanted one line for the origin and each extension, got {shown(text)}")
    return sign_note(text, checkpoint.origin, signer)


def open_checkpoint(raw: bytes | str, log: VerifierKey, witnesses: Sequence[VerifierKey] = ()) -> SignedHead:
    """Return the checkpoint that `log` signed, and the cosignatures of known witnesses.

    The origin must be the name of the log's key. Raises `TransparencyError` where the log did not sign it, where
    it is of another log, where a signature by any of these keys does not hold, or where a key is of the other kind.
    """
    return _opened(raw, log, tuple(witnesses))


@lru_cache(maxsize=_HEADS)
def _opened(raw: bytes | str, log: VerifierKey, witnesses: tuple[VerifierKey, ...]) -> SignedHead:
    """Do that, once for the same text and keys: what was sealed together is under one head."""
    for key, kind in [(log, Kind.NOTE), *((witness, Kind.COSIGNATURE) for witness in witnesses)]:
        if key.kind is not kind:
            raise TransparencyError(f"verifier key {key}: wanted one of type {kind:d}, got type {key.kind:d}")
    note = open_note(raw, [log, *witnesses])
    if all(each.key != log for each in note.signatures):
        raise TransparencyError(f"checkpoint: wanted a signature by the log's key {log}, got none")
    found = Checkpoint.parse(note.text)
    if found.origin != log.name:
        raise TransparencyError(f"checkpoint: wanted one of the log {log.name}, got one of {shown(found.origin)}")
    return SignedHead(found, tuple(each for each in note.signatures if each.key != log))
