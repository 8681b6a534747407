"""Encrypted PKCS #8 (RFC 5958, RFC 8018): opened only where guessing the passphrase is dear.

A passphrase of 43 characters of base64, or base64url, has 256 bits, if it was made and not chosen: then its stretching
does not matter. Any other is a person's, and must have been stretched by 600,000 rounds of PBKDF2, or by scrypt.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ledger.key_files import KeyFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = 600_000  # of PBKDF2 at least
STRONG_CHARS = 43  # of base64: 256 bits

_STRONG = re.compile(rb"[A-Za-z0-9+/_-]{43,}={0,2}")
_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END \1-----\s*")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")  # 1.2.840.113549.1.5.12
_SCRYPT = bytes.fromhex("2b06010401da47040b")  # 1.3.6.1.4.1.11591.4.11
_LEAST_COST = 16_384  # scrypt's N
_CONSTRUCTED, _INTEGER, _OBJECT = 0x20, 0x02, 0x06


def is_strong(passphrase: bytes) -> bool:
    """Return whether a passphrase has the form of one that was made: at least 43 characters of base64 or base64url."""
    return _STRONG.fullmatch(passphrase) is not None


def opened(pem: bytes, passphrase: bytes, path: Path) -> object:
    """Return the private key in an encrypted PKCS #8 file. Raises `KeyFileError`, which names `path`."""
    found = _PEM.fullmatch(pem.strip())
    if found is None or found[1] != b"ENCRYPTED PRIVATE KEY":
        kind = found[1].decode() if found else "something else"
        raise KeyFileError(f"{path}: wanted an encrypted PKCS #8 key, got {kind}; run {_again(path)}")
    if not is_strong(passphrase) and (weakness := _weakness(found[2])):
        raise KeyFileError(
            f"{path}: wanted {ROUNDS:,} rounds of PBKDF2 under a passphrase that is not {STRONG_CHARS} characters of "
            f"base64, got {weakness}; run {_again(path)}"
        )
    try:
        return load_pem_private_key(pem, password=passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        wanted = "wanted an encrypted PKCS #8 key that the passphrase opens"
        raise KeyFileError(f"{path}: {wanted}, got another passphrase or a damaged file") from error


def _again(path: Path) -> str:
    return f"openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter {ROUNDS} -in {path} -out NEW"


def _weakness(text: bytes) -> str:
    """Return how little the passphrase is stretched, "" where it is enough (RFC 8018 "PBKDF2", RFC 7914 "scrypt")."""
    try:
        parts = list(_primitives(base64.b64decode(text)))
    except (ValueError, IndexError):
        return "a damaged file"
    for at, (tag, value) in enumerate(parts):
        numbers = [int.from_bytes(each) for kind, each in parts[at + 1 :] if kind == _INTEGER]
        if tag == _OBJECT and value == _PBKDF2 and numbers:
            return "" if numbers[0] >= ROUNDS else f"{numbers[0]:,}"
        if tag == _OBJECT and value == _SCRYPT and numbers:
            return "" if numbers[0] >= _LEAST_COST else f"scrypt with a cost of {numbers[0]:,}"
    return "an older scheme"


def _primitives(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of every primitive in DER, in order (X.690 "Distinguished encoding rules")."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(der[at : at + size]), at + size
        content, at = der[at : at + length], at + length
        if tag & _CONSTRUCTED:
            yield from _primitives(content)
        else:
            yield tag, content
