"""Where a community wants to be told: read from a form or a command, kept, shown without its secrets."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.celebrating.events import GROUPS, USUAL
from api.celebrating.mail import MailError, address_of, asking
from api.celebrating.webhooks import new_private, new_secret, public_of
from api.errors import ApiError
from api.network.reachable import UnreachableError, read_origins, target_of
from ledger import New
from schemas import Fault, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.celebrating.mail import Mailer
    from api.installation import Installation
    from ledger import Channel

KINDS: Final = {
    "webhook": say("Webhook (Standard Webhooks)"),
    "slack": say("Slack, incoming webhook"),
    "discord": say("Discord, webhook"),
    "mail": say("Mail address"),
}
SIGNED: Final = {"v1": say("a shared secret (HMAC)"), "v1a": say("a key pair (Ed25519)")}
LONGEST_LABEL: Final = 80
MOST: Final = 20
"""Channels of one community."""
_OLD: Final = ("old_secret", "old_private")  # before the newest
MOST_DEAD: Final = 100_000
CONFIRM: Final = 3 * 86_400_000_000  # µs for which the link holds that confirms an address


class WishError(ApiError):
    """A wish that cannot be granted: every fault of it, each with its field."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.pointer.lstrip('/')}: {fault.message}" for fault in faults))
        self.faults = faults


class Made(NamedTuple):
    """A channel that was made, and what is shown of it once: its secret, or its public key."""

    channel: Channel
    shown: str


def add(
    here: Installation,
    community: str,
    *,
    kind: str,
    address: str,
    label: str = "",
    events: Iterable[str] = USUAL,
    signing: str = "v1",
    mailer: Mailer | None = None,
) -> Made:
    """Let a community be told somewhere from now on. Blocks. Raises `WishError`.

    A mail address is asked first whether it is wanted there; `mailer` takes that letter.
    """
    wanted, address, label = list(dict.fromkeys(events)), address.strip(), " ".join(label.split())
    faults = [*_faults(kind, label, wanted, signing), *_address_faults(here, kind, address)]
    if kind == "mail" and mailer is None:
        faults.append(Fault("/kind", "wanted a channel that can be reached; no mail server is set here"))
    if len(here.book.channels.of(community)) >= MOST:
        faults.append(Fault("/kind", f"wanted at most {MOST} channels"))
    if faults:
        raise WishError(faults)
    told: dict[str, Any] = {"label": label, "events": wanted}
    shown = ""
    if kind == "mail":
        told["address"] = address
    else:
        told["url"] = address
    if kind == "webhook" and signing == "v1":
        shown = told["secret"] = new_secret()
    elif kind == "webhook":
        told["private"] = new_private()
        shown = public_of(told["private"])
    channel = here.book.channels.add(community, kind, told, state="asked" if kind == "mail" else "on")
    if mailer is not None and kind == "mail":
        ask(here, mailer, community, "asked", channel.id, address)
    return Made(channel, shown)


def rotate(here: Installation, channel: Channel) -> Made:
    """Let a webhook be signed by a new secret, and by the one before it until `settle`. Raises `WishError`."""
    told = {name: value for name, value in channel.told.items() if name not in _OLD}
    if "secret" in told:
        told |= {"secret": new_secret(), "old_secret": told["secret"]}
    elif "private" in told:
        told |= {"private": new_private(), "old_private": told["private"]}
    else:
        raise WishError([Fault("/channel", "wanted a webhook that is signed: the others have no secret of ours")])
    here.book.channels.tell(channel.community, channel.id, told)
    shown = told["secret"] if "secret" in told else public_of(told["private"])
    return Made(replace(channel, told=told), shown)


def settle(here: Installation, channel: Channel) -> bool:
    """Sign by the newest secret alone; return whether there was an older one."""
    told = {name: value for name, value in channel.told.items() if name not in _OLD}
    here.book.channels.tell(channel.community, channel.id, told)
    return len(told) < len(channel.told)


def resume(here: Installation, channel: Channel) -> int:
    """Set a channel on again that was paused, and send what could not be sent; return how much that was."""
    if channel.state == "paused":
        here.book.channels.turn(channel.community, channel.id, "on")
    return here.book.outbox.replay_channel(channel.community, channel.id)


def replay(here: Installation, community: str, number: str | None = None) -> int:
    """Send again what could not be sent, or one of it; its channels are set on again. Return how much that was."""
    found = [each for each in here.book.outbox.listed(community, "dead", MOST_DEAD) if number in {None, each.id}]
    meant = {each.channel for each in found}
    for channel in here.book.channels.of(community):
        if channel.id in meant and channel.state == "paused":
            here.book.channels.turn(community, channel.id, "on")
    return here.book.outbox.replay(community, number)


def ask(here: Installation, mailer: Mailer, community: str, purpose: str, subject: str, address: str) -> None:
    """Send the letter that asks whether an address is its reader's. Raises `WishError` where it is not taken."""
    expires = time.time_ns() // 1_000 + CONFIRM
    word = here.book.mailboxes.word(community, purpose, subject, address, expires)
    charter = here.standings.charter(community)
    name = charter.name if charter.version else here.book.community(community).name
    try:
        mailer.send(asking(here, community, name, address, word))
    except MailError as error:
        raise WishError([Fault("/address", f"wanted an address that takes mail: {error}")]) from error


def test(here: Installation, channel: Channel) -> None:
    """Let a message be sent to a channel that says that it is a test."""
    now = time.time_ns() // 1_000
    here.book.outbox.add(channel.community, New(channel.id, f"test:{now}", {"kind": "test", "at": now}, now))


def told(channel: Channel) -> dict[str, Any]:
    """Return a channel as it may be shown: of a secret address only where it is."""
    wanted = channel.told.get("events", USUAL)
    return {
        "id": channel.id,
        "kind": channel.kind,
        "kind_name": KINDS.get(channel.kind, channel.kind),
        "label": channel.told.get("label", ""),
        "where": where(channel),
        "state": channel.state,
        "events": [*wanted],
        "event_names": [GROUPS[each] for each in wanted if each in GROUPS],
        "signed": "secret" in channel.told or "private" in channel.told,
        "changing": any(name in channel.told for name in _OLD),
        "public_key": public_of(channel.told["private"]) if "private" in channel.told else None,
    }


def where(channel: Channel) -> str:
    """Return where a channel leads, without what only its owner should know: the path of a webhook is a secret."""
    if "address" in channel.told:
        return str(channel.told["address"])
    host = str(channel.told.get("url", "")).removeprefix("https://").partition("/")[0]
    return f"https://{host}/\N{HORIZONTAL ELLIPSIS}"


def _faults(kind: str, label: str, events: list[str], signing: str) -> list[Fault]:
    faults = []
    if kind not in KINDS:
        faults.append(Fault("/kind", f"wanted one of {', '.join(KINDS)}, got {kind[:40]!r}"))
    if len(label) > LONGEST_LABEL or not label.isprintable():
        faults.append(Fault("/label", f"wanted at most {LONGEST_LABEL} characters of text"))
    if strange := [each for each in events if each not in GROUPS]:
        faults.append(Fault("/events", f"wanted some of {', '.join(GROUPS)}, got {strange[0][:40]!r}"))
    if not events:
        faults.append(Fault("/events", f"wanted at least one of {', '.join(GROUPS)}"))
    if signing not in SIGNED:
        faults.append(Fault("/signing", f"wanted v1 or v1a, got {signing[:40]!r}"))
    return faults


def _address_faults(here: Installation, kind: str, address: str) -> list[Fault]:
    if kind == "mail":
        try:
            address_of(address)
        except ValueError as error:
            return [Fault("/address", str(error))]
        return []
    try:
        target_of(address, read_origins(here.settings.fetch_also))
    except UnreachableError as error:
        return [Fault("/address", f"wanted the https address of a public server: {error}")]
    if address.startswith("did:"):
        return [Fault("/address", "wanted an https address")]
    return []
