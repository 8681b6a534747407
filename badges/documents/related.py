"""Whether related resources are what their digests say (VC Data Model 2.0 "Integrity of Related Resources").

Of resources that are known to the byte: contexts of the W3C whose digest its specifications print. Nothing else is
looked up, so that no issuer can have us read what she likes.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from badges.documents.shape import id_of, listed
from ledger.multibase import MultibaseError, base58_decode, base64url_decode
from schemas import Fault, contexts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SRI = ("sha256", "sha384", "sha512")  # W3C "Subresource Integrity"
_MULTIHASH = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512"}
_BARE = {32: "sha256", 48: "sha384", 64: "sha512"}  # bytes of a digest without the header that names its kind
_URLSAFE = str.maketrans("-_", "+/")


def related_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Find related resources whose digest is another than that of the resource known by their id.

    Of what else is wrong with them, and of kinds of digest that are not known, nothing is said here.
    """
    for place, one in enumerate(listed(document.get("relatedResource"))):
        raw = contexts.published(id_of(one)) if isinstance(one, dict) else None
        if raw is None:
            continue
        for name, same in (("digestSRI", _same_sri), ("digestMultibase", _same_multibase)):
            if isinstance(one.get(name), str) and not same(one[name], raw):
                yield Fault(
                    f"/relatedResource/{place}/{name}", "wanted the digest of what is known by this id, got another"
                )


def _same_sri(text: str, raw: bytes) -> bool:
    """Tell whether one of the digests of the kinds known here fits, or there is none of them."""
    told = [one.partition("-") for one in text.split()]
    known = [(kind, digest.partition("?")[0].translate(_URLSAFE)) for kind, _, digest in told if kind in _SRI]
    fitting = (base64.b64encode(_digest(kind, raw)).decode() == digest for kind, digest in known)
    return not known or any(fitting)


def _same_multibase(text: str, raw: bytes) -> bool:
    try:
        digest = base64url_decode(text[1:]) if text.startswith("u") else base58_decode(text)
    except MultibaseError:
        return not text.startswith(("u", "z"))
    kind, said = _MULTIHASH.get(digest[:2]), digest[2:]
    if kind is None:
        kind, said = _BARE.get(len(digest)), digest
    return kind is None or _digest(kind, raw) == said


@lru_cache(maxsize=16)
def _digest(kind: str, raw: bytes) -> bytes:
    return hashlib.new(kind, raw).digest()
