"""What leaves an installation by itself, when a test says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.celebrating import announcing, sending
from api.celebrating.announcing import Announcer
from api.celebrating.sending import Sender

if TYPE_CHECKING:
    import pytest

    from api.celebrating.mail import Mailer
    from tests.api.conftest import Guild


def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing sent by itself while a test runs, and what failed tried again at once."""
    for module in (announcing, sending):
        monkeypatch.setattr(module, "PAUSE", 600.0)
    monkeypatch.setattr(sending, "WAITS", (0.01, 0.01, 0.01))


class Outgoing:
    """A guild and what looks for news and sends them."""

    def __init__(self, guild: Guild, mailer: Mailer | None = None) -> None:
        self.guild, self.here = guild, guild.here
        self.announcer = Announcer(guild.here)
        self.sender = Sender(guild.here, mailer=mailer)

    def go(self) -> None:
        """Look, and send all that is due."""
        self.announcer.run_once()
        while self.sender.run_once():
            pass
