"""A real book with its views, at a time that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

from ledger import Book
from projections import Follower, Standings, Views, open_views, parse_charter
from schemas import format_time
from tests.projections.history_of import day

if TYPE_CHECKING:
    from pathlib import Path

COMMUNITY = "guild"


@dataclass
class Clock:
    """Says `now` (µs), again and again."""

    now: int = day(100)

    def __call__(self) -> int:
        return self.now


@dataclass
class World:
    """One community: a book, its views, a follower and the read side."""

    database: str
    folder: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.book = Book.open(self.database, data=self.folder, clock=self.clock)
        self.book.open_community(COMMUNITY, name="Guild")
        self.views: Views = open_views(self.database)
        self.follower = Follower(self.book, self.views)
        self.standings = Standings(self.book, self.views, clock=self.clock)
        self._told = 0

    def publish(self, document: dict[str, Any]) -> None:
        parse_charter(document)
        self.book.publish_charter(COMMUNITY, document, effective=self.clock.now, by="test")

    def event(self, name: str, at: float, **data: Any) -> dict[str, Any]:
        self._told += 1
        return {
            "specversion": "1.0",
            "id": f"{name}-{self._told}",
            "source": "https://forum.example",
            "type": f"org.guildbook.{name}.v1",
            "time": format_time(day(at)),
            "community": COMMUNITY,
            "data": data,
        }

    def work(self, who: str, at: float, item: str = "", **more: Any) -> dict[str, Any]:
        return self.event("contribution", at, author=_who(who), item=item or f"i:{who}/{at}", kind="code", **more)

    def voice(self, by: str, of: str, at: float, **more: Any) -> dict[str, Any]:
        return self.event(
            "endorsement", at, endorser=_who(by), endorsee=_who(of), strength="review", skill="craft", **more
        )

    def tell(self, *events: dict[str, Any]) -> None:
        """Append, and let the follower draw the consequences."""
        outcomes = self.book.append(events, community=COMMUNITY, identity=True)
        assert [outcome.outcome for outcome in outcomes] == ["stored"] * len(events), outcomes
        self.follower.catch_up()

    def account(self, who: str) -> str:
        found = self.book.account(COMMUNITY, "forum", who)
        assert found is not None
        return found

    def level(self, who: str, **asked: Any) -> int:
        return int(self.standings.standing(COMMUNITY, self.account(who), **asked)["level"])

    def close(self) -> None:
        self.views.close()
        self.book.close()


def emptied(database: str) -> None:
    """Take out of a PostgreSQL database whatever an earlier test kept in it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS vault CASCADE")
        connection.execute("DROP SCHEMA IF EXISTS views CASCADE")
        connection.execute("DROP TABLE IF EXISTS stored_events, claims")


def _who(name: str) -> dict[str, str]:
    return {"platform": "forum", "id": name}
