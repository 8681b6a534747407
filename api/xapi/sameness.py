"""Whether two statements say the same (xAPI 1.0.3 part 2 "Statement Immutability and Exceptions").

What the record store fills in, and what may be told in other words, makes no difference: ids, times and authority of
its own, the display of a verb, definitions, the order of a group's members, attached bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from api.xapi.values import instant

if TYPE_CHECKING:
    from collections.abc import Mapping

_FINER = re.compile(r"(\.\d\d)\d+(?=S$)")
OURS = frozenset({"stored", "authority", "version"})


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two checked statements say the same. Of one that names no id or time, these are not compared."""
    if one is other:
        return True
    first, second = bare(one), bare(other)
    for name in ("id", "timestamp"):
        if name not in first or name not in second:
            first.pop(name, None)
            second.pop(name, None)
    return _sorted(first) == _sorted(second)


def _sorted(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def bare(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return what counts of a checked statement, or of a substatement."""
    found = {name: value for name, value in statement.items() if name not in OURS}
    for name, bare in _BARE.items():
        if name in found:
            found[name] = bare(found[name])
    return found


def _time(value: Any) -> Any:  # noqa: ANN401  JSON
    try:
        return instant(value)
    except (ValueError, TypeError, AttributeError):
        return value


def _id(value: Any) -> Any:  # noqa: ANN401  JSON
    return value.lower() if isinstance(value, str) else value


def _verb(value: Any) -> Any:  # noqa: ANN401  JSON
    return value.get("id") if isinstance(value, dict) else value


def _thing(value: Any) -> Any:  # noqa: ANN401  JSON
    if not isinstance(value, dict):
        return value
    kind = str(value.get("objectType", "Activity"))
    if kind == "SubStatement":
        return bare(value)
    if kind in {"Agent", "Group"}:
        return _someone(value)
    rest = {name: inner for name, inner in value.items() if name not in {"definition", "objectType"}}
    return {**rest, "objectType": kind, "id": _id(rest.get("id")) if kind == "StatementRef" else rest.get("id")}


def _someone(value: Any) -> Any:  # noqa: ANN401  JSON
    if not isinstance(value, dict):
        return value
    found = {"objectType": "Agent", **value}
    if isinstance(found.get("member"), list):
        found["member"] = sorted((_someone(each) for each in found["member"]), key=_sorted)
    return found


def _context(value: Any) -> Any:  # noqa: ANN401  JSON
    if not isinstance(value, dict):
        return value
    found = dict(value)
    for name in ("instructor", "team"):
        if name in found:
            found[name] = _someone(found[name])
    told = found.get("contextActivities")
    if isinstance(told, dict):
        found["contextActivities"] = {
            name: sorted((_thing(each) for each in (some if isinstance(some, list) else [some])), key=_sorted)
            for name, some in told.items()
            if some != []
        }
    return found


def _result(value: Any) -> Any:  # noqa: ANN401  JSON
    """XAPI 2.0 "Durations": what is finer than a hundredth of a second makes no difference."""
    if not isinstance(value, dict) or not isinstance(value.get("duration"), str):
        return value
    return {**value, "duration": _FINER.sub(r"\1", value["duration"])}


_BARE = {
    "result": _result,
    "id": _id,
    "actor": _someone,
    "verb": _verb,
    "object": _thing,
    "context": _context,
    "timestamp": _time,
}
