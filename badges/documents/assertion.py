"""What an Open Badges 2.0 Assertion must look like, with the BadgeClass and the Issuer it leads to.

Nothing is expanded as JSON-LD. Whoever vouches for an assertion, by hosting it or by a JWS, vouches for this very
JSON, so members are read by their names; what would give one of these names another meaning is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from badges.documents.ob2 import CONTEXT
from badges.documents.shape import id_of, listed, type_names
from badges.documents.values import is_url
from badges.instants import InstantError, instant
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOSTED = frozenset({"HostedBadge", "hosted"})
SIGNED = frozenset({"SignedBadge", "signed"})

_IDENTITY = re.compile(r"sha256\$[0-9a-fA-F]{64}|md5\$[0-9a-fA-F]{32}")
_HTTP = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
_READ = {
    *("id", "type", "recipient", "badge", "verification", "verify", "issuedOn", "expires", "revoked", "uid"),
    *("revocationReason", "identity", "hashed", "salt", "creator", "issuer", "name", "description", "criteria"),
    *("image", "evidence", "narrative", "url", "email", "publicKey", "revocationList"),
    *("Assertion", "BadgeClass", "Issuer", "Profile", *HOSTED, *SIGNED),
}


def is_assertion(document: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object means to be an Assertion of Open Badges 2.0."""
    named = CONTEXT in [one for one in listed(document.get("@context")) if isinstance(one, str)]
    return (named or "Assertion" in type_names(document)) and "VerifiableCredential" not in type_names(document)


def is_http(value: object) -> bool:
    """Tell whether `value` is an address on the web, with a host."""
    return is_url(value) and _HTTP.match(str(value)) is not None


def verification_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how an assertion says that it is to be verified; `verify` is the name of 1.1, which 2.0 lets stand."""
    found = document.get("verification", document.get("verify"))
    return found if isinstance(found, dict) else {}


def is_stub(document: Mapping[str, Any]) -> bool:
    """Tell whether all that is left of a hosted assertion is that it was revoked (OB 2.0 "Assertion": `revoked`)."""
    return document.get("revoked") is True and "recipient" not in document


def assertion_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the shape of an Assertion, as JSON Pointers with words; [] if nothing (OB 2.0).

    Of one that says it was revoked only the id is wanted. A BadgeClass and an Issuer inside it are judged too.
    """
    if is_stub(document):
        return [] if is_url(document.get("id")) else [_fault("/id", "a URL", document.get("id"))]
    faults = [*_named(document, "Assertion", "")]
    if not isinstance(document.get("revoked", False), bool):
        faults.append(_fault("/revoked", "true or false", document["revoked"]))
    faults += [*_recipient(document.get("recipient")), *_verification(document), *_dates(document)]
    badge = document.get("badge")
    if isinstance(badge, dict):
        faults += badge_faults(badge, "/badge")
    elif not is_url(badge):
        faults.append(_fault("/badge", "the URL of a BadgeClass, or one", badge))
    if "image" in document and not is_http(id_of(document["image"])):
        faults.append(_fault("/image", "the address of an image", document["image"]))
    for one in listed(document.get("evidence")):
        if not (is_url(one) or isinstance(one, dict)):
            faults.append(_fault("/evidence", "a URL, or an object", one))
    return faults


def badge_faults(document: Mapping[str, Any], at: str = "") -> list[Fault]:
    """Return what is wrong with the shape of a BadgeClass (OB 2.0 "BadgeClass")."""
    faults = [*_named(document, "BadgeClass", at), *_texts(document, ("name", "description"), at)]
    criteria, issuer = document.get("criteria"), document.get("issuer")
    said = criteria.get("id") or criteria.get("narrative") if isinstance(criteria, dict) else is_url(criteria)
    if not said:
        faults.append(_fault(f"{at}/criteria", "a URL, or an object with an id or a narrative", criteria))
    image = document.get("image")
    if not (is_url(image) or isinstance(image, dict)):
        faults.append(_fault(f"{at}/image", "a URL, or an object", image))
    if isinstance(issuer, dict):
        faults += issuer_faults(issuer, f"{at}/issuer")
    elif not is_url(issuer):
        faults.append(_fault(f"{at}/issuer", "the URL of an Issuer, or one", issuer))
    return faults


def issuer_faults(document: Mapping[str, Any], at: str = "") -> list[Fault]:
    """Return what is wrong with the shape of an Issuer (OB 2.0 "Profile"); many publish no e-mail address."""
    kind = "Issuer" if "Profile" not in type_names(document) else "Profile"
    return [*_named(document, kind, at), *_texts(document, ("name",), at)]


def context_faults(document: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the contexts of an Assertion and of what is in it (OB 2.0 "JSON-LD")."""
    faults = []
    if CONTEXT not in [one for one in listed(document.get("@context")) if isinstance(one, str)]:
        faults.append(_fault("/@context", CONTEXT, document.get("@context")))
    return faults + list(_redefined(document, ""))


def _redefined(node: object, at: str) -> Iterator[Fault]:
    """Find inline contexts that define a name which is read here."""
    if isinstance(node, list):
        for place, one in enumerate(node):
            yield from _redefined(one, f"{at}/{place}")
    elif isinstance(node, dict):
        for one in listed(node.get("@context")):
            for name in sorted(_READ & set(one)) if isinstance(one, dict) else ():
                yield Fault(f"{at}/@context", f"wanted {name} to mean what Open Badges 2.0 says, got another meaning")
        for name, one in node.items():
            if name != "@context":
                yield from _redefined(one, f"{at}/{name}")


def _named(document: Mapping[str, Any], kind: str, at: str) -> Iterator[Fault]:
    if kind not in type_names(document):
        yield _fault(f"{at}/type", kind, document.get("type"))
    if not is_url(document.get("id")):
        yield _fault(f"{at}/id", "a URL", document.get("id"))


def _texts(document: Mapping[str, Any], names: tuple[str, ...], at: str) -> Iterator[Fault]:
    for name in names:
        if not isinstance(document.get(name), str) or not document[name].strip():
            yield _fault(f"{at}/{name}", "text", document.get(name))


def _recipient(found: object) -> Iterator[Fault]:
    """OB 2.0 "IdentityObject" and "IdentityHash"."""
    if not isinstance(found, dict):
        yield _fault("/recipient", "an object that says whom it is for", found)
        return
    identity, hashed = found.get("identity"), found.get("hashed")
    if not isinstance(found.get("type"), str):
        yield _fault("/recipient/type", "email, url or the like", found.get("type"))
    if not isinstance(hashed, bool):
        yield _fault("/recipient/hashed", "true or false", hashed)
    if not isinstance(identity, str) or not identity or (hashed is True and not _IDENTITY.fullmatch(identity)):
        yield _fault("/recipient/identity", "sha256$ or md5$ and a hash" if hashed is True else "text", identity)
    if not isinstance(found.get("salt", ""), str):
        yield _fault("/recipient/salt", "text", found["salt"])


def _verification(document: Mapping[str, Any]) -> Iterator[Fault]:
    """OB 2.0 "VerificationObject"."""
    found = verification_of(document)
    kinds = type_names(found)
    if bool(kinds & HOSTED) == bool(kinds & SIGNED):
        yield _fault("/verification/type", "HostedBadge or SignedBadge", found.get("type"))
    elif kinds & HOSTED and not is_http(document.get("id")):
        yield _fault("/id", "the address at which it is hosted", document.get("id"))
    if "creator" in found and not is_url(id_of(found["creator"])):
        yield _fault("/verification/creator", "the URL of a key", found["creator"])


def _dates(document: Mapping[str, Any]) -> Iterator[Fault]:
    found = {}
    for name in ("issuedOn", "expires"):
        if name in document or name == "issuedOn":
            try:
                found[name] = instant(document.get(name))
            except InstantError as error:
                yield Fault(f"/{name}", str(error))
    if len(found) == 2 and found["expires"] < found["issuedOn"]:  # noqa: PLR2004  both of them
        yield _fault("/expires", "no earlier than issuedOn", document["expires"])


def _fault(pointer: str, wanted: str, got: object) -> Fault:
    return Fault(pointer, f"wanted {wanted}, got {'nothing' if got is None else ascii(got)[:60]}")
