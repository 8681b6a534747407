"""Sending what is in the outbox: at least once, later and later where it fails, and at last put aside as dead.

A message keeps its id. Whoever receives it twice, because we died between sending and marking, knows it by that.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog

from api.celebrating.announcing import ALL
from api.celebrating.events import event_of
from api.celebrating.mail import MailError, letter
from api.celebrating.shapes import body_of
from api.celebrating.webhooks import signed
from api.network.fetching import contexts
from api.network.pinned import post
from api.network.reachable import UnreachableError, read_origins, target_of
from ledger import LedgerError, LedgerUnavailableError, NotMigratedError, system_clock
from projections import ProjectionError
from schemas import speaking

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.celebrating.events import Event
    from api.celebrating.mail import Mailer
    from api.installation import Installation
    from ledger import Channel, Delivery

PAUSE: Final = 1.0  # seconds between two looks
AT_ONCE: Final = 4  # that are sent, each in a thread
LEASE: Final = 60_000_000  # µs after which whoever took it is taken for dead
SECONDS: Final = 10.0  # that a receiver may take
WAITS: Final = (5, 30, 120, 600, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 24 * 3_600)
"""Seconds until it is tried again, after each try; when they are used up it is dead."""
JITTER: Final = 0.2  # of the wait, more or less, so that not all come back at once
LONGEST_ASKED: Final = 86_400  # seconds that a receiver's Retry-After is heeded
_GONE = 410
_JSON = ("Content-Type", "application/json")
_dice = random.SystemRandom()
log = structlog.get_logger("guildbook.sending")


class Sent(NamedTuple):
    """What became of a try: sent, dropped (nothing to say any more), ended (410), or again, after so many seconds."""

    state: str
    said: str
    after: float | None = None


class Sender:
    """Sends what is due in one shard."""

    def __init__(
        self,
        here: Installation,
        shard: int = 0,
        *,
        mailer: Mailer | None = None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        """`mailer`: what takes mail; None: no mail is sent."""
        self._here = here
        self._shard = shard
        self._mailer = mailer
        self._clock = clock or system_clock
        self._named, self._public = contexts(here.settings.fetch_ca)
        self._origins = read_origins(here.settings.fetch_also)

    def run_once(self) -> int:
        """Send what is due, some at a time; return how many were taken."""
        taken = self._here.book.outbox.take(self._shard, AT_ONCE, LEASE)
        if len(taken) < 2:  # noqa: PLR2004  nothing to do at once
            for one in taken:
                self._send(one)
            return len(taken)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sending") as threads:
            list(threads.map(self._send, taken))
        return len(taken)

    def _send(self, delivery: Delivery) -> None:
        try:
            sent = self._tried(delivery)
        except (LedgerUnavailableError, NotMigratedError):
            return  # its lease ends, and it is tried again
        except (LedgerError, ProjectionError) as error:
            sent = Sent("again", str(error))
        outbox = self._here.book.outbox
        if sent.state != "again":
            outbox.mark(delivery, "dead" if sent.state == "ended" else sent.state, sent.said)
        elif delivery.tries > len(WAITS):
            outbox.mark(delivery, "dead", sent.said)
            self._pause(delivery)
        else:
            outbox.mark(delivery, "due", sent.said, due=self._clock() + int(wait(delivery.tries, sent.after) * 1e6))

    def _pause(self, delivery: Delivery) -> None:
        """Pause the channel of what could not be sent for days, unless it took later ones: then it is this one alone.

        What is to be told meanwhile is put aside at once, for whoever sets the channel on again.
        """
        if not delivery.channel.startswith(ALL) and not self._here.book.outbox.taken_since(delivery):
            self._here.book.channels.turn(delivery.community, delivery.channel, "paused")
            log.warning("channel.paused", community=delivery.community, channel=delivery.channel)

    def _tried(self, delivery: Delivery) -> Sent:
        if delivery.channel.startswith(ALL):
            return self._to_mailbox(delivery)
        channel = self._here.book.channels.find(delivery.community, delivery.channel)
        if channel is not None and channel.state == "paused":
            return Sent("dead", "the channel is paused: it failed for days")
        if channel is None or channel.state != "on":
            return Sent("dropped", "the channel is not there any more")
        event = event_of(self._here, delivery.community, delivery.what)
        if event is None:
            return Sent("dropped", "it is not to be said any more")
        if channel.kind == "mail":
            return self._mailed(delivery, event, channel.told["address"], None)
        return self._posted(delivery, channel, event)

    def _posted(self, delivery: Delivery, channel: Channel, event: Event) -> Sent:
        """Post to a webhook. What it answers is an outcome, never an error of ours."""
        settings = self._here.settings
        if not settings.webhooks:
            return Sent("again", "whoever runs this installation lets it send no webhooks", 3_600)
        with speaking(self._here.spoken.texts):
            body = body_of(channel.kind, event)
        headers = [_JSON]
        if channel.kind == "webhook":
            headers += signed(delivery.id, self._clock() // 1_000_000, body, channel.told)
        try:
            target = target_of(channel.told["url"], self._origins)
            context = self._named if target.named else self._public
            said = post(target, body, headers, context=context, seconds=SECONDS)
        except UnreachableError as error:
            return Sent("again", str(error))
        if 200 <= said.status < 300:  # noqa: PLR2004  what HTTP calls success
            return Sent("sent", str(said.status))
        if said.status == _GONE:
            self._here.book.channels.turn(channel.community, channel.id, "ended")
            return Sent("ended", "it answered 410: it wants no more, and the channel has ended")
        return Sent("again", f"{target.host} answered {said.status}", asked(said.headers.get("retry-after")))

    def _to_mailbox(self, delivery: Delivery) -> Sent:
        """Send a member what is about her, where she still wants it."""
        here, community = self._here, delivery.community
        account = delivery.channel.removeprefix(ALL)
        box = here.book.mailboxes.find(community, account)
        if box is None or box.state != "on" or here.spotlights.left_alone(community, account, self._clock()):
            return Sent("dropped", "she wants no mail")
        event = event_of(here, community, delivery.what, own=True)
        if event is None:
            return Sent("dropped", "it is not to be said any more")
        return self._mailed(delivery, event, box.address, account)

    def _mailed(self, delivery: Delivery, event: Event, address: str, account: str | None) -> Sent:
        if self._mailer is None:
            return Sent("again", "no mail server is set: GUILDBOOK_SMTP_URL", 3_600)
        try:
            self._mailer.send(letter(self._here, delivery, event, address, account))
        except MailError as error:
            return Sent("dead" if error.lasting else "again", str(error))
        return Sent("sent", "the mail server took it")


def wait(tries: int, asked: float | None = None) -> float:
    """Return for how many seconds to wait after so many tries, or as long as the receiver asked, if that is longer."""
    usual = WAITS[min(tries, len(WAITS)) - 1] * _dice.uniform(1 - JITTER, 1 + JITTER)
    return max(usual, asked or 0.0)


def asked(header: str | None) -> float | None:
    """Return the seconds of a Retry-After (RFC 9110); a date is not read."""
    if header is None or not header.strip().isdigit() or len(header) > 10:  # noqa: PLR2004  digits
        return None
    return float(min(int(header), LONGEST_ASKED))
