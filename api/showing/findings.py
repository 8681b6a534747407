"""A verdict's tree as a page shows it: what was asked, how much there is, and the facts behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.words.rendering import day
from api.words.wording import words
from schemas import counted, format_time, grouped, joined, say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ledger import Book

MOST_EVIDENCE = 12  # facts a list shows; how many more there are is said
MOST_PASSED = 8

Node = dict[str, Any]
_GROUPS = {"all": say("All of these"), "any": say("One of these"), "none": say("None of these")}


class Telling:
    """The facts behind some verdicts of one member, read and put in words once."""

    def __init__(self, book: Book, community: str, trees: Iterable[Node], own: Collection[str]) -> None:
        """Read what the `trees` cite; `own` are the member's accounts."""
        positions = sorted({position for tree in trees for position in _cited(tree)})
        facts = book.at(community, positions)
        self._told = {
            fact.position: {
                "time": format_time(fact.time),
                "words": words(fact, own),
                "title": _title(clear),
                "url": _link(clear),
                "why": None,
            }
            for fact, clear in zip(facts, book.reveal(community, facts), strict=True)
        }

    def findings(self, tree: Node) -> list[Node]:
        """Return what a page lists for a verdict's tree, its outermost `all` unpacked."""
        if tree.get("op") == "all":
            return [self._finding(below) for below in tree["of"]]
        return [self._finding(tree)]

    def _finding(self, node: Node) -> Node:
        if "of" in node:
            return self._group(node)
        cited = [self._told[position] for position in _latest(node) if position in self._told]
        passed = [
            self._told[each["position"]] | {"why": each["why"]}
            for each in node["not_counted"][:MOST_PASSED]
            if each["position"] in self._told
        ]
        return {
            "label": node["label"],
            "met": node["met"],
            "have": node["have"],
            "need": node["need"],
            "tally": _tally(node),
            "rest": _rest(node),
            "evidence": cited,
            "evidence_title": counted(node["evidence_count"], "fact behind it", "facts behind it"),
            "evidence_more": node["evidence_count"] - len(cited),
            "passed": passed,
            "passed_title": say("%(count)s did not count", count=grouped(node["not_counted_count"])),
            "passed_more": node["not_counted_count"] - len(passed),
        }

    def _group(self, node: Node) -> Node:
        below = [self._finding(each) for each in node["of"]]
        if node["op"] == "none":
            below = [_absence(each) for each in below]
        if node["op"] == "some":
            title = say("At least %(count)s of these", count=node["at_least"])
        else:
            title = _GROUPS[node["op"]]
        return {"words": title, "met": node["met"], "of": below}


def _absence(found: Node) -> Node:
    """Turn round a finding that must not be there."""
    if "of" in found:
        return found
    return found | {
        "met": not found["met"],
        "tally": say("found") if found["met"] else say("none found"),
        "rest": "",
        "need": 0,
    }


def _cited(node: Node) -> Iterator[int]:
    if "of" in node:
        for below in node["of"]:
            yield from _cited(below)
        return
    yield from _latest(node)
    yield from (each["position"] for each in node["not_counted"][:MOST_PASSED])


def _latest(node: Node) -> list[int]:
    return list(reversed(node["evidence"][-MOST_EVIDENCE:]))


def _tally(node: Node) -> str:
    have, need = grouped(node["have"]), grouped(node["need"])
    if node["at_most"]:
        return say("%(have)s, at most %(need)s", have=_with_unit(have, node), need=need)
    if node["measure"] == "holds":
        return say("held") if node["met"] else say("not held")
    if node["met"]:
        return say("%(have)s, %(need)s asked", have=_with_unit(have, node), need=need)
    return _with_unit(say("%(have)s of %(need)s", have=have, need=need), node)


def _with_unit(number: str, node: Node) -> str:
    return joined(" ", (number, node["unit"])) if node["unit"] else number


def _rest(node: Node) -> str:
    turns = day(node["changes_at"])
    if node["met"]:
        return say("Holds until %(day)s by what is known now.", day=turns) if turns else ""
    if node["at_most"] or node["measure"] == "holds":
        return ""
    more = grouped(node["missing"])
    if turns:
        return say("%(count)s more; by time alone on %(day)s.", count=more, day=turns)
    return say("%(count)s more.", count=more)


def _title(clear: Mapping[str, Any]) -> str | None:
    for field in ("title", "summary", "comment", "item"):
        if isinstance(clear.get(field), str):
            return _shortened(clear[field])
    return None


def _shortened(text: str, most: int = 140) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def _link(clear: Mapping[str, Any]) -> str | None:
    """Return the address of the work, if it is one that a browser may follow."""
    for field in ("url", "item"):
        found = clear.get(field)
        if isinstance(found, str) and found.startswith(("https://", "http://")):
            return found
    return None
