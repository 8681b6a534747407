"""What a credential must look like: VC Data Model 2.0 and 1.1, and Open Badges 3.0 for its own types."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from badges.documents.classes import MOST_FAULTS, class_faults, class_of
from badges.documents.results import result_faults
from badges.documents.values import is_text, is_url, seen
from badges.instants import InstantError, instant
from schemas import Fault, contexts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPEN_BADGE_TYPES = frozenset({"OpenBadgeCredential", "AchievementCredential"})
ENDORSEMENT_TYPE = "EndorsementCredential"

_SUBJECTS = {"AchievementSubject": "OpenBadgeCredential", "EndorsementSubject": "EndorsementCredential"}
_TYPED = ("credentialStatus", "credentialSchema", "evidence", "termsOfUse", "refreshService")


def credential_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the shape of a credential, as JSON Pointers with words; [] if nothing.

    The first `MOST_FAULTS`. Proofs, contexts and dates against the clock are judged elsewhere. Never raises.
    """
    return list(islice(_faults(document), MOST_FAULTS))


def _faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    for part in (_contexts, _types, _names, _issuer, _subjects, _dates, _typed, _related):
        yield from part(document)
    kind = class_of(type_names(document))
    yield from _of_class(document, kind) if kind else _of_no_class(document)


def presentation_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the shape of a presentation (VC Data Model 2.0 "Presentations"); [] if nothing."""
    faults = [*_contexts(document), *_types(document, "VerifiablePresentation")]
    if "id" in document and not is_url(document["id"]):
        faults.append(Fault("/id", f"wanted a URL, got {seen(document['id'])}"))
    if "holder" in document and not is_url(id_of(document["holder"])):
        faults.append(Fault("/holder", f"wanted a URL or an object with one as its id, got {seen(document['holder'])}"))
    for place, one in enumerate(listed(document.get("verifiableCredential"))):
        if not isinstance(one, dict) and not isinstance(one, str):
            faults.append(Fault(f"/verifiableCredential/{place}", f"wanted a credential, got {seen(one)}"))
    return faults


def type_names(node: object) -> set[str]:
    """Return the types of a node, whether it has one or a list of them."""
    types = node.get("type") if isinstance(node, dict) else None
    return {name for name in listed(types) if isinstance(name, str)}


def listed(value: object) -> list[Any]:
    """Return `value` as a list: itself, its only item, or nothing for None."""
    return value if isinstance(value, list) else [] if value is None else [value]


def id_of(node: object) -> object:
    """Return the id of a node that may be given as an object or as its id alone."""
    return node.get("id") if isinstance(node, dict) else node


# --- VC Data Model --------------------------------------------------------------------------------


def _contexts(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Contexts"."""
    named = document.get("@context")
    if not isinstance(named, list) or not named:
        yield Fault("/@context", f"wanted a list of contexts, got {seen(named)}")
        return
    if named[0] not in (contexts.CREDENTIALS_V2, contexts.CREDENTIALS_V1):
        yield Fault("/@context/0", f"wanted {contexts.CREDENTIALS_V2}, got {seen(named[0])}")
    for place, one in enumerate(named):
        if not (is_url(one) or isinstance(one, dict)):
            yield Fault(f"/@context/{place}", f"wanted a URL or an object, got {seen(one)}")


def _types(document: Mapping[str, Any], name: str = "VerifiableCredential") -> Iterator[Fault]:
    """VC Data Model 2.0 "Types"."""
    types = listed(document.get("type"))
    if name not in types or not all(isinstance(one, str) and one for one in types):
        yield Fault("/type", f"wanted names with {name} among them, got {seen(document.get('type'))}")


def _names(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Identifiers" and "Names and Descriptions"."""
    if "id" in document and not is_url(document["id"]):
        yield Fault("/id", f"wanted a URL, got {seen(document['id'])}")
    issuer = document.get("issuer")
    for node, pointer in ((document, ""), (issuer if isinstance(issuer, dict) else {}, "/issuer")):
        for name in ("name", "description"):
            if name in node and not is_text(node[name]):
                yield Fault(f"{pointer}/{name}", f"wanted text, or text with a language, got {seen(node[name])}")


def _issuer(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Issuer"."""
    if not is_url(id_of(document.get("issuer"))):
        yield Fault("/issuer", f"wanted a URL or an object with one as its id, got {seen(document.get('issuer'))}")


def _subjects(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Credential Subject"."""
    subjects = listed(document.get("credentialSubject"))
    if not subjects:
        yield Fault("/credentialSubject", "wanted at least one, got none")
    for subject in subjects:
        if not isinstance(subject, dict) or not subject:
            yield Fault("/credentialSubject", f"wanted an object that says something, got {seen(subject)}")
        elif "id" in subject and not is_url(subject["id"]):
            yield Fault("/credentialSubject/id", f"wanted a URL, got {seen(subject['id'])}")


def _dates(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Validity Period"; 1.1 "Issuance Date" and "Expiration"."""
    found = {}
    for name in ("validFrom", "validUntil", "issuanceDate", "expirationDate", "awardedDate"):
        if name in document:
            try:
                found[name] = instant(document[name])
            except InstantError as error:
                yield Fault(f"/{name}", str(error))
    if listed(document.get("@context"))[:1] == [contexts.CREDENTIALS_V1] and "issuanceDate" not in document:
        yield Fault("/issuanceDate", "wanted an instant, got nothing")
    for first, last in (("validFrom", "validUntil"), ("issuanceDate", "expirationDate")):
        if first in found and last in found and found[last] < found[first]:
            yield Fault(f"/{last}", f"wanted no earlier than {first}, got {seen(document[last])}")


def _typed(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Status", "Data Schemas", "Evidence", "Terms of Use", "Refreshing"."""
    for name in _TYPED:
        found = document.get(name, [])
        for place, one in enumerate(found if isinstance(found, list) else [found]):
            pointer = f"/{name}/{place}" if isinstance(document[name], list) else f"/{name}"
            types = listed(one.get("type")) if isinstance(one, dict) else []
            if not types or not all(isinstance(kind, str) and kind for kind in types):
                yield Fault(f"{pointer}/type", f"wanted the name of a type, got {seen(types or None)}")
            elif ("id" in one or name == "credentialSchema") and not is_url(one.get("id")):
                yield Fault(f"{pointer}/id", f"wanted a URL, got {seen(one.get('id'))}")


def _related(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Integrity of Related Resources"."""
    before: set[str] = set()
    for place, one in enumerate(listed(document.get("relatedResource"))):
        pointer, name = f"/relatedResource/{place}", id_of(one)
        if not isinstance(one, dict) or not isinstance(name, str) or not is_url(name) or name in before:
            yield Fault(f"{pointer}/id", f"wanted a URL that comes once, got {seen(name)}")
            continue
        before.add(name)
        if not any(isinstance(one.get(digest), str) for digest in ("digestSRI", "digestMultibase")):
            yield Fault(pointer, "wanted digestSRI or digestMultibase, got neither")


# --- Open Badges 3.0 ------------------------------------------------------------------------------


def _of_class(document: Mapping[str, Any], kind: str) -> Iterator[Fault]:
    """OB 3.0 "AchievementCredential" and "EndorsementCredential", CLR 2.0 "ClrCredential"."""
    yield from class_faults(document, kind, "")
    subject = document.get("credentialSubject")
    if kind == "AchievementCredential" and isinstance(subject, dict):
        yield from result_faults(subject, "/credentialSubject")


def _of_no_class(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Find subjects that are those of a credential of Open Badges, in one that says that it is none."""
    for subject in listed(document.get("credentialSubject")):
        for kind, name in _SUBJECTS.items():
            if kind in type_names(subject):
                yield Fault(
                    "/type", f"wanted {name}, whose subject is of type {kind}, got {seen(document.get('type'))}"
                )
