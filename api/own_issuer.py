"""The installation's own issuer: a did:key that signs what the VC-API asks, and nothing of a community's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from badges import BadgeError, Policy, Verified, did, sign, sign_jwt, to_json, verify
from ledger.keys import FileSigner
from schemas import format_time
from schemas.contexts import CREDENTIALS_V2

if TYPE_CHECKING:
    from pathlib import Path

SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
ENVELOPED = "vc+jwt"
_SECOND = 1_000_000  # µs


class IssueError(BadgeError):
    """A credential that this issuer does not sign; the message says what was wanted and what came."""


class OwnIssuer:
    """Signs credentials as they are given, once they hold to the data model."""

    def __init__(self, directory: Path) -> None:
        """Use the key `installation.issuer` of `directory`, made on first use. Raises `KeyFileError`."""
        self._signer = FileSigner.open(directory, "installation.issuer")
        self.did = did.did_key(self._signer.public_key)
        self._method = did.verification_method(self.did, self._signer.public_key)

    def document(self) -> dict[str, Any]:
        """Return the DID document."""
        return did.did_document(self.did, [self._signer.public_key])

    def issue(self, credential: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        """Return `credential` signed (VC-API "Issue Credential"). Raises `BadgeError`.

        `options`: `cryptosuite`, one of `SUITES`; `format`, `vc+jwt` for an enveloped credential. Other
        members are ignored.
        """
        if "credentialStatus" in options:
            raise IssueError("options.credentialStatus: wanted none, for this issuer keeps no status list yet")
        suite = options.get("cryptosuite", SUITES[0])
        if suite not in SUITES:
            raise IssueError(f"options.cryptosuite: wanted one of {', '.join(SUITES)}, got {str(suite)[:40]!r}")
        signed = sign(
            credential,
            self._signer,
            verification_method=self._method,
            created=int(time.time()) * _SECOND,
            suite=suite,
        )
        self._check(signed)
        if options.get("format") != ENVELOPED:
            return signed
        named = {"id": f"urn:uuid:{uuid4()}", "validFrom": _now()} | credential  # a token cannot do without
        token = sign_jwt(named, self._signer, kid=self._method)
        return {
            "@context": [CREDENTIALS_V2],
            "id": f"data:application/{ENVELOPED},{token}",
            "type": ["EnvelopedVerifiableCredential"],
        }

    @staticmethod
    def _check(signed: dict[str, Any]) -> None:
        """Refuse what no verifier would take for a credential, however well it is signed."""
        policy = Policy(checks=frozenset({"conformance"}))
        found: Verified = verify(to_json(signed), policy=policy, at=time.time_ns() // 1_000)
        if not found.valid:
            faults = [
                step.reason for step in found.steps if step.outcome.value == "failed" and step.check == "conformance"
            ]
            raise IssueError(" ".join(faults) or "not a credential")


def _now() -> str:
    return format_time(int(time.time()) * _SECOND)
