"""Endorsements: given by a member or by the community, signed as they were recorded, and withdrawn.

A badge never changes by what is said of it later: an endorsement is a credential of its own, which names the badge, has
its own place in the community's status list, and goes along in the badge's bundle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from badges.documents import status
from badges.documents.endorsement import EndorsementFacts, endorsement
from badges.errors import EndorsementError, UnsafeDocumentError
from badges.linked.canonical import canonize, check_issuable
from ledger import ErasedError, NewEndorsement, Outcome
from schemas import Fault, contexts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from badges.awarding.issued import Awards, Issued
    from ledger import Book, Signer
    from projections import Charter, EndorsementRow, Standings, Views

_SECOND = 1_000_000  # µs
_SUBJECT = {
    "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES],
    "id": "urn:uuid:00000000-0000-8000-8000-000000000000",
    "type": ["EndorsementSubject"],
}


@dataclass(frozen=True, slots=True)
class Thing:
    """What is endorsed: a badge somebody was awarded, an achievement of the charter, or (neither) the community.

    An achievement is a badge by its slug, a level as `level/2`, or a leader role as `role/host`.
    """

    badge: Issued | None = None
    achievement: str | None = None

    @property
    def kind(self) -> Literal["credential", "achievement", "community"]:
        """What it is, in a word."""
        return "credential" if self.badge else "community" if self.achievement is None else "achievement"

    @property
    def subject(self) -> str:
        """What it is found by: the stream of an award, `badge/helper`, "" for the community."""
        if self.badge or self.achievement is None:
            return self.badge.stream if self.badge else ""
        return self.achievement if "/" in self.achievement else f"badge/{self.achievement}"


def _unsayable(comment: str) -> Iterator[Fault]:
    """Yield why no two verifiers would read a comment alike."""
    try:
        check_issuable(canonize(_SUBJECT | {"endorsementComment": comment}))
    except UnsafeDocumentError as error:
        yield Fault("/comment", str(error))


class Endorsements:
    """What is said of badges, and by whom. Safe to share between threads."""

    def __init__(self, book: Book, views: Views, standings: Standings, awards: Awards, *, base_url: str) -> None:
        """`base_url`: as that of `awards`."""
        self._book = book
        self._views = views
        self._standings = standings
        self._awards = awards
        self._base = base_url.rstrip("/")

    def give(self, community: str, thing: Thing, *, endorser: str | None, comment: str, named: bool = False) -> Outcome:
        """Record an endorsement: stored; claimed, where hers of this thing stands already; refused (who was erased).

        `endorser`: a member's account, or None for the community. `named`: she consents to be told by her public member
        id. Raises `EndorsementError` with pointers (`/comment`, `/of`, ...) for what may not be endorsed, or so.
        """
        charter = self._standings.charter(community)
        if faults := [*self._unfit(community, thing, charter, endorser), *_unsayable(comment)]:
            raise EndorsementError(faults)
        own = self._accounts(community, endorser) if endorser is not None else ("",)
        for one in self.of(community, thing):
            if one.endorser in own:  # by another account of hers, perhaps
                return Outcome("claimed", one.position)
        new = NewEndorsement(
            community=community,
            kind=thing.kind,
            of=thing.subject,
            charter_version=charter.version,
            comment=comment,
            endorser=endorser,
            endorsee=thing.badge.account if thing.badge else None,
            named=named and endorser is not None,
        )
        return self._book.endorsing.endorse(new)

    def withdraw(self, one: EndorsementRow, *, by: Literal["endorser", "endorsee", "manager"], reason: str) -> Outcome:
        """End an endorsement: stored; duplicate where it had ended before; refused where somebody of it was erased.

        Verifiers learn it from the status list. The reason is sealed as what was said is.
        """
        return self._book.endorsing.withdraw(one.community, one.stream, by=by, reason=reason)

    def find(self, number: str) -> EndorsementRow | None:
        """Return the endorsement with a public id (UUID), ended or not, or None."""
        return self._views.endorsement(number)

    def of(self, community: str, thing: Thing) -> list[EndorsementRow]:
        """Return the endorsements of a thing that stand, earliest first."""
        found = self._views.at(community).endorsed.of(community, thing.kind, thing.subject)
        return [one for one in found if one.ended is None]

    def naming(self, community: str, accounts: Sequence[str]) -> list[EndorsementRow]:
        """Return the endorsements that these accounts gave, or that are of their badges, ended or not."""
        return self._views.at(community).endorsed.naming(community, accounts)

    def number(self, community: str, position: int) -> str:
        """Return the public id of the endorsement at a position, before any view has it. Raises `ErasedError`."""
        (fact,) = self._book.at(community, [position])
        people = {name: fact.open.get(name) for name in ("endorser", "endorsee")}
        return self._book.endorsing.public_id(community, fact.stream, **people)

    def url(self, one: EndorsementRow) -> str:
        """Return the address of an endorsement."""
        return f"{self._base}/endorsements/{one.id}"

    def said(self, found: Sequence[EndorsementRow]) -> list[tuple[EndorsementRow, str, str | None]]:
        """Return endorsements of one community, each with its words and, where she agreed, who gave it (public id).

        Those of who was erased are left out.
        """
        sealed = self._book.reveal(found[0].community, [one.position for one in found]) if found else []
        return [
            (one, told["comment"], told["member"] if one.named else None)
            for one, told in zip(found, sealed, strict=True)
            if "comment" in told
        ]

    def open_to(self, community: str, thing: Thing, endorser: str | None) -> bool:
        """Return whether a thing may be endorsed by a member's account, or (None) by the community."""
        charter = self._standings.charter(community)
        return not any(self._unfit(community, thing, charter, endorser))

    def own(self, badge: Issued, account: str) -> bool:
        """Return whether a badge is of the member to whom an account belongs."""
        return account in self._accounts(badge.community, badge.account)

    def document(self, one: EndorsementRow) -> dict[str, Any]:
        """Return the signed EndorsementCredential (eddsa-rdfc-2022). Raises `ErasedError`."""
        unsigned, signer = self._unsigned(one)
        return self._awards.signed(one.community, unsigned, signer)

    def jwt(self, one: EndorsementRow) -> str:
        """Return the same as a VC-JWT. Raises `ErasedError`."""
        unsigned, signer = self._unsigned(one)
        return self._awards.signed_jwt(one.community, unsigned, signer)

    # What may be endorsed

    def _unfit(self, community: str, thing: Thing, charter: Charter, endorser: str | None) -> Iterator[Fault]:
        """Yield why a thing may not be endorsed, or not by her."""
        known = ["/".join(each) for each in charter.recognised()]
        if thing.kind == "achievement" and thing.subject not in known:
            names = ", ".join(name.removeprefix("badge/") for name in sorted(known)) or "none yet"
            yield Fault("/of", f"wanted what the charter gives a credential for ({names}), got {thing.achievement}")
        if thing.kind == "community" and (endorser is None or not self._book.charters(community)):
            yield Fault("/kind", "wanted a member to endorse a community with a charter, got itself, or one without")
        if thing.badge and (thing.badge.revoked is not None or thing.badge.community != community):
            yield Fault("/of", f"wanted a badge of {community} that stands, got one that was revoked, or another's")
        if thing.badge and endorser is not None and self.own(thing.badge, endorser):
            yield Fault("/of", "wanted a badge of somebody else, got the endorser's own")

    def _accounts(self, community: str, account: str) -> tuple[str, ...]:
        row = self._views.member(community, account)
        return (account, *(row.accounts if row else ()))

    # What is signed

    def _unsigned(self, one: EndorsementRow) -> tuple[dict[str, Any], Signer]:
        """Return the document, and who signs it. Raises `ErasedError`."""
        community = one.community
        (fact,) = self._book.at(community, [one.position])
        told, (signer, since) = fact.open, self._awards.signing(community, fact.open["key"])
        begins = max(fact.recorded, since or 0)
        charter = self._standings.charter_version(community, told["charter_version"])
        number, place = status.place(one.status, self._book.status_key(community))
        endorsed, name = self._endorsed(one, charter, signer)
        if not (told_of := self.said([one])):
            raise ErasedError(f"endorsement: wanted one whose people live, got position {one.position}")
        _, comment, member = told_of[0]
        made = endorsement(
            EndorsementFacts(
                endorsement_id=self.url(one),
                kind=told["kind"],
                endorsed=endorsed,
                thing=name,
                issuer=self._awards.did(community, signer),
                community_name=charter.name,
                community_url=f"{self._base}/c/{community}",
                endorser="member" if one.endorser else "community",
                member=None if member is None else f"{self._base}/c/{community}/m/{member}",
                comment=comment,
                given=fact.time - fact.time % _SECOND,
                valid_from=begins - begins % _SECOND,
                status_list=self._awards.list_url(community, number, signer.kid),
                status_index=place,
            )
        )
        return made, signer

    def _endorsed(self, one: EndorsementRow, charter: Charter, signer: Signer) -> tuple[str, str]:
        """Return the id of what is endorsed, and its name."""
        if one.kind == "community":
            return self._awards.did(one.community, signer), charter.name
        if one.kind == "achievement":
            kind, _, name = one.subject.partition("/")
            made = self._awards.achievement(one.community, name, kind=kind, charter=charter.version)
            return made["id"], made["name"]
        issued = self._awards.find(self._book.credential_id(one.community, one.endorsee, one.subject))
        if issued is None:
            raise ErasedError(f"badge: wanted one whose member lives, got {one.subject}")
        (fact,) = self._book.at(one.community, [issued.position])
        under = self._standings.charter_version(one.community, fact.open["charter_version"])
        return self._awards.url(issued), under.recognised()[issued.kind, issued.achievement]["name"]
