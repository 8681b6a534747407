"""A WebSocket over a connection to an address that was checked: TLS is for the name, and no proxy is asked."""

from __future__ import annotations

import asyncio
import logging
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidMessage

from api.network.fetching import contexts
from api.network.pinned import addresses, resolve
from api.network.reachable import UnreachableError, read_origins, target_of
from api.pulling.errors import EndedError, LaterError

if TYPE_CHECKING:
    import ssl

    from websockets.asyncio.client import ClientConnection

    from api.network.pinned import Resolve
    from api.network.reachable import Target
    from api.settings import Settings

LARGEST = 16_777_216  # bytes of one frame: a large server is told whole when a session begins
CLOSING = 2.0  # seconds that the other side may take to say goodbye

_quiet = logging.getLogger("guildbook.websocket")
_quiet.setLevel(logging.WARNING)  # at DEBUG the library writes down each frame, and in the first there is the token


@dataclass(frozen=True, slots=True)
class Sockets:
    """Opens WebSockets to public servers, and to the origins that the operator named, wherever those are."""

    named: frozenset[str]
    vouched: tuple[ssl.SSLContext, ssl.SSLContext]  # for named origins, for public servers
    resolve: Resolve = resolve

    @classmethod
    def of(cls, settings: Settings) -> Sockets:
        """Return what the settings allow. Raises `OSError` for a file of certificates that is none."""
        return cls(read_origins(settings.fetch_also), contexts(settings.fetch_ca))

    def target(self, address: str) -> Target:
        """Return where an address leads. Raises `EndedError` where it may not be asked."""
        if not address.startswith("wss://"):
            raise EndedError(f"wanted an address that begins with wss://, got {address[:80]!r}")
        try:
            return target_of(f"https://{address.removeprefix('wss://')}", self.named)
        except UnreachableError as error:
            raise EndedError(f"{address[:80]}: {error}") from error

    async def open(self, address: str, seconds: float) -> ClientConnection:
        """Return a WebSocket, open within `seconds`. Raises `EndedError`, and `LaterError` where there is none now."""
        target = self.target(address)
        try:
            async with asyncio.timeout(seconds):
                found = await asyncio.to_thread(addresses, target, self.resolve)
                return await self._connected(target, await _connection(found, target.port), seconds)
        except UnreachableError as error:
            raise LaterError(str(error)) from error
        except TimeoutError as error:
            raise LaterError(f"{target.host} did not answer within {seconds:.0f} s") from error
        except (OSError, EOFError, InvalidHandshake, InvalidMessage) as error:
            raise LaterError(f"{target.host} takes no connection: {type(error).__name__}") from error

    async def _connected(self, target: Target, connection: socket.socket, seconds: float) -> ClientConnection:
        named, public = self.vouched
        return await connect(
            f"wss://{target.origin.removeprefix('https://')}{target.path}",
            sock=connection,
            ssl=named if target.named else public,
            server_hostname=target.host,
            compression=None,
            proxy=None,
            user_agent_header="Guildbook",
            open_timeout=seconds,
            close_timeout=CLOSING,
            ping_interval=None,  # the gateway has heartbeats of its own
            max_size=LARGEST,
            logger=_quiet,
        )


async def _connection(found: list[str], port: int) -> socket.socket:
    """Return a connection to the first address that takes one. Raises `OSError`."""
    failed: OSError | None = None
    for address in found:
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        made.setblocking(False)  # noqa: FBT003  the library's
        try:
            await asyncio.get_running_loop().sock_connect(made, (address, port))
        except OSError as error:
            made.close()
            failed = error
        except asyncio.CancelledError:
            made.close()
            raise
        else:
            return made
    raise failed or OSError("no address")
