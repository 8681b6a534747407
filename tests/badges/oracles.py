"""What documents say by others' reading, made comparable with ours."""

from __future__ import annotations

import json
from typing import Any

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from schemas import contexts


def canonical_by_oxigraph(data: bytes, form: RdfFormat) -> str:
    """Return canonical N-Quads by Oxigraph, which is right but where blank nodes name several graphs."""
    dataset = Dataset(parse(data, format=form))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(sorted(f"{line}\n" for line in str(dataset).split("\n") if line))


def said_by_oxigraph(document: dict[str, Any]) -> str:
    """Return what a JSON-LD document says, by Oxigraph. It loads no contexts, so they are written out for it."""
    return canonical_by_oxigraph(json.dumps(_written_out(document)).encode(), RdfFormat.JSON_LD)


def _written_out(value: Any) -> Any:
    if isinstance(value, list):
        return [_written_out(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _context(inner) if name == "@context" else _written_out(inner) for name, inner in value.items()}


def _context(value: Any) -> Any:
    if isinstance(value, list):
        return [_context(one) for one in value]
    return _context(contexts.document(value)["@context"]) if isinstance(value, str) else _written_out(value)
