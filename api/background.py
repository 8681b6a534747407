"""What a process does without being asked: standings, awards and seals, shard by shard; tidying, alarms, the post."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from api.watching.alarm_watch import PAUSE as ALARM_PAUSE
from badges import AwardFollower
from ledger import LedgerUnavailableError, Sealer
from projections import Follower, Following

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from api.watching.alarm_watch import AlarmWatch
    from ledger import Book
    from projections import Health, Standings, Views

SEAL_PAUSE = 0.5  # seconds between two looks for facts to seal
TIDY_PAUSE = 600.0  # seconds between two looks for erasures left unfinished, and keys whose time has come


class Background:
    """Follows the ledger of one book once it is started; a command has it run to the end instead."""

    def __init__(self, book: Book, views: Views, standings: Standings, watch: AlarmWatch) -> None:
        """Begin nothing yet. `followers`, `awarding` and the sealers are one for each shard."""
        shards = range(book.shards)
        self._book = book
        self.followers = tuple(Follower(book, views, shard) for shard in shards)
        self.awarding = tuple(AwardFollower(book, views, standings, shard) for shard in shards)
        self._sealers = tuple(Sealer(book, shard) for shard in shards)
        self._sealing = [
            Following(f"sealer-{n}", one.run_once, pause=SEAL_PAUSE) for n, one in enumerate(self._sealers)
        ]
        self._others = [
            Following("tidying", lambda: _tidied(book), pause=TIDY_PAUSE),
            Following("alarms", watch.run_once, pause=ALARM_PAUSE),
        ]

    def start(self, post: Iterable[Following]) -> None:
        """Begin, and with it the `post`: what tells and sends what there is to celebrate."""
        self._others.extend(post)
        for standing, awarding in zip(self.followers, self.awarding, strict=True):
            standing.following.leads(awarding.following)
            awarding.following.leads(standing.following)
        for following in self._all():
            following.start()

    def stop(self) -> None:
        """End all of it; what was recorded until then is sealed, where it was begun."""
        started = any(each.health.alive for each in self._sealing)
        for following in reversed(self._all()):
            following.stop()
        if started:
            self.seal()

    def health(self) -> list[Health]:
        """Return how each thing that is done fares."""
        return [each.health for each in self._all()]

    def hint(self, community: str) -> None:
        """Wake who follows a community."""
        self.followers[self._book.shard_of(community)].hint(community)

    def left_out(self) -> set[str]:
        """Return the communities that this process leaves out: their facts cannot be read or judged."""
        followers: list[Follower | AwardFollower] = [*self.followers, *self.awarding]
        return {community for each in followers for community in each.left_out}

    def seal(self, progress: Callable[[int], None] | None = None) -> None:
        """Sign what has been recorded by now, as far as the databases can be reached."""
        with contextlib.suppress(LedgerUnavailableError):
            for each in self._sealers:
                each.finish(progress)

    def _all(self) -> list[Following]:
        """Return each thing that is done, in the order in which they begin."""
        standings = [each.following for each in self.followers]
        awards = [each.following for each in self.awarding]
        return [*standings, *awards, *self._sealing, *self._others]


def _tidied(book: Book) -> int:
    book.tidy()
    book.outbox.tidy()
    return 0
