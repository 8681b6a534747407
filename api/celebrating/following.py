"""What runs the post of a process: it looks for what is to be told, and sends what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.celebrating import announcing, sending
from api.celebrating.announcing import Announcer
from api.celebrating.mail import Mailer
from api.celebrating.sending import Sender
from api.errors import SettingsError
from projections import Following

if TYPE_CHECKING:
    from api.installation import Installation
    from api.settings import Settings


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


def mailer_of(settings: Settings) -> Mailer | None:
    """Return what takes mail, where the operator set it. Raises `SettingsError`."""
    if not settings.smtp_url:
        return None
    if not settings.smtp_from:
        raise SettingsError("GUILDBOOK_SMTP_FROM: wanted an address beside GUILDBOOK_SMTP_URL, got none")
    try:
        return Mailer(settings.smtp_url, authorities=settings.smtp_ca)
    except OSError as error:
        raise SettingsError(f"GUILDBOOK_SMTP_CA: wanted certificates (PEM), got: {error}") from error
