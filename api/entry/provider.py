"""The OpenID Connect provider by which people may sign in: where it sends them, and who it says came back.

OpenID Connect Core 1.0 "Authentication using the Authorization Code Flow", with PKCE (RFC 7636, S256), a nonce, and
the issuer in the answer (RFC 9207) where the provider says that it is there. Authlib makes the requests and holds the
claims, joserfc checks the signature; what goes over the network goes over our pinned connections. Who somebody is
here is decided elsewhere: all that is learnt is the provider's name for her, `sub`.
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import time
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.errors import ProviderError, SettingsError
from api.network.pinned import Answer, Wire, exchange, get
from api.network.reachable import UnreachableError, read_origins, target_of
from ledger.key_files import KeyFileError, read_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.settings import Settings

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What an id_token may be signed with: never nothing, and never a secret that both sides know."""

KEPT = 600.0  # seconds that a provider's document and keys are worth something
AGAIN = 30.0  # seconds between two looks for a key that was not among them
LEEWAY = 60  # seconds that clocks may differ
LONGEST_SUB = 255  # characters (Core "ID Token")
LONGEST_SECRET = 4_096  # bytes
CALLBACK = "/enter/oidc/callback"


class Asked(NamedTuple):
    """A sign-in that a provider was asked for: where to send the browser, and what must come back."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider. Safe between threads; what asks it blocks, for some seconds at most."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        secret: str,
        *,
        name: str,
        origin: str,
        wire: Wire,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Sign in at `issuer`, which sends people back to `origin`, ours.

        The operator named it, so it may be anywhere; what it names in turn must be at the same origin, or public.
        """
        self.issuer, self.name = issuer, name
        self._client_id, self._secret = client_id, secret
        self._redirect = origin + CALLBACK
        self._wire, self._clock = wire, clock
        target = target_of(issuer, read_origins(_origin(issuer)))
        self._named = frozenset({target.origin})
        self._kept: dict[str, tuple[dict[str, Any], float]] = {}
        self._lock = Lock()

    def begin(self) -> Asked:
        """Return where to send somebody who wants to sign in. Raises `ProviderError`."""
        client, document = self._client()
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(32)
        url, state = client.create_authorization_url(
            document["authorization_endpoint"], state=secrets.token_urlsafe(32), code_verifier=verifier, nonce=nonce
        )
        return Asked(url, state, nonce, verifier)

    def finish(self, answer: Mapping[str, str], *, state: str, nonce: str, verifier: str) -> str:
        """Return the subject that came back with `answer`, the query of the callback. Raises `ProviderError`."""
        client, document = self._client()
        code = self._code(answer, state, document)
        try:
            token = client.fetch_token(
                document["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except OAuth2Error as error:
            raise ProviderError(f"{self.name} refused: {_plain(error.error)}") from error
        except (ValueError, TypeError) as error:
            raise ProviderError(f"{self.name} answered what is no token") from error
        return self._subject(token.get("id_token"), token.get("access_token"), nonce)

    def _code(self, answer: Mapping[str, str], state: str, document: Mapping[str, Any]) -> str:
        if not secrets.compare_digest(answer.get("state", "").encode(), state.encode()):
            raise ProviderError("this answer belongs to no sign-in that was begun here")
        told = answer.get("iss")
        if told != self.issuer and (told or document.get("authorization_response_iss_parameter_supported")):
            raise ProviderError("this answer is another provider's")  # RFC 9207 "Mix-Up Attacks"
        if "error" in answer:
            raise ProviderError(f"{self.name} did not sign you in: {_plain(answer['error'])}")
        code = answer.get("code", "")
        if not code:
            raise ProviderError(f"{self.name} sent no code along")
        return code

    def _subject(self, token: object, access_token: object, nonce: str) -> str:
        """Return whom an id_token is about (Core "ID Token Validation")."""
        if not isinstance(token, str):
            raise ProviderError(f"{self.name} sent no id_token")
        options: Any = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        try:
            found = self._opened(token)
            params = {"nonce": nonce, "client_id": self._client_id, "access_token": access_token}
            claims = CodeIDToken(found.claims, found.header, options=options, params=params)
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ProviderError(f"what {self.name} says does not hold: {_plain(str(error))}") from error
        sub = claims["sub"]
        if not isinstance(sub, str) or not 1 <= len(sub) <= LONGEST_SUB or not sub.isascii() or not sub.isprintable():
            raise ProviderError(f"{self.name} named nobody")
        return sub

    def _opened(self, token: str) -> jwt.Token:
        """Return a token whose signature holds; a key that is not known is looked for once more."""
        uri = str(self._document()["jwks_uri"])
        try:
            return jwt.decode(token, KeySet.import_key_set(self._json(uri)), algorithms=[*ALGORITHMS])  # type: ignore[arg-type]
        except (JoseError, ValueError):
            self._forget(uri)
            return jwt.decode(token, KeySet.import_key_set(self._json(uri)), algorithms=[*ALGORITHMS])  # type: ignore[arg-type]

    def _client(self) -> tuple[Any, dict[str, Any]]:
        document = self._document()
        known = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        way = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
        client = OAuth2Client(
            _Session(self._posted),
            self._client_id,
            self._secret or None,
            token_endpoint_auth_method=way if self._secret else "none",
            scope="openid",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
        )
        client.register_client_auth_method(("client_secret_basic", _basic))
        return client, document

    def _document(self) -> dict[str, Any]:
        """Return what the provider says of itself (Discovery 1.0 "OpenID Provider Configuration Response")."""
        document = self._json(get_well_known_url(self.issuer, external=True))
        if document.get("issuer") != self.issuer:
            raise ProviderError(f"{self.name} calls itself by another name than GUILDBOOK_OIDC_ISSUER")
        try:
            OpenIDProviderMetadata(document).validate()
        except (ValueError, TypeError, AttributeError) as error:
            raise ProviderError(f"{self.name} describes itself wrongly: {_plain(str(error))}") from error
        return document

    def _json(self, url: str) -> dict[str, Any]:
        with self._lock:
            kept, until = self._kept.get(url, ({}, 0.0))
        if until > self._clock():
            return kept
        found = _object(self._reached(lambda: get(target_of(url, self._named), **self._wire._asdict())), self.name)
        with self._lock:
            self._kept[url] = found, self._clock() + KEPT
        return found

    def _forget(self, url: str) -> None:
        """Ask for a document again, unless that was done a moment ago."""
        with self._lock:
            if self._kept.get(url, ({}, 0.0))[1] <= self._clock() + KEPT - AGAIN:
                self._kept.pop(url, None)

    def _posted(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return self._reached(lambda: exchange(target_of(url, self._named), self._wire, headers, body))

    def _reached(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except UnreachableError as error:
            raise ProviderError(f"{self.name} cannot be reached: {error}") from error


class _Session:
    """What Authlib's client sends by, and takes for a session of requests."""

    def __init__(self, send: Callable[[str, Mapping[str, str], bytes], Answer]) -> None:
        self._send = send

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Response:  # noqa: ANN401  Authlib's
        """Post a form."""
        url, told, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Response(self._send(url, told, body.encode()))


class _Response:
    """An answer as Authlib reads it."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.status_code = answer.status

    def json(self) -> Any:  # noqa: ANN401  whatever the provider sent
        """Return the body's value. Raises `ValueError`."""
        return json.loads(self._answer.body)

    def raise_for_status(self) -> None:
        """Raise for what is no answer to a form."""
        raise ProviderError(f"the provider answered {self.status_code}")


def provider_of(settings: Settings, wire: Wire | None = None) -> Provider | None:
    """Return the provider that the settings name, or None. Raises `SettingsError`. `wire` is for tests."""
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_client_id:
        raise SettingsError(
            "GUILDBOOK_OIDC_CLIENT_ID: wanted what the provider knows this installation by, got nothing"
        )
    secret = ""
    if settings.oidc_client_secret_file:
        try:
            secret = read_private(settings.oidc_client_secret_file, LONGEST_SECRET).decode().strip()
        except (OSError, ValueError, KeyFileError) as error:
            raise SettingsError(
                f"GUILDBOOK_OIDC_CLIENT_SECRET_FILE: wanted a file of ours alone, got: {error}"
            ) from error
    context = ssl.create_default_context()
    if settings.oidc_ca:
        try:
            context.load_verify_locations(settings.oidc_ca)
        except OSError as error:  # an ssl.SSLError among them
            raise SettingsError(f"GUILDBOOK_OIDC_CA: wanted certificates (PEM), got: {error}") from error
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        secret,
        name=settings.oidc_name,
        origin=settings.origin,
        wire=wire or Wire(context),
    )


def _basic(client: Any, _: str, uri: str, headers: dict[str, str], body: str) -> tuple[str, dict[str, str], str]:  # noqa: ANN401  Authlib's
    """Say who we are (RFC 6749 "Client Password"): both words encoded as in a form first, which Authlib leaves out."""
    words = ":".join(quote(word, safe="") for word in (client.client_id, client.client_secret))
    headers["Authorization"] = f"Basic {base64.b64encode(words.encode()).decode()}"
    return uri, headers, body


def _object(answer: Answer, name: str) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProviderError(f"{name} answered what is no JSON object")
    return found


def _origin(issuer: str) -> str:
    return f"https://{urlsplit(issuer).netloc.lower()}"


def _plain(words: object) -> str:
    """Return what somebody else says, so that it can stand in a sentence of ours."""
    return (
        "".join(letter for letter in str(words) if letter.isascii() and letter.isprintable())[:120]
        or "it does not say why"
    )
