"""RDF Dataset Canonicalization (RDFC-1.0), all of it paid for (`badges.work`).

A quad is four N-Quads terms: IRIs in `<>`, literals in quotes, blank nodes as `_:label`; the default
graph is the empty string. Where every node has an IRI, canonicalizing is sorting. Blank nodes that look
alike cost permutations, so a small hostile graph could keep a machine busy for hours: such "dataset
poisoning" (RDFC-1.0 "Security Considerations") ends in `TooMuchWorkError`, early.
"""

from __future__ import annotations

import hashlib
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

from badges.errors import UnsafeDocumentError
from badges.work import bounded, spend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

DEEPEST = 100  # blank nodes followed from one to the next
# Units of work: to sort and write a statement, to begin with a node, to hash a related one, to place one of those, and
# for characters that are put together, compared or hashed.
STATEMENT, NODE, RELATED, PLACED = 3, 7, 5, 6
_CHARACTERS = 256
_ISSUED = 10  # names that are copied for a unit


class Quad(NamedTuple):
    """One statement, each part an N-Quads term."""

    subject: str
    predicate: str
    object: str
    graph: str = ""

    def renamed(self, name: Callable[[str], str]) -> Quad:
        """Return the statement with other names where nodes may stand."""
        return Quad(name(self.subject), self.predicate, name(self.object), name(self.graph))

    def line(self) -> str:
        """Return the statement as a line of canonical N-Quads."""
        graph = f" {self.graph}" if self.graph else ""
        return f"{self.subject} {self.predicate} {self.object}{graph} .\n"

    def blank_nodes(self) -> set[str]:
        """Return the labels of the blank nodes it mentions."""
        return {term for term in (self.subject, self.object, self.graph) if term.startswith("_:")}


def canonicalize(quads: Iterable[Quad], *, digest: str = "sha256") -> str:
    """Return the canonical N-Quads of a dataset (RDFC-1.0 "Canonicalization Algorithm").

    `digest` is the hash algorithm by its name in `hashlib`. Raises `UnsafeDocumentError` where the dataset
    has blank nodes too many steps apart, and `TooMuchWorkError` where it is long, or has too many nodes alike.
    """
    with bounded():
        return _Canonicalizer(quads, digest).run()


def labels(quads: Iterable[Quad], *, digest: str = "sha256") -> dict[str, str]:
    """Return the canonical label of every blank node of a dataset: `_:c14n0` and so on. As `canonicalize`.

    RDFC-1.0 "canonicalized dataset", its issued identifiers map.
    """
    with bounded():
        canonicalizer = _Canonicalizer(quads, digest)
        canonicalizer.issue()
        return canonicalizer.canonical.issued


def renamed(quads: Iterable[Quad], names: Mapping[str, str]) -> list[str]:
    """Return the lines of statements whose blank nodes are called by these names, in the order of N-Quads."""
    return sorted(quad.renamed(lambda term: names.get(term, term)).line() for quad in quads)


def _paid(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield statements, each of which is paid for. One long id may stand in thousands of them."""
    for quad in quads:
        spend(STATEMENT + sum(map(len, quad)) // _CHARACTERS)
        yield quad


class _Issuer:
    """RDFC-1.0 "Issue Identifier Algorithm"."""

    def __init__(self, prefix: str, issued: dict[str, str] | None = None) -> None:
        self.prefix = prefix
        self.issued = dict(issued) if issued else {}

    def issue(self, node: str) -> str:
        return self.issued.setdefault(node, f"{self.prefix}{len(self.issued)}")

    def copy(self) -> _Issuer:
        return _Issuer(self.prefix, self.issued)


class _Canonicalizer:
    def __init__(self, quads: Iterable[Quad], digest: str) -> None:
        self.quads = set(_paid(quads))
        self.digest = getattr(hashlib, digest)
        self.about: dict[str, list[Quad]] = {}
        for quad in sorted(self.quads):
            for node in quad.blank_nodes():
                self.about.setdefault(node, []).append(quad)
        self.twins: dict[str, frozenset[Quad]] = {}
        self.first_degree = {node: self._hash_first_degree(node) for node in self.about}
        self.canonical = _Issuer("_:c14n")

    def run(self) -> str:
        self.issue()
        return "".join(renamed(self.quads, self.canonical.issued))

    def issue(self) -> None:
        """Give every blank node its canonical label."""
        groups: dict[str, list[str]] = {}
        for node, digest in self.first_degree.items():
            groups.setdefault(digest, []).append(node)
        for _, nodes in sorted(groups.items()):
            if len(nodes) == 1:
                self.canonical.issue(nodes[0])
        for _, nodes in sorted(groups.items()):
            if len(nodes) > 1:
                self._issue_alike(nodes)

    def _issue_alike(self, nodes: list[str]) -> None:
        """Order nodes that their own statements do not tell apart by what surrounds them."""
        results = []
        for node in nodes:
            if node not in self.canonical.issued:
                issuer = _Issuer("_:b")
                issuer.issue(node)
                results.append(self._hash_n_degree(node, issuer, 1))
        for _, issuer in sorted(results, key=lambda result: result[0]):
            for node in issuer.issued:
                self.canonical.issue(node)

    def _hash_first_degree(self, node: str) -> str:
        """RDFC-1.0 "Hash First Degree Quads Algorithm"."""
        spend(NODE + STATEMENT * len(self.about[node]))

        def masked(term: str) -> str:
            return term if not term.startswith("_:") else "_:a" if term == node else "_:z"

        lines = [quad.renamed(masked).line() for quad in self.about[node]]
        return self._hash("".join(sorted(lines)))

    def _hash_related(self, related: str, quad: Quad, issuer: _Issuer, position: str) -> str:
        """RDFC-1.0 "Hash Related Blank Node Algorithm"."""
        name = self.canonical.issued.get(related) or issuer.issued.get(related) or self.first_degree[related]
        return self._hash(position + (quad.predicate if position != "g" else "") + name)

    def _related(self, node: str, issuer: _Issuer) -> dict[str, list[str]]:
        related: dict[str, list[str]] = {}
        for quad in self.about[node]:
            for position, term in (("s", quad.subject), ("o", quad.object), ("g", quad.graph)):
                if term.startswith("_:") and term != node:
                    spend(RELATED + len(quad.predicate) // _CHARACTERS)
                    related.setdefault(self._hash_related(term, quad, issuer, position), []).append(term)
        return related

    def _hash_n_degree(self, node: str, issuer: _Issuer, depth: int) -> tuple[str, _Issuer]:
        """RDFC-1.0 "Hash N-Degree Quads Algorithm"."""
        if depth > DEEPEST:
            raise UnsafeDocumentError(f"wanted nodes without an id at most {DEEPEST} deep, got more")
        spend(NODE)
        data = ""
        for digest, nodes in sorted(self._related(node, issuer).items()):
            chosen, chosen_issuer = "", issuer
            for order in self._orders(nodes):
                path, path_issuer = self._path(order, issuer.copy(), chosen, depth)
                if not chosen or (path and path < chosen):
                    chosen, chosen_issuer = path, path_issuer
            data += digest + chosen
            issuer = chosen_issuer
        return self._hash(data), issuer

    def _orders(self, nodes: list[str]) -> Iterator[tuple[str, ...]]:
        """Yield the orders of nodes, but of those that differ by twins alone one.

        Twins are said the same of by the same nodes: the dataset is as it was when they change places, so that
        nothing that an order comes to can tell them apart.
        """
        kinds: dict[frozenset[Quad], list[str]] = {}
        for node in nodes:
            kinds.setdefault(self._twins_of(node), []).append(node)
        if len(kinds) == len(nodes):
            yield from permutations(nodes)
            return
        order: list[int] | None = [kind for kind, twins in enumerate(kinds.values()) for _ in twins]
        while order is not None:
            ahead = [iter(twins) for twins in kinds.values()]
            yield tuple(next(ahead[kind]) for kind in order)
            order = _next(order)

    def _twins_of(self, node: str) -> frozenset[Quad]:
        """Return what is said of a node, with its own name left open: the same for its twins."""
        if node not in self.twins:
            spend(NODE + len(self.about[node]))
            self.twins[node] = frozenset(
                quad.renamed(lambda term: "_:" if term == node else term) for quad in self.about[node]
            )
        return self.twins[node]

    def _path(self, order: tuple[str, ...], issuer: _Issuer, chosen: str, depth: int) -> tuple[str, _Issuer]:
        """Return the path that visits nodes in `order`, or "" as soon as it cannot beat `chosen`."""
        spend(PLACED + len(order) // 2 + len(issuer.issued) // _ISSUED)
        path, ahead = "", []
        for node in order:
            if node in self.canonical.issued:
                path += self.canonical.issued[node]
            else:
                if node not in issuer.issued:
                    ahead.append(node)
                path += issuer.issue(node)
            if _beaten(path, chosen):
                return "", issuer
        for node in ahead:
            digest, after = self._hash_n_degree(node, issuer, depth + 1)
            path += f"{issuer.issue(node)}<{digest}>"
            issuer = after
            if _beaten(path, chosen):
                return "", issuer
        return path, issuer

    def _hash(self, text: str) -> str:
        hashed: str = self.digest(text.encode()).hexdigest()
        return hashed


def _next(order: list[int]) -> list[int] | None:
    """Return the order that follows in the dictionary, each once however often a number comes; None after the last."""
    rise = next((place for place in range(len(order) - 1, 0, -1) if order[place - 1] < order[place]), None)
    if rise is None:
        return None
    head, tail = order[: rise - 1], order[rise:]
    place = max(place for place, one in enumerate(tail) if one > order[rise - 1])
    tail[place], pivot = order[rise - 1], tail[place]
    return [*head, pivot, *reversed(tail)]


def _beaten(path: str, chosen: str) -> bool:
    return bool(chosen) and len(path) >= len(chosen) and path > chosen
