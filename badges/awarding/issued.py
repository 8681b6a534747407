"""Credentials as they are asked for: each re-made from its award fact, the same bytes every time."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

import orjson

from badges.awarding.achievements import Achievements
from badges.awarding.engraving import Engraver, suspendable
from badges.awarding.publishing import Published
from badges.documents.credential import to_json
from badges.instants import instant
from badges.pictures.bake import bake_png, bake_svg
from badges.pictures.certificate import Certificate, Kind, Paper, certificate
from badges.pictures.design import pictured
from badges.pictures.sharing import Post, Posted, posted_png
from badges.pictures.showing import accent_of, picture_png, picture_svg
from badges.pictures.uploaded import PIXELS
from badges.proofs import did
from badges.proofs.jwt import sign_jwt
from badges.proofs.keys import decode_multikey
from badges.proofs.proof import sign
from ledger import BY_HAND
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ledger import Algorithm, Book, Fact, KnownKey, Signer, Signing
    from projections import AwardRow, Standings, Views

T = TypeVar("T")
Payload = Literal["json", "jwt"]
BACKFILLED = 7 * 86_400_000_000  # µs between earning and issuing, from which on nobody is surprised
_TOGETHER = 500  # awards that are read together
_KEPT = 1_000  # signed documents in memory; they never change, but go with whom they are of
_LARGEST_KEPT = 16_384  # bytes of another document than a badge


@dataclass(frozen=True, slots=True)
class Issued:
    """An award and the credential it is. Instants are RFC 3339.

    `earned`: when the last of what it took was done; `issued`: when that was recorded; `expires` is None where it does
    not end by itself. `revoked` is None while it was not, `suspended` while it is not.
    """

    id: str  # a UUID
    community: str
    account: str
    kind: str
    achievement: str
    earned: str
    revoked: str | None
    position: int
    stream: str
    issued: str
    rule: str
    suspended: str | None
    expires: str | None

    @property
    def by_hand(self) -> bool:
        """Whether a person gave it, and no rule."""
        return self.rule == BY_HAND

    def stands(self, at: int) -> bool:
        """Whether it had not ended at an instant (µs), as far as what became of it is told here."""
        return self.revoked is None and (self.expires is None or instant(self.expires) > at)

    @property
    def backfilled(self) -> bool:
        """Whether it was issued long after it was earned, as when a history is imported: no news to celebrate."""
        return instant(self.issued) - instant(self.earned) > BACKFILLED

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
        self._published = Published(book, views, base_url=self._base, keep=self._keep)
        self._engraver = Engraver(book, standings, self.achievements, base_url=self._base, list_url=self.list_url)
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

    def of(self, community: str, account: str, *, at: int | None = None) -> list[Issued]:
        """Return the awards of the member an account belongs to, earliest first; as they stood at an instant (µs)."""
        root = self._standings.root(community, account)
        row = self._views.member(community, root)
        accounts = row.accounts if row else (root,)
        found = self._views.awards(community, accounts=accounts)
        if at is not None:
            halted = self._views.at(community).suspended(community, at)
            found = [_stood(award, at, halted.get(award.status)) for award in found if award.issued <= at]
        return [_issued(award) for award in found]

    def all(self, community: str) -> list[Issued]:
        """Return every award of a community, earliest first."""
        return [_issued(award) for award in self._views.awards(community)]

    def not_holding(self, community: str) -> list[str]:
        """Return the addresses of a community's credentials that were revoked or are suspended, earliest first."""
        return [self._address(credential) for credential in self._views.at(community).not_holding(community)]

    def document(self, issued: Issued) -> dict[str, Any]:
        """Return the signed credential (eddsa-rdfc-2022). Raises `ErasedError` where the member was erased."""
        document: dict[str, Any] = orjson.loads(self.json(issued))
        return document

    def json(self, issued: Issued) -> bytes:
        """Return it as compact JSON. Raises `ErasedError`."""
        return self._keep(issued.community, ("json", issued.id), lambda: self._engraver.signed(self._fact(issued)))

    def all_json(self, community: str, positions: Sequence[int]) -> Iterator[bytes]:
        """Yield the signed credentials of many awards of a community, by their positions, in order.

        Those of erased members are left out. They are made together, and not remembered.
        """
        for start in range(0, len(positions), _TOGETHER):
            facts = self._book.at(community, positions[start : start + _TOGETHER])
            yield from self._engraver.all_signed(community, facts)

    def jwt(self, issued: Issued, algorithm: Algorithm = "EdDSA") -> str:
        """Return the same credential as a VC-JWT. Raises `ErasedError`.

        And `DidError` where the issuer is a did:key, which has one key, and the algorithm is not EdDSA.
        """
        return self._keep(issued.community, ("jwt", issued.id, algorithm), lambda: self._signed_jwt(issued, algorithm))

    def proof(self, issued: Issued) -> str | None:
        """Return the award's proof from the log, which binds the credential (`badges.verifying.logged`).

        None for an award of release 0.1, which has nothing to bind it. Raises `ErasedError`.
        """
        return self._keep(issued.community, ("proof", issued.id), lambda: self._engraver.proof(self._fact(issued)))

    def png(self, issued: Issued, payload: Payload = "json", size: int = PIXELS) -> bytes:
        """Return the badge's picture, `size` pixels wide, with the credential baked in, as JSON or as a JWT."""
        return bake_png(self.bare_png(issued, size), self._text(issued, payload))

    def svg(self, issued: Issued, payload: Payload = "json") -> bytes:
        """Return the badge's drawing with the credential baked in, as JSON or as a JWT."""
        return bake_svg(picture_svg(self._badge(issued)), self._text(issued, payload))

    def certificate(self, issued: Issued, *, name: str | None, page: str, paper: Paper = "a4") -> bytes:
        """Return a certificate to print, the credential attached: PDF. See `Certificate` for `name` and `page`."""
        badge = self._badge(issued)
        shown = Certificate(
            credential=self.document(issued),
            name=name,
            page=page,
            picture=picture_svg(badge),
            accent=accent_of(badge),
            kind=cast("Kind", issued.kind),
            issued=issued.issued,
            revoked=issued.revoked,
            suspended=issued.suspended,
        )
        return certificate(shown, paper)

    def posted(self, issued: Issued, form: Posted) -> bytes:
        """Return the badge as a PNG to post, in the size that a place wants; nobody is named on it."""
        badge, document = self._badge(issued), self.document(issued)
        earned = document["credentialSubject"]["achievement"]
        post = Post(
            community=document["issuer"]["name"],
            badge=earned["name"],
            description=earned["description"],
            host=urlsplit(self._base).netloc,
            picture=picture_svg(badge),
            accent=accent_of(badge),
        )
        return posted_png(post, form)

    def bare_png(self, issued: Issued, size: int = PIXELS) -> bytes:
        """Return the badge's picture, `size` pixels wide, with nothing in it."""
        return picture_png(self._badge(issued), size)

    def bare_svg(self, issued: Issued) -> bytes:
        """Return the badge's drawing with nothing in it."""
        return picture_svg(self._badge(issued))

    def suspendable(self, issued: Issued) -> bool:
        """Return whether the credential names a list by which verifiers learn that it is suspended.

        By the charter it was awarded under, for Open Badges 3.0's JSON Schema takes one status entry and not two.
        """
        told = self._fact(issued).open
        charter = self._standings.charter_version(issued.community, told["charter_version"])
        return told.get("edition", 1) > 1 and suspendable(charter, issued.kind, issued.achievement)

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
            return did.did_document(own, [decode_multikey(own.removeprefix("did:key:"))[1]])
        keys = self._book.issuers.history(community).keys
        return self._keep(community, ("did", keys), lambda: self._web_document(community, keys))

    def _web_document(self, community: str, keys: Sequence[KnownKey]) -> dict[str, Any]:
        return did.did_document(
            self.did(community),
            [key.public.raw for key in keys if key.public.algorithm == "EdDSA"],
            tokens=[key.public for key in keys if key.public.algorithm != "EdDSA"],
            revoked={key.kid: key.revoked for key in keys if key.revoked is not None},
        )

    def url(self, issued: Issued) -> str:
        """Return the address of a credential, which is its id; with `.json`, `.jwt`, `.png` or `.svg`, a file."""
        return self._address(issued.id)

    def signing(self, community: str, key: str) -> Signing:
        """Return who signs what was recorded for a key: that key while it is kept and good, else its successor."""
        return self._book.issuers.signing(community, key)

    def signed(self, community: str, document: Mapping[str, Any], signer: Signer) -> dict[str, Any]:
        """Return another document of a community, signed (eddsa-rdfc-2022) as of its `validFrom`."""
        text = to_json(document)
        method = did.verification_method(self.did(community, signer), signer.public_key)

        def sign_it() -> dict[str, Any]:
            return sign(document, signer, verification_method=method, created=instant(document["validFrom"]))

        if len(text) > _LARGEST_KEPT:
            return sign_it()
        return self._keep(community, ("signed", signer.kid, hashlib.sha256(text).digest()), sign_it)

    def signed_jwt(self, community: str, document: Mapping[str, Any], signer: Signer) -> str:
        """Return another document of a community as a VC-JWT."""
        return sign_jwt(document, signer, kid=f"{self.did(community, signer)}#{signer.kid}")

    def list_url(self, community: str, number: int, kid: str | None = None, purpose: str = "revocation") -> str:
        """Return the address of a community's status list: see `Published.url`."""
        return self._published.url(community, number, kid, purpose)

    def status_list(self, name: str, *, at: int | None = None) -> dict[str, Any] | None:
        """Return a signed status list by its name, as it stands or stood: see `Published.signed`."""
        return self._published.signed(name, at=at)

    def _address(self, credential: str) -> str:
        return f"{self._base}/credentials/{credential}"

    def _signed_jwt(self, issued: Issued, algorithm: Algorithm) -> str:
        fact = self._fact(issued)
        engraved = self._engraver.engraved(fact)
        signer = engraved.signing.signer
        if algorithm != "EdDSA":
            if not self._web:
                raise did.DidError(f"alg: wanted EdDSA, as the issuer is a did:key and has one key, got {algorithm}")
            signer = self._book.issuers.token_signing(issued.community, algorithm, fact.recorded)
        return sign_jwt(engraved.unsigned(), signer, kid=f"{engraved.facts.issuer}#{signer.kid}")

    def _fact(self, issued: Issued) -> Fact:
        return self._book.at(issued.community, [issued.position])[0]

    def _badge(self, issued: Issued) -> Mapping[str, Any]:
        told = self._fact(issued).open
        charter = self._standings.charter_version(issued.community, told["charter_version"])
        return pictured(charter.document, issued.kind, issued.achievement)

    def _text(self, issued: Issued, payload: Payload) -> str:
        return self.jwt(issued) if payload == "jwt" else self.json(issued).decode()

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


def _stood(award: AwardRow, at: int, suspended: int | None) -> AwardRow:
    """Return an award less what became of it after an instant."""
    ended = award.revoked is not None and award.revoked <= at
    return award._replace(revoked=award.revoked if ended else None, suspended=suspended)


def _issued(award: AwardRow) -> Issued:
    return Issued(
        award.credential,
        award.community,
        award.account,
        award.kind,
        award.achievement,
        format_time(award.earned),
        _told(award.revoked),
        award.position,
        award.stream,
        format_time(award.issued),
        award.rule,
        _told(award.suspended),
        _told(award.expires),
    )


def _told(at: int | None) -> str | None:
    return None if at is None else format_time(at)
