"""The words of Discord's gateway, version 10: opcodes, intents, close codes, and what is sent. Pure.

Discord's documentation, "Gateway", "Gateway Events" and "Opcodes and Status Codes".
"""

from __future__ import annotations

import hashlib
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from api.pulling.errors import EndedError, PullError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

QUERY: Final = "/?v=10&encoding=json"
KEEPS: Final = 4_900
"""With which we close what we mean to resume: 1000 and 1001 would end the session."""

INTENTS: Final = {
    "guilds": 0,
    "guild_members": 1,
    "guild_moderation": 2,
    "guild_voice_states": 7,
    "guild_messages": 9,
    "guild_message_reactions": 10,
    "message_content": 15,
    "guild_scheduled_events": 16,
}
"""The bit of each intent that a relay may ask for. guild_members and message_content are privileged."""

FINAL: Final = {
    4004: "the bot's token is not taken",
    4010: "the shard is none",
    4011: "the bot is on too many servers for one connection",
    4012: "this version of the gateway is not spoken any more",
    4013: "an intent is none",
    4014: "an intent is not allowed: turn it on under Privileged Gateway Intents, or ask for less",
}
"""Close codes after which trying again would not help, and what each means."""

AFRESH: Final = frozenset({4003, 4005, 4007, 4009})
"""Close codes after which a new session begins: the one there was cannot be resumed."""


class Op(IntEnum):
    """What a frame is."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    ACK = 11


class Session(NamedTuple):
    """A session of the gateway: its id, where it is resumed, and the last number heard."""

    id: str
    url: str
    seq: int

    @property
    def name(self) -> str:
        """What its words are known by; nobody can resume it by that."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:16]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Session | None:
        """Return the session that a cursor names; None where it names none."""
        return cls(told["id"], told["url"], told["seq"]) if told.get("id") else None


class Frame(NamedTuple):
    """What came: `d` is whatever it is about; `s` and `t` only of a dispatch."""

    op: int
    d: Any
    s: int | None
    t: str | None


def frame_of(text: str | bytes) -> Frame:
    """Return what came. Raises `PullError` for what is no word of the gateway."""
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("op"), int):
        raise PullError("wanted a word of the gateway, got something else")
    if said["op"] == Op.DISPATCH and not (isinstance(said.get("s"), int) and isinstance(said.get("t"), str)):
        raise PullError("wanted the number and the name of a dispatch, got none")
    return Frame(said["op"], said.get("d"), said.get("s"), said.get("t"))


def begun(ready: Frame) -> Session:
    """Return the session that begins. Raises `PullError` where it is not told."""
    told = ready.d if isinstance(ready.d, dict) else {}
    name, url = told.get("session_id"), told.get("resume_gateway_url")
    if not isinstance(name, str) or not isinstance(url, str):
        raise PullError("wanted a session's id and its address, got neither")
    return Session(name, url, ready.s or 0)


def bits(intents: Iterable[str]) -> int:
    """Return the number that asks for these intents. Raises `EndedError` for a name that is none."""
    found = [*intents]
    for name in found:
        if name not in INTENTS:
            raise EndedError(f"wanted intents of {', '.join(INTENTS)}; got {name[:40]}")
    return sum(1 << INTENTS[name] for name in dict.fromkeys(found))


def identify(token: str, intents: int) -> dict[str, Any]:
    """Return what begins a session."""
    properties = {"os": sys.platform, "browser": "guildbook", "device": "guildbook"}
    return {"op": Op.IDENTIFY, "d": {"token": token, "intents": intents, "properties": properties, "compress": False}}


def resume(token: str, session: Session) -> dict[str, Any]:
    """Return what goes on with a session."""
    return {"op": Op.RESUME, "d": {"token": token, "session_id": session.id, "seq": session.seq}}


def heartbeat(seq: int | None) -> dict[str, Any]:
    """Return what says that we are there."""
    return {"op": Op.HEARTBEAT, "d": seq}
