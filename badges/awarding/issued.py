"""Credentials as they are asked for: each re-made from its award fact, the same bytes every time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from badges.awarding.achievements import Achievements
from badges.documents import status
from badges.documents.credential import AwardFacts, credential, recorded_facts, to_json
from badges.instants import instant
from badges.pictures.bake import bake_png, bake_svg
from badges.pictures.image import badge_png, badge_svg, design_of
from badges.proofs import did
from badges.proofs.jwt import sign_jwt
from badges.proofs.proof import sign
from badges.verifying.logged import BINDING
from ledger import UnknownCommunityError
from projections import BY_ASSIGNMENT
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ledger import Algorithm, Book, Fact, KnownKey, Signer, Signing
    from projections import AwardRow, Charter, Standings, Views

T = TypeVar("T")
PICTURE_PIXELS = 600
STATUS_TTL = 60_000  # ms a copy of a status list may be kept
_KEPT = 1_000  # signed documents in memory; they never change, but go with whom they are of
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Issued:
    """An award and the credential it is. `earned` and `revoked` are RFC 3339; `revoked` None while it stands."""

    id: str  # a UUID
    community: str
    account: str
    kind: str
    achievement: str
    earned: str
    revoked: str | None
    position: int
    stream: str

    @property
    def file_name(self) -> str:
        """What a file of it is called, without its suffix: `helper`, `level-2`."""
        return self.achievement if self.kind == "badge" else f"{self.kind}-{self.achievement}"


class Awards:
    """What has been awarded, as documents that anyone can verify."""

    def __init__(self, book: Book, views: Views, standings: Standings, *, base_url: str) -> None:
        """`base_url`: where this installation is reached; with https, issuers are did:web, else did:key."""
        self._book = book
        self._views = views
        self._standings = standings
        self._base = base_url.rstrip("/")
        self.achievements = Achievements(standings, self._base)
        self._web = self._base.startswith("https://")
        self._kept: OrderedDict[tuple[object, ...], object] = OrderedDict()  # by community, epoch, and what it is
        self._epochs: dict[str, int] = {}
        self._lock = Lock()

    @property
    def base_url(self) -> str:
        """Where this installation is reached, without a slash at its end."""
        return self._base

    def find(self, credential_id: str) -> Issued | None:
        """Return the award of a credential id (UUID), or None."""
        found = self._views.award(credential_id)
        return _issued(found) if found else None

    def of(self, community: str, account: str) -> list[Issued]:
        """Return the awards of the member an account belongs to, earliest first."""
        root = self._standings.root(community, account)
        row = self._views.member(community, root)
        accounts = row.accounts if row else (root,)
        return [_issued(award) for award in self._views.awards(community, accounts=accounts)]

    def all(self, community: str) -> list[Issued]:
        """Return every award of a community, earliest first."""
        return [_issued(award) for award in self._views.awards(community)]

    def document(self, issued: Issued) -> dict[str, Any]:
        """Return the signed credential (eddsa-rdfc-2022). Raises `ErasedError` where the member was erased."""
        return self._keep(issued.community, ("json", issued.id), lambda: self._signed(issued))

    def jwt(self, issued: Issued, algorithm: Algorithm = "EdDSA") -> str:
        """Return the same credential as a VC-JWT. Raises `ErasedError`.

        And `DidError` where the issuer is a did:key, which has one key, and the algorithm is not EdDSA.
        """
        return self._keep(issued.community, ("jwt", issued.id, algorithm), lambda: self._signed_jwt(issued, algorithm))

    def proof(self, issued: Issued) -> str | None:
        """Return the award's proof from the log, which binds the credential (`badges.verifying.logged`).

        None for an award of release 0.1, which has nothing to bind it. Raises `ErasedError`.
        """
        return self._keep(issued.community, ("proof", issued.id), lambda: self._proof(issued, self._fact(issued)))

    def png(self, issued: Issued) -> bytes:
        """Return the badge's picture with the credential baked in."""
        return self._keep(
            issued.community, ("png", issued.id), lambda: bake_png(self._picture(issued), self._text(issued))
        )

    def svg(self, issued: Issued) -> bytes:
        """Return the badge's drawing with the credential baked in."""
        design = design_of(self._badge(issued))
        return bake_svg(badge_svg(design), self._text(issued))

    def achievement(
        self, community: str, name: str, *, kind: str = "badge", charter: int | None = None
    ) -> dict[str, Any]:
        """Return what credentials are given for as an OB 3.0 Achievement; `charter`: by that version of it.

        Raises `KeyError` for a badge, or a level or role with a credential, that the charter does not have.
        """
        return self.achievements.present(community, kind, name, self.did(community), charter)

    def latest(self, issued: Issued) -> Issued:
        """Return the last unrevoked credential of the same member and achievement; itself where there is none."""
        same = [
            one
            for one in self.of(issued.community, issued.account)
            if (one.kind, one.achievement) == (issued.kind, issued.achievement) and one.revoked is None
        ]
        return same[-1] if same else issued

    def did(self, community: str, signer: Signer | None = None) -> str:
        """Return the DID under which a community issues what `signer` signs; what is new, when absent."""
        return did.issuer_did(self._base, community, (signer or self._book.signer(community)).public_key)

    def did_document(self, community: str, issuer: str | None = None) -> dict[str, Any]:
        """Return the DID document of a community's issuer: of a did:web every key it ever had.

        `issuer`: which of its did:keys, where it is not the current one.
        """
        if not self._web:
            own = issuer or self.did(community)
            return did.did_document(own, [did.decode_multikey(own.removeprefix("did:key:"))[1]])
        keys = self._book.issuers.history(community).keys
        return did.did_document(
            self.did(community),
            [key.public.raw for key in keys if key.public.algorithm == "EdDSA"],
            tokens=[key.public for key in keys if key.public.algorithm != "EdDSA"],
            revoked={key.kid: key.revoked for key in keys if key.revoked is not None},
        )

    def url(self, issued: Issued) -> str:
        """Return the address of a credential, which is its id; with `.json`, `.jwt`, `.png` or `.svg`, a file."""
        return f"{self._base}/credentials/{issued.id}"

    def list_url(self, community: str, number: int, kid: str | None = None) -> str:
        """Return the address of a community's status list; each did:key has its own, here by its key's name."""
        keys = [] if self._web or kid is None else self._own_keys(community)
        later = [key.kid for key in keys[1:]]
        return f"{self._base}/status/{community}{f'.{later.index(kid) + 1}' if kid in later else ''}-{number}"

    def status_list(self, name: str) -> dict[str, Any] | None:
        """Return the signed status list of that name (`{community}-{number}`), or None where there is none."""
        community, _, number = name.rpartition("-")
        community, _, later = community.partition(".")
        if not (number.isascii() and number.isdigit() and len(number) < len("100000")):
            return None
        try:
            revoked = self._views.at(community).revoked(community)
            if later and later not in map(str, range(1, 1 if self._web else len(self._own_keys(community)))):
                return None
        except UnknownCommunityError:
            return None
        since = max((at for _, at in revoked.ended), default=revoked.first or 0)
        return self._keep(
            community,
            ("list", name, since, revoked.ended),
            lambda: self._list(community, int(number), revoked.ended, since, int(later or 0)),
        )

    def _list(
        self, community: str, number: int, revoked: tuple[tuple[int, int], ...], since: int, later: int
    ) -> dict[str, Any]:
        signer, since, ended = self._lister(community, later, since)
        key = self._book.status_key(community)
        places = (status.place(sequence, key) for sequence, _ in revoked)
        document = status.status_list(
            self.list_url(community, number, signer.kid),
            self.did(community, signer),
            range(status.ENTRIES) if ended else [place for listed, place in places if listed == number],
            valid_from=since - since % _SECOND,
            ttl=STATUS_TTL,
        )
        return self._sign(document, signer, community, since)

    def _lister(self, community: str, later: int, since: int) -> tuple[Signer, int, bool]:
        """Return who signs a status list, since when (µs), and whether all that it lists has ended.

        A did:key cannot be revoked: where its key is, its own list says so of everything that it signed.
        """
        current = self._book.signer(community)
        keys = self._own_keys(community)
        key = next((each for each in keys if each.kid == current.kid), None) if self._web else keys[later]
        signer = (self._book.issuers.kept(community, key.kid) if key else None) or current
        return signer, max(since, (key and key.added) or 0), bool(key and key.revoked is not None)

    def _own_keys(self, community: str) -> list[KnownKey]:
        """Return the keys that credentials are signed with, the first one first."""
        return [key for key in self._book.issuers.history(community).keys if key.public.algorithm == "EdDSA"]

    def _signed(self, issued: Issued) -> dict[str, Any]:
        fact = self._fact(issued)
        signing = self._signing(issued, fact)
        document = self._unsigned(issued, fact, signing)
        return self._sign(document, signing.signer, issued.community, instant(document["validFrom"]))

    def _signed_jwt(self, issued: Issued, algorithm: Algorithm) -> str:
        fact = self._fact(issued)
        signing = self._signing(issued, fact)
        signer = signing.signer
        if algorithm != "EdDSA":
            if not self._web:
                raise did.DidError(f"alg: wanted EdDSA, as the issuer is a did:key and has one key, got {algorithm}")
            signer = self._book.issuers.token_signing(issued.community, algorithm, fact.recorded)
        method = f"{self.did(issued.community, signing.signer)}#{signer.kid}"
        return sign_jwt(self._unsigned(issued, fact, signing), signer, kid=method)

    def _signing(self, issued: Issued, fact: Fact) -> Signing:
        return self._book.issuers.signing(issued.community, fact.open.get("key", ""))

    def _sign(self, document: Mapping[str, Any], signer: Signer, community: str, at: int) -> dict[str, Any]:
        method = did.verification_method(self.did(community, signer), signer.public_key)
        return sign(document, signer, verification_method=method, created=at - at % _SECOND)

    def _unsigned(self, issued: Issued, fact: Fact, signing: Signing) -> dict[str, Any]:
        community, told = issued.community, fact.open
        charter = self._standings.charter_version(community, told["charter_version"])
        number, place = status.place(told["status"], self._book.status_key(community))
        sealed = self._book.reveal(community, [fact])[0]
        member = self._book.member_id(community, told["account"])
        proof = self.proof(issued)
        issuer = self.did(community, signing.signer)
        edition = told.get("edition", 1)
        what = (community, issued.kind, issued.achievement, told["charter_version"])
        return credential(
            AwardFacts(
                credential_id=self.url(issued),
                subject_id=f"{self._base}/c/{community}/m/{member}",
                community_url=f"{self._base}/c/{community}",
                issuer=issuer,
                awarded=_whole(told["earned"]),
                earned=told["earned"],
                valid_from=_begins(fact.recorded if proof else fact.time, told.get("expires"), signing),
                expires=_whole(told["expires"]) if "expires" in told else None,
                status_list=self.list_url(community, number, signing.signer.kid),
                status_index=place,
                rule=told["rule"],
                rule_version=told["rule_version"],
                rule_hash=told["rule_hash"],
                evidence_root=bytes.fromhex(sealed["evidence_root"]),
                evidence_count=len(sealed["evidence"]),
                charter_version=told["charter_version"],
                narrative=_narrative(charter, told, len(sealed["evidence"])),
                log_proof=proof,
                edition=edition,
                follows=f"{self._base}/credentials/{sealed['follows']}" if "follows" in sealed else None,
                **self.achievements.alike(*what, issuer, edition)._asdict(),
            )
        )

    def _proof(self, issued: Issued, fact: Fact) -> str | None:
        self._book.member_id(issued.community, fact.open["account"])  # or she was erased
        opening = self._book.opening(issued.community, fact.position)
        if "credential" not in opening.content(BINDING):
            return None
        proof = self._book.log.prove(issued.community, fact.position)
        return replace(proof, extra=opening.only([BINDING]).encode()).text

    def _fact(self, issued: Issued) -> Fact:
        return self._book.at(issued.community, [issued.position])[0]

    def _badge(self, issued: Issued) -> Mapping[str, Any]:
        told = self._fact(issued).open
        charter = self._standings.charter_version(issued.community, told["charter_version"])
        return charter.recognised()[issued.kind, issued.achievement]

    def _picture(self, issued: Issued) -> bytes:
        badge = self._badge(issued)
        key = ("picture", issued.kind, issued.achievement, tuple(sorted(map(str, badge.items()))))
        return self._keep(issued.community, key, lambda: badge_png(design_of(badge), PICTURE_PIXELS))

    def _text(self, issued: Issued) -> str:
        return to_json(self.document(issued)).decode()

    def _keep(self, community: str, what: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return what is kept of a community, else make it. Once somebody of it was erased, nothing is kept."""
        epoch = self._book.epoch(community)
        key = (community, epoch, *what)
        with self._lock:
            if self._epochs.get(community, epoch) != epoch:
                for other in [other for other in self._kept if other[0] == community]:
                    del self._kept[other]
            self._epochs[community] = epoch
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("T", self._kept[key])  # the first part of `what` says what is kept under it
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made


def _issued(award: AwardRow) -> Issued:
    return Issued(
        award.credential,
        award.community,
        award.account,
        award.kind,
        award.achievement,
        format_time(award.earned),
        None if award.revoked is None else format_time(award.revoked),
        award.position,
        award.stream,
    )


def _whole(at: int) -> int:
    """Credentials carry whole seconds: every verifier reads those."""
    return at - at % _SECOND


def _begins(recorded: int, expires: int | None, signing: Signing) -> int:
    """Return from when on a credential is good: not before its key was there, unless it had ended before that."""
    since = max(recorded, signing.since or 0)
    return _whole(recorded if expires is not None and _whole(expires) <= _whole(since) else since)


def _narrative(charter: Charter, told: Mapping[str, Any], count: int) -> str:
    what = {"badge": "badge", "level": "level", "role": "term"}[told["kind"]]
    if told["rule"] == BY_ASSIGNMENT:
        return f"{charter.name} recorded this term when the role was given: it rests on {recorded_facts(count)}."
    rests = f"it rests on {recorded_facts(count)} under its rule {told['rule']}"
    return f"{charter.name} recorded the practice behind this {what}: {rests}."
