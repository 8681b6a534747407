"""What this installation publishes, by its address: its own verifier has it at hand, and asks no network for it."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ledger import SLUG, ErasedError, UnknownCommunityError

if TYPE_CHECKING:
    from badges import Awards, Exports, Issued
    from ledger import Book

_LIST = re.compile(r"/status/(?P<list>[\w.-]{1,200})")
_REFRESHED = re.compile(r"/credentials/(?P<id>[0-9a-f-]{36})/refresh")
_ASSERTION = re.compile(r"/ob2/assertions/(?P<id>[0-9a-f-]{36})")
_ISSUER = re.compile(
    rf"/ob2/issuers/(?P<community>{SLUG.pattern})"
    r"(?:/(?P<part>revoked)|/key/(?P<kid>[\w-]{1,80})|/(?P<kind>badge|level|role)/(?P<name>[\w%-]{1,200})/(?P<version>[1-9]\d{0,6}))?"
)


@dataclass(frozen=True, slots=True)
class Published:
    """Status lists, DID documents, newer versions of credentials, and all that Open Badges 2.0 lead to."""

    book: Book
    awards: Awards
    exports: Exports
    origin: str  # of the installation, without a slash at its end

    def get(self, name: str) -> object | None:
        """Return what is published under a URL or DID, or None where that is nothing of ours. Blocks."""
        try:
            if name.startswith("did:web:"):
                return self._did(name)
            path = name.removeprefix(self.origin)
            return self._at(path) if path != name else None
        except (UnknownCommunityError, ErasedError, KeyError):  # it was, or might have been
            return None

    def _did(self, name: str) -> object | None:
        slug = name.rpartition(":")[2]
        known = SLUG.fullmatch(slug) is not None and self.awards.did(slug) == name
        return self.awards.did_document(slug) if known else None

    def _at(self, path: str) -> object | None:
        if found := _LIST.fullmatch(path):
            return self.awards.status_list(found["list"])
        if found := _REFRESHED.fullmatch(path):
            return self._refreshed(found["id"])
        if found := _ASSERTION.fullmatch(path):
            issued = self._issued(found["id"])
            return self.exports.assertion(issued) if issued else None
        found = _ISSUER.fullmatch(path)
        return self._of_issuer(found) if found else None

    def _refreshed(self, credential: str) -> bytes | None:
        """Return what a credential was renewed by; itself while it stands, as none is renewed before it ends."""
        issued = self._issued(credential)
        if issued is None:
            return None
        stands = issued.stands(time.time_ns() // 1_000)
        return self.awards.json(issued if stands else self.awards.latest(issued))

    def _issued(self, credential: str) -> Issued | None:
        issued = self.awards.find(credential)
        if issued is not None:
            self.book.member_id(issued.community, issued.account)  # the views may not have heard of an erasure yet
        return issued

    def _of_issuer(self, found: re.Match[str]) -> object:
        community = self.book.community(found["community"]).slug
        if found["part"]:
            return self.exports.revoked(community)
        if found["kid"]:
            return self.exports.key(community, found["kid"])
        if found["kind"]:
            return self.exports.badge(community, found["kind"], unquote(found["name"]), int(found["version"]))
        return self.exports.issuer(community)
