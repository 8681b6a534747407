"""Who signs: one key and its public half, whether the private one is in a file here, a module or a service elsewhere.

Three kinds, by the JOSE algorithm they sign with (RFC 7518, RFC 8037). Credentials with embedded proofs, status lists
and logs are signed with Ed25519 alone; ECDSA on P-256 and RSA are for tokens that a certifier wants so.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, Self

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from ledger import ed25519, pkcs8
from ledger.key_files import (
    LONGEST_KEY_FILE,
    SECRET_BYTES,
    KeyFileError,
    load,
    load_or_create,
    make_private_directory,
    read_private,
)
from ledger.multibase import MultibaseError, base58_decode, base58_encode, base64url_encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Algorithm = Literal["EdDSA", "ES256", "RS256"]
PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

PASSPHRASE_FILE = "passphrase"  # noqa: S105  the name of a file
RSA_BITS = 2_048  # of a new key
RSA_SIZES = (2_048, 3_072, 4_096)

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,127}")
_ED25519_HEADER = b"\xed\x01"  # multicodec ed25519-pub, as a varint


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a key.

    `raw`: of EdDSA the 32 bytes of RFC 8032, of ES256 the compressed point (33 bytes, SEC 1), of RS256 an
    RSAPublicKey in DER (RFC 8017 "RSA Public Key Syntax").
    """

    algorithm: Algorithm
    raw: bytes

    @classmethod
    def of(cls, kid: str) -> PublicKey | None:
        """Return the key that is named by its own Multikey, as Ed25519 is; None for another name."""
        try:
            raw = base58_decode(kid)
        except MultibaseError:
            return None
        header, key = raw[:2], raw[2:]
        return cls("EdDSA", key) if header == _ED25519_HEADER and len(key) == ed25519.PUBLIC_BYTES else None

    @property
    def kid(self) -> str:
        """The key's name: of Ed25519 the Multikey (`z6Mk...`), of others the thumbprint of RFC 7638, 43 characters."""
        if self.algorithm == "EdDSA":
            return multikey(self.raw)
        return base64url_encode(hashlib.sha256(orjson.dumps(self.jwk(), option=orjson.OPT_SORT_KEYS)).digest())

    def jwk(self) -> dict[str, str]:
        """Return the key as a JSON Web Key, of the required members alone (RFC 7638 "JWK Members Used")."""
        match self.algorithm:
            case "EdDSA":
                return {"crv": "Ed25519", "kty": "OKP", "x": base64url_encode(self.raw)}
            case "ES256":
                point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), self.raw).public_numbers()
                x, y = (base64url_encode(part.to_bytes(32)) for part in (point.x, point.y))
                return {"crv": "P-256", "kty": "EC", "x": x, "y": y}
            case "RS256":
                key = load_der_public_key(self.raw)
                assert isinstance(key, RSAPublicKey)  # noqa: S101  for the type checker
                e, n = (base64url_encode(_unsigned(part)) for part in (key.public_numbers().e, key.public_numbers().n))
                return {"e": e, "kty": "RSA", "n": n}


class Signer(Protocol):
    """Whatever can sign with one key: a file here, a module or a service elsewhere."""

    @property
    def kid(self) -> str:
        """The key's name, as `PublicKey.kid` has it."""
        ...

    @property
    def algorithm(self) -> Algorithm:
        """What it signs with (RFC 7518 "Algorithms", RFC 8037)."""
        ...

    @property
    def public_key(self) -> bytes:
        """The public key, as `PublicKey.raw` has it: 32 bytes where it is Ed25519."""
        ...

    def public_jwk(self) -> dict[str, str]:
        """Return the public key as a JSON Web Key, as `PublicKey.jwk` does."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message` as JOSE has it: EdDSA 64 bytes, ES256 r||s (64), RS256 as long as n."""
        ...


class KeyHolder:
    """What every signer of ours says of its key."""

    def __init__(self, public: PublicKey) -> None:
        """`public`: its public half."""
        self._public = public
        self._kid = public.kid

    @property
    def kid(self) -> str:
        """The key's name."""
        return self._kid

    @property
    def algorithm(self) -> Algorithm:
        """What it signs with."""
        return self._public.algorithm

    @property
    def public_key(self) -> bytes:
        """The public key, as `PublicKey.raw` has it."""
        return self._public.raw

    def public_jwk(self) -> dict[str, str]:
        """Return the public key as a JSON Web Key."""
        return self._public.jwk()


class FileSigner(KeyHolder):
    """A key held in memory, usually read from a key folder. Safe to share between threads.

    The same message gives the same bytes, also with ECDSA (RFC 6979).
    """

    def __init__(self, key: PrivateKey) -> None:
        """Sign with `key`."""
        super().__init__(public_half(key))
        self._sign = _signing(key)

    @classmethod
    def open(cls, directory: Path, name: str, algorithm: Algorithm = "EdDSA") -> Self:
        """Return the signer `name` of `directory`, making directory, passphrase and key where absent.

        Processes may race to the first use: one key wins, and all return it.
        Raises `KeyFileError`, naming the file.
        """
        if not _NAME.fullmatch(name):
            raise KeyFileError(f"key name: wanted {_NAME.pattern}, got {name!r}")
        path = directory / f"{name}.pem"
        if not path.is_symlink() and not path.exists():
            write_key(path, new_key(algorithm))
        return cls(_of_kind(_read(path), algorithm, path))

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message` as JOSE has it. The same message gives the same bytes."""
        return self._sign(message)


def multikey(public_key: bytes) -> str:
    """Return an Ed25519 public key (32 bytes) as Controlled Identifiers 1.0 "Multikey": `z6Mk...`."""
    return base58_encode(_ED25519_HEADER + public_key)


def public_half(key: PrivateKey) -> PublicKey:
    """Return the public half of a private key."""
    match key:
        case Ed25519PrivateKey():
            return PublicKey("EdDSA", key.public_key().public_bytes_raw())
        case EllipticCurvePrivateKey():
            return PublicKey("ES256", key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
        case _:
            return PublicKey("RS256", key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1))


def new_key(algorithm: Algorithm) -> PrivateKey:
    """Return a new private key of the kind that signs so."""
    match algorithm:
        case "EdDSA":
            return Ed25519PrivateKey.generate()
        case "ES256":
            return generate_private_key(SECP256R1())
        case "RS256":
            return generate_rsa(public_exponent=65_537, key_size=RSA_BITS)


def _signing(key: PrivateKey) -> Callable[[bytes], bytes]:
    match key:
        case Ed25519PrivateKey():
            return ed25519.signing(key)
        case EllipticCurvePrivateKey():
            deterministic = ECDSA(SHA256(), deterministic_signing=True)
            return lambda message: raw_ecdsa(key.sign(message, deterministic))
        case _:
            return lambda message: key.sign(message, PKCS1v15(), SHA256())


def raw_ecdsa(der: bytes) -> bytes:
    """Return a P-256 signature as r||s, 64 bytes (RFC 7518 "Digital Signature with ECDSA"), from its DER."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(32) + s.to_bytes(32)


def read_signer(path: Path) -> FileSigner:
    """Return the signer of a key file, of whichever kind. Raises `KeyFileError`."""
    key = _read(path)
    return FileSigner(_of_kind(key, _kind(key), path))


def read_foreign(path: Path, passphrase: bytes) -> PrivateKey:
    """Return the private key in an encrypted PKCS #8 file that somebody brings along. Raises `KeyFileError`."""
    try:
        key = pkcs8.opened(read_private(path, LONGEST_KEY_FILE), passphrase, path)
    except OSError as error:
        raise KeyFileError(f"{path}: wanted a key, got {error.strerror}") from error
    return _of_kind(key, _kind(key), path)


def write_key(path: Path, key: PrivateKey) -> None:
    """Keep a key in a file of a key folder, unless there is one already. Raises `KeyFileError`."""
    directory = path.parent
    make_private_directory(directory)
    orphans = sorted(directory.glob("*.pem"))  # listed first: a passphrase always precedes its keys
    secret = directory / PASSPHRASE_FILE
    if orphans and not secret.exists():
        raise KeyFileError(f"{secret}: wanted the passphrase of {orphans[0].name}, got no such file")
    passphrase = load_or_create(secret, lambda: base64url_encode(secrets.token_bytes(SECRET_BYTES)).encode()).strip()
    if not pkcs8.is_strong(passphrase):
        raise KeyFileError(
            f"{secret}: wanted at least {pkcs8.STRONG_CHARS} characters of base64 for a new key, "
            f"got {len(passphrase)}; encrypt the keys there anew under such a one, by openssl pkcs8 -topk8"
        )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
    load_or_create(path, lambda: pem)


def _read(path: Path) -> object:
    make_private_directory(path.parent)
    secret = path.parent / PASSPHRASE_FILE
    passphrase = load(secret)
    if passphrase is None:
        raise KeyFileError(f"{secret}: wanted the passphrase of {path.name}, got no such file")
    pem = load(path)
    if pem is None:
        raise KeyFileError(f"{path}: wanted a key, got no such file")
    return pkcs8.opened(pem, passphrase.strip(), path)  # a person's editor adds a newline


def _kind(key: object) -> Algorithm:
    match key:
        case EllipticCurvePrivateKey():
            return "ES256"
        case RSAPrivateKey():
            return "RS256"
    return "EdDSA"


def _of_kind(key: object, algorithm: Algorithm, what: object) -> PrivateKey:
    """Return `key` where it is of the kind that signs so, else raise `KeyFileError`, which begins with `what`."""
    match algorithm, key:
        case "EdDSA", Ed25519PrivateKey():
            return key
        case "ES256", EllipticCurvePrivateKey(curve=SECP256R1()):
            return key
        case "RS256", RSAPrivateKey() if key.key_size in RSA_SIZES:
            return key
    kind = {"EdDSA": "an Ed25519", "ES256": "a P-256", "RS256": "an RSA (2,048, 3,072 or 4,096 bits)"}[algorithm]
    raise KeyFileError(f"{what}: wanted {kind} key, got {type(key).__name__}")


def _unsigned(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)
