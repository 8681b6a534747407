"""Keys on disk: what signs for a community, and the secret that wraps every other key.

A key directory (mode 0700) holds, each with mode 0600:

- `NAME.pem`        an Ed25519 private key, encrypted PKCS #8 (RFC 5958), one per community
- `passphrase`      43 base64url characters, 256 random bits, which open every `NAME.pem`
- any file of `load_or_create_secret`: 32 random bytes; of key-encryption keys there may be several, see `keyring.py`

The passphrase is generated, never chosen: the PKCS #8 writer stretches it with only 2,048 rounds.
Losing a `NAME.pem` means a new issuer key; losing a secret loses all that it wraps; reading either
is to be able to sign, or to read, as the community.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import stat
from typing import TYPE_CHECKING, Protocol, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from ledger.errors import LedgerError
from ledger.files import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET_BYTES = 32  # 256 bits
PASSPHRASE_FILE = "passphrase"  # noqa: S105  the name of a file
PASSPHRASE_CHARS = 43  # 256 bits in base64url without padding
LONGEST_KEY_FILE = 4_096  # bytes; an encrypted Ed25519 key is about 300

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,127}")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_HEADER = b"\xed\x01"  # multicodec ed25519-pub, as a varint


class KeyFileError(LedgerError):
    """A key file is missing, unreadable, open to others, or not what it should be."""


class Signer(Protocol):
    """Whatever can sign with one Ed25519 key: a file here, a module or a service elsewhere."""

    @property
    def kid(self) -> str:
        """The key's name: its public half as a Multikey (`z6Mk...`)."""
        ...

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes (RFC 8032)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature (64 bytes) over `message`."""
        ...


class FileSigner:
    """An Ed25519 key held in memory, usually read from a key directory. Safe to share between threads."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Sign with `key`."""
        self._key = key
        self._public = key.public_key().public_bytes_raw()

    @classmethod
    def open(cls, directory: Path, name: str) -> Self:
        """Return the signer `name` of `directory`, making directory, passphrase and key where absent.

        Processes may race to the first use: one key wins, and all return it.
        Raises `KeyFileError`, naming the file.
        """
        if not _NAME.fullmatch(name):
            raise KeyFileError(f"key name: wanted {_NAME.pattern}, got {name!r}")
        path = directory / f"{name}.pem"
        make_private_directory(directory)
        orphans = sorted(directory.glob("*.pem"))  # listed first: a passphrase always precedes its keys
        secret = directory / PASSPHRASE_FILE
        if orphans and not secret.exists():
            raise KeyFileError(f"{secret}: wanted the passphrase of {orphans[0].name}, got no such file")
        passphrase = _load_or_create(secret, _new_passphrase).strip()  # a person's editor adds a newline
        _check_passphrase(secret, passphrase)
        return cls(_private_key(path, passphrase))

    @property
    def kid(self) -> str:
        """The key's name: its public half as a Multikey (`z6Mk...`)."""
        return multikey(self._public)

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature (64 bytes) over `message`. The same message gives the same bytes."""
        return self._key.sign(message)


def multikey(public_key: bytes) -> str:
    """Return an Ed25519 public key (32 bytes) as Controlled Identifiers 1.0 "Multikey": `z6Mk...`."""
    raw = _ED25519_HEADER + public_key
    number, digits = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    return "z" + digits


def load_or_create_secret(path: Path) -> bytes:
    """Return the 32 bytes of `path`, first filling it with random ones if it does not exist.

    Whoever races to create it, all callers return the same bytes. Raises `KeyFileError`.
    """
    make_private_directory(path.parent)
    return _secret(path, _load_or_create(path, lambda: secrets.token_bytes(SECRET_BYTES)))


def load_secret(path: Path) -> bytes | None:
    """Return the 32 bytes of `path`, None where there is no such file. Raises `KeyFileError`."""
    try:
        return _secret(path, _read(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _not_ours(path, error) from error


def make_private_directory(directory: Path) -> None:
    """Make `directory` for us alone (0700). Raises `KeyFileError` where others may enter it."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = directory.stat().st_mode
    except OSError as error:
        raise KeyFileError(f"{directory}: wanted a directory for keys, got {error.strerror}") from error
    if mode & _OTHERS:
        raise KeyFileError(f"{directory}: wanted mode 0700, got {stat.S_IMODE(mode):04o}; run chmod 700")


def _secret(path: Path, found: bytes) -> bytes:
    if len(found) != SECRET_BYTES:
        raise KeyFileError(f"{path}: wanted {SECRET_BYTES} bytes, got {len(found)}")
    return found


def _private_key(path: Path, passphrase: bytes) -> Ed25519PrivateKey:
    pem = _load_or_create(path, lambda: _new_pem(passphrase))
    try:
        key = load_pem_private_key(pem, password=passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: the key is not encrypted
        raise KeyFileError(
            f"{path}: wanted an encrypted PKCS #8 key that the passphrase file opens, "
            "got another passphrase or a damaged file"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path}: wanted an Ed25519 key, got {type(key).__name__}")
    return key


def _new_pem(passphrase: bytes) -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)
    )


def _new_passphrase() -> bytes:
    return base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=")


def _check_passphrase(path: Path, passphrase: bytes) -> None:
    if len(passphrase) < PASSPHRASE_CHARS:
        raise KeyFileError(f"{path}: wanted at least {PASSPHRASE_CHARS} characters of base64url, got {len(passphrase)}")


def _load_or_create(path: Path, content: Callable[[], bytes]) -> bytes:
    try:
        if not path.exists():
            _create(path, content())
        return _read(path)
    except OSError as error:
        raise _not_ours(path, error) from error


def _not_ours(path: Path, error: OSError) -> KeyFileError:
    return KeyFileError(f"{path}: wanted a key file of our own, got {error.strerror}")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise KeyFileError(f"{path}: wanted a regular file, got something else")
        if found.st_mode & _OTHERS:
            raise KeyFileError(f"{path}: wanted mode 0600, got {stat.S_IMODE(found.st_mode):04o}; run chmod 600")
        return file.read(LONGEST_KEY_FILE)


def _create(path: Path, content: bytes) -> None:
    """Give `path` its content whole or not at all; leave it as it is if another process was first."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, a link never replaces what is there
        except FileExistsError:
            return
        sync_folder(path.parent)
    finally:
        draft.unlink()
