"""What a holder downloads and a verifier fetches: credentials, DID documents, status lists.

Whoever holds a credential's address may read it: its id is 122 random bits, and a badge is made to be
shown. Nothing here lists them.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.guard.doors import Here, Permit
from api.installation import CREDENTIAL_ID, LIST, Installation
from api.issued.bundle import bundle
from api.people.members import INSTANT, instant, may, member_of
from api.web.auth import Principal
from api.web.negotiate import best
from api.web.painting import in_turn
from api.web.problems import ProblemError, described, gone, not_found
from api.words.wording import name_of
from badges import LARGEST_ASKED, PIXELS, SMALLEST_ASKED, DesignError, Issued, Paper, Payload, did, status
from ledger import Algorithm, ErasedError
from schemas import Fault, format_time

router = APIRouter(tags=["verifier"])
Anyone = Annotated[Principal, Depends(Permit("public"))]
Holder = Annotated[Principal, Depends(Permit("credential.read"))]
Size = Annotated[int, Query(ge=SMALLEST_ASKED, le=LARGEST_ASKED, description="of a PNG, in pixels")]
Version = Annotated[str | None, Query(max_length=40, description="an earlier version; the present one when absent")]

OPEN = {"Access-Control-Allow-Origin": "*"}  # wallets and verifiers in browsers; no cookie goes along
HELD_SECONDS = 300

Form = Literal["json", "jwt", "png", "svg", "pdf", "html"]
MEDIA: dict[str, Form] = {
    "application/json": "json",
    "application/vc": "json",
    "application/vc+ld+json": "json",
    "application/ld+json": "json",
    "application/jwt": "jwt",
    "application/vc+jwt": "jwt",
    "image/png": "png",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
    "text/html": "html",
}
PAINTED = {"png", "pdf"}
SUFFIXES: dict[str, str] = {
    "json": "application/json",
    "jwt": "application/jwt",
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
}

_DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the credential, in the form asked for",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/jwt": {"schema": {"type": "string"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
            "image/svg+xml": {"schema": {"type": "string"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    **described(304, 400, 404, 406, 410, 422, 501, 503),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A credential in a form.

    `alg` signs a JWT, `payload` is baked into a picture, `size` is a PNG's in pixels, `paper` is a PDF's.
    """

    id: str
    media_type: str
    alg: Algorithm = "EdDSA"
    payload: Payload = "json"
    size: int = PIXELS
    paper: Paper = "a4"

    @property
    def form(self) -> Form:
        """The form's short name."""
        return MEDIA[self.media_type]


def wanted(name: str, accept: str | None) -> Wanted:
    """Return what an address and an Accept header ask for. Raises a 404 or 406 problem."""
    stem, dot, suffix = name.partition(".")
    if not CREDENTIAL_ID.fullmatch(stem) or (dot and suffix not in SUFFIXES):
        raise not_found("credential")
    if dot:
        return Wanted(stem, SUFFIXES[suffix])
    chosen = best(accept, list(MEDIA))
    if chosen is None:
        raise ProblemError(406, f"Accept: wanted one of {', '.join(MEDIA)}; got {(accept or '')[:100]}")
    return Wanted(stem, chosen)


@router.get("/credentials/{name}", response_class=Response, summary="Download a badge", responses=_DESCRIBED)
async def credential(
    name: Annotated[
        str,
        Path(
            description="the credential's id, with `.json .jwt .png .svg .pdf` or an Accept header",
            examples=["0b0e9a52-6f0e-4f5c-9b3c-0a8a6e1c2d3f.png"],
        ),
    ],
    request: Request,
    here: Here,
    asking: Holder,
    alg: Annotated[
        Algorithm | None,
        Query(description="of a JWT: what signs it, EdDSA if not given; others only where the issuer is a did:web"),
    ] = None,
    payload: Annotated[Payload, Query(description="what is baked into a PNG or SVG")] = "json",
    size: Size = PIXELS,
    paper: Annotated[Paper, Query(description="of a PDF")] = "a4",
) -> Response:
    """Return the credential: signed JSON, JWT, a picture with it inside, or a certificate with it attached.

    A certificate names the member to whoever may read of her: to herself, signed in, to managers, and to any key with
    the scope `read`.
    """
    asked = wanted(name, request.headers.get("accept"))
    if alg is not None and asked.form != "jwt":
        raise ProblemError(400, f"alg: wanted with a JWT, got with {asked.media_type}")
    asked = replace(asked, alg=alg or "EdDSA", payload=payload, size=size, paper=paper)
    if asked.form in PAINTED:
        return await in_turn(lambda: _downloaded(request, here, asked, asking))
    return await run_in_threadpool(_downloaded, request, here, asked, asking)


def _downloaded(request: Request, here: Installation, asked: Wanted, asking: Principal) -> Response:
    """Return a badge as a file, or lead to its page. Blocks."""
    issued = issued_as(here, asked.id)
    if asked.form == "html":
        return RedirectResponse(f"/b/{asked.id}", 303, {"Vary": "Accept"})
    content = rendered(here, issued, asked, asking)
    shown = "attachment" if asked.form == "pdf" else "inline"  # no browser shows a PDF under our policy for files
    headers = {
        "Content-Disposition": f'{shown}; filename="{issued.file_name}.{asked.form}"',
        "Vary": "Accept",
    }
    policy = "no-store" if asked.form == "pdf" else f"private, max-age={HELD_SECONDS}"  # it may bear her name
    return cached(request, content, asked.media_type, policy, headers)


def issued_as(here: Installation, name: str, what: str = "credential") -> Issued:
    """Return the award of a credential's id. Raises a 404 problem, or a 410 one where its member was erased. Blocks."""
    issued = here.awards.find(name) if CREDENTIAL_ID.fullmatch(name) else None
    if issued is None:
        raise here.missing(what, name)
    try:
        here.book.member_id(issued.community, issued.account)  # the views may not have heard of it yet
    except ErasedError as error:
        raise gone() from error
    return issued


def issued_in(here: Installation, community: str, name: str) -> Issued:
    """Return the award of a credential's id in a community. Raises as `issued_as` does. Blocks."""
    issued = issued_as(here, name)
    if issued.community != community:
        raise not_found("credential")
    return issued


def rendered(here: Installation, issued: Issued, asked: Wanted, asking: Principal) -> bytes:
    """Return the credential's bytes as asked for. Blocks.

    Raises a 400 problem for an algorithm that it cannot be signed with, a 501 one where no font has its characters.
    """
    match asked.form:
        case "jwt":
            try:
                return here.awards.jwt(issued, asked.alg).encode()
            except did.DidError as error:
                raise ProblemError(400, str(error)) from error
        case "png":
            return here.awards.png(issued, asked.payload, asked.size)
        case "svg":
            return here.awards.svg(issued, asked.payload)
        case "pdf":
            name, page = _name(here, issued, asking), f"{here.settings.origin}/b/{issued.id}"
            try:
                return here.awards.certificate(issued, name=name, page=page, paper=asked.paper)
            except DesignError as error:
                raise ProblemError(501, f"the certificate cannot be set here: {error}") from error
    return here.awards.json(issued)


def _name(here: Installation, issued: Issued, asking: Principal) -> str | None:
    """Return the recipient's name, where `asking` may read of her and a name is known."""
    member = member_of(here, issued.community, issued.account)
    if member is None or not may(here, asking, "member.read", member):
        return None
    handle = here.book.handle(issued.community, issued.account)
    return name_of(handle) if handle and (handle.get("name") or handle.get("handle")) else None


def cached(
    request: Request, content: bytes, media_type: str, policy: str, headers: dict[str, str] | None = None
) -> Response:
    """Return `content`, or 304 where the caller has it already."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    shared = {"ETag": tag, "Cache-Control": policy, **OPEN, **(headers or {})}
    held = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in held or "*" in held:
        return Response(None, 304, shared)
    return Response(content, 200, shared, media_type)


@router.get(
    "/credentials/{credential}/proof",
    response_class=Response,
    summary="The badge's place in the log",
    responses={
        200: {"description": "a C2SP tlog-proof", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **described(304, 404, 410, 503),
    },
)
def proof(credential: str, request: Request, here: Here, _: Holder) -> Response:
    """Return the proof that the award is in its community's log (`c2sp.org/tlog-proof@v1`), which binds the badge."""
    text = here.awards.proof(issued_as(here, credential))
    if text is None:
        raise ProblemError(404, "this badge was awarded by release 0.1, before there was a log to prove it by")
    return cached(request, text.encode(), "text/plain; charset=utf-8", f"private, max-age={HELD_SECONDS}")


@router.get(
    "/credentials/{credential}/refresh",
    response_class=Response,
    summary="The badge as it is by now",
    responses={
        200: {"description": "a credential", "content": {"application/json": {"schema": {"type": "object"}}}},
        **described(304, 404, 410, 503),
    },
)
def refreshed(credential: str, request: Request, here: Here, _: Holder) -> Response:
    """Return the credential that renewed this one last, or this one (1EdTechCredentialRefresh)."""
    latest = here.awards.latest(issued_as(here, credential))
    return cached(request, here.awards.json(latest), "application/json", "private, max-age=60")


@router.get(
    "/credentials/{credential}/bundle",
    response_class=Response,
    summary="The badge with all it takes to verify it",
    responses={
        200: {
            "description": "a ZIP file: the badge, DID document, status list, proof, log's key and head, and how",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
        **described(304, 404, 410, 503),
    },
)
def bundled(credential: str, request: Request, here: Here, _: Holder) -> Response:
    """Return the badge and all that it takes to verify it offline, for when we are gone."""
    issued = issued_as(here, credential)
    headers = {"Content-Disposition": f'attachment; filename="{issued.file_name}.zip"'}
    return cached(request, bundle(here, issued), "application/zip", "private, max-age=60", headers)


@router.get(
    "/communities/{community}/did.json",
    response_class=Response,
    summary="The issuer's DID document",
    responses={
        200: {"description": "a DID document", "content": {"application/json": {}}},
        **described(304, 404, 503),
    },
)
def did_document(community: str, request: Request, here: Here, _: Anyone) -> Response:
    """Return the DID document of a community: every key that it signs, or signed, with."""
    here.known(community)
    document = orjson.dumps(here.awards.did_document(community))
    return cached(request, document, "application/json", f"public, max-age={HELD_SECONDS}")


@router.get(
    "/.well-known/did.json",
    response_class=Response,
    summary="The installation's DID document",
    responses={
        200: {"description": "a DID document", "content": {"application/json": {}}},
        **described(304, 503),
    },
)
def own_did_document(request: Request, here: Here, _: Anyone) -> Response:
    """Return the DID document of the installation itself. Communities have their own."""
    document = orjson.dumps(here.issuer.document())
    return cached(request, document, "application/json", f"public, max-age={HELD_SECONDS}")


@router.get(
    "/status/{name}",
    response_class=Response,
    summary="Which badges were revoked, or suspended",
    responses={
        200: {"description": "a BitstringStatusListCredential", "content": {"application/json": {}}},
        **described(304, 404, 422, 503),
    },
)
def status_list(
    name: Annotated[
        str, Path(description="a community's list, as `makers-0`, or `makers-0-suspension`", examples=["makers-0"])
    ],
    request: Request,
    here: Here,
    _: Anyone,
    timestamp: Annotated[
        str | None, Query(description="the instant it is wanted of; now when absent", json_schema_extra=INSTANT)
    ] = None,
) -> Response:
    """Return a signed status list (Bitstring Status List), as it stands or stood: it tells of many, and of nobody.

    Lists that tell what was suspended have `-suspension` behind their name.
    """
    at = instant("timestamp", timestamp)
    if at is not None and at > (now := time.time_ns() // 1_000):
        fault = Fault("/query/timestamp", f"wanted an instant until now, {format_time(now)}, got {timestamp}")
        raise ProblemError(422, "what a list will say is not known", errors=[fault])
    document = here.awards.status_list(name, at=at) if LIST.fullmatch(name) else None
    if document is None:
        raise not_found("status list" if at is None else "status list of that instant")
    return cached(request, orjson.dumps(document), "application/json", f"public, max-age={status.TTL // 1_000}")
