"""What a provider says is held against everything it can be wrong about: keys, claims, and whom it is for."""

from __future__ import annotations

import base64
import hmac
import json
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from api.entry.by_provider import AT_ONCE
from api.entry.provider import Provider, provider_of
from api.errors import ProviderError, SettingsError
from api.network.pinned import Wire
from api.settings import Settings
from tests.api.conftest import client_of
from tests.api.sites import Authority, answer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.sites import Site

KEY = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig"})
CURVE = ECKey.generate_key("P-256", parameters={"kid": "two", "use": "sig"})
CLIENT = "guildbook"
BOOK = "https://book.example"
HEAD = ("Content-Type: application/json",)


class Evil:
    """A provider that says whatever a test likes."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.issuer = site.origin
        self.document: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        self.tells("/keys", KeySet([KEY, CURVE]).as_dict(private=False))
        self.describes()

    def describes(self, **more: Any) -> None:
        told = {name: value for name, value in (self.document | more).items() if value is not None}
        self.tells("/.well-known/openid-configuration", told)

    def tells(self, path: str, body: object, status: str = "200 OK") -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.site.pages[path] = answer(raw, *HEAD, status=status)

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(time.time())
        told = {"iss": self.issuer, "sub": "s-1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": "n"} | more
        return {name: value for name, value in told.items() if value is not None}

    def signs(self, claims: dict[str, Any], key: Any = KEY, **header: Any) -> None:
        token = jwt.encode({"alg": "RS256", "kid": "one"} | header, claims, key, algorithms=["RS256", "ES256"])
        self.tells("/token", {"access_token": "a", "token_type": "Bearer", "id_token": token})


@pytest.fixture
def evil(authority: Authority) -> Iterator[Evil]:
    with serving(authority.context("localhost")) as site:
        yield Evil(site)


@pytest.fixture
def known(evil: Evil, authority: Authority) -> Provider:
    return Provider(evil.issuer, CLIENT, "s3 cret+", name="It", origin=BOOK, wire=Wire(authority.trusted()))


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def finish(known: Provider, **more: str) -> str:
    return known.finish({"state": "t", "code": "c"} | more, state="t", nonce="n", verifier="v" * 43)


def test_whom_it_names_is_all_that_is_learnt(evil: Evil, known: Provider):
    evil.signs(evil.claims(email="somebody@else.example", email_verified=True))
    assert finish(known) == "s-1"
    evil.signs(evil.claims(), CURVE, alg="ES256", kid="two")
    assert finish(known) == "s-1"


def test_a_browser_is_sent_with_what_binds_the_answer_to_it(evil: Evil, known: Provider):
    asked = known.begin()
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked.url).query).items()}
    assert asked.url.startswith(f"{evil.issuer}/authorize?")
    assert query == {
        "response_type": "code", "client_id": CLIENT, "scope": "openid", "redirect_uri": f"{BOOK}/enter/oidc/callback",
        "state": asked.state, "nonce": asked.nonce, "code_challenge_method": "S256",
        "code_challenge": query["code_challenge"],
    }  # fmt: skip
    assert asked.verifier not in asked.url
    again = known.begin()
    assert {again.state, again.nonce, again.verifier}.isdisjoint(asked)


def test_the_code_is_exchanged_with_the_verifier_and_the_secret(evil: Evil, known: Provider):
    evil.signs(evil.claims())
    finish(known)
    (head,) = (head for head in evil.site.asked if head.startswith("POST /token"))
    assert f"Authorization: Basic {base64.b64encode(b'guildbook:s3%20cret%2B').decode()}" in head


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"iss": "https://other.example"}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": ["another-client", "third"]}, "aud"),
        ({"aud": [CLIENT, "another"]}, "azp"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "azp"),
        ({"exp": 1_000_000}, "expired"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
        ({"iat": 9_999_999_999}, "iat|issued"),
        ({"nbf": 9_999_999_999}, "not yet valid"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "named nobody|sub"),
        ({"sub": "x" * 256}, "named nobody"),
        ({"sub": "a\nb"}, "named nobody"),
        ({"sub": 17}, "named nobody|sub"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
    ],
)
def test_a_token_with_a_wrong_claim_signs_nobody_in(evil: Evil, known: Provider, wrong: dict[str, Any], words: str):
    evil.signs(evil.claims(**wrong))
    with pytest.raises(ProviderError, match=words):
        finish(known)


def test_a_token_that_nobody_or_the_wrong_one_signed_signs_nobody_in(evil: Evil, known: Provider):
    evil.signs(evil.claims(), OTHER)
    with pytest.raises(ProviderError, match="does not hold"):
        finish(known)
    for secret in (KEY.as_pem(private=False), b"s3 cret+"):  # what everybody knows, and what both sides know
        signed = f"{_encoded({'alg': 'HS256', 'kid': 'one'})}.{_encoded(evil.claims())}"
        mac = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).decode().rstrip("=")
        evil.tells("/token", {"access_token": "a", "id_token": f"{signed}.{mac}"})
        with pytest.raises(ProviderError, match="does not hold"):
            finish(known)
    for header in ({"alg": "none"}, {"alg": "None"}, {"alg": "none", "kid": "one"}):
        token = f"{_encoded(header)}.{_encoded(evil.claims())}."
        evil.tells("/token", {"access_token": "a", "id_token": token})
        with pytest.raises(ProviderError, match="does not hold"):
            finish(known)
    for nothing in (None, 17, "", "a.b.c", "x" * 5_000, ["a"]):
        evil.tells("/token", {"access_token": "a", "id_token": nothing})
        with pytest.raises(ProviderError):
            finish(known)


def test_a_key_that_came_later_is_looked_for(evil: Evil, authority: Authority):
    now = [0.0]
    known = Provider(
        evil.issuer, CLIENT, "", name="It", origin=BOOK, wire=Wire(authority.trusted()), clock=lambda: now[0]
    )
    evil.signs(evil.claims())
    assert finish(known) == "s-1"
    evil.tells("/keys", KeySet([OTHER]).as_dict(private=False))
    evil.signs(evil.claims(), OTHER)
    with pytest.raises(ProviderError):
        finish(known)  # it was asked a moment ago
    now[0] += 60
    assert finish(known) == "s-1"
    before = evil.site.paths().count("/keys")
    evil.signs(evil.claims(), KEY)
    for _ in range(20):
        with pytest.raises(ProviderError):
            finish(known)
    assert evil.site.paths().count("/keys") == before  # whoever sends bad tokens makes nobody be asked


@pytest.mark.parametrize(
    ("answered", "supported", "words"),
    [
        ({"state": "another"}, None, "no sign-in that was begun here"),
        ({"state": ""}, None, "no sign-in that was begun here"),
        ({"iss": "https://honest.example"}, None, "another provider's"),
        ({}, True, "another provider's"),
        ({"error": "access_denied"}, None, "access_denied"),
        ({"code": ""}, None, "no code"),
    ],
)
def test_an_answer_that_is_not_to_what_was_asked(evil: Evil, known: Provider, answered, supported, words: str):
    evil.describes(authorization_response_iss_parameter_supported=supported)
    evil.signs(evil.claims())
    with pytest.raises(ProviderError, match=words):
        finish(known, **answered)
    assert "/token" not in evil.site.paths()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"issuer": "https://other.example"}, "another name"),
        ({"issuer": None}, "another name"),
        ({"authorization_endpoint": None}, "wrongly"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "wrongly"),
        ({"authorization_endpoint": "http://id.example/authorize"}, "wrongly"),
        ({"token_endpoint": "http://localhost/token"}, "wrongly|cannot be reached"),
        ({"token_endpoint": "https://169.254.169.254/latest"}, "cannot be reached"),
        ({"token_endpoint": "https://localhost/token"}, "cannot be reached"),
        ({"jwks_uri": "https://10.0.0.1/keys"}, "cannot be reached"),
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_asked(evil: Evil, known: Provider, wrong, words: str):
    """Only its own origin may be anywhere: what it names in turn must be there too, or be public."""
    evil.describes(**wrong)
    evil.signs(evil.claims())
    with pytest.raises(ProviderError, match=words):
        finish(known)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>", "502 Bad Gateway"),
        (b"[]", "200 OK"),
        (b"", "200 OK"),
        (b'{"error": "invalid_grant"}', "400 Bad Request"),
        (b'{"error": "invalid_client"}', "401 Unauthorized"),
        (b'{"error": 17}', "400 Bad Request"),
        (b"\xff" * 300_000, "200 OK"),
        (b"{}", "302 Found"),
    ],
)
def test_an_exchange_that_fails_is_told_in_words(evil: Evil, known: Provider, body: bytes, status: str):
    evil.tells("/token", body, status)
    with pytest.raises(ProviderError):
        finish(known)


def test_a_provider_whose_certificate_nobody_vouches_for_is_not_asked(evil: Evil):
    known = Provider(evil.issuer, CLIENT, "", name="It", origin=BOOK, wire=Wire(ssl.create_default_context()))
    with pytest.raises(ProviderError, match="not to be trusted"):
        known.begin()


def test_a_slow_provider_is_waited_for_and_holds_nobody_else(evil: Evil, authority: Authority, tmp_path: Path):
    told = evil.site.pages["/.well-known/openid-configuration"]
    waited = threading.Event()
    assert isinstance(told, bytes)
    evil.site.pages["/.well-known/openid-configuration"] = evil.site.slow(lambda: waited.wait(60), told)
    settings = Settings(
        data=tmp_path / "data", base_url=BOOK, log_level="error", oidc_issuer=evil.issuer, oidc_client_id=CLIENT,
        oidc_ca=authority.file, limit_answer=0.5,
    )  # fmt: skip
    with client_of(settings) as client, ThreadPoolExecutor(AT_ONCE * 2) as pool:
        begun = [pool.submit(client.get, "/enter/oidc", follow_redirects=False) for _ in range(AT_ONCE * 2)]
        time.sleep(settings.limit_answer + 0.3)  # by when who may not wait would have been refused
        assert client.get("/healthz").status_code == 200
        assert not any(each.done() for each in begun)
        waited.set()
        assert {each.result().status_code for each in begun} == {303}


@pytest.mark.parametrize(
    "issuer", ["http://id.example", "id.example", "https://id.example?x=1", "https://user@id.example"]
)
def test_an_issuer_is_an_https_address(tmp_path: Path, issuer: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GUILDBOOK_OIDC_ISSUER", issuer)
    with pytest.raises(SettingsError, match=r"GUILDBOOK_OIDC_ISSUER: .*https address"):
        Settings.load()


def test_what_the_settings_lack_is_said(tmp_path: Path):
    assert provider_of(Settings(data=tmp_path)) is None
    with pytest.raises(SettingsError, match="GUILDBOOK_OIDC_CLIENT_ID"):
        provider_of(Settings(data=tmp_path, oidc_issuer="https://id.example"))
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o644)
    more: dict[str, Any] = {"data": tmp_path, "oidc_issuer": "https://id.example", "oidc_client_id": "g"}
    with pytest.raises(SettingsError, match="GUILDBOOK_OIDC_CLIENT_SECRET_FILE"):
        provider_of(Settings(**more, oidc_client_secret_file=secret))
    with pytest.raises(SettingsError, match="GUILDBOOK_OIDC_CA"):
        provider_of(Settings(**more, oidc_ca=secret))
