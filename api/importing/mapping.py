"""Mapping files: read, checked whole, and told with all that is wrong with them.

What its rows become is said as a connector says it, and is held against the schemas of facts by the same reading.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from api.connecting.connector import read_connector
from api.connecting.errors import ConnectorError
from api.importing.cells import ISO
from api.importing.errors import SheetError
from schemas import Fault, check_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.connecting.mapping import Emit, Meaning

ROW: Final = "row"
MOST_VALUES: Final = 20_000
NAMED: Final = re.compile(r"\b(row|above|given)\.([A-Za-z_]\w*)")
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'|`[^`]*`")  # of an expression, what names nothing


@dataclass(frozen=True, slots=True)
class Column:
    """A column, a label above the table, or a question: what may name it, and how it is read."""

    named: Sequence[str]
    kind: str = "text"
    values: Mapping[str, str] | None = None
    needed: bool = False
    at: str = ""  # of a label: right or below


@dataclass(frozen=True, slots=True)
class SheetMapping:
    """How the rows of a table become events. `title`, `about` and `export` are for people."""

    name: str
    version: int
    title: str
    about: str
    header: str  # published or expected
    export: Sequence[str]
    dates: Sequence[str]
    zone: str
    ends_blank: bool
    columns: Mapping[str, Column]
    above: Mapping[str, Column]
    asks: Mapping[str, Column]
    meaning: Meaning
    samples: Sequence[Mapping[str, Any]]

    @property
    def emits(self) -> Sequence[Emit]:
        """The events that a row becomes."""
        return self.meaning.emits[ROW]


class MappingError(SheetError):
    """A mapping file that is not in order. `faults`: all that is wrong with it."""

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        super().__init__(f"{name}: " + "; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))
        self.faults = tuple(faults)


def read_mapping(text: str, name: str) -> SheetMapping:
    """Return the mapping that a file describes. Raises `MappingError` with all that is wrong with it."""
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        words = str(error).replace("\n", " ")[:200]
        raise MappingError(name, [Fault("", f"wanted YAML, got: {words}")]) from error
    if not _is_within(said, MOST_VALUES):
        raise MappingError(name, [Fault("", f"wanted at most {MOST_VALUES:,} values, got more")])
    if faults := check_mapping(said):
        raise MappingError(name, faults)
    try:
        connector = read_connector(json.dumps(_as_connector(said)), name)
    except ConnectorError as error:
        raise MappingError(name, [_as_ours(fault) for fault in error.faults]) from error
    if faults := tuple(_unknown(said)):
        raise MappingError(name, faults)
    return SheetMapping(
        name=said["mapping"],
        version=said["version"],
        title=said["title"],
        about=said.get("about", ""),
        header=said.get("header", "expected"),
        export=said.get("export", ()),
        dates=said.get("dates", (ISO,)),
        zone=said.get("zone", ""),
        ends_blank=said.get("ends") == "blank",
        columns={key: _column(each, each["header"]) for key, each in said["columns"].items()},
        above={key: _column(each, each["label"]) for key, each in said.get("above", {}).items()},
        asks={key: _column(each, (each["title"],)) for key, each in said.get("asks", {}).items()},
        meaning=connector.meaning,
        samples=said.get("samples", ()),
    )


@cache
def mappings() -> Mapping[str, SheetMapping]:
    """Return the mappings that come with this release, by name."""
    found = sorted(files("api").joinpath("importing", "mappings").iterdir(), key=lambda each: each.name)
    read = [read_mapping(each.read_text("utf-8"), each.name) for each in found if each.name.endswith(".yaml")]
    return {each.name: each for each in read}


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone. Raises `SheetError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SheetError(f"wanted a time zone as Europe/London, got {name[:60]!r}") from error


def _is_within(said: object, most: int) -> bool:
    """Tell whether a file has at most so many values, each counted wherever an alias repeats it."""
    ahead = [said]
    while ahead:
        each = ahead.pop()
        inner: list[Any] = list(each.values()) if isinstance(each, dict) else each if isinstance(each, list) else []
        most -= len(inner)
        if most < 0:
            return False
        ahead += inner
    return True


def _as_connector(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a connector whose one word is a row."""
    return {
        "connector": said["mapping"],
        "version": said["version"],
        "title": said["title"],
        "verify": {"alg": "bearer"},
        "event": f"'{ROW}'",
        "source": said["source"],
        "map": {ROW: said["rows"]},
    }


def _as_ours(fault: Fault) -> Fault:
    return Fault(fault.pointer.replace(f"/map/{ROW}", "/rows", 1), fault.message)


def _column(said: Mapping[str, Any], named: Sequence[str]) -> Column:
    return Column(named, said.get("as", "text"), said.get("values"), said.get("needed", False), said.get("at", ""))


def _unknown(said: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what expressions speak of and the file does not describe, and a zone that is none."""
    known = {"row": said["columns"], "above": said.get("above", {}), "given": said.get("asks", {})}
    for pointer, text in _texts(said["rows"], "/rows"):
        for group, name in NAMED.findall(_TEXT.sub("", text)):
            if name not in known[group]:
                wanted = ", ".join(known[group]) or "none"
                yield Fault(pointer, f"wanted {group}. and one of {wanted}; got {group}.{name}")
    if "zone" in said:
        try:
            zone_of(said["zone"])
        except SheetError as error:
            yield Fault("/zone", str(error))


def _texts(said: object, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(said, str):
        yield pointer, said
    elif isinstance(said, dict):
        for name, each in said.items():
            yield from _texts(each, f"{pointer}/{name}")
    elif isinstance(said, list):
        for place, each in enumerate(said):
            yield from _texts(each, f"{pointer}/{place}")
