"""Every leaf of a document changed, emptied, made null, taken away, and added to."""

from __future__ import annotations

import base64
import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]


def tampered(document: dict[str, Any]) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Yield copies with one change each: what was done, and where."""
    for path in nodes(document):
        if not path:
            yield from (("added to", (name,), document | {name: "x"}) for name in ("name of more", "description"))
            continue
        for what, value in changes(at(document, path)):
            yield what, path, put(document, path, value)
        made = copy.deepcopy(document)
        del at(made, path[:-1])[path[-1]]
        yield "taken away", path, made


def tampered_claims(token: str) -> Iterator[tuple[str, str]]:
    """Yield compact tokens with one change each in header or claims, under the signature that they had."""
    *parts, tail = token.split(".")
    for place, part in enumerate(parts):
        said = json.loads(base64.urlsafe_b64decode(part + "=="))
        for what, path, changed in tampered(said):
            other = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
            yield f"{what} {path}", ".".join([*parts[:place], other, *parts[place + 1 :], tail])


def nodes(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the place of every value, the whole included."""
    yield path
    if isinstance(value, (dict, list)):
        for name in value if isinstance(value, dict) else range(len(value)):
            yield from nodes(value[name], (*path, name))


def changes(was: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a value may become."""
    match was:
        case dict():
            yield "added to", was | {"name of more": "x"}
            if "description" not in was:
                yield "added to with a known word", was | {"description": "x"}
            yield "emptied", {}
        case list():
            yield "added to", [*was, "urn:more"]
            yield "doubled", [*was, {"id": "urn:more"}]
            yield "emptied", []
        case str():
            yield "changed", was[:-1] + ("0" if was[-1:] != "0" else "1")
            yield "added to", was + "0"
            yield "emptied", ""
        case bool():
            yield "changed", not was
        case _:
            yield "changed", was + 1
    yield "made null", None
    yield "made another kind", 7 if isinstance(was, str) else "x"


def at(value: Any, path: Path) -> Any:
    """Return what is there."""
    for name in path:
        value = value[name]
    return value


def put(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a copy with another value there."""
    made = copy.deepcopy(document)
    at(made, path[:-1])[path[-1]] = value
    return made
