"""What is done when an issuer key may be in other hands since an instant.

The log is the judge: whoever has the key alone could sign, but not record. So what was recorded before the instant is
good, and is issued again under the key's successor; what was recorded since is ended, and comes back under a new number
once it is found to be earned. Each step may be the last, and may come twice:

1. the key is revoked and a new one added, in one transaction: from here on nothing is signed with it any more, its DID
   document says so, and whatever it signed is made again by its successor
2. what was recorded since is revoked, one by one
3. every credential recorded before is made again, and looked at
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ledger import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from badges.awarding.issued import Awards, Issued
    from ledger import Book, Fact

    Told = Callable[[str, int, int], None]

REASON = "It was recorded after its issuer's key may have come into other hands."
GROUND = "issuer-key"
"""What an award had lost that was revoked so, as `Book.revoke` has it: earned still, it is awarded again."""

_AT_ONCE = 100


class Damage(NamedTuple):
    """What a compromise means: of the awards under the key."""

    kid: str
    since: int  # µs
    begun: bool  # the key is revoked already
    before: int  # recorded before: they are issued again
    after: int  # recorded since, and standing: they are revoked
    ended: int  # recorded since, and revoked already


class Repaired(NamedTuple):
    """What was done. Of those whose members were erased nothing is issued, nor counted."""

    kid: str
    successor: str
    since: int  # µs
    reissued: int
    revoked: int


class Compromise:
    """An issuer key of a community that may be in other hands since an instant (µs)."""

    def __init__(self, book: Book, awards: Awards, community: str, *, since: int, kid: str | None = None) -> None:
        """`kid`: the key; when absent, one that was revoked as of that instant, else the current one."""
        self._book, self._awards, self._community, self._since = book, awards, community, since
        keys = book.issuers.history(community)
        begun = [key.kid for key in keys.keys if key.revoked == since and key.public.algorithm == "EdDSA"]
        self._kid = kid or (begun[-1] if begun else book.signer(community).kid)
        known = keys.of(self._kid)
        if known is None:
            raise LedgerError(f"key: wanted one that guildbook issuer list shows, got {self._kid}")
        if known.revoked not in (None, since):
            raise LedgerError(f"since: wanted {known.revoked} µs, as this key was revoked, got {since} µs")
        self._key = known.public
        self._begun = known.revoked is not None

    def damage(self) -> Damage:
        """Return what it means, by the awards that the views have. Changes nothing."""
        told = [(issued, fact.recorded < self._since) for issued, fact in self._under_it()]
        after = [issued for issued, before in told if not before]
        ended = sum(issued.revoked is not None for issued in after)
        before = len(told) - len(after)
        return Damage(self._kid, self._since, self._begun, before, len(after) - ended, ended)

    def repair(self, *, at: int, catch_up: Callable[[], object], told: Told) -> Repaired:
        """Do it, and return what was done; done again, it goes on where it was broken off.

        `at`: when (µs); `catch_up` brings the views to the ledger's end; `told` hears of each step (words, done, of).
        """
        self._book.issuers.revoke(self._community, self._kid, self._since)
        catch_up()  # nothing is written under the key any more: these are all
        good: list[Issued] = []
        bad: list[Issued] = []
        for issued, fact in self._under_it():
            (good if fact.recorded < self._since else bad).append(issued)
        revoked = self._revoke(bad, at, told)
        catch_up()
        reissued = self._reissue(good, told)
        return Repaired(self._kid, self._successor(), self._since, reissued, revoked)

    def _successor(self) -> str:
        if self._key.algorithm == "EdDSA":
            return self._book.issuers.signing(self._community, self._kid).signer.kid
        return self._book.signer(self._community, self._key.algorithm).kid

    def _revoke(self, awards: list[Issued], at: int, told: Told) -> int:
        standing = [issued for issued in awards if issued.revoked is None]
        for done, issued in enumerate(standing):
            told("Revoking what came since", done, len(standing))
            self._book.revoke(self._community, issued.stream, reason=REASON, at=at, ground=GROUND)
        told("Revoking what came since", len(standing), len(standing))
        return len(standing)

    def _reissue(self, awards: list[Issued], told: Told) -> int:
        """Make every credential again, and return how many there are. Raises `LedgerError` where the key is in one."""
        by_it = f"#{self._kid}".encode()
        reissued = 0
        for start in range(0, len(awards), _AT_ONCE):
            told("Issuing again", start, len(awards))
            some = [issued.position for issued in awards[start : start + _AT_ONCE]]
            for made in self._awards.all_json(self._community, some):
                if by_it in made:
                    raise LedgerError(f"credential: wanted it under the new key, got one under {self._kid}")
                reissued += 1
        told("Issuing again", len(awards), len(awards))
        return reissued

    def _under_it(self) -> Iterator[tuple[Issued, Fact]]:
        kids = self._book.issuers.stands_for(self._community, self._kid)
        awards = self._awards.all(self._community)
        for start in range(0, len(awards), _AT_ONCE):
            some = {issued.position: issued for issued in awards[start : start + _AT_ONCE]}
            for fact in self._book.at(self._community, list(some)):
                if fact.open.get("key") in kids:
                    yield some[fact.position], fact
