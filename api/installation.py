"""All that one process serves, opened together and closed together."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import ledger
from api.alarm_watch import PAUSE as ALARM_PAUSE
from api.alarm_watch import AlarmWatch
from api.bulk import BulkDoor
from api.documents import Documents, documents_of
from api.entry.pending import Pendings
from api.entry.sending import Send
from api.entry.sessions import Sessions
from api.entry.tries import MOST_BEGUN, Tries
from api.fetched import door_of
from api.key_store import key_store
from api.looking import Looking, OfBook
from api.metrics import Metrics
from api.own_issuer import OwnIssuer
from api.problems import ProblemError, gone, not_found
from api.published import Published
from api.remembered import Remembered
from api.settings import Settings
from api.witnessing import post, witnesses_of
from badges import AwardFollower, Awards, Endorsements, Exports, Giving, Issued, Nominating, Records, Reviews
from ledger import (
    SLUG,
    Book,
    Coalescer,
    Community,
    ErasedError,
    LedgerUnavailableError,
    Outcome,
    Sealer,
    UnknownCommunityError,
)
from ledger.key_files import load_or_create_secret
from ledger.transparency import VerifierKey
from projections import (
    AWARDS,
    Fairness,
    Follower,
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
    from api.entry.provider import Provider
    from api.fetching import Door

AWARD_SECONDS = 2.0  # that an answer waits for badges at most
POLL_SECONDS = 0.02
SEAL_PAUSE = 0.5  # seconds between two looks for facts to seal
TIDY_PAUSE = 600.0  # seconds between two looks for erasures left unfinished, and keys whose time has come
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
    awards: Awards
    endorsements: Endorsements
    records: Records
    exports: Exports
    reviews: Reviews
    giving: Giving
    nominating: Nominating
    sessions: Sessions
    pendings: Pendings
    tries: Tries  # in vain, to get in
    begins: Tries  # of signing in by the provider
    provider: Provider | None  # by which people may sign in
    metrics: Metrics
    followers: tuple[Follower, ...]  # one for each shard
    awarding: tuple[AwardFollower, ...]  # likewise
    sealers: tuple[Sealer, ...]  # likewise
    sealing: tuple[Following, ...]  # likewise, what runs them
    tidying: Following
    watch: AlarmWatch
    watching: Following  # what runs it
    coalescer: Coalescer
    bulk: BulkDoor
    issuer: OwnIssuer
    documents: Documents
    door: Door | None  # to the network, where the operator allows it
    looking: Looking
    remembered: Remembered
    send: Send | None = None  # a letter: to whom, and what it says; None where no mail goes out
    celebrating: list[Following] = field(default_factory=list)  # what tells and sends, once it was started

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open what `settings` name; `migrate` has made its tables.

        Raises `LedgerUnavailableError`, `NotMigratedError`, `KeyFileError` and, for the folder of documents and the
        registries, and for the door, `SettingsError`.
        """
        others = documents_of(settings)
        door = door_of(settings) if settings.fetch else None
        provider = _provider(settings) if settings.oidc_issuer else None
        key_folder = settings.data / "keys"
        store = key_store(settings)
        book = Book.open(settings.books, data=settings.data, address=settings.origin, heads=settings.heads, store=store)
        witnesses = witnesses_of(settings.witnesses)
        sessions = Sessions(book.sign_ins, secure=settings.secure)
        issuer = OwnIssuer(key_folder, base_url=settings.origin)
        if witnesses:
            book.log.witnessed_by(witnesses, post)
        views = open_views(settings.books, book.shard_of)
        standings = Standings(book, views)
        awards = Awards(book, views, standings, base_url=settings.origin)
        exports = Exports(book, standings, awards, base_url=settings.origin)
        published = Published(book, awards, exports, settings.origin)
        giving = Giving(book, views, standings)
        watch = AlarmWatch(book, views)
        sealers = tuple(Sealer(book, shard) for shard in range(book.shards))
        documents = others.beside(
            lambda name: published.get(name) or issuer.status_list(name),
            lambda origin: _log(book, origin),
            tuple(key for each in witnesses for key in each.keys),
        )
        return cls(
            settings,
            book,
            views,
            standings,
            Fairness(book),
            Spotlights(book, views),
            awards,
            Endorsements(book, views, standings, awards, base_url=settings.origin),
            Records(book, standings, awards, base_url=settings.origin),
            exports,
            Reviews(book, views, standings),
            giving,
            Nominating(book, views, standings, giving),
            sessions,
            Pendings(load_or_create_secret(key_folder / "session"), sessions),
            Tries(),
            Tries(MOST_BEGUN),
            provider,
            Metrics(),
            tuple(Follower(book, views, shard) for shard in range(book.shards)),
            tuple(AwardFollower(book, views, standings, shard) for shard in range(book.shards)),
            sealers,
            tuple(Following(f"sealer-{shard}", each.run_once, pause=SEAL_PAUSE) for shard, each in enumerate(sealers)),
            Following("tidying", lambda: _tidied(book), pause=TIDY_PAUSE),
            watch,
            Following("alarms", watch.run_once, pause=ALARM_PAUSE),
            Coalescer(book),
            BulkDoor(),
            issuer,
            documents,
            door,
            Looking(documents, others, settings.origin, OfBook(book, views)),
            Remembered(book, views),
            _letters(settings) if settings.smtp_url else None,
        )

    def start(self) -> None:
        """Begin to follow the ledger."""
        from api.celebrating.following import celebrating  # noqa: PLC0415  a tenth of a second, for who follows alone

        self.celebrating.extend(celebrating(self))
        for standing, awarding in zip(self.followers, self.awarding, strict=True):
            standing.following.leads(awarding.following)
            awarding.following.leads(standing.following)
        for following in self.following():
            following.start()

    def following(self) -> list[Following]:
        """Return what works in the background: standings, awards and sealers by shard, tidying, alarms, the post."""
        standings = [each.following for each in self.followers]
        own = [*standings, *(each.following for each in self.awarding), *self.sealing, self.tidying, self.watching]
        return [*own, *self.celebrating]

    def left_out(self) -> set[str]:
        """Return the communities that this process leaves out: their facts cannot be read or judged."""
        followers: list[Follower | AwardFollower] = [*self.followers, *self.awarding]
        return {community for each in followers for community in each.left_out}

    def close(self) -> None:
        """Stop following and give back every connection."""
        started = any(each.health.alive for each in self.sealing)
        for following in reversed(self.following()):
            following.stop()
        if started:
            self.seal()
        self.views.close()
        self.book.close()

    def seal(self, progress: Callable[[int], None] | None = None) -> None:
        """Sign what has been recorded by now, as far as the databases can be reached."""
        with contextlib.suppress(LedgerUnavailableError):
            for each in self.sealers:
                each.finish(progress)

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
        self.followers[self.book.shard_of(community)].hint(community)

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


def _tidied(book: Book) -> int:
    book.tidy()
    book.outbox.tidy()
    return 0


def _log(book: Book, origin: str) -> VerifierKey | None:
    """Return the key of the log of ours whose name is `origin`, or `None`."""
    named = LOG.fullmatch(origin)
    try:
        return book.log.key_named(named[1], origin) if named else None
    except UnknownCommunityError:
        return None
