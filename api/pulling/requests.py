"""One request of a poll after the other: politely, over pinned connections, and no more than is wanted.

RFC 9110 "Conditional Requests", "Retry-After". Between two requests there is a pause; of what did not change nothing
is sent again; who asks us to come later is heeded.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from api.network.fetching import contexts
from api.network.pinned import Answer, Wire, ask
from api.network.reachable import UnreachableError, read_origins, target_of
from api.pulling.errors import EndedError, LaterError
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.connecting.pulled import Poll
    from api.settings import Settings

LARGEST: Final = 8_388_608  # bytes of one answer: a hundred posts with their texts
SECONDS: Final = 30.0  # that one answer may take
LONGEST_ASKED: Final = 86_400.0  # seconds that a Retry-After is heeded
_OK, _UNCHANGED, _UNAUTHORISED, _FORBIDDEN = 200, 304, 401, 403


class Seen(NamedTuple):
    """An answer as it was: what it was asked for by, and what tells whether it is still so."""

    address: str
    etag: str
    modified: str


class Page(NamedTuple):
    """What was answered; `body` is None where nothing changed."""

    body: Any
    seen: Seen


class Requests:
    """Asks one platform. `base`: its address; `rest`: waits so many seconds, and returns whether to go on."""

    def __init__(
        self,
        poll: Poll,
        settings: Settings,
        *,
        base: str,
        token: str,
        rest: Callable[[float], bool],
        seconds: float = SECONDS,
    ) -> None:
        """Raises `EndedError` for an address that may not be asked, or a file of certificates that is none."""
        self._poll, self._rest, self._seconds = poll, rest, seconds
        self._headers = {**poll.headers, "accept": "application/json", poll.header: poll.prefix + token}
        self._named = read_origins(settings.fetch_also)
        try:
            self._for_named, self._for_public = contexts(settings.fetch_ca)
        except OSError as error:
            raise EndedError(f"GUILDBOOK_FETCH_CA: wanted certificates (PEM), got: {error}") from error
        self.base = base.rstrip("/")
        self.asked = 0
        try:
            target_of(self.base + "/", self._named)
        except UnreachableError as error:
            raise EndedError(f"{self.base or 'no address'}: {error}") from error

    def get(self, path: str, seen: Seen | None = None) -> Page:
        """Return what is answered at `base` + `path`. Blocks.

        Raises `LaterError` for what may go later, and `EndedError` for a key that is not taken.
        """
        if self.asked and not self._rest(self._poll.pause / 1_000):
            raise LaterError("it was told to stop")
        self.asked += 1
        address = self.base + path
        headers = dict(self._headers)
        if seen is not None and seen.address == address:
            headers |= {"if-none-match": seen.etag} if seen.etag else {}
            headers |= {"if-modified-since": seen.modified} if seen.modified else {}
        answer = self._asked(address, headers)
        if answer.status == _UNCHANGED and seen is not None:
            return Page(None, seen)
        if answer.status != _OK:
            raise self._refused(address, answer)
        try:
            body = loads(answer.body)
        except MalformedJSONError as error:
            raise LaterError(f"wanted JSON, got: {error}") from error
        return Page(body, Seen(address, answer.headers.get("etag", ""), answer.headers.get("last-modified", "")))

    def _asked(self, address: str, headers: Mapping[str, str]) -> Answer:
        try:
            target = target_of(address, self._named)
            wire = Wire(self._for_named if target.named else self._for_public)
            return ask(target, wire, headers, seconds=self._seconds, largest=LARGEST)
        except UnreachableError as error:
            raise LaterError(str(error)) from error

    def _refused(self, address: str, answer: Answer) -> LaterError | EndedError:
        host = self.base.removeprefix("https://")
        path = address.removeprefix(self.base).partition("?")[0]
        if answer.status in (_UNAUTHORISED, _FORBIDDEN):
            return EndedError(f"{host} answered {answer.status} to {path}: its key is not taken, or may not read this")
        after = seconds_of(answer.headers.get("retry-after", ""), time.time())
        return LaterError(f"{host} answered {answer.status} to {path}", after)


def seconds_of(text: str, now: float) -> float | None:
    """Return the seconds of a Retry-After (RFC 9110), a number or a date; None where it says nothing."""
    if text.isdecimal() and text.isascii():
        return min(float(text[:9]), LONGEST_ASKED)
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    until = (found if found.tzinfo else found.replace(tzinfo=UTC)) - datetime.fromtimestamp(now, UTC)
    return min(max(0.0, until.total_seconds()), LONGEST_ASKED)
