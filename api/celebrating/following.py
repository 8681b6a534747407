"""What runs the post of a process: it looks for what is to be told, and sends what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.celebrating import announcing, sending
from api.celebrating.announcing import Announcer
from api.celebrating.mail import mailer_of
from api.celebrating.sending import Sender
from projections import Following

if TYPE_CHECKING:
    from api.installation import Installation


def celebrating(here: Installation) -> list[Following]:
    """Return what tells and sends, for each shard. Raises `SettingsError`."""
    mailer = mailer_of(here.settings)
    found = []
    for shard in range(here.book.shards):
        announcer, sender = Announcer(here, shard), Sender(here, shard, mailer=mailer)
        tells = Following(f"announcing-{shard}", announcer.run_once, pause=announcing.PAUSE)
        sends = Following(f"sending-{shard}", sender.run_once, pause=sending.PAUSE)
        tells.leads(sends)
        found += [tells, sends]
    return found
