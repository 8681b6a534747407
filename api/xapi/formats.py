"""How statements are given back: exactly, by ids alone, or with what the record store knows best of activities.

xAPI 1.0.3 part 3 "GET Statements", `format`, and "Language Filtering Requirements for Canonical Format Statements".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from api.xapi.statement_shapes import IDENTIFIERS
from schemas import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger import Kept

ANY = "*"
MOST_LANGUAGES = 20  # of a header, that are looked for


def exact(kept: Kept) -> dict[str, Any]:
    """Return a statement as it came, with what the record store adds."""
    found: dict[str, Any] = orjson.loads(kept.content or b"{}")
    stored = format_time(kept.stored)
    found["stored"] = stored
    found.setdefault("timestamp", stored)
    return found


def ids(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement in which people, activities and verbs are no more than what they are known by."""
    return _mapped(statement, _least_of_someone, lambda verb: {"id": verb["id"]}, _least_of_activity)


def canonical(
    statement: Mapping[str, Any], definition: Callable[[str], dict[str, Any]], languages: Sequence[str]
) -> dict[str, Any]:
    """Return a statement with the definitions known of its activities, each text in one language."""

    def activity(told: Mapping[str, Any]) -> dict[str, Any]:
        found = {**told.get("definition", {}), **definition(told["id"])}
        return {**told, "definition": one_language(found, languages)} if found else dict(told)

    def verb(told: Mapping[str, Any]) -> dict[str, Any]:
        return {**told, "display": chosen(told["display"], languages)} if "display" in told else dict(told)

    return _mapped(statement, dict, verb, activity)


def one_language(definition: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    """Return a definition with its texts in one language each."""
    found = dict(definition)
    for name in ("name", "description"):
        if name in found:
            found[name] = chosen(found[name], languages)
    for name in ("choices", "scale", "source", "target", "steps"):
        if name in found:
            found[name] = [
                {**each, "description": chosen(each["description"], languages)} if "description" in each else each
                for each in found[name]
            ]
    return found


def chosen(texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Return the one text of a language map that suits best (RFC 4647 "Lookup"); the first where none does."""
    nearest: dict[str, str] = {}  # of each tag, and of each that is cut short, the text that suits it
    for tag in texts:
        nearest[tag.lower()] = tag
    for tag in texts:
        short = tag.lower()
        while short := short.rpartition("-")[0]:
            nearest.setdefault(short, tag)
    for wanted in languages:
        short = wanted.lower()
        while short and short != ANY:
            if short in nearest:
                return {nearest[short]: texts[nearest[short]]}
            short = short.rpartition("-")[0]
        if short == ANY:
            break
    return dict([*texts.items()][:1])


def languages(header: str) -> list[str]:
    """Return the languages that an `Accept-Language` names, the dearest first (RFC 9110 "Accept-Language")."""
    found = []
    for number, each in enumerate(header[:1_000].split(",", MOST_LANGUAGES)[:MOST_LANGUAGES]):
        tag, _, more = each.partition(";")
        try:
            weight = float(more.partition("=")[2] or 1)
        except ValueError:
            weight = 0.0
        if tag.strip() and weight > 0:
            found.append((-weight, number, tag.strip()))
    return [tag for _, _, tag in sorted(found)]


def _mapped(
    statement: Mapping[str, Any],
    someone: Callable[[Any], Any],
    verb: Callable[[Any], Any],
    activity: Callable[[Any], Any],
) -> dict[str, Any]:
    """Return a statement, or a substatement, with its people, verb and activities made anew."""
    found = {**statement, "actor": someone(statement["actor"]), "verb": verb(statement["verb"])}
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        found["object"] = activity(thing)
    elif kind in {"Agent", "Group"}:
        found["object"] = someone(thing)
    elif kind == "SubStatement":
        found["object"] = _mapped(thing, someone, verb, activity)
    if "authority" in found:
        found["authority"] = someone(found["authority"])
    if "context" in found:
        found["context"] = _context(found["context"], someone, activity)
    return found


def _context(
    context: Mapping[str, Any], someone: Callable[[Any], Any], activity: Callable[[Any], Any]
) -> dict[str, Any]:
    found = dict(context)
    for name in ("instructor", "team"):
        if name in found:
            found[name] = someone(found[name])
    if "contextActivities" in found:
        told = found["contextActivities"]
        found["contextActivities"] = {name: [activity(each) for each in some] for name, some in told.items()}
    for name, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in found:
            found[name] = [{**each, inner: someone(each[inner])} for each in found[name]]
    return found


def _least_of_someone(told: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: told[name] for name in ("objectType", *IDENTIFIERS) if name in told}
    if "member" in told and not any(name in told for name in IDENTIFIERS):
        kept["member"] = [_least_of_someone(each) for each in told["member"]]
    return kept


def _least_of_activity(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": told["id"]}
