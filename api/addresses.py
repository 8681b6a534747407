"""Addresses of ours that people paste: which badge, endorsement or list each leads to, looked up without a network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import orjson

from api.credentials import issued_as
from api.endorsements import endorsement_as
from api.installation import CREDENTIAL_ID
from api.problems import not_found

if TYPE_CHECKING:
    from api.installation import Installation

LONGEST = 2_000  # characters of an address
_ID = CREDENTIAL_ID.pattern
_BADGE = re.compile(
    rf"/b/(?P<page>{_ID})(?:/embed)?|/credentials/(?P<id>{_ID})(?:\.(?P<suffix>json|jwt|png|svg|pdf)|/(?P<part>bundle|refresh|proof|endorsements))?"
)
_ENDORSEMENT = re.compile(rf"/endorsements/(?P<id>{_ID})(?:\.(?P<suffix>json|jwt))?")
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


def badge_at(origin: str, url: str) -> str:
    """Return the id of the badge whose page or file is at an address of ours. Raises a 404 problem."""
    address = own_address(origin, url)
    if address is None or address.kind != "badge":
        raise not_found("badge")
    return address.id


def _path(origin: str, url: str) -> str | None:
    """Return the path of an address of this installation, None for any other; what it asks for in a query is left."""
    try:
        found, own = urlsplit(url), urlsplit(origin)
    except ValueError:
        return None
    if len(url) > LONGEST or (found.scheme, found.netloc.lower()) != (own.scheme, own.netloc.lower()):
        return None
    return found.path.removeprefix(own.path) if found.path.startswith(own.path) else None
