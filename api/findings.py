"""A verdict's tree as a page shows it: what was asked, how much there is, and the facts behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.rendering import day
from api.wording import words
from schemas import counted, format_time, grouped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ledger import Book

MOST_EVIDENCE = 12  # facts a list shows; how many more there are is said
MOST_PASSED = 8

Node = dict[str, Any]
_GROUPS = {"all": "All of these", "any": "One of these", "none": "None of these"}


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
            "evidence_title": f"{counted(node['evidence_count'], 'fact', 'facts')} behind it",
            "evidence_more": node["evidence_count"] - len(cited),
            "passed": passed,
            "passed_title": f"{grouped(node['not_counted_count'])} did not count",
            "passed_more": node["not_counted_count"] - len(passed),
        }

    def _group(self, node: Node) -> Node:
        below = [self._finding(each) for each in node["of"]]
        if node["op"] == "none":
            below = [_absence(each) for each in below]
        title = f"At least {node['at_least']} of these" if node["op"] == "some" else _GROUPS[node["op"]]
        return {"words": title, "met": node["met"], "of": below}


def _absence(found: Node) -> Node:
    """Turn round a finding that must not be there."""
    if "of" in found:
        return found
    return found | {
        "met": not found["met"],
        "tally": "found" if found["met"] else "none found",
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
    unit = {"%": " %"}.get(node["unit"], f" {node['unit']}" if node["unit"] else "")
    have = f"{grouped(node['have'])}{unit}"
    if node["at_most"]:
        return f"{have}, at most {grouped(node['need'])}"
    if node["measure"] == "holds":
        return "held" if node["met"] else "not held"
    return (
        f"{have}, {grouped(node['need'])} asked"
        if node["met"]
        else f"{grouped(node['have'])} of {grouped(node['need'])}{unit}"
    )


def _rest(node: Node) -> str:
    turns = day(node["changes_at"])
    if node["met"]:
        return f"Holds until {turns} by what is known now." if turns else ""
    if node["at_most"] or node["measure"] == "holds":
        return ""
    more = f"{grouped(node['missing'])} more"
    return f"{more}; by time alone on {turns}." if turns else f"{more}."


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
