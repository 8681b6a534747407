"""A single fact shown to somebody: its opening, its place in the log, and its place in a badge's evidence.

Written down it is JSON, its opening as `ledger.opening` writes it, hashes as base64url without padding:

    {"type": "guildbook.shown.1", "opening": {...}, "proof": a C2SP tlog-proof as text,
     "evidence": {"credential": URL, "index": 0, "count": 17, "hashes": [...], "root": ...}}

`evidence` is there for a fact that a badge rests on: the path from its leaf to the badge's evidence root (RFC 6962). A
tlog-proof whose extra data is the opening shows the same, but for the badge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from badges.documents.credential import HASH_BYTES, rule_evidence
from badges.errors import LogProofError
from badges.verifying.logged import check_bound
from ledger import Opening, merkle_root, transparency
from ledger.multibase import MultibaseError, base64url_decode, base64url_encode
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.transparency import Node, Proven, VerifierKey

TYPE = "guildbook.shown.1"
LARGEST_SHOWN = 2_097_152  # bytes, 2 MiB
_NAMES = {"type", "opening", "proof"}
_PATH_NAMES = {"credential", "index", "count", "hashes", "root"}


@dataclass(frozen=True, slots=True)
class EvidencePath:
    """Where a fact's leaf is under a badge's evidence root."""

    credential: str  # the badge's id
    index: int  # of the leaf, from 0
    count: int  # how many leaves
    hashes: tuple[bytes, ...]  # from the leaf's sibling up
    root: bytes  # 32

    @classmethod
    def of(cls, credential: str, leaves: Sequence[bytes], index: int) -> Self:
        """Return the path of leaf `index` of the facts that a badge rests on."""

        def read(nodes: Sequence[Node]) -> list[bytes]:
            return [merkle_root(leaves[each.index << each.level : each.index + 1 << each.level]) for each in nodes]

        hashes = transparency.inclusion_proof(index, len(leaves), read)
        return cls(credential, index, len(leaves), tuple(hashes), merkle_root(leaves))


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact as it is shown; nothing of it is verified yet but what is opened."""

    opening: Opening
    proof: str
    path: EvidencePath | None = None

    @property
    def origin(self) -> str:
        """The name of the log that it says it is from."""
        return transparency.Proof.parse(self.proof).checkpoint.partition("\n")[0]

    def document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        made: dict[str, Any] = {"type": TYPE, "opening": self.opening.document(), "proof": self.proof}
        if self.path is not None:
            made["evidence"] = {
                "credential": self.path.credential,
                "index": self.path.index,
                "count": self.path.count,
                "hashes": [base64url_encode(each) for each in self.path.hashes],
                "root": base64url_encode(self.path.root),
            }
        return made

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Return what `raw` writes down: JSON as above, or a tlog-proof with an opening. Raises `LogProofError`."""
        if len(raw) > LARGEST_SHOWN:
            raise LogProofError(f"shown fact: wanted at most {LARGEST_SHOWN} bytes, got {len(raw)}")
        try:
            if not raw.lstrip().startswith(b"{"):
                proof = transparency.Proof.parse(raw)
                return cls(Opening.parse(proof.extra), proof.text)
            found = loads(raw)
            names = found.keys() if isinstance(found, dict) else set()
            if not isinstance(found, dict) or names - {"evidence"} != _NAMES or found["type"] != TYPE:
                raise LogProofError(f"shown fact: wanted {TYPE} with opening and proof, got {ascii(found)[:60]}")
            if not isinstance(found["proof"], str):
                raise LogProofError(f"shown fact: wanted a tlog-proof as text, got {ascii(found['proof'])[:60]}")
            transparency.Proof.parse(found["proof"])
            path = _path(found["evidence"]) if "evidence" in found else None
            return cls(Opening.of(found["opening"]), found["proof"], path)
        except (MalformedJSONError, transparency.TransparencyError, MultibaseError) as error:
            raise LogProofError(f"shown fact: {error}") from error

    def check(self, log: VerifierKey) -> Proven:
        """Verify by the log's key that this fact is in it, and under the evidence root. Raises `LogProofError`."""
        leaf = self.opening.leaf()
        try:
            proven = transparency.verify_proof(self.proof, leaf, log)
            if self.path is not None:
                (hashed,), path = transparency.leaf_hashes([leaf]), self.path
                transparency.verify_inclusion(hashed, path.index, path.count, path.hashes, path.root)
        except transparency.TransparencyError as error:
            raise LogProofError(str(error)) from error
        return proven

    def check_badge(self, document: Mapping[str, Any]) -> None:
        """Verify that a credential rests on this fact, or is this award. Raises `LogProofError`, `AwardError`.

        The credential's own signature is the caller's to verify.
        """
        if self.path is None:
            check_bound(document, self.opening)
            return
        found = rule_evidence(document)
        said = (found.evidence_root, found.evidence_count) if found else None
        if document.get("id") != self.path.credential or said != (self.path.root, self.path.count):
            raise LogProofError(f"wanted the badge {self.path.credential[:200]} with that evidence root, got another")


def _path(found: object) -> EvidencePath:
    if not isinstance(found, dict) or found.keys() != _PATH_NAMES:
        raise LogProofError(f"evidence: wanted {', '.join(sorted(_PATH_NAMES))}, got {ascii(found)[:60]}")
    index, count, hashes = found["index"], found["count"], found["hashes"]
    if type(index) is not int or type(count) is not int or not isinstance(found["credential"], str):
        raise LogProofError(f"evidence: wanted a credential, index and count, got {ascii(found)[:60]}")
    if not isinstance(hashes, list):
        raise LogProofError(f"evidence: wanted a list of hashes, got {ascii(hashes)[:60]}")
    path = tuple(_hash(each) for each in hashes)
    return EvidencePath(found["credential"], index, count, path, _hash(found["root"]))


def _hash(found: object) -> bytes:
    raw = base64url_decode(found) if isinstance(found, str) else b""
    if len(raw) != HASH_BYTES:
        raise LogProofError(f"hash of the evidence: wanted {HASH_BYTES} bytes in base64url, got {ascii(found)[:60]}")
    return raw
