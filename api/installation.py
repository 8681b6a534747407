"""All that one process serves, opened together and closed together."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from api.documents import Documents, read_folder
from api.metrics import Metrics
from api.own_issuer import OwnIssuer
from api.problems import not_found
from api.sessions import Sessions
from api.settings import Settings
from badges import AwardFollower, Awards
from ledger import Book, Community, ErasedError, Outcome, UnknownCommunityError, keys
from projections import AWARDS, Follower, Standings, Views, open_views

AWARD_SECONDS = 2.0  # that an answer waits for badges at most
POLL_SECONDS = 0.02
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LIST = re.compile(r"[a-z0-9][a-z0-9-]{0,63}-[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Installation:
    """The book, what it means, and what is awarded from it. Every method blocks."""

    settings: Settings
    book: Book
    views: Views
    standings: Standings
    awards: Awards
    sessions: Sessions
    metrics: Metrics
    follower: Follower
    awarding: AwardFollower
    issuer: OwnIssuer
    documents: Documents

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open what `settings` name, making what is missing.

        Raises `LedgerUnavailableError`, `KeyFileError` and, for the folder of documents, `SettingsError`.
        """
        settings.data.mkdir(parents=True, exist_ok=True)
        others = read_folder(settings.documents)
        key_folder = settings.data / "keys"
        book = Book.open(settings.book, data=settings.data)
        views = open_views(settings.book)
        standings = Standings(book, views)
        awards = Awards(book, views, standings, base_url=settings.origin)
        return cls(
            settings,
            book,
            views,
            standings,
            awards,
            Sessions(keys.load_or_create_secret(key_folder / "session"), secure=settings.secure),
            Metrics(),
            Follower(book, views),
            AwardFollower(book, views, standings),
            OwnIssuer(key_folder),
            Documents(others, lambda url: _published(awards, settings.origin, url)),
        )

    def start(self) -> None:
        """Begin to follow the ledger."""
        self.follower.following.start()
        self.awarding.following.start()

    def close(self) -> None:
        """Stop following and give back every connection."""
        self.awarding.following.stop()
        self.follower.following.stop()
        self.views.close()
        self.book.close()

    def known(self, community: str) -> Community:
        """Return the community. Raises a 404 problem where there is none of that name."""
        if not SLUG.fullmatch(community):
            raise not_found("community")
        return self.book.community(community)

    def standing(
        self, community: str, account: str, *, as_of: int | None = None, known_at: int | None = None
    ) -> dict[str, Any]:
        """Return where a member stands; each badge with its credential's address, None until it is awarded."""
        told = self.standings.standing(community, account, as_of=as_of, known_at=known_at)
        issued = {one.achievement: self.awards.url(one) for one in self.awards.of(community, account)}
        return told | {"badges": [each | {"credential": issued.get(each["badge"])} for each in told["badges"]]}

    def wait(self, position: int, seconds: float) -> bool:
        """Wait until a position counts; then a moment longer for the badges that it earned. Return whether it does."""
        if not self.standings.wait(position, seconds):
            return False
        deadline = time.monotonic() + min(seconds, AWARD_SECONDS)
        while self.views.position(AWARDS) < position and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        self.standings.wait(self.book.head(), max(0.0, deadline - time.monotonic()))
        return True

    def counted(self, community: str | None, outcomes: Iterable[Outcome]) -> None:
        """Count what became of a community's events."""
        self.metrics.taken(community or "", outcomes)

    def outward(self, community: str, told: Any) -> Any:  # noqa: ANN401 - JSON of any shape
        """Return `told` with the public member id in place of every account; the erased are left out."""
        if isinstance(told, list):
            turned = [self.outward(community, each) for each in told]
            return [each for each in turned if each is not None]
        if not isinstance(told, dict):
            return told
        if "account" not in told:
            return {name: self.outward(community, value) for name, value in told.items()}
        try:
            member = self.book.member_id(community, told["account"])
        except ErasedError:
            return None
        return {"member": member} | {name: value for name, value in told.items() if name != "account"}


def _published(awards: Awards, origin: str, url: str) -> object | None:
    """Return the status list or DID document that we publish as `url`, or `None`."""
    lists = f"{origin}/status/"
    if url.startswith(lists):
        name = url.removeprefix(lists)
        return awards.status_list(name) if LIST.fullmatch(name) else None
    slug = url.rpartition(":")[2]
    if not url.startswith("did:web:") or not SLUG.fullmatch(slug):
        return None
    try:
        return awards.did_document(slug) if awards.did(slug) == url else None
    except UnknownCommunityError:
        return None
