"""Mail: a letter in plain text and HTML, a way out of it by one click (RFC 8058), and the server that takes it."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from api.errors import ApiError, SettingsError
from schemas import say, speaking, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from api.celebrating.events import Event
    from api.installation import Installation
    from api.settings import Settings
    from ledger import Delivery

SECONDS: Final = 20.0  # that the server may take for each step
LONGEST_ADDRESS: Final = 254  # characters (RFC 5321 "Size Limits and Minimums")
WAY_OUT: Final = 5 * 366 * 86_400_000_000  # µs that the link out of it holds
PORTS: Final = {"smtp": 587, "smtps": 465}
_LASTING = range(500, 600)


class MailError(ApiError):
    """A letter that was not taken. `lasting`: nor will it be, ever."""

    def __init__(self, words: str, *, lasting: bool = False) -> None:
        super().__init__(words)
        self.lasting = lasting


class Mailer:
    """The mail server that takes our letters."""

    def __init__(self, url: str, *, authorities: Path | None = None) -> None:
        """`url`: `smtp://user:password@host:587` (STARTTLS), `smtps://...` (TLS), `smtp+plain://` on one's own machine.

        Raises `SettingsError`.
        """
        parts = urlsplit(url)
        kind = parts.scheme
        if kind not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname:
            raise SettingsError("GUILDBOOK_SMTP_URL: wanted smtp://, smtps:// or smtp+plain:// and a host")
        self._kind, self._host = kind, parts.hostname
        self._port = parts.port or PORTS.get(kind, 25)
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._context = ssl.create_default_context()
        if authorities:
            self._context.load_verify_locations(authorities)

    def send(self, message: EmailMessage) -> None:
        """Hand a letter to the server. Raises `MailError` where it does not take it."""
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise MailError("the address was refused", lasting=all(code in _LASTING for code in codes)) from error
        except smtplib.SMTPResponseException as error:
            said = (
                error.smtp_error if isinstance(error.smtp_error, str) else error.smtp_error.decode("utf-8", "replace")
            )
            lasting = error.smtp_code in _LASTING and not isinstance(error, smtplib.SMTPAuthenticationError)
            raise MailError(f"the mail server answered {error.smtp_code} {said[:120]}", lasting=lasting) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailError(f"the mail server cannot be had: {error}") from error

    def _connected(self) -> smtplib.SMTP:
        if self._kind == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=SECONDS, context=self._context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=SECONDS)
        try:
            if self._kind == "smtp":
                server.starttls(context=self._context)
            if self._login:
                server.login(*self._login)
        except BaseException:
            server.close()
            raise
        return server


def address_of(text: str) -> Address:
    """Return a mail address. Raises `ValueError` for what is none, or is not ASCII."""
    text = text.strip()
    local, at, domain = text.rpartition("@")
    plain = text.isascii() and text.isprintable() and not set(text) & set(' <>,;:"()[]\\')
    if not at or not local or "." not in domain.strip(".") or not plain or len(text) > LONGEST_ADDRESS:
        raise ValueError("wanted a mail address, as ada@example.org")
    try:
        return Address(username=local, domain=domain)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise ValueError("wanted a mail address, as ada@example.org") from error


def letter(here: Installation, delivery: Delivery, event: Event, address: str, account: str | None) -> EmailMessage:
    """Return the letter of a delivery. `account`: the member to whom it goes; None: a channel's address."""
    community = delivery.community
    subject = delivery.channel if account is None else here.book.member_id(community, account)
    purpose = "channel" if account is None else "leave"
    expires = delivery.made + WAY_OUT
    word = here.book.mailboxes.word(community, purpose, subject, address, expires)
    out = f"{here.settings.origin}/mail/{community}/{word}"
    said = _said(here, event.words, event.lines, event.url, _MEMBER if account else _CHANNEL, out)
    with speaking(here.spoken.texts):
        subject = tell(say("%(name)s: %(words)s", name=event.name, words=event.words))
    message = written(here.settings.smtp_from, address, subject)
    message["Message-ID"] = f"<{delivery.id}@{urlsplit(here.settings.origin).hostname}>"
    message["List-Unsubscribe"] = f"<{out}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["Precedence"] = "list"
    _filled(message, said)
    return message


def written(sender: str, address: str, subject: str) -> EmailMessage:
    """Return a letter without words yet."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = address_of(address)
    message["Subject"] = " ".join(subject.split())[:200]
    message["Date"] = formatdate(usegmt=True)
    return message


def asking(here: Installation, community: str, name: str, address: str, word: str) -> EmailMessage:
    """Return the letter that asks whether an address is hers; nothing else is sent to it before she says so."""
    link = f"{here.settings.origin}/mail/{community}/{word}"
    with speaking(here.spoken.texts):
        subject = tell(say("%(name)s: is this address yours?", name=name))
    message = written(here.settings.smtp_from, address, subject)
    message["Auto-Submitted"] = "auto-generated"
    words = say("Somebody gave this address to %(name)s, to be told what there is to celebrate.", name=name)
    lines = (
        say("If that was you, follow the link within three days."),
        say("If it was not, do nothing: you will get no more."),
    )
    _filled(message, _said(here, words, lines, link))
    return message


_MEMBER = say("You get this because you asked for it on your page.")
_CHANNEL = say("A manager set this address.")


class Said(NamedTuple):
    """What a letter says, told in the language whose tag is `language`. `why` it comes, and the way `out` of it."""

    language: str
    words: str
    lines: tuple[str, ...]
    url: str
    opens: str
    why: str = ""
    ends: str = ""
    out: str = ""


def _said(here: Installation, words: str, lines: Iterable[str], url: str, why: str = "", out: str = "") -> Said:
    language, texts = here.spoken
    with speaking(texts):
        told = tuple(tell(line) for line in lines)
        return Said(language, tell(words), told, url, tell(_OPENS), tell(why), tell(_ENDS), out)


_OPENS = say("Open")
_ENDS = say("No more of this")


def _filled(message: EmailMessage, said: Said) -> None:
    plain = [said.words, "", *(f"- {line}" for line in said.lines), *([""] if said.lines else []), said.url]
    if said.out:
        plain += ["", "-- ", said.why, f"{said.ends}: {said.out}"]
    message.set_content("\n".join(plain))
    message.add_alternative(html_of(said), subtype="html")
    message["Content-Language"] = said.language


def html_of(said: Said) -> str:
    """Return the HTML part: one column, no pictures, nothing that calls home; readable in the dark, too."""
    listed = "".join(f'<li style="margin:0 0 8px">{escape(line)}</li>' for line in said.lines)
    items = f'<ul style="padding-left:20px;margin:0 0 24px">{listed}</ul>' if said.lines else ""
    foot = (
        f'<p style="font-size:13px;margin:32px 0 0;opacity:.8">{escape(said.why)} '
        f'<a href="{escape(said.out, quote=True)}" style="color:inherit">{escape(said.ends)}</a>.</p>'
        if said.out
        else ""
    )
    link = escape(said.url, quote=True)
    button = (
        f'<p><a href="{link}" style="display:inline-block;padding:10px 18px;border-radius:3px;background:#8c2f1b;'
        f'color:#fdf6ea;text-decoration:none">{escape(said.opens)}</a></p>'
        f'<p style="font-size:13px;word-break:break-all;opacity:.8">{link}</p>'
    )
    return (
        f'<!doctype html><html lang="{escape(said.language)}"><head><meta charset="utf-8">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(said.words)}</title></head>'
        '<body style="margin:0"><div style="max-width:560px;margin:0 auto;padding:32px 20px;'
        'font-family:Palatino,Georgia,serif;font-size:17px;line-height:1.55">'
        f'<h1 style="font-size:24px;font-weight:400;line-height:1.3;margin:0 0 20px">{escape(said.words)}</h1>'
        f"{items}{button}{foot}</div></body></html>"
    )


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


def letters(settings: Settings) -> Callable[[str, str], None]:
    """Return what sends a letter of plain words, whose first line is what it is about. Raises `SettingsError`.

    A letter that no server takes is let go: whoever waits for it asks again.
    """
    mailer = mailer_of(settings)

    def send(address: str, text: str) -> None:
        subject, _, words = text.partition("\n")
        try:
            message = written(settings.smtp_from, address, subject)
        except ValueError:  # a platform told something that is no address
            return
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(words.lstrip("\n"))
        if mailer is not None:
            with contextlib.suppress(MailError):
                mailer.send(message)

    return send
