"""Around every request: an id, the security headers, HEAD, and one line in the log.

The log line has allow-listed fields alone. A path may hold a member's id or a sign-in link, so the
route's template stands in its place.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from api.web.metrics import Metrics

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FRAMED = "frame-ancestors *"  # in the policy of an answer that anyone's page may frame
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
HSTS = "max-age=31536000; includeSubDomains"

_ALWAYS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_SECURE = [*_ALWAYS, (b"strict-transport-security", HSTS.encode())]

log = structlog.get_logger("guildbook.access")


class Access:
    """The outermost layer of the app."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        """Wrap `app`; `secure` where people reach it by https."""
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        method = scope["method"]
        bodiless = method == "HEAD"
        if bodiless:
            scope = {**scope, "method": "GET"}  # RFC 9110 "HEAD": a GET whose content is not sent; the server knows it
        began, status, sent = time.perf_counter(), 0, 0

        async def answer(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                dress(MutableHeaders(scope=message), request_id, secure=self.secure)
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
                if bodiless:
                    message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            _note(scope, method, status or 500, sent, time.perf_counter() - began)


def dress(headers: MutableHeaders, request_id: str, *, secure: bool) -> None:
    """Give an answer the headers that all our answers have."""
    raw = headers.raw
    there = {name for name, _ in raw}
    raw.append((b"x-request-id", request_id.encode()))
    raw += [each for each in (_SECURE if secure else _ALWAYS) if each[0] not in there]
    if b"content-security-policy" in there:
        if FRAMED in headers["content-security-policy"]:
            del headers["x-frame-options"]  # it can name nobody, and older browsers would heed it
    else:
        is_page = headers.get("content-type", "").startswith("text/html")
        raw.append((b"content-security-policy", (PAGE_POLICY if is_page else FILE_POLICY).encode()))


def _note(scope: Scope, method: str, status: int, sent: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "")
    installation = getattr(scope["app"].state, "installation", None) if "app" in scope else None
    if installation is not None:
        metrics: Metrics = installation.metrics
        metrics.answered(method, route, status, seconds)
    log.info(
        "answered",
        request_id=scope["state"]["request_id"],
        method=method,
        route=route,
        status=status,
        bytes=sent,
        milliseconds=round(seconds * 1_000, 1),
    )
