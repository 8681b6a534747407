"""What the OpenAPI document shows of the VC-API's bodies."""

from __future__ import annotations

from typing import Any, Final

DID = "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"
LIST = "https://badges.example/credentials/status/revocation/0"

CREDENTIAL: Final[dict[str, Any]] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "type": ["VerifiableCredential"],
    "issuer": DID,
    "validFrom": "2026-03-01T10:00:00Z",
    "credentialSubject": {"id": "did:example:ada", "role": "Mentor"},
}
_ENTRY: dict[str, Any] = {
    "id": f"{LIST}#94567",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "94567",
    "statusListCredential": LIST,
}
_PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-03-01T10:00:00Z",
    "verificationMethod": f"{DID}#{DID.removeprefix('did:key:')}",
    "proofPurpose": "assertionMethod",
    "proofValue": "z3gTvc6BxPEp8nSZUWcLUL1pFB2pH6aWdeVBhZjDaYSJ7fSBWfG6kZ7qhqmAh3rC4Q2V3uW7hJ6ukEB7YQDKFqoQ8",
}
_SIGNED = CREDENTIAL | {"proof": _PROOF}
_PRESENTED: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiablePresentation"],
    "holder": DID,
    "verifiableCredential": [_SIGNED],
    "proof": _PROOF | {"proofPurpose": "authentication", "challenge": "u8yT3", "domain": "badges.example"},
}
_CHECKS = {
    "type": "array",
    "items": {"type": "string"},
    "description": "those that decide: `proof`, `issuer`, `conformance`, `validityPeriod`, `credentialStatus` ...; all "
    "when absent. Names that are not known here are ignored",
}


def _body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


def _answer(schema: dict[str, Any], example: dict[str, Any], words: str, media: str = "application/json") -> Any:  # noqa: ANN401 - JSON
    return {"description": words, "content": {media: {"schema": schema, "example": example}}}


_BYTES = {"schema": {"type": "string", "format": "binary"}}
_TEXT = {"schema": {"type": "string"}}

VERIFY_REQUEST: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "`{verifiableCredential, options: {checks}}`, or the credential itself",
                    "properties": {
                        "verifiableCredential": {
                            "description": "a credential, an EnvelopedVerifiableCredential, or a JWT as text",
                            "anyOf": [{"type": "object"}, {"type": "string"}],
                        },
                        "options": {"type": "object", "properties": {"checks": _CHECKS}},
                    },
                },
                "example": {"verifiableCredential": _SIGNED, "options": {"checks": ["proof"]}},
            },
            "application/jwt": _TEXT,
            "image/png": _BYTES,
            "image/svg+xml": _TEXT,
            "application/pdf": _BYTES,
            "application/zip": _BYTES,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "text": {"type": "string"},
                    },
                }
            },
        },
    }
}

PRESENTATION_REQUEST: Final[dict[str, Any]] = _body(
    {
        "type": "object",
        "description": "`{verifiablePresentation, options: {challenge, domain, checks}}`, or the presentation itself",
        "properties": {
            "verifiablePresentation": {
                "description": "a presentation, an EnvelopedVerifiablePresentation, or a JWT as text",
                "anyOf": [{"type": "object"}, {"type": "string"}],
            },
            "options": {
                "type": "object",
                "properties": {
                    "challenge": {"type": "string", "description": "what the holder was asked to sign along"},
                    "domain": {"type": "string", "description": "for whom she was asked to"},
                    "checks": _CHECKS,
                },
            },
        },
    },
    {"verifiablePresentation": _PRESENTED, "options": {"challenge": "u8yT3", "domain": "badges.example"}},
)
PRESENTATION_REQUEST["requestBody"]["content"]["application/jwt"] = _TEXT

ISSUE_REQUEST: Final[dict[str, Any]] = _body(
    {
        "type": "object",
        "required": ["credential"],
        "properties": {
            "credential": {"type": "object", "description": "without a proof; its `id` is optional"},
            "options": {
                "type": "object",
                "properties": {
                    "cryptosuite": {"enum": ["eddsa-rdfc-2022", "eddsa-jcs-2022"], "default": "eddsa-rdfc-2022"},
                    "format": {"enum": ["vc+jwt"], "description": "for an EnvelopedVerifiableCredential"},
                    "credentialStatus": {
                        "type": "object",
                        "description": "adds an entry with a place of its own in the issuer's list",
                        "properties": {
                            "type": {"const": "BitstringStatusListEntry"},
                            "statusPurpose": {"enum": ["revocation", "suspension"], "default": "revocation"},
                        },
                    },
                },
            },
        },
    },
    {
        "credential": CREDENTIAL,
        "options": {"credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}},
    },
)
ISSUE_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    201: _answer(
        {
            "type": "object",
            "required": ["verifiableCredential"],
            "properties": {"verifiableCredential": {"type": "object"}},
        },
        {"verifiableCredential": CREDENTIAL | {"credentialStatus": _ENTRY, "proof": _PROOF}},
        "the credential, signed",
    )
}
STATUS_REQUEST: Final[dict[str, Any]] = _body(
    {
        "type": "object",
        "required": ["credentialStatus"],
        "properties": {
            "credentialId": {"type": "string", "description": "ignored: what was signed is not kept"},
            "credentialStatus": {
                "description": "the entry, or entries, as they stand in the credential",
                "anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}, "maxItems": 8}],
            },
            "status": {"type": "boolean", "default": True, "description": "whether it is revoked, or suspended"},
        },
    },
    {"credentialId": "urn:uuid:45a44711-e457-4fa8-9b89-69fe0287c86a", "credentialStatus": _ENTRY, "status": True},
)
STATUS_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: _answer({"type": "object"}, {"credentialStatus": _ENTRY, "status": True}, "what the list says from now on")
}

_METHOD = {
    "id": _PROOF["verificationMethod"],
    "type": "Multikey",
    "controller": DID,
    "publicKeyMultibase": DID.removeprefix("did:key:"),
}
_RESOLVED: dict[str, Any] = {
    "@context": "https://w3id.org/did-resolution/v1",
    "didDocument": {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": DID,
        "verificationMethod": [_METHOD],
        "assertionMethod": [_METHOD["id"]],
    },
    "didDocumentMetadata": {},
    "didResolutionMetadata": {"contentType": "application/did+json"},
}
_RESOLUTION = {"type": "object", "required": ["@context", "didDocument", "didDocumentMetadata"]}
RESOLUTION: Final = 'application/ld+json;profile="https://w3id.org/did-resolution"'
RESOLVED_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: _answer(_RESOLUTION, _RESOLVED, "the document, or the key that a DID URL names", RESOLUTION),
    400: _answer(
        _RESOLUTION,
        _RESOLVED
        | {
            "didDocument": {},
            "didResolutionMetadata": {"error": "invalidDid", "errorMessage": "wanted a DID, got 'no'"},
        },
        "no DID, or none that can be resolved here; the metadata's `error` says why",
        RESOLUTION,
    ),
}
