"""A community's transparency log, without database, network and clock: trees, tiles, signed heads, proofs.

The data entry of leaf i (from 0) is the 32-byte leaf of the fact at position i + 1 (`ledger.shape.leaf`). The
formats are those of RFC 6962 and of C2SP (tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature,
tlog-proof, tlog-witness), so that others' programs read what we write.
"""

from __future__ import annotations

from ledger.errors import TransparencyError
from ledger.transparency.checkpoint import Checkpoint, SignedHead, open_checkpoint, origin_of, sign_checkpoint
from ledger.transparency.notes import Kind, Note, Verified, VerifierKey, cosign, open_note, sign_note, verifier_key
from ledger.transparency.proof import Proof, Proven, verify_proof
from ledger.transparency.tiles import (
    Bundle,
    Edge,
    Tile,
    TileReader,
    bundled,
    edge_tiles,
    hashes_in_tiles,
    parse_path,
    tiles_written,
    unbundled,
)
from ledger.transparency.tree import (
    GrowingTree,
    HashReader,
    Node,
    consistency_proof,
    inclusion_proof,
    leaf_hashes,
    merkle_root,
    verify_consistency,
    verify_inclusion,
)
from ledger.transparency.witness import Behind, Post, Witness, read_answer, request_cosignatures, submission

__all__ = [
    "Behind",
    "Bundle",
    "Checkpoint",
    "Edge",
    "GrowingTree",
    "HashReader",
    "Kind",
    "Node",
    "Note",
    "Post",
    "Proof",
    "Proven",
    "SignedHead",
    "Tile",
    "TileReader",
    "TransparencyError",
    "Verified",
    "VerifierKey",
    "Witness",
    "bundled",
    "consistency_proof",
    "cosign",
    "edge_tiles",
    "hashes_in_tiles",
    "inclusion_proof",
    "leaf_hashes",
    "merkle_root",
    "open_checkpoint",
    "open_note",
    "origin_of",
    "parse_path",
    "read_answer",
    "request_cosignatures",
    "sign_checkpoint",
    "sign_note",
    "submission",
    "tiles_written",
    "unbundled",
    "verifier_key",
    "verify_consistency",
    "verify_inclusion",
    "verify_proof",
]
