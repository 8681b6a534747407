"""What a credential must look like: VC Data Model 2.0 and 1.1, and Open Badges 3.0 for its own types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from badges.instants import InstantError, instant
from schemas import Fault, contexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

OPEN_BADGE_TYPES = frozenset({"OpenBadgeCredential", "AchievementCredential"})
ENDORSEMENT_TYPE = "EndorsementCredential"

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+")
_OB_CONTEXT = re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)?\.json")
_LANGUAGE_KEYS = {"@value", "@language", "@direction"}
_TYPED = ("credentialStatus", "credentialSchema", "evidence", "termsOfUse", "refreshService")


def credential_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the shape of a credential, as JSON Pointers with words; [] if nothing.

    Proofs, contexts and dates against the clock are judged elsewhere. Never raises.
    """
    faults = [*_contexts(document), *_types(document), *_names(document), *_issuer(document)]
    faults += [*_subjects(document), *_dates(document), *_typed(document), *_related(document)]
    types = type_names(document)
    if types & OPEN_BADGE_TYPES:
        faults += [*_open_badge(document), *_achievement_subject(document)]
    if ENDORSEMENT_TYPE in types:
        faults += [*_profile(document.get("issuer"), "/issuer"), *_endorsement(document)]
    return faults


def presentation_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the shape of a presentation (VC Data Model 2.0 "Presentations"); [] if nothing."""
    faults = [*_contexts(document), *_types(document, "VerifiablePresentation")]
    if "id" in document and not is_url(document["id"]):
        faults.append(Fault("/id", f"wanted a URL, got {_seen(document['id'])}"))
    if "holder" in document and not is_url(id_of(document["holder"])):
        faults.append(
            Fault("/holder", f"wanted a URL or an object with one as its id, got {_seen(document['holder'])}")
        )
    for place, one in enumerate(listed(document.get("verifiableCredential"))):
        if not isinstance(one, dict) and not isinstance(one, str):
            faults.append(Fault(f"/verifiableCredential/{place}", f"wanted a credential, got {_seen(one)}"))
    return faults


def type_names(node: object) -> set[str]:
    """Return the types of a node, whether it has one or a list of them."""
    types = node.get("type") if isinstance(node, dict) else None
    return {name for name in listed(types) if isinstance(name, str)}


def listed(value: object) -> list[Any]:
    """Return `value` as a list: itself, its only item, or nothing for None."""
    return value if isinstance(value, list) else [] if value is None else [value]


def is_url(value: object) -> bool:
    """Tell whether `value` is an absolute URL (or DID, or URN)."""
    return isinstance(value, str) and _URL.fullmatch(value) is not None


def id_of(node: object) -> object:
    """Return the id of a node that may be given as an object or as its id alone."""
    return node.get("id") if isinstance(node, dict) else node


def _seen(value: object) -> str:
    return "nothing" if value is None else ascii(value)[:60]


# --- VC Data Model --------------------------------------------------------------------------------


def _contexts(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Contexts"."""
    named = document.get("@context")
    if not isinstance(named, list) or not named:
        yield Fault("/@context", f"wanted a list of contexts, got {_seen(named)}")
        return
    if named[0] not in (contexts.CREDENTIALS_V2, contexts.CREDENTIALS_V1):
        yield Fault("/@context/0", f"wanted {contexts.CREDENTIALS_V2}, got {_seen(named[0])}")
    for place, one in enumerate(named):
        if not (is_url(one) or isinstance(one, dict)):
            yield Fault(f"/@context/{place}", f"wanted a URL or an object, got {_seen(one)}")


def _types(document: Mapping[str, Any], name: str = "VerifiableCredential") -> Iterator[Fault]:
    """VC Data Model 2.0 "Types"."""
    types = listed(document.get("type"))
    if name not in types or not all(isinstance(one, str) and one for one in types):
        yield Fault("/type", f"wanted names with {name} among them, got {_seen(document.get('type'))}")


def _names(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Identifiers" and "Names and Descriptions"."""
    if "id" in document and not is_url(document["id"]):
        yield Fault("/id", f"wanted a URL, got {_seen(document['id'])}")
    issuer = document.get("issuer")
    for node, pointer in ((document, ""), (issuer if isinstance(issuer, dict) else {}, "/issuer")):
        for name in ("name", "description"):
            if name in node and not all(_is_text(one) for one in listed(node[name]) or [None]):
                yield Fault(f"{pointer}/{name}", f"wanted text, or text with a language, got {_seen(node[name])}")


def _is_text(value: object) -> bool:
    if isinstance(value, dict):
        return (
            set(value) <= _LANGUAGE_KEYS
            and isinstance(value.get("@value"), str)
            and all(isinstance(one, str) for one in value.values())
        )
    return isinstance(value, str)


def _issuer(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Issuer"."""
    if not is_url(id_of(document.get("issuer"))):
        yield Fault("/issuer", f"wanted a URL or an object with one as its id, got {_seen(document.get('issuer'))}")


def _subjects(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Credential Subject"."""
    subjects = listed(document.get("credentialSubject"))
    if not subjects:
        yield Fault("/credentialSubject", "wanted at least one, got none")
    for subject in subjects:
        if not isinstance(subject, dict) or not subject:
            yield Fault("/credentialSubject", f"wanted an object that says something, got {_seen(subject)}")
        elif "id" in subject and not is_url(subject["id"]):
            yield Fault("/credentialSubject/id", f"wanted a URL, got {_seen(subject['id'])}")


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
            yield Fault(f"/{last}", f"wanted no earlier than {first}, got {_seen(document[last])}")


def _typed(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Status", "Data Schemas", "Evidence", "Terms of Use", "Refreshing"."""
    for name in _TYPED:
        for place, one in enumerate(listed(document.get(name))):
            pointer = f"/{name}/{place}" if isinstance(document[name], list) else f"/{name}"
            types = listed(one.get("type")) if isinstance(one, dict) else []
            if not types or not all(isinstance(kind, str) and kind for kind in types):
                yield Fault(f"{pointer}/type", f"wanted the name of a type, got {_seen(types or None)}")
            elif ("id" in one or name == "credentialSchema") and not is_url(one.get("id")):
                yield Fault(f"{pointer}/id", f"wanted a URL, got {_seen(one.get('id'))}")


def _related(document: Mapping[str, Any]) -> Iterator[Fault]:
    """VC Data Model 2.0 "Integrity of Related Resources"."""
    seen: set[str] = set()
    for place, one in enumerate(listed(document.get("relatedResource"))):
        pointer, name = f"/relatedResource/{place}", id_of(one)
        if not isinstance(one, dict) or not isinstance(name, str) or not is_url(name) or name in seen:
            yield Fault(f"{pointer}/id", f"wanted a URL that comes once, got {_seen(name)}")
            continue
        seen.add(name)
        if not any(isinstance(one.get(digest), str) for digest in ("digestSRI", "digestMultibase")):
            yield Fault(pointer, "wanted digestSRI or digestMultibase, got neither")


# --- Open Badges 3.0 ------------------------------------------------------------------------------


def _open_badge(document: Mapping[str, Any]) -> Iterator[Fault]:
    """OB 3.0 "OpenBadgeCredential"."""
    named = listed(document.get("@context"))
    if not any(isinstance(one, str) and _OB_CONTEXT.fullmatch(one) for one in named[1:2]):
        yield Fault("/@context/1", f"wanted an Open Badges 3.0 context, got {_seen(named[1] if named[1:] else None)}")
    if "id" not in document:
        yield Fault("/id", "wanted a URL, got nothing")
    if "validFrom" not in document and "issuanceDate" not in document:
        yield Fault("/validFrom", "wanted an instant, got nothing")
    yield from _profile(document.get("issuer"), "/issuer")
    yield from _each(document, "evidence", "Evidence", "")


def _achievement_subject(document: Mapping[str, Any]) -> Iterator[Fault]:
    """OB 3.0 "AchievementSubject" and "Achievement"."""
    subject, at = document.get("credentialSubject"), "/credentialSubject"
    if not isinstance(subject, dict):
        yield Fault(at, f"wanted one object, got {_seen(subject)}")
        return
    if "AchievementSubject" not in type_names(subject):
        yield Fault(f"{at}/type", f"wanted AchievementSubject, got {_seen(subject.get('type'))}")
    if "id" not in subject and not listed(subject.get("identifier")):
        yield Fault(at, "wanted an id or an identifier of the person, got neither")
    yield from _each(subject, "identifier", "IdentityObject", at)
    yield from _each(subject, "result", "Result", at)
    if "source" in subject:
        yield from _profile(subject["source"], f"{at}/source")
    yield from _achievement(subject.get("achievement"), f"{at}/achievement")


def _achievement(node: object, at: str) -> Iterator[Fault]:
    if not isinstance(node, dict):
        yield Fault(at, f"wanted an object, got {_seen(node)}")
        return
    if "Achievement" not in type_names(node):
        yield Fault(f"{at}/type", f"wanted Achievement, got {_seen(node.get('type'))}")
    if not is_url(node.get("id")):
        yield Fault(f"{at}/id", f"wanted a URL, got {_seen(node.get('id'))}")
    for name in ("name", "description"):
        if not listed(node.get(name)) or not all(_is_text(one) for one in listed(node[name])):
            yield Fault(f"{at}/{name}", f"wanted text, got {_seen(node.get(name))}")
    criteria = node.get("criteria")
    if not isinstance(criteria, dict) or not (criteria.get("id") or criteria.get("narrative")):
        yield Fault(f"{at}/criteria", f"wanted an id or a narrative, got {_seen(criteria)}")
    yield from _each(node, "resultDescription", "ResultDescription", at)
    yield from _each(node, "alignment", "Alignment", at)
    yield from _each(node, "related", "Related", at)
    if "creator" in node:
        yield from _profile(node["creator"], f"{at}/creator")


def _endorsement(document: Mapping[str, Any]) -> Iterator[Fault]:
    """OB 3.0 "EndorsementCredential"."""
    subject = document.get("credentialSubject")
    if "EndorsementSubject" not in type_names(subject) or not is_url(id_of(subject)):
        yield Fault("/credentialSubject", f"wanted an EndorsementSubject with an id, got {_seen(subject)}")


def _profile(node: object, at: str) -> Iterator[Fault]:
    """OB 3.0 "Profile"."""
    if not isinstance(node, dict) or "Profile" not in type_names(node) or not is_url(node.get("id")):
        yield Fault(at, f"wanted a Profile with an id, got {_seen(node)}")
        return
    yield from _each(node, "otherIdentifier", "IdentifierEntry", at)
    if "parentOrg" in node:
        yield from _each(node, "parentOrg", "Profile", at)


def _each(node: Mapping[str, Any], name: str, kind: str, at: str) -> Iterable[Fault]:
    """Find what is listed under `name` and is not of type `kind`."""
    return [
        Fault(
            f"{at}/{name}",
            f"wanted the type {kind}, got {_seen(one.get('type') if isinstance(one, dict) else one)}",
        )
        for one in listed(node.get(name))
        if kind not in type_names(one)
    ]
