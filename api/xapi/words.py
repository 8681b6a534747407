"""What a mapping may take from a statement: the words with a dollar.

A closed list, each a function of a checked statement that returns a value, or None where the statement says nothing.
Every statement that means something passes here, so these are functions and no expressions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from api.xapi import people, values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_TITLE, LONGEST_TEXT, LONGEST_ITEM, LONGEST_URL = 300, 4_000, 1_024, 2_048  # characters, as facts have them
LONGEST_DURATION = 172_800  # seconds
MOST_LENGTH = 10_000_000  # characters


def _actor(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON, and so below
    return people.account(statement["actor"])


def _object(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    thing = statement["object"]
    name = thing.get("id")
    if name is None:
        return people.identifier(thing)[:LONGEST_ITEM] or None
    return name if len(name) <= LONGEST_ITEM else None


def _statement(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return an item of its own: where the object is what it is about, and the statement is what was made."""
    return f"xapi:{statement['id'].lower()}"


def _person(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    thing = statement["object"]
    return people.account(thing) if thing.get("objectType") in {"Agent", "Group"} else None


def _instructor(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    told = statement.get("context", {}).get("instructor")
    return people.account(told) if told else None


def _parent(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    told = statement.get("context", {}).get("contextActivities", {}).get("parent")
    name = told[0]["id"] if told else ""
    return name if 0 < len(name) <= LONGEST_ITEM else None


def _definition(statement: Mapping[str, Any], name: str) -> str:
    texts = statement["object"].get("definition", {}).get(name)
    return next(iter(texts.values()), "") if texts else ""


def _title(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return _definition(statement, "name")[:LONGEST_TITLE] or None


def _url(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    name = statement["object"].get("id", "")
    return name if name[:8].lower().startswith(("http://", "https://")) and len(name) <= LONGEST_URL else None


def _length(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    text = statement.get("result", {}).get("response") or _definition(statement, "description")
    return min(len(text), MOST_LENGTH) if text else None


def _words(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    text = statement.get("result", {}).get("response")
    return min(len(text), MOST_LENGTH) if text else None


def _response(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return statement.get("result", {}).get("response", "")[:LONGEST_TEXT] or None


def _seconds(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    told = values.seconds(statement.get("result", {}).get("duration", ""))
    return int(min(told, LONGEST_DURATION)) or None


def _score(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = statement.get("result", {}).get("score", {})
    return found


def _raw(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    score = _score(statement)
    return score.get("raw", score.get("scaled"))


def _scaled(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return _score(statement).get("scaled")


def _rating(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    score = _score(statement)
    if "raw" in score and "max" in score:
        return {"value": score["raw"], "min": score.get("min", min(0, score["raw"])), "max": score["max"]}
    return {"value": score["scaled"], "min": -1, "max": 1} if "scaled" in score else None


def _language(statement: Mapping[str, Any]) -> Any:  # noqa: ANN401
    return statement.get("context", {}).get("language")


WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "$actor": _actor,
    "$instructor": _instructor,
    "$language": _language,
    "$length": _length,
    "$object": _object,
    "$parent": _parent,
    "$person": _person,
    "$rating": _rating,
    "$raw": _raw,
    "$response": _response,
    "$scaled": _scaled,
    "$seconds": _seconds,
    "$statement": _statement,
    "$title": _title,
    "$url": _url,
    "$words": _words,
}
