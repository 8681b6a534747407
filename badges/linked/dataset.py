"""Expanded JSON-LD to statements (JSON-LD 1.1 "Deserialize JSON-LD to RDF Algorithm", "Node Map Generation").

PyLD does the same, and compares each value of a property with all others to have none twice; here a set does that. Its
own function says what a literal is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges.linked.rdfc import Quad
from badges.work import spend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE, _FIRST, _REST, _NIL = (f"<{_RDF}{name}>" for name in ("type", "first", "rest", "nil"))
_STATEMENT = 4  # units of work for each
_CHARACTERS = 80  # of a statement that cost a unit: it is matched, sorted, written and hashed


def quads_of(node: Mapping[str, Any], literal: Callable[[Mapping[str, Any]], str]) -> list[Quad]:
    """Return the statements of an expanded node that was checked, each once, in no order.

    `literal` gives the N-Quads term of a value object. Nodes without an id, and those whose id begins with `_:`, get
    labels of their own.
    """
    reader = _Reader(literal)
    reader.node(node, "")
    return list(reader.quads)


class _Reader:
    def __init__(self, literal: Callable[[Mapping[str, Any]], str]) -> None:
        self.quads: set[Quad] = set()
        self._literal = literal
        self._labels: dict[str, str] = {}
        self._issued = 0

    def node(self, node: Mapping[str, Any], graph: str) -> str:
        """Take in what is said of a node; return its term."""
        subject = self._named(node.get("@id"))
        for name, values in node.items():
            if name == "@id":
                continue
            if name == "@graph":
                self._free(values, subject)
            elif name == "@type":
                for one in values:
                    self._say(subject, _TYPE, self._named(one), graph)
            else:
                predicate = f"<{name}>"
                for one in values:
                    self._say(subject, predicate, self._object(one, graph), graph)
        return subject

    def _free(self, values: Iterable[Mapping[str, Any]], graph: str) -> None:
        """Take in what stands in a graph: nodes; what else does is said of nothing."""
        for value in values:
            if "@list" in value:
                self._free(value["@list"], graph)
            elif "@value" not in value:
                self.node(value, graph)

    def _object(self, value: Mapping[str, Any], graph: str) -> str:
        if "@value" in value:
            return self._literal(value)
        return self._list(value["@list"], graph) if "@list" in value else self.node(value, graph)

    def _list(self, items: Iterable[Mapping[str, Any]], graph: str) -> str:
        """JSON-LD 1.1 "List to RDF Conversion"."""
        head, last = _NIL, ""
        for item in items:
            place = self._label()
            if last:
                self._say(last, _REST, place, graph)
            else:
                head = place
            self._say(place, _FIRST, self._object(item, graph), graph)
            last = place
        if last:
            self._say(last, _REST, _NIL, graph)
        return head

    def _say(self, *terms: str) -> None:
        spend(_STATEMENT + sum(map(len, terms)) // _CHARACTERS)
        self.quads.add(Quad(*terms))

    def _named(self, name: str | None) -> str:
        if name is None:
            return self._label()
        if not name.startswith("_:"):
            return f"<{name}>"
        if name not in self._labels:
            self._labels[name] = self._label()
        return self._labels[name]

    def _label(self) -> str:
        self._issued += 1
        return f"_:b{self._issued}"
