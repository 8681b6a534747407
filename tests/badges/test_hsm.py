"""Issuer keys in a PKCS #11 token: SoftHSM, which the test initialises itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest

from badges import Verdict
from ledger import Book, KeyFileError, KeyUnavailableError, migrate
from ledger.hsm import HsmError, HsmKeys
from ledger.keys import Algorithm, PublicKey
from tests.badges.test_award import _CHARTER
from tests.badges.test_issuer_keys import awards_of, earns, first, judged
from tests.ledger.test_keys import verified_by_another
from tests.world import COMMUNITY, World

FOLDERS = ("/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/lib64/pkcs11", "/opt/homebrew/lib/softhsm")
TOKEN, PIN = "guildbook", "87654321"


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the module of a SoftHSM that has one token. A process reads its configuration once."""
    pytest.importorskip("pkcs11", reason="no python-pkcs11 here (pip install 'guildbook[hsm]')")
    found = [path for each in FOLDERS if (path := Path(each) / "libsofthsm2.so").exists()]
    tool = shutil.which("softhsm2-util")
    if not found or tool is None:
        pytest.skip("no SoftHSM here (apt-get install softhsm2)")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    settings = (f"directories.tokendir = {folder}/tokens", "objectstore.backend = file", "log.level = ERROR", "")
    (folder / "conf").write_text("\n".join(settings))
    os.environ["SOFTHSM2_CONF"] = str(folder / "conf")
    made = [tool, "--init-token", "--free", "--label", TOKEN, "--so-pin", "12345678", "--pin", PIN]
    subprocess.run(made, check=True, capture_output=True)
    return found[0]


@pytest.fixture
def pin(tmp_path: Path) -> Path:
    path = tmp_path / "pin"
    path.write_text(f"{PIN}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def token(module: Path, pin: Path) -> HsmKeys:
    return HsmKeys(module, TOKEN, pin)


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
def test_each_kind_of_key_is_made_in_the_token_and_stays_there(
    token: HsmKeys, module: Path, pin: Path, algorithm: Algorithm
) -> None:
    pkcs11 = pytest.importorskip("pkcs11")
    made = token.make("weavers", algorithm)
    found = HsmKeys(module, TOKEN, pin).find("weavers", made.kid)

    assert found is not None
    assert (found.kid, found.algorithm, found.public_key) == (made.kid, algorithm, made.public_key)
    assert PublicKey(algorithm, found.public_key).kid == found.kid
    verified_by_another(found)
    assert token.find("potters", made.kid) is None
    session = token._opened()
    (private,) = token._objects(session, pkcs11.ObjectClass.PRIVATE_KEY, "weavers", made.kid)
    assert private[pkcs11.Attribute.NEVER_EXTRACTABLE]
    with pytest.raises(pkcs11.PKCS11Error):
        private[pkcs11.Attribute.PRIVATE_EXPONENT if algorithm == "RS256" else pkcs11.Attribute.VALUE]


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_a_community_issues_from_the_token_and_rotates_there(world: World, token: HsmKeys) -> None:
    """From a file's key to the token's, then to the next one there: what was signed before stays what it was."""
    world.publish(_CHARTER)
    earns(world, "ada", 1)
    with_files = awards_of(world)
    documents = [with_files.document(first(with_files))]
    world.book = Book.open(world.databases, data=world.folder, clock=world.clock, store=token)
    world.standings._book = world.book
    awards = awards_of(world)
    for day, who in enumerate(("bo", "cy"), start=5):
        world.book.issuers.rotate(COMMUNITY)
        earns(world, who, day)
        documents.append(awards.document(awards.all(COMMUNITY)[-1]))

    again = awards_of(world)
    assert [again.document(one) for one in again.all(COMMUNITY)] == documents
    methods = [document["proof"]["verificationMethod"].partition("#")[2] for document in documents]
    assert len(set(methods)) == 3
    assert [world.book.issuers.kept_in(COMMUNITY, kid) for kid in methods] == ["file", "pkcs11", "pkcs11"]
    for document in documents:
        assert judged(world, awards, orjson.dumps(document)) is Verdict.VALID
    token_key = world.book.signer(COMMUNITY, "ES256")
    verified_by_another(token_key)
    assert judged(world, awards, awards.jwt(awards.all(COMMUNITY)[0], "ES256").encode()) is Verdict.VALID
    assert world.book.issuers.kept_in(COMMUNITY, token_key.kid) == "pkcs11"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of a search that python-pkcs11 ends
def test_a_session_that_was_lost_is_opened_again(token: HsmKeys) -> None:
    signer = token.make("weavers", "EdDSA")
    signature = signer.sign(b"badge")
    token._session.close()  # as when the token was taken out and put back

    assert signer.sign(b"badge") == signature


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of a search that python-pkcs11 ends
def test_a_session_that_failed_is_closed(token: HsmKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token has few: whoever opens another and another has none left in the end."""
    pkcs11 = pytest.importorskip("pkcs11")
    signer = token.make("weavers", "EdDSA")
    sessions, opened = [token._session], token._opened

    def another() -> Any:
        sessions.append(opened())
        return sessions[-1]

    monkeypatch.setattr(token, "_opened", another)
    with pytest.raises(HsmError):
        token.sign("weavers", signer.kid, "RS256", b"badge")  # which that key cannot
    assert len(sessions) == 2
    for session in sessions:
        with pytest.raises(pkcs11.PKCS11Error):
            session.generate_random(8)
    assert signer.sign(b"badge")


def test_a_pair_that_cannot_be_named_is_not_left_in_the_token(token: HsmKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    pkcs11 = pytest.importorskip("pkcs11")

    def fails(*_: object) -> PublicKey:
        raise pkcs11.FunctionFailed

    monkeypatch.setattr(token, "_public", fails)
    with pytest.raises(HsmError, match="FunctionFailed"):
        token.make("orphans", "EdDSA")
    left = {pkcs11.Attribute.LABEL: "guildbook orphans issuer"}
    assert list(token._opened().get_objects(left)) == []


@pytest.mark.parametrize("wrapped", [True, False], ids=["in an OCTET STRING", "raw"])
@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_a_point_is_read_however_it_is_kept(token: HsmKeys, algorithm: Algorithm, *, wrapped: bool) -> None:
    """PKCS #11 wants it in an OCTET STRING; some tokens give it raw, and 1 in 65,536 keys begins as one does."""
    pkcs11 = pytest.importorskip("pkcs11")
    raw = b"\x04\x1e" + bytes(range(30)) if algorithm == "EdDSA" else b"\x04\x3f" + bytes(range(63))
    kept: Any = {pkcs11.Attribute.EC_POINT: bytes([4, len(raw)]) + raw if wrapped else raw}
    public = token._public(kept, algorithm)
    assert public.raw == (raw if algorithm == "EdDSA" else b"\x02" + raw[1:33])


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_who_is_not_told_of_the_token_makes_no_other_key(world: World, token: HsmKeys) -> None:
    """A shell without the server's settings must not take the key for lost."""
    with_token = Book.open(world.databases, data=world.folder, clock=world.clock, store=token)
    kid = with_token.issuers.rotate(COMMUNITY).kid
    with pytest.raises(KeyUnavailableError, match=rf"wanted {kid} in the store pkcs11, got none there; set what"):
        world.book.signer(COMMUNITY)
    assert world.book.issuers.rotate(COMMUNITY).kid == with_token.signer(COMMUNITY).kid != kid
    with_token.close()


def test_a_community_that_begins_in_the_token_has_one_first_key(token: HsmKeys, tmp_path: Path) -> None:
    migrate(str(tmp_path / "book.sqlite"))
    books = [Book.open(str(tmp_path / "book.sqlite"), data=tmp_path / "data", store=token) for _ in range(2)]
    books[0].open_community("potters", name="Potters")
    with ThreadPoolExecutor(4) as pool:
        kids = {signer.kid for signer in pool.map(lambda n: books[n % 2].signer("potters"), range(8))}
    for book in books:
        book.close()

    assert len(kids) == 1
    assert (tmp_path / "data" / "keys" / "potters.issuer.kid").read_text() == kids.pop()


@pytest.mark.parametrize("wrong", ["module", "token", "mode"])
def test_what_is_wrong_with_a_token_is_said(module: Path, pin: Path, wrong: str) -> None:
    if wrong == "mode":
        pin.chmod(0o644)
    told = {
        "module": r"nowhere\.so: wanted the token guildbook, got",
        "token": r"libsofthsm2\.so: wanted the token nobodys, got NoSuchToken",
        "mode": r"pin: wanted mode 0600, got 0644; run chmod 600",
    }
    store = HsmKeys(Path("nowhere.so") if wrong == "module" else module, "nobodys" if wrong == "token" else TOKEN, pin)
    with pytest.raises((HsmError, KeyFileError), match=told[wrong]):
        store.make("weavers", "EdDSA")


def test_a_wrong_pin_is_said(module: Path, pin: Path) -> None:
    """In a process of its own: in this one the token is open."""
    pin.write_text("00000000")
    code = f"""
from pathlib import Path
from ledger.hsm import HsmError, HsmKeys
try:
    HsmKeys(Path({str(module)!r}), {TOKEN!r}, Path({str(pin)!r})).make("weavers", "EdDSA")
except HsmError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout == "token guildbook: wanted to use it, got PinIncorrect\n"
