"""Key files: made once, private, and refused in words a person can act on."""

from __future__ import annotations

import base64
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from ledger.key_files import KeyFileError, load_or_create_secret
from ledger.keys import Algorithm, FileSigner, Signer, multikey

RACERS = 8


def signer_of(directory: Path) -> Signer:
    """Open the same signer that every test here opens."""
    return FileSigner.open(directory, "weavers")


def test_a_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    first, again = signer_of(tmp_path / "keys"), signer_of(tmp_path / "keys")
    other = FileSigner.open(tmp_path / "keys", "potters")

    assert first.kid == again.kid != other.kid
    assert first.public_key == again.public_key
    assert first.sign(b"badge") == again.sign(b"badge") != other.sign(b"badge")


def test_signatures_are_ed25519(tmp_path: Path) -> None:
    signer = signer_of(tmp_path / "keys")
    public = Ed25519PublicKey.from_public_bytes(signer.public_key)

    public.verify(signer.sign(b"badge"), b"badge")
    with pytest.raises(InvalidSignature):
        public.verify(signer.sign(b"badge"), b"another")


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # by RFC 9864; verifiers know no other name yet
@pytest.mark.parametrize(
    ("algorithm", "reading", "length"), [("EdDSA", OKPKey, 64), ("ES256", ECKey, 64), ("RS256", RSAKey, 256)]
)
def test_each_kind_of_key_signs_what_another_library_verifies(
    tmp_path: Path, algorithm: Algorithm, reading: type[OKPKey | ECKey | RSAKey], length: int
) -> None:
    """By the public JWK alone, and under the same thumbprint (RFC 7638)."""
    signer = FileSigner.open(tmp_path / "keys", "weavers", algorithm)
    theirs, token = reading.import_key({**signer.public_jwk()}), _token(signer)
    jws.deserialize_compact(token, theirs, algorithms=["Ed25519", "EdDSA", "ES256", "RS256"])

    assert len(signer.sign(b"badge")) == length
    assert signer.sign(b"badge") == FileSigner.open(tmp_path / "keys", "weavers", algorithm).sign(b"badge")
    assert signer.kid == (multikey(signer.public_key) if algorithm == "EdDSA" else theirs.thumbprint())
    with pytest.raises(KeyFileError, match=r"weavers\.pem: wanted an? \w+.* key, got"):
        FileSigner.open(tmp_path / "keys", "weavers", "ES256" if algorithm == "RS256" else "RS256")


def _token(signer: Signer) -> str:
    parts = (json.dumps({"alg": signer.algorithm, "kid": signer.kid}).encode(), b"{}")
    signed = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return f"{signed}.{base64.urlsafe_b64encode(signer.sign(signed.encode())).rstrip(b'=').decode()}"


def test_files_are_for_us_alone_and_nothing_is_left_behind(tmp_path: Path) -> None:
    signer_of(tmp_path / "keys")
    load_or_create_secret(tmp_path / "keys" / "kek")

    modes = {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "keys").iterdir()}
    assert modes == {"weavers.pem": 0o600, "passphrase": 0o600, "kek": 0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_a_key_is_never_written_in_the_clear(tmp_path: Path) -> None:
    signer_of(tmp_path / "keys")

    assert (tmp_path / "keys" / "weavers.pem").read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY")
    assert len((tmp_path / "keys" / "passphrase").read_bytes()) == 43


def test_a_passphrase_may_end_in_a_newline(tmp_path: Path) -> None:
    kid = signer_of(tmp_path / "keys").kid
    with (tmp_path / "keys" / "passphrase").open("a") as file:
        file.write("\n")

    assert signer_of(tmp_path / "keys").kid == kid


@pytest.mark.parametrize("name", ["weavers.pem", "passphrase"])
def test_files_open_to_others_are_refused(tmp_path: Path, name: str) -> None:
    signer_of(tmp_path / "keys")
    (tmp_path / "keys" / name).chmod(0o640)

    with pytest.raises(KeyFileError, match=rf"{name}: wanted mode 0600, got 0640; run chmod 600"):
        signer_of(tmp_path / "keys")


def test_a_directory_open_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o755)
    (tmp_path / "keys").chmod(0o755)

    with pytest.raises(KeyFileError, match="keys: wanted mode 0700, got 0755"):
        signer_of(tmp_path / "keys")


def test_a_file_where_the_directory_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("not a directory")

    with pytest.raises(KeyFileError, match="wanted a directory for keys"):
        signer_of(tmp_path / "keys")


def test_a_directory_where_a_key_should_be_is_refused(tmp_path: Path) -> None:
    signer_of(tmp_path / "keys")
    (tmp_path / "keys" / "kek").mkdir(mode=0o700)

    with pytest.raises(KeyFileError, match="kek: wanted a key file"):
        load_or_create_secret(tmp_path / "keys" / "kek")


def test_another_passphrase_is_refused(tmp_path: Path) -> None:
    signer_of(tmp_path / "keys")
    (tmp_path / "keys" / "passphrase").write_text("A" * 43)

    with pytest.raises(KeyFileError, match=r"weavers\.pem: wanted an encrypted PKCS #8 key"):
        signer_of(tmp_path / "keys")


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    signer_of(tmp_path / "keys")
    (tmp_path / "keys" / "passphrase").write_text("hunter2")

    with pytest.raises(KeyFileError, match="passphrase: wanted at least 43 characters of base64url, got 7"):
        signer_of(tmp_path / "keys")


def test_a_lost_passphrase_is_not_replaced(tmp_path: Path) -> None:
    signer_of(tmp_path / "keys")
    (tmp_path / "keys" / "passphrase").unlink()

    with pytest.raises(KeyFileError, match=r"passphrase: wanted the passphrase of weavers\.pem"):
        FileSigner.open(tmp_path / "keys", "potters")
    assert not (tmp_path / "keys" / "passphrase").exists()


def test_an_unencrypted_key_is_refused(tmp_path: Path) -> None:
    signer_of(tmp_path / "keys")
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "keys" / "weavers.pem").write_bytes(pem)

    with pytest.raises(KeyFileError, match=r"weavers\.pem: wanted an encrypted"):
        signer_of(tmp_path / "keys")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    signer_of(tmp_path / "keys")
    passphrase = (tmp_path / "keys" / "passphrase").read_bytes()
    pem = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)
    )
    (tmp_path / "keys" / "weavers.pem").write_bytes(pem)

    with pytest.raises(KeyFileError, match="wanted an Ed25519 key"):
        signer_of(tmp_path / "keys")


@pytest.mark.parametrize("name", ["", "../weavers", "Weavers", "a/b", "a\x00b", ".hidden"])
def test_names_stay_inside_the_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyFileError, match="key name: wanted"):
        FileSigner.open(tmp_path / "keys", name)


def test_a_secret_is_made_once_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "kek"
    secret = load_or_create_secret(path)
    assert len(secret) == 32
    assert load_or_create_secret(path) == secret != load_or_create_secret(path.with_name("other"))

    path.write_bytes(secret[:31])
    with pytest.raises(KeyFileError, match="kek: wanted 32 bytes, got 31"):
        load_or_create_secret(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o500)

    with pytest.raises(KeyFileError, match="passphrase: wanted a key file of our own"):
        signer_of(tmp_path / "keys")


def test_those_racing_to_the_first_use_agree(tmp_path: Path) -> None:
    """Threads stand for processes: what decides is a link in the directory, which both see alike."""
    start = threading.Barrier(RACERS)

    def first_use(_: int) -> tuple[str, bytes]:
        start.wait()
        return signer_of(tmp_path / "keys").kid, load_or_create_secret(tmp_path / "keys" / "kek")

    with ThreadPoolExecutor(RACERS) as racers:
        answers = set(racers.map(first_use, range(RACERS)))

    assert len(answers) == 1
    assert len(list((tmp_path / "keys").iterdir())) == 3


def test_a_kid_is_the_multikey_of_the_public_key() -> None:
    """The key of the Open Badges 3.0 implementation guide's worked example."""
    raw = bytes.fromhex("4bdeafde2ea8beefadd8c699b5c7e0704cf51154d52e17b20b71337ca04cc5a5")

    assert multikey(raw) == "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
