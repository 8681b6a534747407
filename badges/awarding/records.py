"""Learner records as they are asked for: what a member was awarded and still holds, by all that is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges.documents.achievement import page_of
from badges.documents.clr import RecordFacts, clr
from badges.errors import NoBadgeError
from projections import required

if TYPE_CHECKING:
    from badges.awarding.issued import Awards
    from ledger import Book, Signer
    from projections import Charter, Standings

_SECOND = 1_000_000  # µs


class Records:
    """The learner records of every member. Safe to share between threads."""

    def __init__(self, book: Book, standings: Standings, awards: Awards, *, base_url: str) -> None:
        """`base_url`: as that of `awards`."""
        self._book = book
        self._standings = standings
        self._awards = awards
        self._base = base_url.rstrip("/")

    def document(self, community: str, account: str) -> dict[str, Any]:
        """Return the signed ClrCredential of the member an account belongs to (eddsa-rdfc-2022).

        In it are her badges that were not revoked. It is of the last fact that is counted: the same facts give the same
        bytes. Raises `NoBadgeError` where she has none, and `ErasedError`.
        """
        unsigned, signer = self._unsigned(community, account)
        return self._awards.signed(community, unsigned, signer)

    def jwt(self, community: str, account: str) -> str:
        """Return the same as a VC-JWT, the badges in it as JSON. Raises as `document` does."""
        unsigned, signer = self._unsigned(community, account)
        return self._awards.signed_jwt(community, unsigned, signer)

    def _unsigned(self, community: str, account: str) -> tuple[dict[str, Any], Signer]:
        root = self._standings.root(community, account)
        held = [one for one in self._awards.of(community, root) if one.revoked is None]
        if not held:
            raise NoBadgeError(f"member: wanted one who holds a badge of {community}, got one who holds none")
        (last,) = self._book.at(community, [self._standings.position(community)])
        signer, since = self._awards.signing(community, self._book.signer(community).kid)
        begins = max(last.recorded, since or 0)
        charter = self._standings.charter(community)
        member = self._book.member_id(community, root)
        facts = RecordFacts(
            record_id=f"{self._base}/communities/{community}/members/{member}/clr",
            subject_id=f"{self._base}/c/{community}/m/{member}",
            issuer=self._awards.did(community, signer),
            community_name=charter.name,
            community_url=f"{self._base}/c/{community}",
            valid_from=begins - begins % _SECOND,
            precedes=sorted(self._precedes(community, charter)),
        )
        return clr(facts, [self._awards.document(one) for one in held]), signer

    def _precedes(self, community: str, charter: Charter) -> set[tuple[str, str]]:
        """Return which achievement of the charter is asked for by the rule of which other, as their ids."""
        known = {grant: page_of(self._base, community, *grant) for grant in charter.recognised()}
        pairs = ((asked, rule.grants) for rule in charter.rules for asked in required(rule))
        return {(known[first], known[second]) for first, second in pairs if first in known and second in known}
