"""RDF Dataset Canonicalization (RDFC-1.0) within a budget of work.

A quad is four N-Quads terms: IRIs in `<>`, literals in quotes, blank nodes as `_:label`; the default
graph is the empty string. Where every node has an IRI, canonicalizing is sorting. Blank nodes that look
alike cost permutations, so a small hostile graph could keep a machine busy for hours: such "dataset
poisoning" (RDFC-1.0 "Security Considerations") ends in `UnsafeDocumentError`, early.
"""

from __future__ import annotations

import hashlib
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

from badges.errors import UnsafeDocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_TEXT = 16_777_216  # characters of all statements: one long id or property may stand in thousands of them
MOST_BLANK_NODES = 1_000
# Related nodes hashed or placed, under a tenth of a second of them; the fullest known badge takes 20,000.
MOST_WORK = 25_000
DEEPEST = 100  # blank nodes followed from one to the next
_HASHED = 256  # characters hashed for a unit of work


class Quad(NamedTuple):
    """One statement, each part an N-Quads term."""

    subject: str
    predicate: str
    object: str
    graph: str = ""

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
    is too long, or has too many blank nodes, or too many alike.
    """
    return _Canonicalizer(quads, digest).run()


def labels(quads: Iterable[Quad], *, digest: str = "sha256") -> dict[str, str]:
    """Return the canonical label of every blank node of a dataset: `_:c14n0` and so on. As `canonicalize`.

    RDFC-1.0 "canonicalized dataset", its issued identifiers map.
    """
    canonicalizer = _Canonicalizer(quads, digest)
    canonicalizer.issue()
    return canonicalizer.canonical.issued


def renamed(quads: Iterable[Quad], names: Mapping[str, str]) -> list[str]:
    """Return the lines of statements whose blank nodes are called by these names, in the order of N-Quads."""
    return sorted(
        Quad(
            names.get(quad.subject, quad.subject),
            quad.predicate,
            names.get(quad.object, quad.object),
            names.get(quad.graph, quad.graph),
        ).line()
        for quad in quads
    )


def bounded(quads: Iterable[Quad]) -> set[Quad]:
    """Return the statements, each once. Raises `UnsafeDocumentError` as soon as they are too long together."""
    kept: set[Quad] = set()
    length = 0
    for quad in quads:
        kept.add(quad)
        length += sum(map(len, quad))
        if length > MOST_TEXT:
            raise UnsafeDocumentError(f"wanted at most {MOST_TEXT} characters in all statements, got more")
    return kept


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
        self.quads = bounded(quads)
        self.digest = digest
        self.about: dict[str, list[Quad]] = {}
        for quad in sorted(self.quads):
            for node in quad.blank_nodes():
                self.about.setdefault(node, []).append(quad)
        if len(self.about) > MOST_BLANK_NODES:
            raise UnsafeDocumentError(f"wanted at most {MOST_BLANK_NODES} nodes without an id, got {len(self.about)}")
        self.first_degree = {node: self._hash_first_degree(node) for node in self.about}
        self.canonical = _Issuer("_:c14n")
        self.work = MOST_WORK

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

        def masked(term: str) -> str:
            return term if not term.startswith("_:") else "_:a" if term == node else "_:z"

        lines = [
            Quad(masked(quad.subject), quad.predicate, masked(quad.object), masked(quad.graph)).line()
            for quad in self.about[node]
        ]
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
                    self._spend(1 + len(quad.predicate) // _HASHED)
                    related.setdefault(self._hash_related(term, quad, issuer, position), []).append(term)
        return related

    def _hash_n_degree(self, node: str, issuer: _Issuer, depth: int) -> tuple[str, _Issuer]:
        """RDFC-1.0 "Hash N-Degree Quads Algorithm"."""
        if depth > DEEPEST:
            raise UnsafeDocumentError(f"wanted nodes without an id at most {DEEPEST} deep, got more")
        data = ""
        for digest, nodes in sorted(self._related(node, issuer).items()):
            chosen, chosen_issuer = "", issuer
            for order in permutations(nodes):
                path, path_issuer = self._path(order, issuer.copy(), chosen, depth)
                if not chosen or (path and path < chosen):
                    chosen, chosen_issuer = path, path_issuer
            data += digest + chosen
            issuer = chosen_issuer
        return self._hash(data), issuer

    def _path(self, order: tuple[str, ...], issuer: _Issuer, chosen: str, depth: int) -> tuple[str, _Issuer]:
        """Return the path that visits nodes in `order`, or "" as soon as it cannot beat `chosen`."""
        self._spend(len(order) + 1 + len(issuer.issued) // 8)  # copying what was issued costs too
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
        return hashlib.new(self.digest, text.encode()).hexdigest()

    def _spend(self, work: int) -> None:
        self.work -= work
        if self.work < 0:
            raise UnsafeDocumentError("wanted nodes that can be told apart, got too many alike without an id")


def _beaten(path: str, chosen: str) -> bool:
    return bool(chosen) and len(path) >= len(chosen) and path > chosen
