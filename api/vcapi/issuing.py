"""The W3C VC-API where an installation issues: sign a credential, say what became of it, tell whose key signed.

Offered only where the operator asked for it (`GUILDBOOK_VC_API_ISSUER`): whoever reaches it signs what she likes, by a
key that speaks for no community.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.guard.doors import Here, Permit
from api.vcapi.examples import (
    ISSUE_ANSWERS,
    ISSUE_REQUEST,
    RESOLUTION,
    RESOLVED_ANSWERS,
    STATUS_ANSWERS,
    STATUS_REQUEST,
)
from api.vcapi.own_issuer import ENTRY, IssueError
from api.vcapi.own_statuses import UnknownEntryError
from api.vcapi.resolving import MULTIKEY, resolve
from api.web import bodies
from api.web.auth import Principal
from api.web.problems import ProblemError, described, not_found
from badges import status
from schemas import Fault, loads

router = APIRouter(tags=["verifier"])
Anyone = Annotated[Principal, Depends(Permit("public"))]

JSON = ("application/json", "application/ld+json", "application/vc", "application/vc+ld+json")
OPEN = {"Access-Control-Allow-Origin": "*"}
MOST_ENTRIES = 8  # of one credential, as a verifier reads them
_SET = {True: True, "true": True, "1": True, False: False, "false": False, "0": False}


@router.post(
    "/credentials/issue",
    response_model=None,
    status_code=201,
    summary="Sign a credential (VC-API)",
    openapi_extra=ISSUE_REQUEST,
    responses={**ISSUE_ANSWERS, **described(400, 413, 415, 422, 503)},
)
async def issue(request: Request, here: Here, _: Anyone) -> Response:
    """Sign a credential with the installation's own did:key, never a community's.

    The credential is signed as it is given once it holds to the data model: its issuer, too, may be anybody, and
    verifiers then say that the key is another's. What of `options` is not known here is ignored.
    """
    body = await _asked(request, here.settings.limit_upload)
    credential, options = body.get("credential"), body.get("options", {})
    if not isinstance(credential, dict):
        fault = Fault("/credential", f"wanted a credential, got {_kind(credential)}")
        raise ProblemError(400, "wanted `{credential, options}`, got no credential", errors=[fault])
    if not isinstance(options, dict):
        fault = Fault("/options", f"wanted an object, got {_kind(options)}")
        raise ProblemError(400, "wanted `{credential, options}`, got other options", errors=[fault])
    try:
        signed = await run_in_threadpool(here.issuer.issue, credential, options)
    except IssueError as error:
        words = f"this credential cannot be signed: {error}"
        raise ProblemError(422, words, errors=error.faults) from error
    return JSONResponse({"verifiableCredential": signed}, 201, OPEN)


@router.post(
    "/credentials/status",
    response_model=None,
    summary="Revoke or suspend what was signed so (VC-API)",
    openapi_extra=STATUS_REQUEST,
    responses={**STATUS_ANSWERS, **described(400, 404, 413, 415, 422, 503)},
)
async def set_status(request: Request, here: Here, _: Anyone) -> Response:
    """Let a status entry, as it stands in a credential that was signed here, be set, or no longer be.

    Which credential an entry is of was not kept: `credentialStatus` must name its list and its place there. To say
    what is so already changes nothing.
    """
    body = await _asked(request, here.settings.limit_upload)
    there = body.get("credentialStatus")
    entries = there if isinstance(there, list) else [there]
    if not 1 <= len(entries) <= MOST_ENTRIES:
        fault = Fault("/credentialStatus", f"wanted 1 to {MOST_ENTRIES} entries, got {len(entries)}")
        raise ProblemError(400, "wanted `{credentialStatus, status}`", errors=[fault])
    said = body.get("status", entries[0].get("status", True) if isinstance(entries[0], dict) else True)
    if not isinstance(said, (bool, str)) or said not in _SET:
        fault = Fault("/status", f"wanted true or false, got {ascii(said)[:40]}")
        raise ProblemError(400, "wanted `{credentialStatus, status}`", errors=[fault])
    named = [
        _place(one, f"/credentialStatus/{n}" if there is entries else "/credentialStatus")
        for n, one in enumerate(entries)
    ]
    try:
        await run_in_threadpool(here.issuer.set_status, named, holds=_SET[said])
    except UnknownEntryError as error:
        fault = Fault("/credentialStatus", str(error))
        raise ProblemError(404, "this issuer gave no such entry to a credential", errors=[fault]) from error
    return JSONResponse({"credentialStatus": there, "status": _SET[said]}, 200, OPEN)


@router.get(
    "/credentials/status/{purpose}/{number}",
    response_class=Response,
    summary="Which credentials signed so were revoked, or suspended",
    responses={
        200: {"description": "a BitstringStatusListCredential", "content": {"application/json": {}}},
        **described(404, 503),
    },
)
def status_list(
    purpose: Annotated[str, Path(description="`revocation` or `suspension`", examples=["revocation"])],
    number: Annotated[str, Path(description="which list: 0, 1, ...", examples=["0"])],
    here: Here,
    _: Anyone,
) -> Response:
    """Return a status list of the installation's own issuer, signed now (Bitstring Status List)."""
    document = here.issuer.status_list(f"{here.settings.origin}/credentials/status/{purpose}/{number}")
    if document is None:
        raise not_found("status list")
    kept = {"Cache-Control": f"public, max-age={status.TTL // 1_000}"}
    return Response(orjson.dumps(document), 200, OPEN | kept, "application/json")


@router.get(
    "/1.0/identifiers/{did:path}",
    response_model=None,
    summary="What a DID names (DID Resolution)",
    responses={**RESOLVED_ANSWERS, **described(404)},
)
def identifier(
    did: Annotated[
        str,
        Path(
            description="a did:key, a DID that this installation has the document of, or a DID URL of one of its keys",
            examples=["did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"],
        ),
    ],
    here: Here,
    _: Anyone,
    public_key_format: Annotated[
        str, Query(alias="publicKeyFormat", description="how keys shall be written; `Multikey` is what there is")
    ] = MULTIKEY,
) -> Response:
    """Return the DID document, or the key, that a DID or DID URL names. Fetches nothing."""
    found = resolve(did, here.documents.published, key_format=public_key_format)
    return JSONResponse(found.told(), 400 if found.error else 200, OPEN, RESOLUTION)


async def _asked(request: Request, limit: int) -> dict[str, Any]:
    media = bodies.media_type(request)
    if media not in JSON:
        raise ProblemError(415, f"Content-Type: wanted {JSON[0]}, got {media[:100] or 'none'}")
    body = loads(await bodies.whole(request, limit, "a request"))
    if not isinstance(body, dict):
        raise ProblemError(400, f"wanted a JSON object, got {_kind(body)}")
    return body


def _place(entry: object, pointer: str) -> tuple[str, int]:
    """Return the list and the place in it that an entry names. Raises a 400 problem."""
    faults = []
    if not isinstance(entry, dict):
        faults = [Fault(pointer, f"wanted a status entry, got {_kind(entry)}")]
        entry = {}
    elif entry.get("type") != ENTRY:
        faults = [Fault(f"{pointer}/type", f"wanted {ENTRY}, got {ascii(entry.get('type'))[:40]}")]
    listed, number = entry.get("statusListCredential"), entry.get("statusListIndex")
    if not faults and not isinstance(listed, str):
        faults.append(Fault(f"{pointer}/statusListCredential", f"wanted its list's address, got {_kind(listed)}"))
    if not faults and not (
        isinstance(number, str) and number.isascii() and number.isdecimal() and len(number) <= _DIGITS
    ):
        faults.append(Fault(f"{pointer}/statusListIndex", f"wanted its place there, got {ascii(number)[:40]}"))
    if faults:
        raise ProblemError(400, "wanted the entry as it stands in the credential", errors=faults)
    return str(listed), int(str(number))


_DIGITS = len(str(status.ENTRIES))


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__
