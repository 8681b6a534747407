"""What a relay heard, written down: some words at a time, the facts first and then how far that was.

Killed in between, the same words are heard again, and their facts are known by their ids. Nothing is noted that is not
stored.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

from api.pulling.gateway import Session
from api.pulling.rooms import Rooms
from api.pulling.taking import take
from ledger import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.connecting.connector import Connector
    from api.installation import Installation
    from ledger import Pull

MISSED = "Discord did not go on with the session: what happened meanwhile was not heard"
DAY = 86_400_000_000  # µs that this is told
log = structlog.get_logger("guildbook.relay")


class Word(NamedTuple):
    """Something that was heard: a dispatch of a session, or that there is nothing (`kind`: alive, again).

    `said`: of `again`, why there was another connection.
    """

    kind: str
    session: Session | None = None
    t: str = ""
    d: Any = None
    said: str = ""


class Writing:
    """Writes down the words of one server. Not to be shared between threads at once."""

    def __init__(self, here: Installation, connector: Connector, pull: Pull, guild: str) -> None:
        self._here, self._connector, self._pull, self._guild = here, connector, pull, guild
        self.session = Session.read(pull.cursor) if pull.cursor.get("guild", guild) == guild else None
        self._rooms = Rooms.read(pull.present if self.session else None)
        self._heard, self._behind = pull.heard, pull.behind
        self._missed: int = pull.cursor.get("missed", 0)  # when words were last not heard (µs)

    def write(self, words: Sequence[Word]) -> None:
        """Take words in, and note how far. Blocks.

        Raises `LedgerUnavailableError`: then the same words are to be written again; and `TakenOverError`.
        """
        rooms, session = Rooms.read(self._rooms.told()), self.session
        bodies: list[dict[str, Any]] = []
        for word in words:
            if word.session is None or (session and session.id == word.session.id and word.session.seq <= session.seq):
                continue
            session = word.session
            bodies += self._bodies(word, session, rooms)
        taken = take(self._here, self._pull.community, self._connector, bodies)
        now = time.time_ns() // 1_000
        behind = max(0, now - taken.latest) if taken.latest else self._behind
        again = [word for word in words if word.kind == "again"]
        if any(MISSED in word.said for word in again):
            self._missed = now
        told = MISSED if now - self._missed < DAY else ""
        said = again[-1].said if again else told
        state = "waiting" if words[-1].kind == "again" else "on"
        heard = now if any(word.kind != "again" for word in words) else self._heard
        counted = {"taken": taken.stored, "refused": taken.refused, "again": len(again)}
        cursor = {**(session._asdict() if session else {}), "guild": self._guild, "missed": self._missed}
        mark = Mark(cursor, rooms.told(), heard, behind, **counted, state=state, said=said)
        self._here.book.pulls.save(self._pull, mark)
        self.session, self._rooms = session, rooms
        self._heard, self._behind = heard, behind
        if bodies:
            log.debug("relay.taken", community=self._pull.community, words=len(bodies), **counted)

    def end(self, why: str) -> None:
        """Note that it ended. Raises as `write` does."""
        cursor = {**(self.session._asdict() if self.session else {}), "guild": self._guild}
        mark = Mark(cursor, self._rooms.told(), self._heard, self._behind, state="ended", said=why)
        self._here.book.pulls.save(self._pull, mark)

    def _bodies(self, word: Word, session: Session, rooms: Rooms) -> list[dict[str, Any]]:
        """Return what the mapping is to see of a dispatch: nothing of other servers, and of none."""
        if not isinstance(word.d, dict):
            return []
        theirs = word.d.get("id") if word.t == "GUILD_CREATE" else word.d.get("guild_id")
        if theirs != self._guild:
            return []
        body = {"t": word.t, "d": word.d, "guild": self._guild, "key": f"{session.name}-{session.seq}"}
        try:
            return [body, *rooms.hear(body)]
        except (LookupError, TypeError, AttributeError) as error:
            log.warning("relay.not_understood", word=word.t, why=repr(error))
            return [body]
