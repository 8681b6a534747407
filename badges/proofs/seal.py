"""Signing documents of one template, many a second: the proof eddsa-rdfc-2022 of `badges.proofs.proof`, filled in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from badges.instants import written
from badges.linked.template import Template
from badges.proofs.proof import RDFC, proof_options
from ledger.multibase import base58_encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.keys import Signer

_MOST_SECONDS = 4_096  # whose proof options are remembered


class Seal:
    """One key of an issuer, for documents with the same `@context`."""

    def __init__(self, signer: Signer, *, verification_method: str, context: Sequence[str]) -> None:
        """Sign with `signer` under that verification method."""
        self._signer = signer
        self._method = verification_method
        self._context = list(context)
        self._options = Template(self._proof, {"created": "2026-03-01T10:00:00Z"})
        head = orjson.dumps(proof_options(RDFC, "%b", verification_method))
        self._head = head[:-1] + b","
        self._begun = lru_cache(_MOST_SECONDS)(self._begin)

    def sign(self, document: bytes, digest: bytes, *, created: int) -> bytes:
        """Return `document`, compact JSON of an object without proofs, with a proof as its last member.

        `digest` is the SHA-256 of its canonical N-Quads, `created` in µs. VC-DI-EDDSA "Create Proof
        (eddsa-rdfc-2022)".
        """
        hashed, options = self._begun(created)
        value = base58_encode(self._signer.sign(hashed + digest)).encode()
        return b'%b,"proof":%b"proofValue":"%b"}}' % (document[:-1], options, value)

    def _begin(self, created: int) -> tuple[bytes, bytes]:
        """Return the hash of the proof's options made then, and their JSON up to the value."""
        values = self._options.filled({"created": written(created)})
        return self._options.digest(values), self._head % values

    def _proof(self, told: Mapping[str, str]) -> dict[str, Any]:
        return {"@context": self._context, **proof_options(RDFC, told["created"], self._method)}
