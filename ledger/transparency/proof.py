"""One text that proves offline that an entry is in a log (C2SP tlog-proof).

    c2sp.org/tlog-proof@v1
    extra base64        may be left out, and is by us
    index 73894
    base64 hash         one a line, from the leaf's sibling up
                        an empty line
    the checkpoint      as its log signed it, with the cosignatures of witnesses

Nothing vouches for the extra data. The rest is verified under the keys that a verifier knows, and those alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ledger.errors import TransparencyError
from ledger.transparency.checkpoint import SignedHead, open_checkpoint
from ledger.transparency.lines import MOST_HASHES, base64_of, bytes_of, decimal_of, hash_of, shown, text_of
from ledger.transparency.tree import leaf_hashes, verify_inclusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.transparency.notes import VerifierKey

PROOF_TYPE = "c2sp.org/tlog-proof@v1"  # its first line
_EXTRA, _INDEX = "extra ", "index "


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as it stands; nothing of it is verified yet."""

    index: int  # of the entry, from 0
    hashes: tuple[bytes, ...]  # from the leaf's sibling up
    checkpoint: str  # a signed note
    extra: bytes = b""

    @property
    def text(self) -> str:
        """The proof as a text (tlog-proof "Format")."""
        extra = [_EXTRA + base64_of(self.extra)] if self.extra else []
        head = [PROOF_TYPE, *extra, f"{_INDEX}{self.index}", *map(base64_of, self.hashes)]
        return "\n".join([*head, "", self.checkpoint])

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Return the proof that a text stands for, unverified. Raises `TransparencyError`."""
        head, empty, checkpoint = text_of(raw, "proof").partition("\n\n")
        first, *lines = head.split("\n")
        if first != PROOF_TYPE or not empty:
            raise TransparencyError(f"proof: wanted {PROOF_TYPE}, its lines and a checkpoint, got {shown(head)}")
        extra = b""
        if lines and lines[0].startswith(_EXTRA):
            extra = bytes_of(lines.pop(0).removeprefix(_EXTRA), "extra data of a proof")
        if not lines or not lines[0].startswith(_INDEX):
            raise TransparencyError(f"proof: wanted the line of the index, got {shown(lines[0] if lines else '')}")
        index = decimal_of(lines.pop(0).removeprefix(_INDEX), "index of a proof")
        if len(lines) > MOST_HASHES:
            raise TransparencyError(f"proof: wanted at most {MOST_HASHES} hashes, got {len(lines)}")
        return cls(index, tuple(hash_of(line, "hash of a proof") for line in lines), checkpoint, extra)


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof showed: the entry is at `index` of the log with this signed head."""

    index: int
    head: SignedHead


def verify_proof(
    raw: bytes | str | Proof, entry: bytes, log: VerifierKey, *, witnesses: Sequence[VerifierKey] = (), quorum: int = 0
) -> Proven:
    """Verify that the log has the data entry `entry`, and that `quorum` of `witnesses` saw it (tlog-proof "Verifying").

    `raw`: the proof's text, or what `Proof.parse` made of it.

    1. its form: the lines of a proof, and a checkpoint
    2. the checkpoint: signed by `log`, whose key bears the log's name
    3. the witnesses: at least `quorum` of these keys have cosigned; the times they tell are returned, not judged
    4. the place: `entry` (for us a fact's leaf, 32 bytes) is at the index, under the root of the checkpoint

    Raises `TransparencyError`, with the first that is not so, and nothing else.
    """
    if not 0 <= quorum <= len({key.public for key in witnesses}):
        raise TransparencyError(f"quorum: wanted 0 to the number of witnesses, {len(witnesses)}, got {quorum}")
    proof = raw if isinstance(raw, Proof) else Proof.parse(raw)  # 1
    head = open_checkpoint(proof.checkpoint, log, witnesses)  # 2
    cosigners = {each.key.public for each in head.cosigned}
    if len(cosigners) < quorum:  # 3
        raise TransparencyError(f"witnesses: wanted {quorum} to have cosigned, got {len(cosigners)}")
    (leaf,) = leaf_hashes([entry])
    verify_inclusion(leaf, proof.index, head.checkpoint.size, proof.hashes, head.checkpoint.root)  # 4
    return Proven(proof.index, head)
