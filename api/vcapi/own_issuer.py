"""The installation's own issuer: a did:key that signs what the VC-API asks, and nothing of a community's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

import orjson

from api.errors import ApiError
from api.vcapi.own_statuses import OwnStatuses, UnknownEntryError
from badges import BadgeError, Policy, credential_faults, did, sign, status, to_json, verify
from ledger.keys import FileSigner
from ledger.multibase import base64url_encode
from schemas import Fault, InvalidTimeError, parse_time
from schemas.contexts import CREDENTIALS_V2, UnknownContextError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")
ENVELOPED = "vc+jwt"
ENTRY = "BitstringStatusListEntry"
_SECOND = 1_000_000  # µs


class IssueError(ApiError):
    """What this issuer does not sign; `faults` point into the request, and say what was wanted and what came."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))


class OwnIssuer:
    """Signs credentials as they are given, once they hold to the data model. Safe to share between threads."""

    def __init__(self, directory: Path, *, base_url: str) -> None:
        """Use the key `installation.issuer` of the folder `directory`, made on first use.

        `base_url` is where its status lists are found; what they say is kept in that folder too, which all processes
        of an installation share. Raises `KeyFileError`.
        """
        self._signer = FileSigner.open(directory, "installation.issuer")
        self.did = did.did_key(self._signer.public_key)
        self._method = did.verification_method(self.did, self._signer.public_key)
        self._statuses = OwnStatuses(directory, base_url=base_url)

    def document(self) -> dict[str, Any]:
        """Return the DID document."""
        return did.did_document(self.did, [self._signer.public_key])

    def issue(self, credential: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """Return `credential` signed (VC-API "Issue Credential"), its issuer as it was given.

        `options`: `cryptosuite`, one of `SUITES`; `format`, `vc+jwt` for an enveloped credential;
        `credentialStatus`, one entry or several without their places, which it is given. Other members are ignored.
        Raises `IssueError`, and `LedgerUnavailableError` where no status can be kept.
        """
        suite, enveloped, purposes = _suite(options), _enveloped(options), _purposes(options)
        faults = credential_faults(credential)
        if faults:
            raise IssueError(Fault(f"/credential{fault.pointer}", fault.message) for fault in faults)
        if purposes and _id(credential.get("issuer")) != self.did:
            words = f"wanted none, or {self.did} as the issuer, who alone can say more, got another"
            raise IssueError([Fault("/options/credentialStatus", words)])
        signed = self._signed(credential, suite)
        if purposes:  # only now, that no number is given to what is not signed
            signed = self._signed(self._with_status(credential, purposes), suite)
        return self._envelope(signed) if enveloped else signed

    def set_status(self, entries: Sequence[tuple[str, int]], *, holds: bool) -> None:
        """Let entries, each by its list's address and its place there, be set or no longer be: all of them, or none.

        Raises `UnknownEntryError`, and `LedgerUnavailableError` where it cannot be kept.
        """
        self._statuses.set(entries, holds=holds, at=_now())

    def status_list(self, list_url: str) -> dict[str, Any] | None:
        """Return the status list credential of that address, signed now; None where there is none."""
        stood = self._statuses.stood(list_url)
        if stood is None:
            return None
        made = status.status_list(
            list_url, self.did, stood.places, valid_from=stood.since, ttl=status.TTL, purpose=stood.purpose
        )
        return sign(made, self._signer, verification_method=self._method, created=_now())

    def _with_status(self, credential: Mapping[str, Any], purposes: list[str]) -> dict[str, Any]:
        there = credential.get("credentialStatus", [])
        try:
            given = self._statuses.give(purposes, _now())
        except UnknownEntryError as error:
            raise IssueError([Fault("/options/credentialStatus", str(error))]) from error
        entries = [*(there if isinstance(there, list) else [there]), *given]
        return {**credential, "credentialStatus": entries[0] if len(entries) == 1 else entries}

    def _signed(self, credential: Mapping[str, Any], suite: str) -> dict[str, Any]:
        """Return a credential with a proof; refuse what no verifier would take for one, however well it is signed."""
        try:
            signed = sign(credential, self._signer, verification_method=self._method, created=_now(), suite=suite)
            found = verify(
                to_json(signed), policy=Policy(checks=frozenset({"conformance"})), at=time.time_ns() // 1_000
            )
        except (BadgeError, UnknownContextError) as error:
            raise IssueError([Fault("/credential", str(error))]) from error
        if not found.valid:
            failed = [step for step in found.steps if step.outcome.value == "failed" and step.check == "conformance"]
            raise IssueError(Fault("/credential", step.reason) for step in failed)
        return signed

    def _envelope(self, signed: Mapping[str, Any]) -> dict[str, Any]:
        """Return an EnvelopedVerifiableCredential (VC-JOSE-COSE "Securing JSON-LD Verifiable Credentials with JOSE").

        The claims repeat issuer, id, subject and dates, as OB 3.0 "JSON Web Token Proof Format" wants it, as far as
        there are any.
        """
        payload = {name: value for name, value in signed.items() if name != "proof"}
        header = {"alg": self._signer.algorithm, "kid": self._method, "typ": ENVELOPED}
        covered = ".".join(base64url_encode(orjson.dumps(part)) for part in (header, payload | _claims(payload)))
        token = f"{covered}.{base64url_encode(self._signer.sign(covered.encode()))}"
        return {
            "@context": [CREDENTIALS_V2],
            "id": f"data:application/{ENVELOPED},{token}",
            "type": ["EnvelopedVerifiableCredential"],
        }


def _suite(options: Mapping[str, Any]) -> str:
    suite = options.get("cryptosuite", SUITES[0])
    if suite not in SUITES:
        raise IssueError([Fault("/options/cryptosuite", f"wanted one of {', '.join(SUITES)}, got {ascii(suite)[:40]}")])
    return str(suite)


def _enveloped(options: Mapping[str, Any]) -> bool:
    form = options.get("format")
    if form not in (None, ENVELOPED):
        raise IssueError([Fault("/options/format", f"wanted {ENVELOPED}, or nothing, got {ascii(form)[:40]}")])
    return form == ENVELOPED


def _purposes(options: Mapping[str, Any]) -> list[str]:
    """Return what the entries are of that are asked for, each once."""
    asked = options.get("credentialStatus", [])
    found: list[str] = []
    for one in asked if isinstance(asked, list) else [asked]:
        if not isinstance(one, dict) or one.get("type", ENTRY) != ENTRY:
            got = one.get("type") if isinstance(one, dict) else one
            raise IssueError([Fault("/options/credentialStatus/type", f"wanted {ENTRY}, got {ascii(got)[:40]}")])
        purpose = one.get("statusPurpose", status.PURPOSES[0])
        if purpose not in status.PURPOSES:
            words = f"wanted {' or '.join(status.PURPOSES)}, got {ascii(purpose)[:40]}"
            raise IssueError([Fault("/options/credentialStatus/statusPurpose", words)])
        found.append(str(purpose))
    return list(dict.fromkeys(found))


def _claims(credential: Mapping[str, Any]) -> dict[str, Any]:
    subject = credential["credentialSubject"]
    said: dict[Literal["iss", "jti", "sub", "nbf", "exp"], object] = {
        "iss": _id(credential["issuer"]),
        "jti": credential.get("id"),
        "sub": _id(subject) if isinstance(subject, dict) else None,
        "nbf": _seconds(credential, "validFrom", "issuanceDate"),
        "exp": _seconds(credential, "validUntil", "expirationDate"),
    }
    return {name: value for name, value in said.items() if value is not None}


def _seconds(credential: Mapping[str, Any], *names: str) -> int | None:
    dates = [credential[name] for name in names if name in credential]
    try:
        return parse_time(dates[0]) // _SECOND if dates else None
    except InvalidTimeError:  # a year beyond ours: the credential says it itself
        return None


def _id(node: object) -> object:
    return node.get("id") if isinstance(node, dict) else node


def _now() -> int:
    return int(time.time()) * _SECOND
