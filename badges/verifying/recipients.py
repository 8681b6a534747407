"""Whether a credential is for whom it is said to be for (OB 3.0 "Verify Recipient", "IdentityObject")."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from badges.documents.shape import listed
from badges.verifying.steps import failed, passed, unreachable
from badges.verifying.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from badges.verifying.verdict import Step

_MOST_IDENTIFIERS = 64
_ALGORITHM = "sha256$"


def recipient(document: Mapping[str, Any], asked: str) -> Step:
    """Return whether `asked`, a DID, a URL or an e-mail address, is a subject of the credential, or identifies one."""
    subjects = [one for one in listed(document.get("credentialSubject")) if isinstance(one, dict)]
    names = set(_spellings(asked))
    if any(one.get("id") in names for one in subjects):
        return passed("recipient", f"It is for {asked[:200]}.")
    identities = [one for subject in subjects for one in listed(subject.get("identifier")) if isinstance(one, dict)]
    if any(identifies(one, name) for one in identities[:_MOST_IDENTIFIERS] for name in names):
        return passed("recipient", f"It is for {asked[:200]}, by an identifier in it.")
    if not identities and not any("id" in one for one in subjects):
        return unreachable("recipient", "Whom it is for cannot be told: it names nobody.", Verdict.OTHER_RECIPIENT)
    return failed("recipient", f"It is for somebody else than {asked[:200]}.", Verdict.OTHER_RECIPIENT)


def identifies(identity: Mapping[str, Any], name: str) -> bool:
    """Tell whether an IdentityObject is of `name`, which stands in it plain, or hashed with its salt (SHA-256)."""
    written, salt = identity.get("identityHash"), identity.get("salt", "")
    if not isinstance(written, str) or not isinstance(salt, str):
        return False
    if identity.get("hashed") is not True:
        return written == name
    digest = hashlib.sha256((name + salt).encode("utf-8", "surrogatepass")).hexdigest()
    return hmac.compare_digest(written.lower().encode("utf-8", "replace"), (_ALGORITHM + digest).encode())


def _spellings(asked: str) -> Iterator[str]:
    """Yield the ways in which one may be named: an e-mail address has two, and its letters' case says nothing."""
    yield asked
    address = asked.removeprefix("mailto:")
    if "@" in address and ":" not in address:
        for written in (address, address.lower()):
            yield written
            yield f"mailto:{written}"
