"""Key files: made once, private, and refused in words a person can act on."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

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
from ledger.keys import Algorithm, FileSigner, PublicKey, Signer, multikey

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


@pytest.mark.parametrize(("algorithm", "length"), [("EdDSA", 64), ("ES256", 64), ("RS256", 256)])
def test_each_kind_of_key_signs_what_another_verifies(tmp_path: Path, algorithm: Algorithm, length: int) -> None:
    signer = FileSigner.open(tmp_path / "keys", "weavers", algorithm)
    verified_by_another(signer)

    assert len(signer.sign(b"badge")) == length
    assert signer.sign(b"badge") == FileSigner.open(tmp_path / "keys", "weavers", algorithm).sign(b"badge")
    with pytest.raises(KeyFileError, match=r"weavers\.pem: wanted an? \w+.* key, got"):
        FileSigner.open(tmp_path / "keys", "weavers", "ES256" if algorithm == "RS256" else "RS256")


def verified_by_another(signer: Signer) -> None:
    """Let joserfc verify a token by the public JWK alone, and name the key (RFC 7638)."""
    kind: Any = {"EdDSA": OKPKey, "ES256": ECKey, "RS256": RSAKey}[signer.algorithm]
    theirs = kind.import_key({**signer.public_jwk()})
    parts = (json.dumps({"alg": signer.algorithm, "kid": signer.kid}).encode(), b"{}")
    signed = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    token = f"{signed}.{base64.urlsafe_b64encode(signer.sign(signed.encode())).rstrip(b'=').decode()}"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "EdDSA is deprecated")  # by RFC 9864; verifiers know no other name yet
        jws.deserialize_compact(token, theirs, algorithms=[signer.algorithm])
    assert signer.kid == (multikey(signer.public_key) if signer.algorithm == "EdDSA" else theirs.thumbprint())


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

    with pytest.raises(KeyFileError, match=rf"{name}: wanted mode 0600, got 0640; run chmod 600 /"):
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


def test_a_chosen_passphrase_is_taken_where_it_is_stretched_enough(tmp_path: Path) -> None:
    """600,000 rounds of PBKDF2, as the refusal's own words make them, or scrypt."""
    kid, keys = signer_of(tmp_path / "keys").kid, tmp_path / "keys"
    path, made = keys / "weavers.pem", (keys / "passphrase").read_text()
    (keys / "passphrase").write_text("correct horse")
    with pytest.raises(KeyFileError, match=r"weavers\.pem: wanted 600,000 rounds .* got 2,048; run openssl pkcs8"):
        signer_of(keys)

    openssl = shutil.which("openssl") or pytest.skip("no openssl here")
    for how in (["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "600000"], ["-scrypt"]):
        again = [openssl, "pkcs8", "-topk8", *how, "-in", str(path), "-out", str(keys / "new")]
        subprocess.run([*again, "-passin", f"pass:{made}", "-passout", "pass:correct horse"], check=True)
        (keys / "new").chmod(0o600)
        (keys / "new").rename(path)
        made = "correct horse"
        assert signer_of(keys).kid == kid

    with pytest.raises(KeyFileError, match="passphrase: wanted at least 43 characters of base64 for a new key"):
        FileSigner.open(keys, "potters")


def test_a_passphrase_may_be_made_by_openssl_rand_base64(tmp_path: Path) -> None:
    """Its letters are those of base64 and of base64url alike, and its key need not be stretched."""
    passphrase, keys = base64.b64encode(b"\xfb\xff" + bytes(range(31))), tmp_path / "keys"
    assert {*b"+/"} <= {*passphrase}
    keys.mkdir(mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)
    )
    for name, content in {"passphrase": passphrase + b"\n", "weavers.pem": pem}.items():
        (keys / name).touch(mode=0o600)
        (keys / name).write_bytes(content)

    assert signer_of(keys).kid != FileSigner.open(keys, "potters").kid


@pytest.mark.parametrize("name", ["weavers.pem", "passphrase"])
def test_a_link_to_a_file_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    signer_of(tmp_path / "keys")
    (tmp_path / "keys" / name).rename(tmp_path / "elsewhere")
    (tmp_path / "keys" / name).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(KeyFileError, match=rf"{name}: wanted a file, got a symbolic link; run cp --remove-destination"):
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

    with pytest.raises(KeyFileError, match=r"weavers\.pem: wanted an encrypted .* got PRIVATE KEY; run openssl pkcs8"):
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


@pytest.mark.parametrize("kid", ["", "z", "z6Mk", "z" * 48, "z" * 2_000, "6Mk" * 16, "z6Mk0OIl" * 6, "z1" * 24, "zé"])
def test_a_name_that_is_no_multikey_names_no_key(kid) -> None:
    assert PublicKey.of(kid) is None
