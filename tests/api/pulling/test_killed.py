"""Killed in the middle of it, a relay goes on where it was: nothing is lost that can be resumed, nothing is twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.api.people import COMMUNITY
from tests.api.pulling.conftest import TOKEN, facts, kinds, pull, until
from tests.api.pulling.gateway import GUILD
from tests.api.pulling.test_relay import message

if TYPE_CHECKING:
    from pathlib import Path

    from api.installation import Installation
    from tests.api.pulling.gateway import Gateway

VOICE = {"guild_id": GUILD, "user_id": "7", "channel_id": "5", "member": {"user": {"id": "7", "username": "ada"}}}


def begin(here: Installation, gateway: Gateway, log: Path) -> subprocess.Popen[bytes]:
    settings = here.settings
    env = {
        **os.environ,
        "GUILDBOOK_DATA": str(settings.data),
        "GUILDBOOK_FETCH_ALSO": settings.fetch_also,
        "GUILDBOOK_FETCH_CA": str(settings.fetch_ca),
        "DISCORD_GATEWAY_TOKEN": TOKEN,
        "GUILDBOOK_LOG_LEVEL": "debug",
    }
    command = ["-m", "api.cli", "relay", "discord", COMMUNITY, "--guild", GUILD, "--gateway", gateway.address]
    with log.open("ab") as file:
        return subprocess.Popen([sys.executable, *command], env=env, stdout=file, stderr=file)


def test_a_relay_that_is_killed_goes_on_where_it_was(here: Installation, gateway: Gateway, tmp_path: Path):
    log = tmp_path / "log"
    process = begin(here, gateway, log)
    try:
        gateway.wait(lambda: gateway.ops() == [2])
        gateway.say("VOICE_STATE_UPDATE", VOICE)
        for number in range(1, 40):
            gateway.say("MESSAGE_CREATE", message(number))
        until(lambda: pull(here).cursor.get("seq", 0) > 1, log.read_text)
        process.send_signal(signal.SIGKILL)
        process.wait()
        gateway.say("VOICE_STATE_UPDATE", {**VOICE, "channel_id": None})
        process = begin(here, gateway, log)
        gateway.wait(lambda: gateway.ops() == [2, 6])
        (session,) = gateway.sessions.values()
        until(lambda: pull(here).cursor.get("seq") == len(session.said), log.read_text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    assert sorted(kinds(here)) == ["attendance"] * 2 + ["contribution"] * 39
    states = [each.open for each in facts(here) if each.topic.startswith("attendance")]
    assert [each["state"] for each in states] == ["joined", "left"]
    assert states[0]["session"] == states[1]["session"]
    assert here.book.conflicts(COMMUNITY) == []
    assert TOKEN not in log.read_text()
