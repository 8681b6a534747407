"""How large a credential becomes by what its charter says of it: verifiers read so much and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas import measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.charters.language import Grant

MOST_VALUES = 4_500  # JSON values: with what all credentials say, a learner record embeds 5,000
MOST_BYTES = 48_000  # of the 65,536 that verifiers read
_ADDRESS = "x" * 256  # of ours, as long as they become
_NODE = {"id": _ADDRESS, "type": [""]}  # what stands in every node of a credential, and in no charter
_RUNG = ("level", "name", "can")


def extent(document: Mapping[str, Any], grant: Grant, said: Mapping[str, Any]) -> tuple[int, int]:
    """Return about how many JSON values, and bytes of them, a credential has by what is said of it, if not more."""
    made: dict[str, Any] = {
        "said": {field: value for field, value in said.items() if field not in {"image", "outcomes"}},
        "outcomes": _outcomes(document, said),
        "results": [{"of": _ADDRESS, "value": ""} for one in said.get("results", ()) if "value" in one],
    }
    if grant[0] == "level":  # its rubric is the whole ladder
        rungs = _objects(document, "ladder")
        made["ladder"] = [{field: one[field] for field in _RUNG if field in one} for one in rungs]
    return measured(_as_nodes(made))


def _outcomes(document: Mapping[str, Any], said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the credential is aligned to by the charter's own outcomes."""
    pairs = ((one.get("outcome"), one.get("can")) for one in _objects(document, "outcomes"))
    words = {slug: can for slug, can in pairs if isinstance(slug, str)}
    return [
        {"name": words.get(slug), "url": _ADDRESS, "code": slug} for slug in dict.fromkeys(said.get("outcomes", ()))
    ]


def _objects(document: Mapping[str, Any], part: str) -> list[dict[str, Any]]:
    """Return those entries of a part that are objects; it may be at fault."""
    listed = document.get(part)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _as_nodes(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, dict):
        return {name: _as_nodes(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_nodes(one) | _NODE if isinstance(one, dict) else one for one in value]
    return value
