"""Whether a credential is for whom it is said to be for (OB 3.0 "Verify Recipient", "IdentityObject", and of 2.0)."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Literal

from badges.documents.shape import listed, type_names
from badges.verifying.steps import failed, passed, unreachable
from badges.verifying.verdict import Verdict
from schemas import marked, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.verifying.verdict import Step

_MOST_IDENTIFIERS = 64
_ALGORITHMS = ("sha256", "md5")  # OB 3.0 "IdentityHash" knows no others, nor does OB 2.0
Member = Literal["identityHash", "identity"]
"""Where an identity object has whom it is of: that of OB 3.0, and that of 2.0."""

_IDENTIFIED = marked("It is for %(who)s, by an identifier in it.")
_WEAKLY = marked("It is for %(who)s, by an identifier in it, an MD5 hash, which is weak.")


def recipient(document: Mapping[str, Any], asked: str) -> Step:
    """Return whether `asked`, a DID, a URL or an e-mail address, is a subject of the credential, or identifies one."""
    subjects = [one for one in listed(document.get("credentialSubject")) if isinstance(one, dict)]
    names = spellings(asked)
    if any(_is_one(one.get("id"), names) for one in subjects):
        return passed("recipient", say("It is for %(who)s.", who=asked[:200]))
    found = [one for subject in subjects for one in listed(subject.get("identifier"))]
    identities = [one for one in found if "IdentityObject" in type_names(one)]
    for one in identities[:_MOST_IDENTIFIERS]:
        if identifies(one, names):
            return passed("recipient", say(_WEAKLY if algorithm_of(one) == "md5" else _IDENTIFIED, who=asked[:200]))
    if not identities and not any("id" in one for one in subjects):
        return _cannot(say("it names nobody"))
    if len(identities) > _MOST_IDENTIFIERS:
        return _cannot(
            say("wanted at most %(most)s identifiers, got %(count)s", most=_MOST_IDENTIFIERS, count=len(identities))
        )
    if unknown := next((how for how in map(algorithm_of, identities) if how and how not in _ALGORITHMS), None):
        return _cannot(
            say(
                "wanted a hash by one of %(algorithms)s, got one by %(other)s",
                algorithms=", ".join(_ALGORITHMS),
                other=ascii(unknown)[:40],
            )
        )
    return failed("recipient", say("It is for somebody else than %(who)s.", who=asked[:200]), Verdict.OTHER_RECIPIENT)


def identifies(identity: Mapping[str, Any], names: set[str], *, member: Member = "identityHash") -> bool:
    """Tell whether an IdentityObject is of one of `names`, which stands in it plain, or hashed with its salt."""
    written, salt = identity.get(member), identity.get("salt", "")
    if not isinstance(written, str) or not isinstance(salt, str):
        return False
    how = algorithm_of(identity, member=member)
    if how is None:
        return _is_one(written, names)
    digest = written.partition("$")[2].lower().encode("utf-8", "replace")
    salted = [(name + salt).encode("utf-8", "surrogatepass") for name in names if how in _ALGORITHMS]
    hashes = [hashlib.new(how, one, usedforsecurity=False).hexdigest() for one in salted]
    return any(hmac.compare_digest(digest, one.encode()) for one in hashes)


def algorithm_of(identity: Mapping[str, Any], *, member: Member = "identityHash") -> str | None:
    """Return what an IdentityObject says it is hashed by, in small letters; None where it is not hashed."""
    if identity.get("hashed") is not True:
        return None
    how, mark, _ = str(identity.get(member)).partition("$")
    return how.lower() if mark else "no algorithm that is named"


def spellings(asked: str) -> set[str]:
    """Return the ways in which one may be named: an e-mail address has two, and its letters' case says nothing."""
    if not _is_address(asked):
        return {asked}
    address = asked.removeprefix("mailto:")
    return {asked} | {mark + written for mark in ("", "mailto:") for written in (address, address.lower())}


def _is_one(written: object, names: set[str]) -> bool:
    """Tell whether what stands there plain is one of `names`; of an address as they have it, in small letters, too."""
    return isinstance(written, str) and (written in names or (_is_address(written) and written.lower() in names))


def _is_address(text: str) -> bool:
    address = text.removeprefix("mailto:")
    return "@" in address and ":" not in address


def _cannot(why: str) -> Step:
    return unreachable("recipient", say("Whom it is for cannot be told: %(why)s.", why=why), Verdict.OTHER_RECIPIENT)
