"""Where somebody goes on to once she is signed in: a page of ours, and never of anybody else's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.web.auth import Principal

LONGEST = 300  # characters
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@%/-]*(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?")
_NOT_PAGES = ("/enter", "/leave", "/static/")


def own_page(asked: str | None) -> str:
    """Return the path of ours that `asked` is, "" where it is none: no host, no backslash, nothing encoded twice."""
    if not asked or len(asked) > LONGEST or not _PATH.fullmatch(asked) or asked.startswith(_NOT_PAGES):
        return ""
    return asked


def home_of(who: Principal) -> str:
    """Return the page where whoever has signed in begins."""
    if who.role == "operator":
        return "/operate"
    if who.role == "manager":
        return f"/manage/{who.community}"
    return f"/c/{who.community}/m/{who.member}"
