"""RDFC-1.0: the labels and the order of the input change nothing, and poison is refused early."""

from __future__ import annotations

import time
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld.canon import URDNA2015

from badges import UnsafeDocumentError
from badges.linked.rdfc import Quad, canonicalize

MOST_SECONDS = 3.0  # on a busy machine; a quiet one needs half a second

nodes = st.sampled_from(["_:a", "_:b", "_:c", "_:d", "<urn:x>", "<urn:y>"])
objects = st.one_of(nodes, st.sampled_from(['"one"', '"two"']))
quads = st.lists(
    st.builds(Quad, nodes, st.sampled_from(["<urn:p>", "<urn:q>"]), objects, st.sampled_from(["", "_:g", "<urn:g>"])),
    max_size=8,
)


def relabelled(given_quads: list[Quad], names: dict[str, str]) -> list[Quad]:
    return [Quad(*(names.get(term, term) for term in quad)) for quad in given_quads]


def by_pyld(given_quads: list[Quad]) -> str:
    """Canonicalize with PyLD, whose algorithm is the elder URDNA2015."""

    def part(term: str) -> dict[str, str]:
        if term.startswith("_:"):
            return {"type": "blank node", "value": term}
        if term.startswith("<"):
            return {"type": "IRI", "value": term[1:-1]}
        return {
            "type": "literal",
            "value": term[1:-1],
            "datatype": "http://www.w3.org/2001/XMLSchema#string",
        }

    dataset: dict[str, list[dict[str, dict[str, str]]]] = {}
    for quad in set(given_quads):
        name = quad.graph.strip("<>") or "@default"
        triple = {
            "subject": part(quad.subject),
            "predicate": part(quad.predicate),
            "object": part(quad.object),
        }
        dataset.setdefault(name, []).append(triple)
    return str(URDNA2015().main(dataset, {"format": "application/n-quads"}))


@given(quads, st.permutations(["_:a", "_:b", "_:c", "_:d", "_:g"]), st.randoms())
def test_neither_labels_nor_order_matter(found, names, random):
    other = relabelled(found, dict(zip(["_:a", "_:b", "_:c", "_:d", "_:g"], names, strict=True)))
    random.shuffle(other)

    assert canonicalize(other) == canonicalize(found)


@given(quads.filter(lambda found: all(q.subject not in {q.object, q.graph} for q in found)))
def test_another_implementation_agrees_where_no_node_points_to_itself(found):
    assert canonicalize(found) == by_pyld(found)


def test_without_blank_nodes_it_is_sorting():
    lines = [
        Quad("<urn:b>", "<urn:p>", '"x"'),
        Quad("<urn:a>", "<urn:p>", "<urn:b>"),
        Quad("<urn:b>", "<urn:p>", '"x"'),
    ]

    assert canonicalize(lines) == '<urn:a> <urn:p> <urn:b> .\n<urn:b> <urn:p> "x" .\n'


def test_a_node_that_points_to_itself_is_counted_once():
    """RDFC-1.0 maps a blank node to the quads that mention it, each once."""
    lines = [Quad("_:a", "<urn:p>", "_:a"), Quad("_:b", "<urn:p>", "_:b"), Quad("_:b", "<urn:q>", "_:a")]

    assert canonicalize(lines).count("_:c14n") == 6


def clique(size: int) -> list[Quad]:
    return [Quad(f"_:n{one}", "<urn:p>", f"_:n{other}") for one, other in permutations(range(size), 2)]


def ring(size: int) -> list[Quad]:
    return [Quad(f"_:n{one}", "<urn:p>", f"_:n{(one + 1) % size}") for one in range(size)]


def circulant(size: int) -> list[Quad]:
    return [Quad(f"_:n{one}", "<urn:p>", f"_:n{(one + step) % size}") for one in range(size) for step in (1, 2, 3)]


def tree(size: int, arms: int) -> list[Quad]:
    return [Quad(f"_:n{(one - 1) // arms}", "<urn:p>", f"_:n{one}") for one in range(1, size)]


@pytest.mark.parametrize(
    "poison",
    [clique(8), clique(30), ring(95), ring(900), circulant(100), tree(400, 2), tree(400, 3)],
    ids=["clique-8", "clique-30", "ring-95", "ring-900", "circulant-100", "tree-2", "tree-3"],
)
def test_poison_is_refused_before_it_costs_much(poison):
    begun = time.thread_time()
    with pytest.raises(UnsafeDocumentError, match="wanted nodes"):
        canonicalize(poison)

    assert time.thread_time() - begun < MOST_SECONDS


def test_a_crowd_of_blank_nodes_is_refused():
    with pytest.raises(UnsafeDocumentError, match="at most 1000 nodes without an id, got 1001"):
        canonicalize(Quad(f"_:n{one}", "<urn:p>", f'"{one}"') for one in range(1001))


def test_nodes_alike_in_all_they_say_are_no_poison():
    assert canonicalize([Quad("<urn:s>", "<urn:p>", f"_:n{one}") for one in range(300)]).count("\n") == 300
