"""What a statement becomes: an event, or nothing. The tables are data (`verbs.yaml`), and an operator's own.

A voiding statement becomes a retraction of what the other one said.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from api.errors import SettingsError
from api.xapi.statement_shapes import VOIDED
from api.xapi.values import instant
from api.xapi.words import WORDS
from schemas import FACT_TYPES, InvalidTimeError, event_type, fact_schema, format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SOURCE: Final = "xapi:statements"
OWN: Final = Path(__file__).parent / "verbs.yaml"
THEIRS: Final = "xapi.yaml"  # in the data folder
_NAMES: Final = {"verbs", "ignore", "facts"}
_FACT_NAMES: Final = {"verb", "types", "beside", "emit", "data"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """One line of the table: which statements, and which event of them."""

    types: frozenset[str]
    beside: frozenset[str]
    emit: str
    data: tuple[tuple[str, Callable[[Mapping[str, Any]], Any]], ...]
    needs: frozenset[str]  # of `data`: what the fact is nothing without, and who did it

    def fits(self, statement: Mapping[str, Any]) -> bool:
        """Tell whether it is of this statement, whose verb is right."""
        if self.types and statement["object"].get("definition", {}).get("type") not in self.types:
            return False
        return not self.beside or not self.beside.isdisjoint(_types_around(statement))


class Meanings:
    """The table of an installation."""

    def __init__(self, by_verb: Mapping[str, tuple[Meaning, ...]]) -> None:
        self._by_verb = by_verb

    def event(self, statement: Mapping[str, Any], stored: int, community: str) -> dict[str, Any] | None:
        """Return the CloudEvent that a kept statement becomes, whose time is `stored` (µs) where it names none."""
        verb = statement["verb"]["id"]
        if verb == VOIDED:
            data: dict[str, Any] = {"retracts": statement["object"]["id"].lower(), "reason": "withdrawn_by_actor"}
            return _event(statement, stored, community, "org.guildbook.retraction.v1", data)
        for meaning in self._by_verb.get(verb, ()):
            if meaning.fits(statement):
                data = {name: found for name, fill in meaning.data if (found := fill(statement)) is not None}
                if meaning.needs <= data.keys():
                    return _event(statement, stored, community, meaning.emit, data)
        return None


def _event(
    statement: Mapping[str, Any], stored: int, community: str, kind: str, data: dict[str, Any]
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": statement["id"].lower(),
        "source": SOURCE,
        "type": kind,
        "time": _time(statement, stored),
        "community": community,
        "data": data,
    }


def _time(statement: Mapping[str, Any], stored: int) -> str:
    """Return when it happened. The first edition lets offset, minutes or the time of day be left out; facts do not."""
    told: str | None = statement.get("timestamp")
    try:
        return format_time(stored if told is None else instant(told))
    except InvalidTimeError:  # in no year that has a name; the book refuses it in its own words
        return told or ""


def _types_around(statement: Mapping[str, Any]) -> set[str]:
    around = statement.get("context", {}).get("contextActivities", {})
    return {
        each["definition"]["type"] for some in around.values() for each in some if "type" in each.get("definition", {})
    }


@functools.lru_cache(8)
def meanings(data: Path | None = None) -> Meanings:
    """Return the table, with that of an installation whose data are in a folder. Raises `SettingsError`."""
    tables = [(OWN.name, _loaded(OWN))]
    theirs = data / THEIRS if data else None
    if theirs is not None and theirs.is_file():
        tables.insert(0, (theirs.name, _loaded(theirs)))
    verbs: dict[str, list[str]] = {}
    for _, table in tables:
        for name, iris in table.get("verbs", {}).items():
            verbs.setdefault(name, []).extend(iris)
    ignored = {iri for _, table in tables for name in table.get("ignore", ()) for iri in verbs.get(name, [name])}
    found: dict[str, tuple[Meaning, ...]] = {}
    for where, table in tables:
        for number, fact in enumerate(table.get("facts", ())):
            meaning = _meaning(f"{where}: facts/{number}", fact, verbs)
            for iri in _iris(fact["verb"], verbs):
                if iri not in ignored:
                    found[iri] = (*found.get(iri, ()), meaning)
    return Meanings(found)


def _loaded(path: Path) -> dict[str, Any]:
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path.name}: wanted YAML, got: {str(error).splitlines()[0]}") from error
    if not isinstance(table, dict) or table.keys() - _NAMES:
        raise SettingsError(f"{path.name}: wanted {', '.join(sorted(_NAMES))}, got something else")
    named = table.setdefault("verbs", {})
    lists = [table.setdefault(name, []) for name in ("ignore", "facts")]
    good = isinstance(named, dict) and all(_are_texts(iris) for iris in named.values())
    if not good or not all(isinstance(each, list) for each in lists) or not _are_texts(lists[0]):
        raise SettingsError(f"{path.name}: wanted lists of IRIs by name as verbs, and lists as ignore and facts")
    return table


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _iris(names: Iterable[str], verbs: Mapping[str, list[str]]) -> list[str]:
    return [iri for name in names for iri in verbs.get(name, [name])]


def _meaning(where: str, fact: Any, verbs: Mapping[str, list[str]]) -> Meaning:  # noqa: ANN401  JSON
    """Return a line of the table. Raises `SettingsError` where it can be known that it is none."""
    if not isinstance(fact, dict) or fact.keys() - _FACT_NAMES or not {"verb", "emit", "data"} <= fact.keys():
        raise SettingsError(f"{where}: wanted verb, emit and data, perhaps types and beside; got something else")
    for name in ("verb", "types", "beside"):
        if not _are_texts(fact.get(name, [])):
            raise SettingsError(f"{where}: {name}: wanted a list of texts, got something else")
    for name in fact["verb"]:
        if name not in verbs and ":" not in name:
            raise SettingsError(f"{where}: wanted a verb of the file, or its IRI; got {name!r}")
    emit, data = fact["emit"], fact["data"]
    if emit not in FACT_TYPES or emit == "retraction":
        raise SettingsError(f"{where}: emit: wanted a type of fact, got {emit!r}")
    schema = fact_schema(emit)
    fields = schema["properties"]
    if not isinstance(data, dict) or data.keys() - fields.keys():
        raise SettingsError(f"{where}: data: wanted some of {', '.join(fields)}; got something else")
    needs = {*schema["required"], *(name for name, value in data.items() if value == "$actor")}
    if missing := needs - data.keys():
        raise SettingsError(f"{where}: data: wanted {', '.join(sorted(missing))} too, as every {emit} has")
    filled = tuple((name, _filled(f"{where}: data/{name}", value)) for name, value in data.items())
    types, beside = (frozenset(fact.get(name, ())) for name in ("types", "beside"))
    return Meaning(types, beside, event_type(emit), filled, frozenset(needs))


def _filled(where: str, value: Any) -> Callable[[Mapping[str, Any]], Any]:  # noqa: ANN401  JSON
    """Return what makes a field of the fact's data, None where the statement says nothing."""
    if isinstance(value, str) and value.startswith("$"):
        if value not in WORDS:
            raise SettingsError(f"{where}: wanted one of {', '.join(WORDS)}; got {value!r}")
        return WORDS[value]
    if isinstance(value, list):
        each = [_filled(where, inner) for inner in value]
        return lambda statement: [found for fill in each if (found := fill(statement)) is not None] or None
    if isinstance(value, dict):
        parts = [(name, _filled(where, inner)) for name, inner in value.items()]
        return lambda statement: _whole({name: fill(statement) for name, fill in parts})
    return lambda _: value


def _whole(found: dict[str, Any]) -> dict[str, Any] | None:
    return None if None in found.values() else found
