"""Addresses of ours that people paste: which badge, endorsement or list each leads to, looked up without a network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import orjson

from api.installation import CREDENTIAL_ID
from api.issued.credentials import issued_as
from api.issued.endorsements import endorsement_as
from api.web.problems import ProblemError, not_found
from ledger import SLUG, ErasedError, UnknownCommunityError

if TYPE_CHECKING:
    from api.installation import Installation
    from badges import Verified

LONGEST = 2_000  # characters of an address
_SHOWN = 100
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_ID = CREDENTIAL_ID.pattern
_BADGE = re.compile(
    rf"/b/(?P<page>{_ID})(?:/embed)?|/credentials/(?P<id>{_ID})(?:\.(?P<suffix>json|jwt|png|svg|pdf)|/(?P<part>bundle|refresh|proof|endorsements))?"
)
_COMMUNITY = re.compile(rf"/c/(?P<slug>{SLUG.pattern})(?:/embed)?")
_ENDORSEMENT = re.compile(rf"/endorsements/(?P<id>{_ID})(?:\.(?P<suffix>json|jwt))?")
_OLD_ISSUER = re.compile(rf"/ob2/issuers/({SLUG.pattern})")
_ASSERTION = re.compile(rf"/ob2/assertions/(?P<id>{_ID})(?:\.(?P<suffix>json|jws|png|svg))?")


class Address(NamedTuple):
    """What an address of ours leads to: which kind of document, its public id, and in which form it is asked for."""

    kind: str  # badge, refresh, endorsement or assertion
    id: str
    form: str  # json, or jwt (of an assertion: jws)


def own_address(origin: str, url: str) -> Address | None:
    """Return what an address of this installation leads to, or None where it is none of ours, or leads to no document.

    A picture, a certificate or a bundle is asked for as the JSON that it carries.
    """
    path = _path(origin, url)
    if path is None:
        return None
    if found := _BADGE.fullmatch(path):
        kind = "refresh" if found["part"] == "refresh" else "badge"
        return Address(kind, found["page"] or found["id"], "jwt" if found["suffix"] == "jwt" else "json")
    if found := _ENDORSEMENT.fullmatch(path):
        return Address("endorsement", found["id"], found["suffix"] or "json")
    if found := _ASSERTION.fullmatch(path):
        return Address("assertion", found["id"], "jws" if found["suffix"] == "jws" else "json")
    return None


def is_ours(origin: str, url: str) -> bool:
    """Return whether an address is of this installation, wherever in it it leads."""
    return _path(origin, url) is not None


def own_document(here: Installation, address: Address) -> bytes:
    """Return the document that an address of ours leads to, as it is given to anyone. Blocks.

    Raises a 404 problem where there is none, and a 410 one where its member was erased.
    """
    if address.kind == "endorsement":
        one = endorsement_as(here, address.id)
        jwt = address.form == "jwt"
        return here.endorsements.jwt(one).encode() if jwt else orjson.dumps(here.endorsements.document(one))
    issued = issued_as(here, address.id, "badge")
    if address.kind == "assertion":
        jws = address.form == "jws" and here.exports.holds(issued)
        return here.exports.jws(issued).encode() if jws else orjson.dumps(here.exports.assertion(issued))
    if address.kind == "refresh":
        issued = here.awards.latest(issued)
    return here.awards.jwt(issued).encode() if address.form == "jwt" else here.awards.json(issued)


def found_here(here: Installation, link: str) -> bytes | None:
    """Return the document that a link leads to: ours, or another's that is at hand; None where it is neither. Blocks.

    Raises a 404 or 410 problem for what is not there, and a 422 one for what is no address.
    """
    address = own_address(here.settings.origin, link)
    if address is not None:
        return own_document(here, address)
    if len(link) > LONGEST or not _WEB.match(link):
        raise ProblemError(422, f"wanted an address that begins with https://, got {link[:_SHOWN]}")
    found = here.documents.published.get(link)
    if found is None and is_ours(here.settings.origin, link):
        own = f"{here.settings.origin}/b/..."
        raise ProblemError(404, f"wanted the address of a badge somebody holds, as {own}; there is none at this one")
    if found is None or isinstance(found, bytes):
        return found
    return found.encode() if isinstance(found, str) else orjson.dumps(found)


def badge_at(origin: str, url: str) -> str:
    """Return the id of the badge whose page or file is at an address of ours. Raises a 404 problem."""
    address = own_address(origin, url)
    if address is None or address.kind != "badge":
        raise not_found("badge")
    return address.id


def community_at(origin: str, url: str) -> str | None:
    """Return the slug of the community whose page is at an address of ours; None for any other address."""
    found = _COMMUNITY.fullmatch(_path(origin, url) or "")
    return found["slug"] if found else None


def _path(origin: str, url: str) -> str | None:
    """Return the path of an address of this installation, None for any other; what it asks for in a query is left."""
    try:
        found, own = urlsplit(url), urlsplit(origin)
    except ValueError:
        return None
    if len(url) > LONGEST or (found.scheme, found.netloc.lower()) != (own.scheme, own.netloc.lower()):
        return None
    return found.path.removeprefix(own.path) if found.path.startswith(own.path) else None


def own_name(here: Installation, verified: Verified) -> str | None:
    """Return the community of ours that issued what was verified; None where it was somebody else. Blocks.

    It is ours where its id is an address of this installation, and the issuer's id the one that signed there; of Open
    Badges 2.0, where the issuer's id is itself an address of ours.
    """
    if verified.kind == "assertion":
        return _old_issuer(here, verified.issuer or "")
    document = verified.credential or {}
    known = issued_here(here, document.get("id"))
    if known is None:
        return None
    own = orjson.loads(known.raw)["issuer"]
    return str(own["name"]) if own["id"] == verified.issuer else None


def _old_issuer(here: Installation, name: str) -> str | None:
    found = _OLD_ISSUER.fullmatch(_path(here.settings.origin, name) or "")
    try:
        return here.standings.charter(found[1]).name if found else None
    except UnknownCommunityError:
        return None


class Known(NamedTuple):
    """A document of ours as it is given to anyone, and the award it is, or that is spoken of."""

    raw: bytes
    address: Address


def issued_here(here: Installation, name: object) -> Known | None:
    """Return the badge or endorsement of ours whose id is `name`, None where there is none. Blocks."""
    address = own_address(here.settings.origin, name) if isinstance(name, str) else None
    if address is None or address.kind == "assertion":
        return None
    try:
        return Known(own_document(here, address), address)
    except (ProblemError, ErasedError):
        return None
