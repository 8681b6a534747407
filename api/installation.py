"""All that one process serves, opened together and closed together."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import ledger
from api.background import Background
from api.desk.aside import Aside
from api.entry.pending import Pendings
from api.entry.sending import Send
from api.entry.tries import MOST_BEGUN, Tries
from api.guard.sessions import Sessions
from api.intake.bulk import BulkDoor
from api.issued.key_store import key_store
from api.known.documents import Documents, documents_of
from api.known.looking import Looking, OfBook
from api.known.published import Published
from api.network.fetched import door_of
from api.network.witnessing import post, witnesses_of
from api.remembered import Remembered
from api.settings import Settings
from api.vcapi.own_issuer import OwnIssuer
from api.watching.alarm_watch import AlarmWatch
from api.web.metrics import Metrics
from api.web.problems import ProblemError, gone, not_found
from api.words.languages import Spoken, spoken
from api.xapi.posting import Posting
from badges import Awards, Endorsements, Exports, Giving, Issued, Nominating, Records, Reviews
from ledger import (
    SLUG,
    Book,
    Coalescer,
    Community,
    ErasedError,
    Outcome,
    UnknownCommunityError,
)
from ledger.key_files import load_or_create_secret
from ledger.transparency import VerifierKey
from projections import (
    AWARDS,
    Commons,
    Fairness,
    Following,
    Spotlights,
    Standings,
    UnknownMemberError,
    Views,
    migrate_views,
    open_views,
    span_at,
)
from schemas import parse_time

if TYPE_CHECKING:
    from pathlib import Path

    from api.desk.glance import Glance
    from api.entry.provider import Provider
    from api.network.fetching import Door
    from ledger.transparency import Witness

AWARD_SECONDS = 2.0  # that an answer waits for badges at most
POLL_SECONDS = 0.02
LATER = 1.5  # seconds after an answer is due that what was posted is waited for: by then the door has said so
RENEW_PAUSE = 1.0  # seconds between two looks for what is to be made again
LOG = re.compile(rf".*/communities/({SLUG.pattern})/log(/[0-9]+)?")
MEMBER_ID = re.compile(r"[a-z2-7]{26}")
CREDENTIAL_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LIST = re.compile(rf"{SLUG.pattern}(\.[0-9]{{1,4}})?-[0-9]{{1,5}}(-suspension)?")


def migrate(settings: Settings) -> list[str]:
    """Make or update the tables that `settings` name; return what was done, in words. See `ledger.migrate`."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return [*ledger.migrate(settings.books), *migrate_views(settings.books)]


@dataclass(frozen=True, slots=True)
class Installation:
    """The book, what it means, and what is awarded from it. Every method blocks."""

    settings: Settings
    book: Book
    views: Views
    standings: Standings
    fairness: Fairness
    spotlights: Spotlights
    commons: Commons
    awards: Awards
    endorsements: Endorsements
    records: Records
    exports: Exports
    reviews: Reviews
    giving: Giving
    nominating: Nominating
    sessions: Sessions
    pendings: Pendings
    provider: Provider | None  # by which people may sign in
    watch: AlarmWatch
    background: Background
    coalescer: Coalescer
    posting: Posting
    issuer: OwnIssuer
    documents: Documents
    door: Door | None  # to the network, where the operator allows it
    looking: Looking
    remembered: Remembered
    renewing: Following  # what is remembered; started where people are served
    spoken: Spoken  # to people, by what leaves by itself
    send: Send | None = None  # a letter: to whom, and what it says; None where no mail goes out
    tries: Tries = field(default_factory=Tries)  # in vain, to get in
    begins: Tries = field(default_factory=lambda: Tries(MOST_BEGUN))  # of signing in by the provider
    bulk: BulkDoor = field(default_factory=BulkDoor)
    metrics: Metrics = field(default_factory=Metrics)
    aside: Aside[Glance] = field(default_factory=Aside)  # what the desk's overview shows and takes long to find

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open what `settings` name; `migrate` has made its tables.

        Raises `LedgerUnavailableError`, `NotMigratedError`, `KeyFileError`, `CatalogueError` and, for the folder of
        documents and the registries, and for the door, `SettingsError`.
        """
        others = documents_of(settings)
        door = door_of(settings) if settings.fetch else None
        provider = _provider(settings) if settings.oidc_issuer else None
        witnesses = witnesses_of(settings.witnesses)
        book = _book(settings, witnesses)
        views = open_views(settings.books, book.shard_of)
        standings = Standings(book, views)
        awards = Awards(book, views, standings, base_url=settings.origin)
        exports = Exports(book, standings, awards, base_url=settings.origin)
        giving = Giving(book, views, standings)
        sessions = Sessions(book.sign_ins, secure=settings.secure)
        issuer = OwnIssuer(_keys(settings), base_url=settings.origin)
        documents = _documents(others, book, Published(book, awards, exports, settings.origin), issuer, witnesses)
        watch = AlarmWatch(book, views)
        remembered = Remembered(book, views, standings)
        patience = settings.limit_answer + LATER
        return cls(
            settings=settings,
            book=book,
            views=views,
            standings=standings,
            fairness=Fairness(book),
            spotlights=Spotlights(book, views),
            commons=Commons(book, views),
            awards=awards,
            endorsements=Endorsements(book, views, standings, awards, base_url=settings.origin),
            records=Records(book, standings, awards, base_url=settings.origin),
            exports=exports,
            reviews=Reviews(book, views, standings),
            giving=giving,
            nominating=Nominating(book, views, standings, giving),
            sessions=sessions,
            pendings=Pendings(load_or_create_secret(_keys(settings) / "session"), sessions),
            provider=provider,
            watch=watch,
            background=Background(book, views, standings, watch),
            coalescer=Coalescer(book, patience=patience),
            posting=Posting(book, settings.data, patience=patience),
            issuer=issuer,
            documents=documents,
            door=door,
            looking=Looking(documents, others, settings.origin, OfBook(book, views)),
            remembered=remembered,
            renewing=Following("renewing", remembered.renew, pause=RENEW_PAUSE),
            spoken=spoken(settings.language, settings.catalogues),
            send=_letters(settings) if settings.smtp_url else None,
        )

    def start(self) -> None:
        """Begin to follow the ledger. Raises `SettingsError` where letters cannot be sent as the settings say."""
        from api.celebrating.following import celebrating  # noqa: PLC0415  a tenth of a second, for who follows alone

        self.background.start(celebrating(self))

    def close(self) -> None:
        """Stop following and give back every connection."""
        self.renewing.stop()
        self.aside.close()
        self.background.stop()
        self.views.close()
        self.book.close()

    def known(self, community: str) -> Community:
        """Return the community. Raises a 404 problem where there is none of that name."""
        if not SLUG.fullmatch(community):
            raise not_found("community")
        return self.book.community(community)

    def gone(self, public_id: str, community: str | None = None) -> bool:
        """Return whether an erasure ended the id of a member of `community`, or of a credential."""
        if not (MEMBER_ID if community is not None else CREDENTIAL_ID).fullmatch(public_id):
            return False
        try:
            return self.book.erased(community, public_id)
        except UnknownCommunityError:
            return False

    def missing(self, what: str, public_id: str, community: str | None = None) -> ProblemError:
        """Return the problem of an id that leads nowhere: 410 where an erasure ended it, else 404."""
        return gone() if self.gone(public_id, community) else not_found(what)

    def leads(self, community: str, member: str) -> bool:
        """Return whether a member, by any of her public ids, holds a leader role now."""
        account = self.book.account_of(community, member)
        if account is None:
            return False
        try:
            row = self.views.member(community, self.standings.root(community, account))
        except UnknownMemberError:
            return False
        now, grants = time.time_ns() // 1_000, row.derived.grants if row else {}
        return any(kind == "role" and span_at(spans, now) for (kind, _), spans in grants.items())

    def standing(
        self, community: str, account: str, *, as_of: int | None = None, known_at: int | None = None
    ) -> dict[str, Any]:
        """Return where a member stands; each badge with its credential's address, None until it is awarded.

        Of awards, too, what had become of them when the standing is about, by what it knows.
        """
        told = self.standings.standing(community, account, as_of=as_of, known_at=known_at)
        now = parse_time(told["as_of"])
        at = min((each for each in (as_of, known_at) if each is not None), default=None)
        awards = [one for one in self.awards.of(community, account, at=at) if one.kind == "badge"]
        latest_first = sorted(awards, key=lambda one: one.earned, reverse=True)
        ended_first = sorted(latest_first, key=lambda one: one.stands(now))
        issued = {one.achievement: one for one in ended_first}  # the first of those that stand
        held = [each | self._issued(issued.get(each["badge"])) for each in told["badges"]]
        names = self.standings.charter(community).by("badges", "badge")
        held += [
            {"badge": one.achievement, "name": names.get(one.achievement, {}).get("name", one.achievement)}
            | {"earned": one.earned, **self._issued(one)}
            for one in issued.values()
            if one.by_hand and one.stands(now) and one.achievement not in {each["badge"] for each in held}
        ]
        return told | {"badges": sorted(held, key=lambda each: parse_time(each["earned"]))}

    def _issued(self, award: Issued | None) -> dict[str, Any]:
        """Return what a standing tells of a badge's award, as far as there is one."""
        return {
            "credential": award and self.awards.url(award),
            "issued": award and award.issued,
            "backfilled": award is not None and award.backfilled,
            "by_hand": award is not None and award.by_hand,
            "suspended": award and award.suspended,
        }

    def wait(self, community: str, position: int, seconds: float) -> bool:
        """Wait until a position counts; then a moment longer for the badges that it earned. Return whether it does."""
        if not self.standings.wait(community, position, seconds):
            return False
        deadline = time.monotonic() + min(seconds, AWARD_SECONDS)
        while self.views.position(community, AWARDS) < position and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        self.standings.wait(community, self.book.head(community), max(0.0, deadline - time.monotonic()))
        return True

    def told(self, community: str, outcomes: Sequence[Outcome]) -> None:
        """Count what became of a community's events, and wake who follows it."""
        self.metrics.taken(community, outcomes)
        self.background.hint(community)

    def reach(self) -> tuple[int, int]:
        """Return how many facts the book holds, and how many of them the standings have counted."""
        head = projected = 0
        for shard in range(self.book.shards):
            heads, positions = self.book.heads(shard), self.views.positions(shard)
            head += sum(heads.values())
            projected += sum(min(positions.get(community, 0), last) for community, last in heads.items())
        return head, projected

    def outward(self, community: str, told: Any) -> Any:  # noqa: ANN401 - JSON of any shape
        """Return `told` with the public member id in place of every account; the erased are left out."""
        if isinstance(told, list | tuple):
            turned = [(each, self.outward(community, each)) for each in told]
            return [outward for each, outward in turned if outward is not None or each is None]
        if not isinstance(told, dict):
            return told
        if "account" not in told:
            return {name: self.outward(community, value) for name, value in told.items()}
        try:
            member = self.book.member_id(community, told["account"])
        except ErasedError:
            return None
        others = {name: self.outward(community, value) for name, value in told.items() if name != "account"}
        return {"member": member} | others


def _provider(settings: Settings) -> Provider | None:
    from api.entry.provider import provider_of  # noqa: PLC0415  a tenth of a second, for who signs in by one alone

    return provider_of(settings)


def _letters(settings: Settings) -> Send:
    from api.celebrating.mail import letters  # noqa: PLC0415  a tenth of a second, for who sends mail alone

    return letters(settings)


def _keys(settings: Settings) -> Path:
    """Return the folder of the installation's own keys."""
    return settings.data / "keys"


def _book(settings: Settings, witnesses: Sequence[Witness]) -> Book:
    """Open the book; `witnesses` are asked to cosign the heads of its log."""
    store = key_store(settings)
    book = Book.open(settings.books, data=settings.data, address=settings.origin, heads=settings.heads, store=store)
    if witnesses:
        book.log.witnessed_by(witnesses, post)
    return book


def _documents(
    others: Documents, book: Book, published: Published, issuer: OwnIssuer, witnesses: Sequence[Witness]
) -> Documents:
    """Return `others`, and beside them what is our own, and the witnesses that we know."""
    return others.beside(
        lambda name: published.get(name) or issuer.status_list(name),
        lambda origin: _log(book, origin),
        tuple(key for each in witnesses for key in each.keys),
    )


def _log(book: Book, origin: str) -> VerifierKey | None:
    """Return the key of the log of ours whose name is `origin`, or `None`."""
    named = LOG.fullmatch(origin)
    try:
        return book.log.key_named(named[1], origin) if named else None
    except UnknownCommunityError:
        return None
