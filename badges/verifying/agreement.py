"""Whether the JSON that we judge says what the signature covers.

A signature of the rdfc suites covers statements. The same statements can be written so that a reader of
the JSON misses one: an expiry under its full IRI, a status entry described elsewhere. Such a document is
refused (VC-DATA-INTEGRITY "Validating Contexts"), although its signature holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges.documents.shape import OPEN_BADGE_TYPES, id_of, listed, type_names
from badges.documents.status import STATUS_2021
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VC = "https://www.w3.org/2018/credentials#"
_STATUS = "https://www.w3.org/ns/credentials/status#"
_STATUS_2021 = "https://w3id.org/vc/status-list#"
_OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
_MEMBERS = (
    "issuer",
    "credentialSubject",
    "credentialStatus",
    "credentialSchema",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
    "evidence",
)
_SAID_ELSEWHERE = {"@id", "@type", _OB + "endorsementComment"}  # of a credential, by whoever endorses it
_STATUS_MEMBERS = ("statusPurpose", "statusListIndex", "statusListCredential", "statusSize")


def disagreements(document: Mapping[str, Any], node: Mapping[str, Any]) -> list[Fault]:
    """Return where `document` shows something else than `node`, its one top node as expanded."""
    faults = [*_counts(document, node, _VC, _MEMBERS, ""), *_ids(document, node), *_types(document, node)]
    for place, (shown, signed) in enumerate(
        zip(listed(document.get("credentialStatus")), node.get(_VC + "credentialStatus", ()), strict=False)
    ):
        if isinstance(shown, dict):
            base = _STATUS_2021 if STATUS_2021 in type_names(shown) else _STATUS
            faults += _counts(shown, signed, base, _STATUS_MEMBERS, f"/credentialStatus/{place}")
    return faults + list(_told_twice(node))


def told_once(document: Mapping[str, Any], raw: bytes) -> bool:
    """Tell whether the ids of a credential and of its status entries stand in its JSON but once.

    Then nothing else in it can be about them; what else `disagreements` finds hangs on the document's shape alone.
    """
    ids = [document.get("id"), *(id_of(one) for one in listed(document.get("credentialStatus")))]
    return all(isinstance(name, str) and raw.count(b'"%b"' % name.encode()) == 1 for name in ids if name is not None)


def _counts(
    shown: Mapping[str, Any], signed: Mapping[str, Any], base: str, names: tuple[str, ...], at: str
) -> Iterator[Fault]:
    for name in names:
        there, here = len(signed.get(base + name, ())), len(listed(shown.get(name)))
        if there != here:
            yield Fault(f"{at}/{name}", f"wanted what is signed, {there} under this name, got {here}")


def _ids(document: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Fault]:
    if "id" in document and node.get("@id") != document["id"]:
        yield Fault("/id", "wanted the id that is signed, got another spelling of it")
    for name in ("issuer", "credentialSubject"):
        signed = [one.get("@id") for one in node.get(_VC + name, ())]
        if signed != [id_of(one) for one in listed(document.get(name))]:
            yield Fault(f"/{name}", "wanted the id that is signed, got another spelling of it")


def _types(document: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Fault]:
    shown, signed = type_names(document), set(node.get("@type", ()))
    if _VC + "VerifiableCredential" not in signed:
        yield Fault("/type", "wanted VerifiableCredential to mean what the data model says, got another meaning")
    if any(_OB + name in signed for name in OPEN_BADGE_TYPES) and not shown & OPEN_BADGE_TYPES:
        yield Fault("/type", "wanted OpenBadgeCredential under its own name, got another spelling of it")


def _told_twice(node: Mapping[str, Any]) -> Iterator[Fault]:
    """Find statements about the credential or its status entries that stand elsewhere in the document."""
    watched = {node.get("@id")} | {one.get("@id") for one in node.get(_VC + "credentialStatus", ())}
    at_home = [id(node), *(id(one) for one in node.get(_VC + "credentialStatus", ()))]
    ahead: list[Any] = [node]
    while ahead:
        one = ahead.pop()
        if isinstance(one, list):
            ahead.extend(one)
        elif isinstance(one, dict):
            says_more = set(one) - _SAID_ELSEWHERE or any(str(t).endswith("Credential") for t in one.get("@type", ()))
            if one.get("@id") in watched and None is not one.get("@id") and id(one) not in at_home and says_more:
                yield Fault("", f"wanted all about {ascii(one['@id'])[:80]} in one place, got it in two")
            ahead.extend(one.values())
