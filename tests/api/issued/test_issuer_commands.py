"""Issuer keys from the shell: shown, changed, brought along, kept elsewhere; and a drill for the day one is stolen."""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from ledger.keys import Algorithm, FileSigner, new_key
from schemas import format_time
from tests.api.conftest import client_of, opened
from tests.api.people import COMMUNITY
from tests.api.test_operating import Shell, begun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings
    from badges import Issued

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"
PASSPHRASE = base64.urlsafe_b64encode(bytes(range(33)))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return begun(Shell(tmp_path / "data"), tmp_path / "in")


def keys(shell: Shell) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shell.json("issuer", "list", COMMUNITY)["keys"]
    return found


def badge(shell: Shell) -> tuple[Issued, dict[str, Any]]:
    with shell.installation() as here:
        issued = here.awards.all(COMMUNITY)[0]
        return issued, here.awards.document(issued)


def written(path: Path, algorithm: Algorithm = "EdDSA", passphrase: bytes = PASSPHRASE) -> Path:
    """Write a key as somebody brings it along."""
    hidden = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    path.write_bytes(new_key(algorithm).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden))
    path.chmod(0o600)
    return path


def test_keys_are_rotated_retired_and_listed(shell: Shell) -> None:
    _, before = badge(shell)
    new = shell.json("issuer", "rotate", COMMUNITY)["key"]
    token = shell.json("issuer", "rotate", COMMUNITY, "--kind", "rsa")["key"]
    assert shell.json("issuer", "retire", COMMUNITY, token)["retired"] is True
    assert "was retired already" in shell.said("issuer", "retire", COMMUNITY, token)

    first, second, third = keys(shell)
    assert (first["why"], first["kept"], first["algorithm"]) == ("rotated", "file", "EdDSA")
    assert (second["key"], second["retired"], second["revoked"]) == (new, None, None)
    assert (third["key"], third["algorithm"], third["why"]) == (token, "RS256", "withdrawn")
    assert badge(shell)[1] == before
    said = shell.said("issuer", "list", COMMUNITY)
    assert re.search(rf"{new} EdDSA since 20\d\d-\d\d-\d\d, current, kept in file", said)
    assert "kind: wanted ed25519, p256, rsa, got dsa" in shell.said(
        "issuer", "rotate", COMMUNITY, "--kind", "dsa", code=1
    )


def test_the_doctor_misses_keys_that_are_gone(shell: Shell) -> None:
    def found() -> tuple[str, str]:
        (one,) = [each for each in shell.json("doctor")["findings"] if each["check"] == "issuer keys"]
        return one["level"], one["found"]

    assert found() == ("ok", "every key that signed is kept")
    shell("issuer", "rotate", COMMUNITY)
    (shell.folder / "keys" / f"{COMMUNITY}.issuer.pem").unlink()
    level, words = found()
    assert level == "warning"
    assert words.startswith("former keys are kept nowhere (`guildbook issuer list`)")
    first, second = keys(shell)
    assert (first["kept"], second["kept"]) == (None, "file")
    assert shell.json("issuer", "retire", COMMUNITY, first["key"], "--lost")["retired"] is True
    kept = shell.said("issuer", "retire", COMMUNITY, second["key"], "--lost", code=1)
    assert f"key: wanted one that is kept nowhere, got {second['key']}, kept in file" in kept


@pytest.mark.parametrize(
    ("setting", "value", "check", "words"),
    [
        ("KEY_STORE", "nope:x", "issuer keys", "wanted module:callable that can be imported, got 'nope:x'"),
        ("KEY_STORE", "nope", "issuer keys", "wanted module:callable, got 'nope'"),
        ("PKCS11_MODULE", "/lib/token.so", "issuer keys", "wanted the file of the token's PIN, got none"),
        ("DOCUMENTS", "/nowhere", "documents", "wanted a folder, got /nowhere"),
        ("WITNESSES", "https://witness.example", "witnesses", "wanted an address and a key for each witness"),
    ],
)
def test_the_doctor_says_what_no_server_starts_with_and_looks_at_all_else(
    shell: Shell, setting: str, value: str, check: str, words: str
) -> None:
    shell.environment[f"GUILDBOOK_{setting}"] = value
    told = shell.json("doctor", code=1)
    (fault,) = [each for each in told["findings"] if each["level"] == "fault"]
    assert (fault["check"], words in fault["found"]) == (check, True)
    assert {"log", "issuer keys", "standings", "alarms"} <= {each["check"] for each in told["findings"]}
    assert words in shell.said("doctor", code=1)


def test_a_key_is_brought_along_and_a_careless_one_is_refused(shell: Shell, tmp_path: Path) -> None:
    secret, file = tmp_path / "secret", written(tmp_path / "ours.pem")
    told = shell.said("issuer", "import", COMMUNITY, file, "--passphrase-file", secret, code=1)
    assert f"{secret}: wanted the passphrase of ours.pem, got No such file or directory" in told
    secret.write_bytes(PASSPHRASE)
    secret.chmod(0o644)
    told = shell.said("issuer", "import", COMMUNITY, file, "--passphrase-file", secret, code=1)
    assert f"wanted mode 0600, got 0644; run chmod 600 {secret}" in told
    secret.chmod(0o600)
    brought = shell.json("issuer", "import", COMMUNITY, file, "--passphrase-file", secret)["key"]
    assert [each["key"] for each in keys(shell) if not each["retired"]] == [brought]

    secret.write_bytes(b"hunter2")
    (tmp_path / "link.pem").symlink_to(file)
    careless = {
        written(tmp_path / "weak.pem", passphrase=b"hunter2"): "wanted 600,000 rounds of PBKDF2 .* run openssl pkcs8",
        written(tmp_path / "clear.pem", passphrase=b""): "wanted an encrypted PKCS #8 key, got PRIVATE KEY; run ",
        tmp_path / "link.pem": "wanted a file, got a symbolic link; run cp",
        tmp_path / "none.pem": "wanted a key, got No such file",
    }
    for path, words in careless.items():
        assert re.search(words, shell.said("issuer", "import", COMMUNITY, path, "--passphrase-file", secret, code=1))
    file.chmod(0o644)
    assert "run chmod 600" in shell.said("issuer", "import", COMMUNITY, file, "--passphrase-file", secret, code=1)
    assert [each["key"] for each in keys(shell) if not each["retired"]] == [brought]


def test_a_drill_says_what_it_would_do_and_does_it_once_asked(shell: Shell) -> None:
    issued, before = badge(shell)
    with shell.installation() as here:
        recorded = here.book.at(COMMUNITY, [issued.position])[0].recorded
    since = format_time(recorded + 1)
    asked = shell.said("issuer", "compromised", COMMUNITY, "--since", since, code=1)  # nobody says yes
    assert "1 were recorded before: they are issued again under a new key 0 were recorded since" in asked
    assert [each["revoked"] for each in keys(shell)] == [None]

    done = shell.json("issuer", "compromised", COMMUNITY, "--since", since, "--yes")
    stolen, current = keys(shell)
    assert (done["kid"], done["successor"]) == (stolen["key"], current["key"])
    assert (done["reissued"], done["revoked"], stolen["revoked"]) == (1, 0, since)
    _, after = badge(shell)
    assert after["id"] == before["id"]
    assert after["proof"]["verificationMethod"].endswith(current["key"])
    again = shell.json("issuer", "compromised", COMMUNITY, "--since", since, "--yes")
    assert {**again, "seconds": 0} == {**done, "seconds": 0}
    wrong = shell.said("issuer", "compromised", COMMUNITY, "--since", "2199-01-01", "--yes", code=1)
    assert "since: wanted an instant that has come" in wrong


def test_the_server_says_so_where_its_key_cannot_be_used(settings: Settings) -> None:
    with client_of(settings) as client:
        guild = opened(client)
        path = guild.here.settings.data / "keys" / f"{COMMUNITY}.issuer.pem"
        FileSigner.open(path.parent, path.stem)  # by another process
        path.chmod(0o644)
        answer = guild.get(f"/communities/{COMMUNITY}/did.json", "")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert str(path) not in answer.text


class Kms(BaseHTTPRequestHandler):
    """The service of the example in docs/operations.md, with real keys."""

    kept: dict[str, tuple[str, FileSigner]] = {}  # noqa: RUF012  the service's memory, one for each run

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/keys":
            made = FileSigner(new_key(body["algorithm"]))
            self.kept[name := str(uuid4())] = (body["community"], made)
            self._answer(self._told(name))
        else:
            signer = self.kept[self.path.split("/")[2]][1]
            self._answer(base64.b64encode(signer.sign(base64.b64decode(body["message"]))).decode())

    def do_GET(self) -> None:
        community = self.path.partition("=")[2]
        self._answer([self._told(name) for name, (of, _) in self.kept.items() if of == community])

    def _told(self, name: str) -> dict[str, str]:
        signer = self.kept[name][1]
        return {"id": name, "algorithm": signer.algorithm, "public": base64.b64encode(signer.public_key).decode()}

    def _answer(self, told: object) -> None:
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def kms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the service, and put the example's module where it is imported from."""
    docs = OPERATIONS.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.{0,120}GUILDBOOK_KEY_STORE=kms_store:KmsKeys.*?)```", docs, re.DOTALL)
    (tmp_path / "kms_store.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kms)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("KMS_ADDRESS", f"http://127.0.0.1:{server.server_port}")
    yield "kms_store:KmsKeys"
    server.shutdown()
    server.server_close()
    sys.modules.pop("kms_store", None)


def test_the_documented_key_store_keeps_and_uses_keys(shell: Shell, kms: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBOOK_KEY_STORE", kms)
    new = shell.json("issuer", "rotate", COMMUNITY)["key"]
    shell.json("issuer", "rotate", COMMUNITY, "--kind", "p256")

    assert [each["kept"] for each in keys(shell)] == ["file", "kms", "kms"]
    since = "2020-01-01T00:00:00Z"
    done = shell.json("issuer", "compromised", COMMUNITY, "--since", since, "--key", keys(shell)[0]["key"], "--yes")
    assert (done["successor"], done["reissued"], done["revoked"]) == (new, 0, 1)
    issued, document = badge(shell)
    assert issued.revoked
    assert document["proof"]["verificationMethod"].endswith(new)
    monkeypatch.setenv("KMS_ADDRESS", "http://127.0.0.1:1")
    assert "KMS: wanted an answer from http://127.0.0.1:1" in shell.said("issuer", "rotate", COMMUNITY, code=1)
    monkeypatch.setenv("GUILDBOOK_KEY_STORE", "nowhere:Store")
    assert "key store: wanted module:callable that can be imported" in shell.said("issuer", "list", COMMUNITY, code=1)
