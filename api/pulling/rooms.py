"""Who is in which room: from what the gateway says of voice to who joined which session, and who left it.

Discord says where somebody is now, and neither from where she came nor when. So what is remembered is who is where; a
session begins when the first one comes into an empty room, and ends with the last; while a scheduled event is on in a
room, it is the session. Pure: the same words in the same order give the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Body = dict[str, Any]
ACTIVE = 2  # the status of an event that is on
SHOWN = ("username", "global_name")  # of a user


@dataclass(slots=True)
class Rooms:
    """Who is where: for each user the room, the session and what to call her; for each event that is on, its room."""

    present: dict[str, tuple[str, str, Body]] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, told: Mapping[str, Any] | None) -> Rooms:
        """Return rooms as `told` wrote them; empty ones where nothing was."""
        said = told or {}
        present = {user: (room, session, shown) for user, (room, session, shown) in said.get("present", {}).items()}
        return cls(present, dict(said.get("events", {})))

    def told(self) -> Body:
        """Return what is to be remembered."""
        return {"present": {user: [*where] for user, where in self.present.items()}, "events": self.events}

    def hear(self, body: Body) -> list[Body]:
        """Return who joined and left by what the gateway says, as words of the gateway's own shape."""
        made = _HEARD.get(body["t"])
        return [] if made is None else [{**body, "t": kind, "d": told} for kind, told in made(self, body)]

    def _guild(self, body: Body) -> Iterator[tuple[str, Body]]:
        """Hear how it all stands, when a session of the gateway begins."""
        said = body["d"]
        on = [each for each in said.get("guild_scheduled_events") or [] if each.get("status") == ACTIVE]
        self.events = {each["id"]: each["channel_id"] for each in on if each.get("channel_id")}
        users = {each["user"]["id"]: each["user"] for each in said.get("members") or [] if "user" in each}
        states = {each["user_id"]: each for each in said.get("voice_states") or [] if each.get("channel_id")}
        for user in [*self.present]:
            if user not in states:
                yield from self._go(body, user, None, {})
        for user, each in states.items():
            yield from self._go(
                body, user, each["channel_id"], (each.get("member") or {}).get("user") or users.get(user)
            )
        yield from self._resort(body, {room for room, *_ in self.present.values()})

    def _state(self, body: Body) -> Iterator[tuple[str, Body]]:
        said = body["d"]
        yield from self._go(body, said["user_id"], said.get("channel_id"), (said.get("member") or {}).get("user"))

    def _event(self, body: Body) -> Iterator[tuple[str, Body]]:
        """Hear that a scheduled event begins, ends, or goes to another room."""
        said = body["d"]
        before = self.events.pop(said["id"], None)
        room = said.get("channel_id")
        if body["t"] != "GUILD_SCHEDULED_EVENT_DELETE" and said.get("status") == ACTIVE and room:
            self.events[said["id"]] = room
        yield from self._resort(body, {each for each in (before, room) if each})

    def _go(self, body: Body, user: str, room: str | None, who: Body | None) -> Iterator[tuple[str, Body]]:
        """Let a user be in a room, or in none."""
        known = self.present.get(user)
        if (who or {}).get("bot") or (known[0] if known else None) == room:
            return
        shown = {name: who[name] for name in SHOWN if who and who.get(name)} or (known[2] if known else {})
        if known:
            del self.present[user]
            yield "ROOM_LEFT", _told(body, user, known)
        if room:
            self.present[user] = (room, self._session(body, room), shown)
            yield "ROOM_JOINED", _told(body, user, self.present[user])

    def _resort(self, body: Body, rooms: Iterable[str]) -> Iterator[tuple[str, Body]]:
        """Let who is in these rooms be in the session that is on there now."""
        for room in sorted(rooms):
            event = next((f"event-{each}" for each, where in self.events.items() if where == room), None)
            over = [
                user
                for user, (where, session, _) in self.present.items()
                if where == room and (session != event if event else session.startswith("event-"))
            ]
            new = event or f"room-{body['key']}"
            for user in over:
                yield "ROOM_LEFT", _told(body, user, self.present[user])
                self.present[user] = (room, new, self.present[user][2])
                yield "ROOM_JOINED", _told(body, user, self.present[user])

    def _session(self, body: Body, room: str) -> str:
        for event, where in self.events.items():
            if where == room:
                return f"event-{event}"
        there = (session for where, session, _ in self.present.values() if where == room)
        return next(there, f"room-{body['key']}")


def _told(body: Body, user: str, where: tuple[str, str, Body]) -> Body:
    room, session, shown = where
    return {"user_id": user, "channel_id": room, "session": session, "key": body["key"], "user": shown}


_HEARD = {
    "GUILD_CREATE": Rooms._guild,  # noqa: SLF001  of this very class
    "VOICE_STATE_UPDATE": Rooms._state,  # noqa: SLF001  of this very class
    "GUILD_SCHEDULED_EVENT_CREATE": Rooms._event,  # noqa: SLF001  of this very class
    "GUILD_SCHEDULED_EVENT_UPDATE": Rooms._event,  # noqa: SLF001  of this very class
    "GUILD_SCHEDULED_EVENT_DELETE": Rooms._event,  # noqa: SLF001  of this very class
}
