"""Who is in which room: what the gateway says of voice, by hand."""

from __future__ import annotations

from typing import Any

from api.pulling.rooms import Rooms

G = "9"


def hear(rooms: Rooms, t: str, key: str, **d: Any) -> list[tuple[str, str, str]]:
    said = rooms.hear({"t": t, "guild": G, "key": key, "d": {"guild_id": G, **d}})
    return [(each["t"].removeprefix("ROOM_").lower(), each["d"]["user_id"], each["d"]["session"]) for each in said]


def goes(rooms: Rooms, key: str, user: str, room: str | None, **more: Any) -> list[tuple[str, str, str]]:
    return hear(rooms, "VOICE_STATE_UPDATE", key, user_id=user, channel_id=room, member={"user": {"id": user, **more}})


def test_a_session_lasts_from_the_first_to_the_last():
    rooms = Rooms()
    assert goes(rooms, "a", "1", "c") == [("joined", "1", "room-a")]
    assert goes(rooms, "b", "2", "c") == [("joined", "2", "room-a")]
    assert goes(rooms, "b2", "2", "c") == []  # she only muted herself
    assert goes(rooms, "c", "1", "d") == [("left", "1", "room-a"), ("joined", "1", "room-c")]
    assert goes(rooms, "d", "2", None) == [("left", "2", "room-a")]
    assert goes(rooms, "e", "2", "c") == [("joined", "2", "room-e")]
    assert goes(rooms, "f", "3", "c", bot=True) == []
    assert goes(rooms, "g", "4", None) == []


def test_a_scheduled_event_is_the_session_while_it_is_on():
    rooms = Rooms()
    goes(rooms, "a", "1", "c")
    event = {"id": "77", "channel_id": "c", "name": "Ash"}
    assert hear(rooms, "GUILD_SCHEDULED_EVENT_UPDATE", "b", **event, status=1) == []
    assert hear(rooms, "GUILD_SCHEDULED_EVENT_UPDATE", "c", **event, status=2) == [
        ("left", "1", "room-a"),
        ("joined", "1", "event-77"),
    ]
    assert goes(rooms, "d", "2", "c") == [("joined", "2", "event-77")]
    assert goes(rooms, "e", "2", None) == [("left", "2", "event-77")]
    assert hear(rooms, "GUILD_SCHEDULED_EVENT_UPDATE", "f", **event, status=3) == [
        ("left", "1", "event-77"),
        ("joined", "1", "room-f"),
    ]


def test_a_new_session_of_the_gateway_says_who_is_there_now():
    rooms = Rooms()
    goes(rooms, "a", "1", "c", username="ada")
    goes(rooms, "b", "2", "c")
    states = [{"user_id": "1", "channel_id": "c"}, {"user_id": "3", "channel_id": "c"}]
    again = Rooms.read(rooms.told())
    assert again == rooms
    found = again.hear({"t": "GUILD_CREATE", "guild": G, "key": "z", "d": {"id": G, "voice_states": states}})
    assert [(each["t"], each["d"]["user_id"]) for each in found] == [("ROOM_LEFT", "2"), ("ROOM_JOINED", "3")]
    assert again.present["1"][2] == {"username": "ada"}
    assert again.hear({"t": "MESSAGE_CREATE", "guild": G, "key": "q", "d": {}}) == []
