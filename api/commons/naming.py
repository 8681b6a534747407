"""Who is named to whom, where a page tells of others.

To those inside, everybody is, but who took back that she may be named, or that she is told of at all. To those outside
only who granted it is: her last word on the purpose `spotlight`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from api.words.wording import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.installation import Installation


class Naming:
    """Names, as one reader of a page of one community may know them."""

    def __init__(self, here: Installation, community: str, *, inside: bool) -> None:
        """`inside`: whether the reader is of the community."""
        self._here = here
        self._community = community
        self._wanted = {"granted", "unsaid"} if inside else {"granted"}
        self._now = time.time_ns() // 1_000

    def may(self, accounts: Iterable[str]) -> set[str]:
        """Return those of these accounts whose member may be named. Blocks."""
        words = self._here.spotlights.namings(self._community, accounts, self._now)
        return {account for account, word in words.items() if word in self._wanted}

    def names(self, accounts: Iterable[str]) -> dict[str, str]:
        """Return the names of those of these accounts that may be named, and were not erased. Blocks."""
        may = self.may(accounts)
        handles = self._here.book.handles(self._community, may) if may else {}
        return {account: name_of(handle) for account, handle in handles.items()}
