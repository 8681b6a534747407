"""Credentials of which their holder shows a part: the derived proofs of ecdsa-sd-2023.

VC-DI-ECDSA "ecdsa-sd-2023". The issuer signs the mandatory statements together with a key made for this credential
alone, and by that key each other statement; the holder shows some of these, with their signatures. The names of blank
nodes are random, so that they tell nothing of what is left out; the proof says them. A verifier learns that every
statement before it is the issuer's, and nothing of those that are not: what must always be seen (the dates, the
status) is for the issuer to make mandatory.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature

from badges.errors import ProofError, UnsupportedProofError
from badges.linked import rdfc
from badges.proofs import cbor
from badges.proofs.ecdsa import verifying
from badges.proofs.keys import P256_HEADER
from badges.work import spend
from ledger.multibase import MultibaseError, base64url_decode, base64url_encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_SIGNATURES = 512  # each takes a tenth of a millisecond
MOST_NODES = 1_000
LONGEST_VALUE = 131_072  # characters; so many signatures, nodes and indexes take under 100,000
SIGNATURE_BYTES = 64
SIGNATURE = 100  # units of work to check one
_BASE, _DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
_KEY_BYTES = len(P256_HEADER) + 33
_LABEL_BYTES = 32


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a derived proof says (VC-DI-ECDSA "parseDerivedProofValue").

    `key` is a P-256 point of 33 bytes, `labels` names blank nodes by the number of their canonical label, `mandatory`
    are places among the statements in their order.
    """

    base: bytes
    key: bytes
    signatures: tuple[bytes, ...]
    labels: dict[int, str]
    mandatory: frozenset[int]


def read_disclosure(value: str) -> Disclosure:
    """Return what the `proofValue` of a derived proof says. Raises `ProofError`.

    A base proof raises `UnsupportedProofError`: it holds what every other statement could be disclosed by, and is for
    the holder alone.
    """
    if not value.startswith("u") or len(value) > LONGEST_VALUE:
        raise ProofError(f"proofValue: wanted base64url beginning with u, got {ascii(value)[:40]}")
    try:
        raw = base64url_decode(value[1:])
    except MultibaseError as error:
        raise ProofError(f"proofValue: {error}") from error
    if raw.startswith(_BASE):
        raise UnsupportedProofError(
            "wanted a proof derived for verifiers, got the base proof, which is for its holder alone"
        )
    if not raw.startswith(_DERIVED):
        raise ProofError(f"proofValue: wanted a derived proof of ecdsa-sd-2023, got the header {raw[:3].hex()}")
    return _read(cbor.decode(raw[len(_DERIVED) :]))


def check_disclosure(told: Disclosure, quads: Iterable[rdfc.Quad], *, config: bytes, issuer: bytes) -> None:
    """Check that every one of these statements was signed by the P-256 key `issuer` (a point of 33 bytes).

    VC-DI-ECDSA "Verify Derived Proof (ecdsa-sd-2023)"; `config` is the SHA-256 of the canonical proof options. The
    issuer's signature comes first, so that no other work is done for whoever is not. Raises `ProofError`, and
    `UnsafeDocumentError` where the statements are too many or too much alike.
    """
    lines = _lines(told, set(quads))
    if any(place >= len(lines) for place in told.mandatory):
        raise ProofError(f"mandatory statements: wanted places under {len(lines)}, got {max(told.mandatory)}")
    shown = [line for place, line in enumerate(lines) if place not in told.mandatory]
    if len(shown) != len(told.signatures):
        raise ProofError(f"wanted a signature for each of {len(shown)} statements, got {len(told.signatures)}")
    mandatory = "".join(line for place, line in enumerate(lines) if place in told.mandatory)
    signed = config + P256_HEADER + told.key + hashlib.sha256(mandatory.encode()).digest()
    spend(SIGNATURE)
    by_issuer, by_its_own = verifying("P-256", issuer), verifying("P-256", told.key)
    try:
        by_issuer(told.base, signed)
        for signature, line in zip(told.signatures, shown, strict=True):
            spend(SIGNATURE)
            by_its_own(signature, line.encode())
    except InvalidSignature as error:
        raise ProofError("wanted signatures over exactly these statements, got others") from error


def _lines(told: Disclosure, quads: set[rdfc.Quad]) -> Sequence[str]:
    """Return the statements with the names that the proof gives (VC-DI-ECDSA "createVerifyData")."""
    names = rdfc.labels(quads)
    by_number = {f"_:c14n{number}": f"_:{label}" for number, label in told.labels.items()}
    if not set(names.values()) <= by_number.keys():
        raise ProofError(f"wanted names for {len(names)} nodes without an id, got {len(by_number)} or others")
    return rdfc.renamed(quads, {node: by_number[canonical] for node, canonical in names.items()})


def _read(found: object) -> Disclosure:
    """VC-DI-ECDSA "parseDerivedProofValue", its last steps."""
    if not isinstance(found, list) or len(found) != 5:  # noqa: PLR2004  as the clause lists them
        raise ProofError("proofValue: wanted a list of five, got something else")
    base, key, signatures, labels, mandatory = found
    _check_bytes("signature of the issuer", [base], SIGNATURE_BYTES)
    _check_bytes("key of this credential", [key], _KEY_BYTES)
    if not key.startswith(P256_HEADER):
        raise ProofError(f"key of this credential: wanted one of P-256, got multicodec header {key[:2].hex()}")
    if not isinstance(signatures, list) or len(signatures) > MOST_SIGNATURES:
        raise ProofError(f"signatures: wanted at most {MOST_SIGNATURES}, got more or none at all")
    _check_bytes("signatures", signatures, SIGNATURE_BYTES)
    if not isinstance(labels, dict) or len(labels) > MOST_NODES:
        raise ProofError(f"labels: wanted a map from at most {MOST_NODES} numbers, got something else")
    _check_bytes("labels", labels.values(), _LABEL_BYTES)
    if len(set(labels.values())) < len(labels):  # two nodes of the document would be one to the signature
        raise ProofError("labels: wanted one for each node, got one twice")
    if (
        not isinstance(mandatory, list)
        or not all(isinstance(place, int) for place in mandatory)
        or len(set(mandatory)) < len(mandatory)
    ):
        raise ProofError("mandatory statements: wanted places, each once, got something else")
    names = {number: "u" + base64url_encode(label) for number, label in labels.items()}
    return Disclosure(base, key[len(P256_HEADER) :], tuple(signatures), names, frozenset(mandatory))


def _check_bytes(name: str, values: Iterable[object], length: int) -> None:
    for value in values:
        if not isinstance(value, bytes) or len(value) != length:
            got = f"{len(value)} bytes" if isinstance(value, bytes) else type(value).__name__
            raise ProofError(f"{name}: wanted {length} bytes, got {got}")
