"""Settings come from the environment, and a mistake there is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.errors import SettingsError
from api.known.documents import Documents, read_folder
from api.settings import PREFIX, Settings
from ledger.transparency import Kind, VerifierKey, verifier_key
from tests.ledger.logs import Log, signer


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch):
    """Give an environment in which nothing is set."""
    for field in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{field.upper()}", raising=False)


def test_the_defaults_need_nothing():
    settings = Settings.load()
    assert settings.book == str(Path("guildbook-data") / "book.sqlite")
    assert settings.origin == "http://127.0.0.1:8700"
    assert not settings.secure
    assert not settings.vc_api_issuer


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GUILDBOOK_BASE_URL", "https://guild.example/book/")
    monkeypatch.setenv("GUILDBOOK_DATA", "elsewhere")
    monkeypatch.setenv("GUILDBOOK_VC_API_ISSUER", "true")
    settings = Settings.load()
    assert (settings.origin, settings.secure) == ("https://guild.example/book", True)
    assert settings.book == str(Path("elsewhere") / "book.sqlite")
    assert settings.vc_api_issuer


def test_no_password_is_printed():
    shown = Settings(database="postgresql://ada:s3cret@db.example:5433/guild?password=s3cret").redacted()
    assert shown["database"] == "postgresql://ada:***@db.example:5433/guild"
    assert "s3cret" not in json.dumps(shown)
    several = Settings(database="postgresql://ada:s3cret@db1:5432,[::1]:5433/guild?target_session_attrs=read-write")
    assert several.redacted()["database"] == "postgresql://ada:***@db1:5432,[::1]:5433/guild"
    assert Settings(database="postgresql:///guild").redacted()["database"] == "postgresql:///guild"
    assert set(shown) == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("PORT", "eighty", "GUILDBOOK_PORT"),
        ("PORT", "70000", "GUILDBOOK_PORT"),
        ("BASE_URL", "guild.example", "http"),
        ("DATABASE", "mysql://db/guild", "postgresql://"),
        ("LOG_LEVEL", "loud", "GUILDBOOK_LOG_LEVEL"),
        ("DATABSE", "book.sqlite", "GUILDBOOK_DATABASE"),
    ],
)
def test_a_mistake_is_named(monkeypatch: pytest.MonkeyPatch, name, value, word):
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    with pytest.raises(SettingsError, match=word):
        Settings.load()


def test_the_folder_of_documents(tmp_path: Path):
    (tmp_path / "one.json").write_text('{"id": "did:web:one.example"}', encoding="utf-8")
    (tmp_path / "many.json").write_text('{"urls": {"https://lists.example/1": "a.b.c"}}', encoding="utf-8")
    found = read_folder(tmp_path).beside(lambda url: {"id": url} if url == "did:web:ours" else None, log_of).published
    assert found["did:web:one.example"] == {"id": "did:web:one.example"}
    assert found["https://lists.example/1"] == "a.b.c"
    assert found["did:web:ours"] == {"id": "did:web:ours"}
    assert found.get("did:web:unknown") is None
    assert sorted(found) == ["did:web:one.example", "https://lists.example/1"]
    assert len(found) == 2
    assert read_folder(None) == Documents()


def log_of(origin: str) -> VerifierKey | None:
    """Return the key of our one log."""
    return Log(0, "ours/log").key if origin == "ours/log" else None


def test_the_keys_of_logs_in_the_folder(tmp_path: Path):
    one, two = Log(0, "one.example/log").key, Log(0, "two.example/log").key
    witness = verifier_key("witness.example", signer("w"), Kind.COSIGNATURE)
    (tmp_path / "one.vkey").write_text(f"{one}\n", encoding="utf-8")
    (tmp_path / "more.vkey").write_text(f"\n{two}\n{witness}\n{one}", encoding="utf-8")
    found = read_folder(tmp_path).beside(lambda _: None, log_of)
    assert {name: found.logs[name] for name in found.logs} == {one.name: one, two.name: two}
    assert found.logs["ours/log"] == log_of("ours/log")
    assert found.logs.get("unknown/log") is None
    assert found.witnesses == (witness,)


@pytest.mark.parametrize("content", [b"nonsense", b"\xff", b"one.example/log+00000000+AAAA"])
def test_a_key_that_is_none_stops_the_start(tmp_path: Path, content: bytes):
    (tmp_path / "bad.vkey").write_bytes(content)
    with pytest.raises(SettingsError, match=r"bad\.vkey: wanted keys of logs or witnesses"):
        read_folder(tmp_path)


def test_two_keys_of_one_log_stop_the_start(tmp_path: Path):
    for name in ("one", "two"):
        key = verifier_key("one.example/log", signer(name))
        (tmp_path / f"{name}.vkey").write_text(str(key), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"wanted one key of each log, got several of one\.example/log"):
        read_folder(tmp_path)


@pytest.mark.parametrize("content", ["{broken", "[]", '{"no": "id"}'])
def test_a_document_that_is_none_stops_the_start(tmp_path: Path, content):
    (tmp_path / "bad.json").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"bad\.json"):
        read_folder(tmp_path)
    with pytest.raises(SettingsError, match="folder"):
        read_folder(tmp_path / "absent")
