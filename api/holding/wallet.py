"""A badge into a wallet: OpenID for Verifiable Credential Issuance 1.0, by pre-authorised code.

A community is a credential issuer, and its own authorization server, under `/communities/{community}`. The holder,
signed in, makes an offer on the badge's page: a link or a QR code with a code that works once, within minutes. Her
wallet takes that for a token, and the token for the badge, the very document that anyone downloads. It is not bound to
a key of the wallet, for its subject is the member; so no proof of possession is asked for.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from api.commons.community_page import named
from api.errors import ApiError
from api.guard import forms
from api.guard.doors import Here, Permit, refusal
from api.holding.sharing import code
from api.issued.credentials import issued_as
from api.people.members import may, member_of
from api.web import bodies
from api.web.auth import ANONYMOUS, Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from ledger import ErasedError

if TYPE_CHECKING:
    from api.installation import Installation
    from badges import Issued

router = APIRouter(tags=["wallets"])

GRANT: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
OFFERED: Final = "wallet"  # what a link is for that is a pre-authorised code,
OPENED: Final = "wallet-token"  # and one that is an access token
OFFER_SECONDS: Final = 600
TOKEN_SECONDS: Final = 300
LARGEST = 16_384  # bytes of a wallet's request
LONGEST_TOKEN = 200  # characters
DATA_INTEGRITY: Final = "OpenBadgeCredential_ldp_vc"
JWT: Final = "OpenBadgeCredential_jwt_vc_json"
_CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
_TYPES = ["VerifiableCredential", "OpenBadgeCredential"]
_UNCACHED = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
_PUBLIC = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}

Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Anyone = Annotated[Principal, Depends(Permit("public"))]


class WalletError(ApiError):
    """A wallet's request that ends here, by an error code of OAuth 2.0 or of the issuance protocol."""

    def __init__(self, error: str, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.error, self.words, self.status = error, words, status

    def answer(self) -> Response:
        """Return the error as RFC 6749 and OpenID4VCI have it."""
        headers = dict(_UNCACHED)
        if self.status == 401:  # noqa: PLR2004  Unauthorized
            headers["WWW-Authenticate"] = f'Bearer error="{self.error}"'
        return _json({"error": self.error, "error_description": self.words}, self.status, headers)


class _Wallets(Permit):
    """Lets any wallet through: what it shows in `Authorization` is for the route, and no key of ours."""

    async def __call__(self) -> Principal:  # type: ignore[override]  # asks nobody who she is
        """Return nobody."""
        return ANONYMOUS


Wallet = Annotated[Principal, Depends(_Wallets("public"))]


def offers(here: Installation, issued: Issued, asking: Principal) -> bool:
    """Return whether `asking` may put a badge into a wallet: whose it is, or a manager. Blocks."""
    if asking.kind != "session" or not asking.role:
        return False
    member = member_of(here, issued.community, issued.account)
    return member is not None and may(here, asking, "member.take_out", member)


@router.post(
    "/b/{credential}/wallet",
    response_class=HTMLResponse,
    tags=["people"],
    summary="Offer a badge to a wallet, on its page",
    responses=described(400, 401, 403, 404, 410, 413, 415, 503),
)
async def offer(
    credential: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("credential.read"))],
) -> Response:
    """Show a code and a link by which a wallet takes the badge, once, within ten minutes."""
    await forms.own_fields(request, asking)
    return await run_in_threadpool(_offered, request, here, credential, asking)


def _offered(request: Request, here: Installation, credential: str, asking: Principal) -> Response:
    issued = issued_as(here, credential, "badge")
    if not offers(here, issued, asking):
        raise refusal(asking, issued.community, "member.take_out")
    return wallet_page(request, here, issued, asking)


def wallet_page(request: Request, here: Installation, issued: Issued, asking: Principal) -> HTMLResponse:
    """Return the page that offers a badge to a wallet, to who was found to be its holder. Blocks."""
    link = offer_link(here, issued)
    charter = here.standings.charter(issued.community)
    badge = {"id": issued.id, "name": here.awards.document(issued)["credentialSubject"]["achievement"]["name"]}
    context = {
        "community": named(here.known(issued.community), charter),
        "badge": badge,
        "link": link,
        "code": code(link),
        "minutes": OFFER_SECONDS // 60,
    }
    return pages_of(request).page("wallet.html", context, asking=asking)


def offer_link(here: Installation, issued: Issued) -> str:
    """Return a credential offer as a link that wallets open (section "Credential Offer"). Blocks."""
    made = {
        "credential_issuer": issuer_of(here, issued.community),
        "credential_configuration_ids": [DATA_INTEGRITY, JWT],
        "grants": {GRANT: {"pre-authorized_code": _link(here, issued.community, OFFERED, issued.id, OFFER_SECONDS)}},
    }
    return "openid-credential-offer://?" + urlencode({"credential_offer": orjson.dumps(made).decode()})


def issuer_of(here: Installation, community: str) -> str:
    """Return a community's Credential Issuer Identifier."""
    return f"{here.settings.origin}/communities/{community}"


@router.get(
    "/.well-known/openid-credential-issuer/communities/{community}",
    response_model=None,
    summary="What a community issues to wallets",
    responses=described(404, 503),
)
def issuer_metadata(community: Community, here: Here, _: Anyone) -> Response:
    """Return the Credential Issuer Metadata (OpenID4VCI 1.0, section "Credential Issuer Metadata")."""
    found = here.known(community)
    issuer = issuer_of(here, community)
    name = named(found, here.standings.charter(community))["name"]
    shown = {"credential_metadata": {"display": [{"name": "Open Badge", "locale": "en"}]}}
    told = {
        "credential_issuer": issuer,
        "credential_endpoint": f"{issuer}/wallet/credential",
        "display": [{"name": name}],
        "credential_configurations_supported": {
            DATA_INTEGRITY: {
                "format": "ldp_vc",
                "credential_signing_alg_values_supported": ["eddsa-rdfc-2022"],
                "credential_definition": {"@context": [*_CONTEXTS], "type": _TYPES},
                **shown,
            },
            JWT: {
                "format": "jwt_vc_json",
                "credential_signing_alg_values_supported": ["EdDSA"],
                "credential_definition": {"type": _TYPES},
                **shown,
            },
        },
    }
    return _json(told, 200, _PUBLIC)


@router.get(
    "/.well-known/oauth-authorization-server/communities/{community}",
    response_model=None,
    summary="How a wallet gets a token of a community",
    responses=described(404, 503),
)
def server_metadata(community: Community, here: Here, _: Anyone) -> Response:
    """Return the authorization server's metadata (RFC 8414)."""
    here.known(community)
    issuer = issuer_of(here, community)
    told = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/wallet/token",
        "response_types_supported": [],
        "grant_types_supported": [GRANT],
        "token_endpoint_auth_methods_supported": ["none"],
        "pre-authorized_grant_anonymous_access_supported": True,
    }
    return _json(told, 200, _PUBLIC)


_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            forms.URLENCODED: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "pre-authorized_code"],
                    "properties": {"grant_type": {"const": GRANT}, "pre-authorized_code": {"type": "string"}},
                }
            }
        },
    }
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["credential_configuration_id"],
                    "properties": {"credential_configuration_id": {"enum": [DATA_INTEGRITY, JWT]}},
                }
            }
        },
    }
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    status: {
        "description": "an error code of the protocol, and in words what was wanted",
        "content": {"application/json": {"schema": {"type": "object", "required": ["error"]}}},
    }
    for status in (400, 401)
}


@router.post(
    "/communities/{community}/wallet/token",
    response_model=None,
    summary="A token for a pre-authorised code",
    openapi_extra=_FORM,
    responses={400: _REFUSED[400], **described(404, 413, 415, 503)},
)
async def token(community: Community, request: Request, here: Here, _: Wallet) -> Response:
    """Take a code, which is then used up, and return a token for the badge it offers (section "Token Endpoint")."""
    form = await forms.fields(request)

    def exchange() -> Response:
        here.known(community)
        if form.get("grant_type") != GRANT:
            raise WalletError("unsupported_grant_type", f"grant_type: wanted {GRANT}")
        found = here.book.vault.take_link(form.get("pre-authorized_code", "")[:LONGEST_TOKEN])
        if found is None or found.role != OFFERED or found.community != community:
            raise WalletError("invalid_grant", "pre-authorized_code: this one was used, is too old, or was never given")
        made = _link(here, community, OPENED, found.subject, TOKEN_SECONDS)
        return _json({"access_token": made, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}, 200, _UNCACHED)

    return await _answered(exchange)


@router.post(
    "/communities/{community}/wallet/credential",
    response_model=None,
    summary="The badge, for a token",
    openapi_extra=_BODY,
    responses={**_REFUSED, **described(404, 413, 503)},
)
async def credential(community: Community, request: Request, here: Here, _: Wallet) -> Response:
    """Return the badge that a token is for, in the configuration asked for (section "Credential Endpoint")."""
    raw = await bodies.whole(request, LARGEST, "a credential request")
    presented = request.headers.get("authorization", "")

    def hand_over() -> Response:
        here.known(community)
        issued = _opened(here, community, presented)
        made: Any = _asked(raw)
        held: Any = here.awards.jwt(issued) if made == JWT else here.awards.document(issued)
        return _json({"credentials": [{"credential": held}]}, 200, _UNCACHED)

    return await _answered(hand_over)


def _opened(here: Installation, community: str, header: str) -> Issued:
    """Return the badge that a bearer's token is for."""
    scheme, _, presented = header.partition(" ")
    found = here.book.vault.peek_link(presented.strip()) if len(presented) <= LONGEST_TOKEN else None
    if scheme.lower() != "bearer" or found is None or found.role != OPENED or found.community != community:
        raise WalletError("invalid_token", "wanted the token of the token endpoint, not older than five minutes", 401)
    try:
        return issued_as(here, found.subject)
    except (ProblemError, ErasedError) as error:
        raise WalletError("invalid_token", "what it was for is gone", 401) from error


def _asked(raw: bytes) -> str:
    """Return the configuration that is asked for."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise WalletError("invalid_credential_request", "wanted a JSON object") from error
    wanted = document.get("credential_configuration_id") if isinstance(document, dict) else None
    if wanted is None:
        raise WalletError("invalid_credential_request", "credential_configuration_id: wanted it, got nothing")
    if wanted not in (DATA_INTEGRITY, JWT):
        raise WalletError("unknown_credential_configuration", f"wanted {DATA_INTEGRITY} or {JWT}")
    return str(wanted)


async def _answered(act: Any) -> Response:  # noqa: ANN401  what answers
    try:
        answer: Response = await run_in_threadpool(act)
    except WalletError as error:
        return error.answer()
    return answer


def _link(here: Installation, community: str, role: str, subject: str, seconds: int) -> str:
    expires = time.time_ns() // 1_000 + seconds * 1_000_000
    return here.book.vault.add_link(community, role=role, subject=subject, expires=expires)


def _json(told: object, status: int, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(told), status, headers, "application/json")
