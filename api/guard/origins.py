"""Where a request comes from, as far as the browser says: what changes anything must come from our own pages.

Fetch Metadata Request Headers "Sec-Fetch-Site"; RFC 6454 "The HTTP Origin Header Field". This is beside the word that
every form of ours carries, and before it. A browser that says neither is held by that word alone, as is one that
says `null`: ours are told to send no referrer, and in a place that is not https they then hide the origin too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.web.problems import ProblemError

if TYPE_CHECKING:
    from starlette.requests import Request

_OURS = frozenset({"same-origin", "none"})  # none: typed, or sent again from a tab that was restored


def from_here(request: Request, origin: str) -> bool:
    """Return whether nothing speaks against a request being from a page of `origin`, which is ours."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _OURS
    told = request.headers.get("origin")
    if told is None or told == "null":
        return True
    return told == origin or urlsplit(told).netloc == request.headers.get("host", "")


def check(request: Request, origin: str) -> None:
    """Raise a 403 problem where another site made a browser send the request."""
    if not from_here(request, origin):
        raise ProblemError(403, "wanted a request from our own pages, got one that another site had sent")
