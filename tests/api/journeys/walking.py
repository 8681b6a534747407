"""Somebody who follows every link that she finds, and remembers all that she was shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.api.journeys.reading import links_of, words_of
from tests.api.journeys.town import OF_EACH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Page

MOST = 600  # addresses
ALIKE = 2  # of those that differ by a number alone, as the weeks there were
_NUMBER = re.compile(r"\d+$|=[^&]*")
_LEAVES = re.compile(r"/leave$|/log/tile/")


def walked(page: Page, base: str, starts: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """Return the status and the body at every address of ours that can be reached from some, by this browser."""
    waiting = [base + start for start in starts]
    met = set(waiting)
    alike: dict[str, int] = {}
    found: dict[str, tuple[int, bytes]] = {}
    while waiting:
        address = waiting.pop(0)
        answer = page.request.get(address, headers={"Accept": "text/html,*/*;q=0.8"})
        found[address.removeprefix(base)] = answer.status, answer.body()
        for link in sorted(links_of(answer.url, answer.body()) - met):
            met.add(link)
            kind = _NUMBER.sub("#", link)
            alike[kind] = alike.get(kind, 0) + 1
            few = "#" not in kind or alike[kind] <= ALIKE
            if link.startswith(f"{base}/") and few and not _LEAVES.search(link):
                waiting.append(link)
        assert len(found) < MOST, sorted(found)
    return found


def betrayed(found: dict[str, tuple[int, bytes]], people: Iterable[str]) -> dict[str, set[str]]:
    """Return where what words of these people stand."""
    wanted = {word: word.lower().encode() for who in people for word in OF_EACH[who].values()}
    told = {}
    for address, (_, body) in found.items():
        text = words_of(body)
        if there := {word for word, sought in wanted.items() if sought in text}:
            told[address] = there
    return told
