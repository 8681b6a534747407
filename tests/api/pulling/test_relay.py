"""A relay and a gateway that speaks as documented: nothing is lost that can be resumed, and nothing comes twice."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from api.pulling.errors import EndedError
from api.pulling.gateway import bits
from api.pulling.sockets import Sockets
from api.pulling.writing import MISSED
from ledger import TakenOverError
from tests.api.people import COMMUNITY
from tests.api.pulling.conftest import HASTE, TOKEN, facts, kinds, listen, pull, until
from tests.api.pulling.gateway import GUILD, asks_again, closes, cuts, refuses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.installation import Installation
    from tests.api.pulling.conftest import Listening
    from tests.api.pulling.gateway import Gateway, Nasty

BEGAN = 1_456_026_624_000_000_000


def message(number: int, by: str = "7", **more: Any) -> dict[str, Any]:
    author = {"id": by, "username": f"user{by}", "global_name": None}
    told = {"id": str(BEGAN + (number << 22)), "channel_id": "55", "type": 0, "guild_id": GUILD, "author": author}
    return {**told, "content": "a text that nobody keeps", **more}


def say(gateway: Gateway, *numbers: int) -> None:
    for number in numbers:
        gateway.say("MESSAGE_CREATE", message(number))


def resumed(gateway: Gateway, times: int) -> bool:
    return gateway.ops() == [2, *[6] * times]


@pytest.fixture
def relay(here: Installation, gateway: Gateway) -> Iterator[Listening]:
    found = listen(here, gateway)
    gateway.wait(lambda: gateway.ops() == [2])
    yield found
    found.stop()


def test_it_says_who_it_is_and_what_it_wants(relay: Listening):
    said = relay.gateway.came[0]["d"]
    assert said["token"] == TOKEN
    assert said["intents"] == bits(
        ["guilds", "guild_voice_states", "guild_messages", "guild_message_reactions", "guild_scheduled_events"]
    )
    assert said["intents"] == 1 + (1 << 7) + (1 << 9) + (1 << 10) + (1 << 16)
    assert said["compress"] is False
    relay.stop()
    assert relay.failed == []
    assert relay.gateway.closes == [4900]  # 1000 would end the session
    assert TOKEN not in str(pull(relay.here))


def test_what_is_said_becomes_facts_and_no_text_is_kept(relay: Listening):
    gateway = relay.gateway
    say(gateway, 1)
    gateway.say("MESSAGE_CREATE", message(2, guild_id="1"))  # another server's
    direct = message(3)
    del direct["guild_id"]
    gateway.say("MESSAGE_CREATE", direct)
    reaction = {"guild_id": GUILD, "user_id": "8", "message_id": str(BEGAN), "channel_id": "55", "emoji": {"name": "x"}}
    gateway.say("MESSAGE_REACTION_ADD", {**reaction, "message_author_id": "7"})
    gateway.say("MESSAGE_REACTION_ADD", {**reaction, "message_author_id": "8"})  # her own
    gateway.say("MESSAGE_REACTION_REMOVE", reaction)
    gateway.say("SOMETHING_NEW", {"guild_id": GUILD, "content": "a text that nobody keeps"})
    relay.settled()
    assert kinds(relay.here) == ["contribution", "endorsement", "retraction"]
    first = facts(relay.here)[0].open
    assert (first["kind"], first["length"], first["space"]) == ("post", 24, "55")
    (stray,) = relay.here.book.strays.of(COMMUNITY, "discord-gateway")
    assert (stray.why, stray.key) == ("unknown", "SOMETHING_NEW")
    assert "nobody keeps" not in str(stray.said)
    found = pull(relay.here)
    assert (found.taken, found.refused, found.state, found.again) == (3, 1, "on", 0)
    assert found.heard > 0


def test_a_connection_that_ends_is_resumed_after_the_last_word(relay: Listening):
    gateway = relay.gateway
    say(gateway, 1)
    relay.settled()
    nasties: list[Nasty] = [asks_again, closes, functools.partial(closes, code=4000), cuts]
    for number, nasty in enumerate(nasties, 2):
        gateway.do(nasty)
        gateway.say("MESSAGE_CREATE", message(number))  # while nobody is there
        gateway.wait(functools.partial(resumed, gateway, number - 1))
        relay.settled()
    assert kinds(relay.here) == ["contribution"] * 5
    assert len(gateway.sessions) == 1
    seqs = [each["d"]["seq"] for each in gateway.came if each["op"] == 6]
    assert seqs == sorted(seqs)
    assert pull(relay.here).again == 4


def test_a_session_that_is_refused_is_followed_by_a_new_one_and_the_gap_is_told(relay: Listening):
    gateway = relay.gateway
    say(gateway, 1)
    relay.settled()
    gateway.nasties = [refuses]
    gateway.do(closes)
    gateway.wait(lambda: gateway.ops() == [2, 6, 2])
    gateway.wait(lambda: len(gateway.sessions) == 2)
    say(gateway, 2)
    until(lambda: pull(relay.here).cursor.get("id") == "session-2" and len(facts(relay.here)) == 2, relay.settled)
    assert (pull(relay.here).state, pull(relay.here).said) == ("on", MISSED)


def test_a_heartbeat_that_nobody_acknowledges_means_that_the_connection_is_dead(here: Installation, gateway: Gateway):
    gateway.interval, gateway.acks = 60, False
    relay = listen(here, gateway)
    gateway.wait(lambda: gateway.ops() == [2, 6])
    gateway.acks = True
    gateway.wait(lambda: sum(each["op"] == 1 for each in gateway.came) > 4)
    say(gateway, 1)
    until(lambda: kinds(here) == ["contribution"], lambda: pull(here))
    relay.stop()
    assert relay.failed == []
    assert [each["d"] for each in gateway.came if each["op"] == 1][-1] >= 2


def test_who_says_no_hello_is_left(here: Installation, gateway: Gateway):
    gateway.hellos = False
    relay = listen(here, gateway)
    gateway.wait(lambda: gateway.connections == 2)
    gateway.hellos = True
    gateway.wait(lambda: gateway.ops() == [2])
    relay.stop()


def test_some_ends_are_final(here: Installation, gateway: Gateway):
    for number, (code, words) in enumerate(((4004, "token"), (4014, "intent"), (4011, "too many")), 1):
        gateway.nasties = [functools.partial(closes, code=code)]
        relay = listen(here, gateway)
        relay.thread.join(20)
        (error,) = relay.failed
        assert isinstance(error, EndedError)
        assert words in str(error)
        assert TOKEN not in str(error)
        assert gateway.connections == number


def test_a_restart_goes_on_where_it_was(relay: Listening, gateway: Gateway):
    say(gateway, 1)
    relay.settled()
    relay.stop()
    say(gateway, 2, 3)
    again = listen(relay.here, gateway, patience=HASTE)
    gateway.wait(lambda: gateway.ops() == [2, 6])
    again.settled()
    again.stop()
    assert kinds(relay.here) == ["contribution"] * 3
    assert len(gateway.sessions) == 1


def test_who_is_taken_over_stops(relay: Listening, gateway: Gateway):
    relay.here.book.pulls.take(COMMUNITY, "discord-gateway")
    say(gateway, 1)
    relay.thread.join(20)
    assert [type(each) for each in relay.failed] == [TakenOverError]


def test_a_token_never_goes_to_a_machine_that_is_not_public(here: Installation):
    sockets = Sockets.of(here.settings)
    for address in (
        "wss://localhost:1",
        "wss://127.0.0.1",
        "ws://example.org",
        "https://example.org",
        "wss://a.internal",
    ):
        with pytest.raises(EndedError):
            sockets.target(address)
    assert sockets.target("wss://gateway.discord.gg/?v=10&encoding=json").host == "gateway.discord.gg"
