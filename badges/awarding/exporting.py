"""Badges as Open Badges 2.0, made of their credentials whenever somebody asks: hosted, signed, and in pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges.documents import ob2
from badges.documents.credential import to_json
from badges.pictures.bake import OB2, bake_png, bake_svg

if TYPE_CHECKING:
    from badges.awarding.issued import Awards, Issued
    from ledger import Book
    from ledger.keys import PublicKey
    from projections import Standings


class Exports:
    """Every badge in the words of Open Badges 2.0. Safe to share between threads."""

    def __init__(self, book: Book, standings: Standings, awards: Awards, *, base_url: str) -> None:
        """`base_url`: as that of `awards`."""
        self._book = book
        self._standings = standings
        self._awards = awards
        self._base = base_url.rstrip("/")

    def assertion(self, issued: Issued) -> dict[str, Any]:
        """Return a badge as a hosted Assertion; where it does not hold, that it was revoked. Raises `ErasedError`."""
        if not self.holds(issued):
            address = self._addresses(issued.community).assertions + issued.id
            return ob2.revoked_assertion(address, for_now=issued.revoked is None)
        return self._assertion(issued)

    @staticmethod
    def holds(issued: Issued) -> bool:
        """Return whether a badge is neither revoked nor suspended; 2.0 does not tell the two apart."""
        return issued.revoked is None and issued.suspended is None

    def jws(self, issued: Issued) -> str:
        """Return a badge as a signed Assertion: a compact JWS (RS256). Raises `ErasedError`."""
        (fact,) = self._book.at(issued.community, [issued.position])
        signer = self._book.issuers.token_signing(issued.community, ob2.ALGORITHM, fact.recorded)
        return ob2.sign_assertion(self._assertion(issued, key=signer.kid), signer)

    def png(self, issued: Issued) -> bytes:
        """Return the badge's picture with the hosted Assertion baked in. Raises `ErasedError`."""
        return bake_png(self._awards.bare_png(issued), self._text(issued), OB2)

    def svg(self, issued: Issued) -> bytes:
        """Return the badge's drawing with the hosted Assertion baked in. Raises `ErasedError`."""
        return bake_svg(self._awards.bare_svg(issued), self._text(issued), OB2)

    def badge(self, community: str, kind: str, name: str, version: int) -> dict[str, Any]:
        """Return what a version of the charter says of an achievement, as a BadgeClass. Raises `KeyError`."""
        if version not in {one.version for one in self._standings.charters(community)}:
            raise KeyError(version)
        made = self._awards.achievement(community, name, kind=kind, charter=version)
        addresses = self._addresses(community)
        return ob2.badge_class(made, addresses.badge(kind, name, version), addresses)

    def issuer(self, community: str) -> dict[str, Any]:
        """Return a community as an Issuer, with the keys that signed; before a badge was signed there is none."""
        charter, addresses = self._standings.charter(community), self._addresses(community)
        kids = [key.kid for key in self._keys(community)]
        contact = charter.document.get("contact")
        return ob2.issuer(charter.name, f"{self._base}/c/{community}", contact, addresses, kids)

    def key(self, community: str, kid: str) -> dict[str, Any]:
        """Return a CryptographicKey that signed assertions are checked with. Raises `KeyError`, also once revoked."""
        keys = {key.kid: key for key in self._keys(community)}
        return ob2.cryptographic_key(keys[kid], self._addresses(community))

    def revoked(self, community: str) -> dict[str, Any]:
        """Return the RevocationList of signed assertions: of badges that were revoked, or are suspended.

        A badge whose member was erased is not in it: what its id was, nobody knows any more.
        """
        return ob2.revocation_list(self._awards.not_holding(community), self._addresses(community))

    def _assertion(self, issued: Issued, *, key: str | None = None) -> dict[str, Any]:
        addresses = self._addresses(issued.community)
        (fact,) = self._book.at(issued.community, [issued.position])
        badge = addresses.badge(issued.kind, issued.achievement, fact.open["charter_version"])
        return ob2.assertion(self._awards.document(issued), badge, addresses, key=key)

    def _text(self, issued: Issued) -> str:
        return to_json(self._assertion(issued)).decode()

    def _addresses(self, community: str) -> ob2.Addresses:
        return ob2.Addresses(self._base, community)

    def _keys(self, community: str) -> list[PublicKey]:
        """Return the RSA keys that sign, or signed and were not revoked."""
        known = self._book.issuers.history(community).keys
        return [key.public for key in known if key.revoked is None and key.public.algorithm == ob2.ALGORITHM]
