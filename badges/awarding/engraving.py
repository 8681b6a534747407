"""From the fact of an award to the signed credential: one, or thousands of a cohort, the same bytes every time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from badges.documents import status
from badges.documents.credential import AwardFacts, document, recorded_facts, slots
from badges.documents.mint import Mint
from badges.proofs import did
from badges.verifying.logged import BINDING
from ledger import BY_HAND, ErasedError
from projections import BY_ASSIGNMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from badges.awarding.achievements import Achievements
    from ledger import Book, Fact, Opening, Signing
    from projections import Charter, Standings

    ListUrl = Callable[[str, int, str, str], str]

SECOND = 1_000_000  # µs
RESTING = BINDING + 1  # the part that says on which facts an award rests


class Engraved(NamedTuple):
    """An award as its credential says it, and who signs that."""

    facts: AwardFacts
    signing: Signing

    @property
    def method(self) -> str:
        """The verification method URL of the key."""
        return f"{self.facts.issuer}#{self.signing.signer.kid}"

    def unsigned(self) -> dict[str, Any]:
        """Return the credential."""
        return document(self.facts, slots(self.facts))


class _Known(NamedTuple):
    """What the credentials of one community take that are made together, each looked up once."""

    signing: Callable[[str], Signing]
    issuer: Callable[[bytes], str]
    charter: Callable[[int], Charter]
    status_key: Callable[[str], bytes]
    list_url: Callable[[int, str, str], str]
    suspendable: Callable[[int, str, str], bool]


class Engraver:
    """Makes the credentials of one installation. Safe to share between threads."""

    def __init__(
        self, book: Book, standings: Standings, achievements: Achievements, *, base_url: str, list_url: ListUrl
    ) -> None:
        """`list_url`: gives the address of a status list by community, number, the kid of who signs it, and purpose."""
        self._book = book
        self._standings = standings
        self._achievements = achievements
        self._base = base_url
        self._list_url = list_url
        self._mint = Mint()

    def signed(self, fact: Fact) -> bytes:
        """Return the signed credential of an award as compact JSON. Raises `ErasedError`."""
        return self._struck(self.engraved(fact))

    def all_signed(self, community: str, facts: Sequence[Fact]) -> Iterator[bytes]:
        """Yield the signed credentials of some hundred awards, in order, but for those whose member was erased."""
        yield from map(self._struck, self._engraved(community, facts))

    def engraved(self, fact: Fact) -> Engraved:
        """Return an award as its credential says it. Raises `ErasedError`."""
        self._book.member_id(fact.community, fact.open["account"])  # or she was erased
        for engraved in self._engraved(fact.community, [fact]):
            return engraved
        raise ErasedError("wanted an award of a member, got one of somebody who was erased")

    def proof(self, fact: Fact) -> str | None:
        """Return the award's proof from the log, which binds the credential; None for an award of release 0.1.

        Raises `ErasedError`.
        """
        return self.engraved(fact).facts.log_proof

    def _struck(self, engraved: Engraved) -> bytes:
        facts, signing = engraved
        method, created = engraved.method, facts.valid_from
        return self._mint.sign(facts, signing.signer, verification_method=method, created=created)

    def _engraved(self, community: str, facts: Sequence[Fact]) -> Iterator[Engraved]:
        openings = self._book.openings(community, [fact.position for fact in facts])
        living = [(fact, opening) for fact, opening in zip(facts, openings, strict=True) if BINDING in opening.parts]
        bound = [opening.content(BINDING) for _, opening in living]
        logged = [fact.position for (fact, _), one in zip(living, bound, strict=True) if "credential" in one]
        proofs = dict(zip(logged, self._book.log.prove_all(community, logged), strict=True))
        known = _Known(
            cache(partial(self._book.issuers.signing, community)),
            cache(partial(did.issuer_did, self._base, community)),
            cache(partial(self._standings.charter_version, community)),
            cache(partial(self._book.status_key, community)),
            cache(partial(self._list_url, community)),
            cache(lambda number, *what: suspendable(self._standings.charter_version(community, number), *what)),
        )
        for (fact, opening), one in zip(living, bound, strict=True):
            signing = known.signing(fact.open.get("key", ""))
            proof = proofs.get(fact.position)
            text = replace(proof, extra=opening.only([BINDING]).encode()).text if proof else None
            told = fact.open | one | _rest(opening)
            yield Engraved(self._facts(fact, told, text, signing, known), signing)

    def _facts(
        self, fact: Fact, told: Mapping[str, Any], proof: str | None, signing: Signing, known: _Known
    ) -> AwardFacts:
        community, number, kid = fact.community, told["charter_version"], signing.signer.kid
        revoked = self._place("revocation", told, kid, known)
        halts = told.get("edition", 1) > 1 and known.suspendable(number, told["kind"], told["achievement"])
        halted = self._place("suspension", told, kid, known) if halts else (None, None)
        issuer = known.issuer(signing.signer.public_key)
        edition = told.get("edition", 1)
        what = (community, told["kind"], told["achievement"], number)
        home = f"{self._base}/c/{community}"
        return AwardFacts(
            credential_id=f"{self._base}/credentials/{self._id(fact, told)}",
            subject_id=f"{home}/m/{told.get('member') or self._book.member_id(community, told['account'])}",
            community_url=home,
            issuer=issuer,
            awarded=whole(told["earned"]),
            earned=told["earned"],
            valid_from=_begins(fact.recorded if proof else fact.time, told.get("expires"), signing),
            expires=whole(told["expires"]) if "expires" in told else None,
            status_list=revoked[0],
            status_index=revoked[1],
            suspension_list=halted[0],
            suspension_index=halted[1],
            rule=told["rule"],
            rule_version=told["rule_version"],
            rule_hash=told["rule_hash"],
            evidence_root=bytes.fromhex(told["evidence_root"]),
            evidence_count=len(told["evidence"]),
            charter_version=number,
            narrative=_narrative(known.charter(number), told),
            log_proof=proof,
            edition=edition,
            follows=f"{self._base}/credentials/{told['follows']}" if "follows" in told else None,
            **self._achievements.alike(*what, issuer, edition)._asdict(),
        )

    def _place(self, purpose: str, told: Mapping[str, Any], kid: str, known: _Known) -> tuple[str, int]:
        """Return the address of the status list of a purpose that an award is in, and its place there."""
        listed, place = status.place(told["status"], known.status_key(purpose))
        return known.list_url(listed, kid, purpose), place

    def _id(self, fact: Fact, told: Mapping[str, Any]) -> str:
        """Return the UUID of a credential; release 0.1 did not write it down."""
        if "credential" in told:
            return str(told["credential"])
        return self._book.credential_id(fact.community, told["account"], fact.stream)


def whole(at: int) -> int:
    """Return an instant (µs) in whole seconds, which every verifier reads."""
    return at - at % SECOND


def suspendable(charter: Charter, kind: str, achievement: str) -> bool:
    """Return whether credentials under a charter name a list by which verifiers learn that they are suspended.

    By what it says of each, for Open Badges 3.0's JSON Schema takes one status entry and not two.
    """
    return bool(charter.recognised()[kind, achievement].get("suspendable"))


def _rest(opening: Opening) -> dict[str, Any]:
    """Return what is sealed beside the part that binds; of release 0.1 that was all one part."""
    return opening.content(RESTING) if RESTING in opening.parts else {}


def _begins(recorded: int, expires: int | None, signing: Signing) -> int:
    """Return from when on a credential is good: not before a key that signed it was revoked, if it had not ended."""
    since = max(recorded, signing.since or 0)
    return whole(recorded if expires is not None and whole(expires) <= whole(since) else since)


def _narrative(charter: Charter, told: Mapping[str, Any]) -> str:
    count = len(told["evidence"])
    if told["rule"] == BY_HAND:
        named = f" and named {recorded_facts(count)} as its evidence" if count else ""
        return f"{charter.name} gave this badge by hand{named}; no rule granted it."
    rests = f"it rests on {recorded_facts(count)}"
    if told["rule"] == BY_ASSIGNMENT:
        return f"{charter.name} recorded this term when the role was given: {rests}."
    what = {"badge": "badge", "level": "level", "role": "term"}[told["kind"]]
    return f"{charter.name} recorded the practice behind this {what}: {rests} under its rule {told['rule']}."
