"""One request over a pinned connection: its name is looked up once, and only addresses that were checked are asked.

TLS is for the name. No redirects, no proxies, no cookies, no compression; bounded in bytes and in seconds, however
slowly they drip. httpcore does the HTTP; looking up and connecting are ours, and can be given for a test.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import Any, NamedTuple

import httpcore2

from api.network.reachable import BusyError, Target, UnreachableError, public_address

LARGEST = 262_144  # bytes of an answer: as a status list, a million entries that do not compress
SECONDS = 5.0  # that one answer may take in all
_OVERHEAD = 131_072  # bytes of headers and chunks beside it
_MOST_ADDRESSES = 4  # of one name that are tried, one after another
_CONNECTING = 2.0  # seconds for each of them
_LOOKING = 32  # names looked up at once: a resolver that stands still holds so many threads, and no more
_OK = 200
_NOT_MODIFIED = 304
_GONE = 410

Resolve = Callable[[str], Sequence[str]]
"""From a name to every address it has; raises `OSError`."""

Connect = Callable[[str, int, float], httpcore2.NetworkStream]
"""To an address, never a name, and a port, within seconds; raises httpcore's errors."""

ACCEPT = "application/json, application/did+json, application/vc, application/vc+jwt, application/ld+json, */*;q=0.5"
_ALWAYS = (("Accept-Encoding", "identity"), ("Connection", "close"), ("User-Agent", "Guildbook"))
_HEADERS = (("Accept", ACCEPT), *_ALWAYS)
_looking = BoundedSemaphore(_LOOKING)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was got: the body, and the headers by their names in lower case, those of one name joined by commas."""

    body: bytes
    headers: dict[str, str]
    status: int = 200


def resolve(host: str) -> list[str]:
    """Return every address of `host`. Raises `OSError`."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def connect(address: str, port: int, seconds: float) -> httpcore2.NetworkStream:
    """Return a connection to an address. Raises httpcore's errors."""
    return httpcore2.SyncBackend().connect_tcp(address, port, timeout=seconds)


@dataclass(frozen=True, slots=True)
class Said:
    """How a server answered what was posted to it; what else it says is not read. `headers` as those of `Answer`."""

    status: int
    headers: dict[str, str]


def get(
    target: Target,
    *,
    context: ssl.SSLContext,
    resolve: Resolve = resolve,
    connect: Connect = connect,
    seconds: float = SECONDS,
) -> Answer:
    """Return what `target` answers, where that is 200 and whole. Blocks for `seconds` at most.

    Raises `UnreachableError` for everything else.
    """
    clock = _Clock(target, seconds)
    with _asked(_Asking(target, "GET", _HEADERS, b""), clock, context, resolve, connect) as response:
        return _read(response, target, clock)


def post(
    target: Target,
    body: bytes,
    headers: Iterable[tuple[str, str]],
    *,
    context: ssl.SSLContext,
    resolve: Resolve = resolve,
    connect: Connect = connect,
    seconds: float = SECONDS,
) -> Said:
    """Post `body` to `target`, and return how it answered, whatever that is. Blocks for `seconds` at most.

    Raises `UnreachableError` where it did not answer.
    """
    clock = _Clock(target, seconds)
    told = (*_ALWAYS, ("Accept", "*/*"), ("Content-Length", str(len(body))), *headers)
    with _asked(_Asking(target, "POST", told, body), clock, context, resolve, connect) as response:
        return Said(response.status, _headers(response))


@dataclass(frozen=True, slots=True)
class _Asking:
    """What is asked of a target."""

    target: Target
    method: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    largest: int = LARGEST


@contextlib.contextmanager
def _asked(
    asking: _Asking, clock: _Clock, context: ssl.SSLContext, resolve: Resolve, connect: Connect
) -> Iterator[httpcore2.Response]:
    """Give the answer of a target over a connection of its own; what goes wrong is an `UnreachableError`."""
    target = asking.target
    port = f":{target.port}" if target.port != 443 else ""  # noqa: PLR2004  the port of https
    host = f"[{target.host}]" if ":" in target.host else target.host
    url = httpcore2.URL(scheme=b"https", host=target.host.encode(), port=target.port, target=target.path.encode())
    headers = [("Host", host + port), *asking.headers]
    request = httpcore2.Request(asking.method, url, headers=headers, content=asking.body or None)
    backend = _Pinned(target, clock, resolve, connect, asking.largest)
    try:
        with httpcore2.HTTPConnection(url.origin, ssl_context=context, network_backend=backend) as connection:
            response = connection.handle_request(request)
            with contextlib.closing(response):
                yield response
    except httpcore2.TimeoutException as error:
        raise clock.over(connected=backend.connected) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise _refused(error, target, connected=backend.connected) from error


class Wire(NamedTuple):
    """Who vouches for the other side, and how names are looked up and addresses connected to."""

    context: ssl.SSLContext
    resolve: Resolve = resolve
    connect: Connect = connect


def exchange(
    target: Target, wire: Wire, headers: Mapping[str, str], body: bytes, *, seconds: float = SECONDS
) -> Answer:
    """Post `body`, and return the whole of what is answered, whatever its status but a redirection. Blocks.

    `headers` come before ours of the same name. Raises `UnreachableError` where nothing whole comes back in time.
    """
    clock = _Clock(target, seconds)
    ours = [(name, value) for name, value in _HEADERS if name not in headers]
    asking = _Asking(target, "POST", (*headers.items(), *ours, ("Content-Length", str(len(body)))), body)
    with _asked(asking, clock, *wire) as response:
        return _read(response, target, clock, any_status=True)


def ask(
    target: Target, wire: Wire, headers: Mapping[str, str], *, seconds: float = SECONDS, largest: int = LARGEST
) -> Answer:
    """Return the whole of what `target` answers, whatever its status but a redirection; 304 is none. Blocks.

    `largest`: bytes of the answer. Raises as `exchange` does.
    """
    clock = _Clock(target, seconds)
    ours = [(name, value) for name, value in _HEADERS if name not in headers]
    asking = _Asking(target, "GET", (*headers.items(), *ours), b"", largest)
    with _asked(asking, clock, *wire) as response:
        return _read(response, target, clock, any_status=True, largest=largest)


def addresses(target: Target, resolve: Resolve = resolve) -> list[str]:
    """Look a name up, once; return its addresses. Every one must be public, unless the operator named the origin.

    Else the machine that answers could be chosen for us. Blocks as long as `resolve` does. Raises `UnreachableError`.
    """
    # the dot at the end: a public name, and not one of the domains that this machine looks in
    asked = target.host if target.named else f"{target.host}."
    try:
        found = resolve(asked)
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"no address of {target.host} can be found", everywhere=True) from error
    if not found:
        raise UnreachableError(f"{target.host} has no address", everywhere=True)
    if not target.named and not all(map(public_address, found)):
        raise UnreachableError(f"{target.host} leads to an address that is not public", everywhere=True)
    return list(found)[:_MOST_ADDRESSES]


def _read(
    response: httpcore2.Response, target: Target, clock: _Clock, *, any_status: bool = False, largest: int = LARGEST
) -> Answer:
    headers = _headers(response)
    unchanged = any_status and response.status == _NOT_MODIFIED
    if 300 <= response.status < 400 and not unchanged:  # noqa: PLR2004  what HTTP calls redirection
        raise UnreachableError(f"{target.host} answered {response.status}: it is elsewhere, which is not followed")
    if response.status != _OK and not any_status:
        raise UnreachableError(f"{target.host} answered {response.status}", gone=response.status == _GONE)
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise UnreachableError(f"{target.host} compressed its answer, though asked not to")
    body = bytearray()
    for part in response.iter_stream():
        body += part
        clock.left()  # a part may be one byte
        if len(body) > largest:
            raise _too_large(target, largest)
    return Answer(bytes(body), headers, response.status)


def _headers(response: httpcore2.Response) -> dict[str, str]:
    """Return the headers (RFC 9110 "Field Lines and Combined Field Value")."""
    found: dict[str, str] = {}
    for raw, value in response.headers:
        name, told = raw.decode("latin-1").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {told}" if name in found else told
    return found


class _Clock:
    """The time that one answer may take, whatever it is spent on."""

    def __init__(self, target: Target, seconds: float) -> None:
        self._target, self._seconds = target, seconds
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left. Raises `httpcore2.ReadTimeout` where none are."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left

    def over(self, *, connected: bool) -> UnreachableError:
        """Return what to say when it is over; `connected` whether there was a connection at all."""
        words = f"{self._target.host} did not answer in full within {self._seconds:.0f} s"
        return UnreachableError(words, everywhere=not connected)


class _Pinned(httpcore2.NetworkBackend):
    """Connects to addresses that were checked, and to nothing else."""

    def __init__(
        self, target: Target, clock: _Clock, resolve: Resolve, connect: Connect, largest: int = LARGEST
    ) -> None:
        self._target, self._clock, self.largest = target, clock, largest
        self._resolve, self._connect = resolve, connect
        self.connected = False  # TLS and all

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  what was looked up is the target's
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the clock's
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Return a connection to the first address that takes one."""
        failed: Exception | None = None
        for address in self._addresses():
            try:
                stream = self._connect(address, port, min(_CONNECTING, self._clock.left()))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
            else:
                return _Bounded(stream, self)
        raise failed or httpcore2.ConnectError

    def _addresses(self) -> list[str]:
        """Look the name up in time, once."""
        return addresses(self._target, lambda asked: _in_time(lambda: self._resolve(asked), self._clock))

    def left(self) -> float:
        return self._clock.left()

    def too_large(self) -> UnreachableError:
        return _too_large(self._target, self.largest)


class _Bounded(httpcore2.NetworkStream):
    """A connection that ends with its clock, and after so many bytes."""

    def __init__(self, stream: httpcore2.NetworkStream, pinned: _Pinned) -> None:
        self._stream, self._pinned = stream, pinned
        self._bytes = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  the clock's
        found = self._stream.read(max_bytes, self._pinned.left())
        self._bytes += len(found)
        if self._bytes > self._pinned.largest + _OVERHEAD:
            raise self._pinned.too_large()
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  the clock's
        self._stream.write(buffer, self._pinned.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  the clock's
    ) -> httpcore2.NetworkStream:
        try:
            left = self._pinned.left()
        except httpcore2.ReadTimeout:
            self.close()
            raise
        secured = self._stream.start_tls(ssl_context, server_hostname, left)
        self._pinned.connected = True
        return _Bounded(secured, self._pinned)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  the library's
        return self._stream.get_extra_info(info)


def _in_time(look: Callable[[], Sequence[str]], clock: _Clock) -> Sequence[str]:
    """Return what `look` returns, or raise what it raises; it cannot be stopped, but need not be waited for."""
    told: SimpleQueue[Sequence[str] | OSError | UnicodeError] = SimpleQueue()

    def run() -> None:
        try:
            told.put(look())
        except (OSError, UnicodeError) as error:
            told.put(error)
        finally:
            _looking.release()

    if not _looking.acquire(timeout=clock.left()):
        raise BusyError("too many names are being looked up at the moment")
    Thread(target=run, name="looking up", daemon=True).start()
    try:
        found = told.get(timeout=clock.left())
    except Empty as error:
        raise httpcore2.ConnectTimeout from error
    if isinstance(found, OSError | UnicodeError):
        raise found
    return found


def _refused(error: Exception, target: Target, *, connected: bool) -> UnreachableError:
    """Return why there is no connection, or why what came over it is no answer."""
    if connected:
        return UnreachableError(f"{target.host} broke off, or answered what is not HTTP")
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        words = f"the certificate of {target.host} is not to be trusted: {cause.verify_message[:200]}"
    elif cause is not None:
        words = f"{target.host} does not speak TLS as it should"
    else:
        words = f"{target.host} takes no connection"
    return UnreachableError(words, everywhere=True)


def _too_large(target: Target, largest: int) -> UnreachableError:
    return UnreachableError(f"{target.host} answered more than {largest:,} bytes")
