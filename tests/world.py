"""A real book with its views, at a time that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from ledger import Book, migrate
from projections import Follower, Standings, Views, migrate_views, open_views, parse_charter
from schemas import format_time
from tests.projections.history_of import day

if TYPE_CHECKING:
    from pathlib import Path

COMMUNITY = "guild"
ELSEWHERE = "bakers"  # kept in the last shard


@dataclass
class Clock:
    """Says `now` (µs), again and again."""

    now: int = day(100)

    def __call__(self) -> int:
        return self.now


@dataclass
class World:
    """A book of one shard or several with its views, a follower for each, and the read side."""

    database: str
    folder: Path
    clock: Clock = field(default_factory=Clock)
    more: tuple[str, ...] = ()  # further shards

    def __post_init__(self) -> None:
        self.databases = [self.database, *self.more]
        migrate(self.databases)
        migrate_views(self.databases)
        self.book = Book.open(self.databases, data=self.folder, clock=self.clock)
        self.book.open_community(COMMUNITY, name="Guild", shard=0)
        self.views: Views = open_views(self.databases, self.book.shard_of)
        self.followers = [Follower(self.book, self.views, shard) for shard in range(self.book.shards)]
        self.follower = self.followers[0]
        self.standings = Standings(self.book, self.views, clock=self.clock)
        self._told = 0

    def open_community(self, *names: str) -> None:
        """Open further communities, in the last shard."""
        for name in names:
            self.book.open_community(name, name=name, shard=self.book.shards - 1)

    def publish(self, document: dict[str, Any], community: str = COMMUNITY) -> None:
        parse_charter(document)
        self.book.publish_charter(community, document, effective=self.clock.now, by="test")

    def event(self, name: str, at: float, community: str = COMMUNITY, **data: Any) -> dict[str, Any]:
        self._told += 1
        return {
            "specversion": "1.0",
            "id": f"{name}-{self._told}",
            "source": "https://forum.example",
            "type": f"org.guildbook.{name}.v1",
            "time": format_time(day(at)),
            "community": community,
            "data": data,
        }

    def work(self, who: str, at: float, item: str = "", **more: Any) -> dict[str, Any]:
        return self.event("contribution", at, author=_who(who), item=item or f"i:{who}/{at}", kind="code", **more)

    def voice(self, by: str, of: str, at: float, **more: Any) -> dict[str, Any]:
        return self.event(
            "endorsement", at, endorser=_who(by), endorsee=_who(of), strength="review", skill="craft", **more
        )

    def append(self, *events: dict[str, Any], community: str = COMMUNITY) -> None:
        """Append; nobody draws the consequences."""
        events = tuple(event | {"community": community} for event in events)
        outcomes = self.book.append(events, community=community, identity=True, own=True)
        assert [outcome.outcome for outcome in outcomes] == ["stored"] * len(events), outcomes

    def tell(self, *events: dict[str, Any], community: str = COMMUNITY) -> None:
        """Append, and let the followers draw the consequences."""
        self.append(*events, community=community)
        for follower in self.followers:
            follower.catch_up()

    def account(self, who: str, community: str = COMMUNITY) -> str:
        found = self.book.account(community, "forum", who)
        assert found is not None
        return found

    def level(self, who: str, community: str = COMMUNITY, **asked: Any) -> int:
        return int(self.standings.standing(community, self.account(who, community), **asked)["level"])

    def timelines(self, community: str = COMMUNITY) -> dict[str, Any]:
        """Return everyone's, as they stand in the views."""
        return {row.member: row.derived for row in self.views.members(community)}

    def close(self) -> None:
        self.views.close()
        self.book.close()


def emptied(database: str) -> None:
    """Take out of a PostgreSQL database whatever an earlier test kept in it, but not its tables."""
    kept = ("installation", "live")
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'vault', 'views', 'heads')"
        ).fetchall()
        for schema, table in tables:
            if table not in kept:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(schema, table)))


def _who(name: str) -> dict[str, str]:
    return {"platform": "forum", "id": name}
