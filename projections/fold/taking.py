"""Which moderation cases take something away, told of their facts alone, without the members they concern."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ledger import Fact

_WORDS = {"hidden": True, "removed": True, "restored": False, "dismissed": False}


def taking(cases: Iterable[Iterable[Fact]], stands: Callable[[str], bool]) -> Iterator[list[Fact]]:
    """Yield the standing facts of each case whose last word takes something away; `stands` is asked of streams."""
    for facts in cases:
        standing = [fact for fact in facts if stands(fact.stream)]
        words = [fact for fact in standing if fact.open["action"] in _WORDS]
        last = max(words, key=lambda fact: (fact.time, fact.stream), default=None)
        if last is not None and _WORDS[last.open["action"]]:
            yield standing


def taken_items(cases: Iterable[Iterable[Fact]], stands: Callable[[str], bool]) -> set[str]:
    """Return the items that some case has taken away."""
    return {item for facts in taking(cases, stands) for fact in facts if (item := fact.open.get("item"))}
