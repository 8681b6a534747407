"""A real mail server on loopback, with STARTTLS and a login, that keeps what it took."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from email.message import EmailMessage

USER, PASSWORD = "guild", "se:cr/et@1"


@dataclass
class MailServer:
    """What it took, and what it refuses: addresses for good, or everything for now."""

    port: int
    took: list[EmailMessage] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    busy: bool = False
    secured: list[bool] = field(default_factory=list)  # whether each letter came by TLS

    @property
    def url(self) -> str:
        return f"smtp://{USER}:se%3Acr%2Fet%401@localhost:{self.port}"

    # What the library calls

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802
        if address in self.refuses:
            return "550 5.1.1 no such address"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.busy:
            return "451 4.3.0 later, please"
        message = message_from_bytes(envelope.content, policy=default)
        self.took.append(message)
        self.secured.append(session.ssl is not None)
        return "250 OK"


def plain(letter: EmailMessage) -> str:
    """Return the plain text of a letter."""
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _login(_: Any, __: Any, ___: Any, ____: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))


@contextlib.contextmanager
def mail_server(context: ssl.SSLContext) -> Iterator[MailServer]:
    """Give a mail server on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:  # the library cannot choose one itself
        found = MailServer(free.getsockname()[1])
    controller = Controller(
        found,
        hostname="127.0.0.1",
        port=found.port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_login,
    )
    controller.start()
    try:
        yield found
    finally:
        controller.stop()
