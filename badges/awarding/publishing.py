"""The status lists of communities as they are published: under which address, signed by which key, as of when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from badges.awarding.lists import Named, Press, StatusLists
from badges.proofs import did
from ledger import UnknownCommunityError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger import Book, KnownKey, Signer
    from projections import Views

T = TypeVar("T")


class Keep(Protocol):
    """Returns what is kept of a community under a name, else makes it."""

    def __call__(self, community: str, what: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return it."""


class Published:
    """The status lists of one installation. Safe to share between threads."""

    def __init__(self, book: Book, views: Views, *, base_url: str, keep: Keep) -> None:
        """`base_url`: where it is reached, without a slash at its end; with https an issuer's keys share lists."""
        self._book = book
        self._base = base_url
        self._web = base_url.startswith("https://")
        self._keep = keep
        self._lists = StatusLists(book, views)

    def url(self, community: str, number: int, kid: str | None = None, purpose: str = "revocation") -> str:
        """Return the address of a community's list; each did:key has its own, here by its key's name."""
        keys = [] if self._web or kid is None else self._keys(community)
        kids = [key.kid for key in keys]
        later = kids.index(kid) if kid in kids else 0
        return f"{self._base}/status/{Named(community, later, number, purpose).name}"

    def signed(self, name: str, *, at: int | None = None) -> dict[str, Any] | None:
        """Return the signed list of that name (`{community}-{number}`, or with `-suspension` behind it).

        `at`: as it stood at an instant (µs). None where there is none, or was none yet.
        """
        named = Named.read(name)
        try:
            if named is None or not self._is_there(named):
                return None
            stood = self._lists.now(named) if at is None else self._lists.then(named, at)
        except UnknownCommunityError:
            return None
        if stood is None:
            return None
        signer, since, ended = self._signer(named, stood.since, at)
        if ended and named.purpose == "revocation":
            stood = stood.full()
        if at is None:
            stood = stood._replace(since=since)
        what = ("list", name, stood.since, since, stood.facts, ended, signer.kid)
        return self._keep(named.community, what, lambda: self._press(named, signer).signed(stood, since))

    def _is_there(self, named: Named) -> bool:
        """Return whether there is such a list: the first of a community always is, another once an award is in it."""
        if named.later and (self._web or named.later >= len(self._keys(named.community))):
            return False
        return not named.first or named.first < self._book.status_numbers(named.community)

    def _press(self, named: Named, signer: Signer) -> Press:
        issuer = did.issuer_did(self._base, named.community, signer.public_key)
        url = self.url(named.community, named.number, signer.kid, named.purpose)
        method = did.verification_method(issuer, signer.public_key)
        what = ("press", *named, method)
        return self._keep(named.community, what, lambda: Press(url, issuer, named.purpose, signer, method))

    def _signer(self, named: Named, since: int, at: int | None) -> tuple[Signer, int, bool]:
        """Return who signs a list, since when (µs), and whether all that it lists has ended (at an instant).

        A did:key cannot be revoked: where its key is, its own list says so of everything that it signed.
        """
        community = named.community
        current = self._book.signer(community)
        keys = self._keys(community)
        key = next((each for each in keys if each.kid == current.kid), None) if self._web else keys[named.later]
        signer = (self._book.issuers.kept_or_lost(community, key) if key else None) or current
        revoked = key.revoked if key else None
        return signer, max(since, (key and key.added) or 0), revoked is not None and (at is None or revoked <= at)

    def _keys(self, community: str) -> list[KnownKey]:
        """Return the keys that credentials are signed with, the first one first."""
        return [key for key in self._book.issuers.history(community).keys if key.public.algorithm == "EdDSA"]
