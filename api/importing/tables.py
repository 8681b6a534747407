"""The rows of a table as events: where the table begins, what each cell says, and what is wrong, row by row."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from api.importing.cells import Cells
from api.importing.errors import CellError, SheetError
from api.importing.mapping import NAMED, ROW, zone_of
from api.importing.sheets import DELIMITERS, MOST_ROWS, normal

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from api.importing.mapping import Column, SheetMapping
    from api.importing.sheets import Sheet

MOST_ABOVE: Final = 100  # rows in which a table must have begun
_OF_COLUMN = re.compile(r"\brow\.(\w+)")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a row: in which column, if in one."""

    column: str
    words: str

    def __str__(self) -> str:
        return f"{self.column}: {self.words}" if self.column else self.words


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet counts, the events it becomes, and what is wrong with it."""

    number: int
    events: Sequence[Mapping[str, Any]] = ()
    wrong: Sequence[Wrong] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What who imports says of a table. `dates` and `zone`: instead of the mapping's; `given`: answers to its asks."""

    community: str
    zone: str
    given: Mapping[str, str] = field(default_factory=dict)
    dates: Sequence[str] = ()
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was found in a file: where its columns stand, what is above it, how many rows follow."""

    sheet: Sheet
    mapping: SheetMapping
    choices: Choices
    cells: Cells
    delimiter: str
    header: int  # the number of the row
    headings: Sequence[str]
    places: Mapping[str, int]  # of the mapping's columns
    above: Mapping[str, Any]
    given: Mapping[str, Any]
    length: int

    def rows(self) -> Iterator[Row]:
        """Yield each row below the header; blank ones are passed over. Raises `SheetError`."""
        with self.sheet.rows(self.delimiter) as rows:
            for number, row in rows:
                if number <= self.header:
                    continue
                if row:
                    yield self._row(number, row)
                elif self.mapping.ends_blank:
                    return

    def heading(self, column: str) -> str:
        """Return what stands at the head of one of the mapping's columns."""
        place = self.places.get(column)
        return self.mapping.columns[column].named[0] if place is None else self.headings[place]

    def _row(self, number: int, row: Sequence[str]) -> Row:
        wrong = []
        if any(cell.strip() for cell in row[len(self.headings) :]):
            wrong.append(Wrong("", f"wanted {len(self.headings)} cells, got {len(row)}"))
        said: dict[str, Any] = {}
        for name, column in self.mapping.columns.items():
            place = self.places.get(name)
            try:
                said[name] = _read(self.cells, column, row[place] if place is not None and place < len(row) else "")
            except CellError as error:
                wrong.append(Wrong(self.heading(name), str(error)))
        if wrong:
            return Row(number, wrong=wrong)
        digest = hashlib.sha256("\x1f".join(cell.strip() for cell in row).rstrip("\x1f").encode()).hexdigest()
        told = {ROW: said, "rest": self._rest(row), "above": self.above, "given": self.given, "hash": digest}
        mapped = self.mapping.meaning.map(told, self.choices.community)
        if mapped.kind != "mapped":
            return Row(number, wrong=[self._misfit(told, mapped.words)])
        return Row(number, mapped.events)

    def _rest(self, row: Sequence[str]) -> list[dict[str, Any]]:
        """Return the filled cells of columns that the mapping does not name, with what they say if it is a number."""
        taken, rest = set(self.places.values()), []
        for place, (heading, cell) in enumerate(zip(self.headings, row, strict=False)):
            if place in taken or not heading.strip() or not cell.strip():
                continue
            try:
                value, kind = self.cells.read(cell, "number"), "number"
            except CellError:
                value, kind = cell.strip(), "text"
            rest.append({"heading": " ".join(heading.split()), "value": value, "type": kind})
        return rest

    def wrong_of(self, event: Mapping[str, Any], pointer: str, words: str) -> Wrong:
        """Return a fault of an event as one of the column that it came from."""
        for emit in self.mapping.emits:
            template: Any = emit.data if pointer.startswith("/data/") else {"id": emit.id, "time": emit.time}
            if not event["type"].endswith(f".{emit.emit}.v1"):
                continue
            for part in pointer.removeprefix("/data").strip("/").split("/"):
                template = template.get(part, template) if isinstance(template, dict) else template
            if column := self._named_in(str(getattr(template, "text", ""))):
                return Wrong(column, words)
        return Wrong("", f"{pointer}: {words}")

    def _misfit(self, told: Mapping[str, Any], words: str) -> Wrong:
        """Return why a row cannot be mapped: mostly something that its key is made of is not there."""
        keys = " ".join(f"{emit.id.text} {emit.time.text if emit.time else ''}" for emit in self.mapping.emits)
        empty = {(group, name) for group, name in NAMED.findall(keys) if told[group].get(name) is None}
        for group, name in sorted(empty, reverse=True):
            if group == ROW:
                return Wrong(self.heading(name), "wanted something there, got nothing")
            if group == "given":
                return Wrong("", f"wanted an answer to {name!r} ({self.mapping.asks[name].named[0]}), got none")
        return Wrong(self._named_in(words), words)

    def _named_in(self, expression: str) -> str:
        found = _OF_COLUMN.search(expression)
        return self.heading(found[1]) if found and found[1] in self.mapping.columns else ""


def find_table(sheet: Sheet, mapping: SheetMapping, choices: Choices, *, most: int = MOST_ROWS) -> Table:
    """Return the table of a file, all of which is gone through. Raises `SheetError` where it is none, or another."""
    cells = Cells(choices.dates or mapping.dates, zone_of(choices.zone or mapping.zone or "UTC"))
    missing: list[tuple[list[str], list[str]]] = []
    for delimiter in [choices.delimiter] if choices.delimiter else DELIMITERS:
        head = _head(sheet, delimiter)
        for place, (number, row) in enumerate(head):
            lacks = _lacking(mapping, row)
            if lacks:
                missing.append((lacks, row))
                continue
            return Table(
                sheet=sheet,
                mapping=mapping,
                choices=choices,
                cells=cells,
                delimiter=delimiter,
                header=number,
                headings=row,
                places=_places(mapping, row),
                above=dict(_above(cells, mapping, head[:place])),
                given=_given(cells, mapping, choices.given),
                length=_length(sheet, delimiter, most) - number,
            )
    lacks, row = min(missing, key=lambda each: (len(each[0]), -len(each[1])), default=([], []))
    got = ", ".join(cell.strip() for cell in row if cell.strip())[:300] or "none"
    raise SheetError(f"wanted a table with the columns {', '.join(lacks)}; got {got}")


def _head(sheet: Sheet, delimiter: str) -> list[tuple[int, list[str]]]:
    with sheet.rows(delimiter) as rows:
        head = []
        try:
            for number, row in rows:
                if row:
                    head.append((number, row))
                if number >= MOST_ABOVE:
                    break
        except SheetError:
            if not head:
                raise
        return head


def _length(sheet: Sheet, delimiter: str, most: int) -> int:
    with sheet.rows(delimiter, most) as rows:
        return max((number for number, _ in rows), default=0)


def _lacking(mapping: SheetMapping, row: Sequence[str]) -> list[str]:
    """Return the needed columns that a row does not head; all that there are where it heads none at all."""
    heads = {normal(cell) for cell in row}
    needed = [column for column in mapping.columns.values() if column.needed] or list(mapping.columns.values())[:1]
    return [column.named[0] for column in needed if not any(normal(name) in heads for name in column.named)]


def _places(mapping: SheetMapping, row: Sequence[str]) -> dict[str, int]:
    heads = [normal(cell) for cell in row]
    places = {}
    for key, column in mapping.columns.items():
        name = next((name for name in map(normal, column.named) if name in heads), None)
        if name is not None and heads.count(name) > 1:
            raise SheetError(f"wanted one column {column.named[0]}, got {heads.count(name)}")
        if name is not None:
            places[key] = heads.index(name)
    return places


def _above(cells: Cells, mapping: SheetMapping, head: Sequence[tuple[int, Sequence[str]]]) -> Iterator[tuple[str, Any]]:
    """Yield what the labels above a table say. Raises `SheetError`."""
    for key, label in mapping.above.items():
        names = {normal(name) for name in label.named}
        try:
            yield key, _read(cells, label, _beside([row for _, row in head], names, label.at))
        except CellError as error:
            raise SheetError(f"{label.named[0]}: {error}") from error


def _beside(head: Sequence[Sequence[str]], names: Container[str], where: str) -> str:
    """Return what stands to the right of a label, or below it; "" where there is no such label."""
    for place, row in enumerate(head):
        for at, cell in enumerate(row):
            if normal(cell).rstrip(":") in names:
                cells = row[at + 1 :] if where == "right" else [] if place + 1 == len(head) else head[place + 1][at:]
                return cells[0] if cells else ""
    return ""


def _given(cells: Cells, mapping: SheetMapping, given: Mapping[str, str]) -> dict[str, Any]:
    if strange := sorted(given.keys() - mapping.asks.keys()):
        raise SheetError(f"wanted one of {', '.join(mapping.asks) or 'no answers'}; got {strange[0]}")
    found = {}
    for key, column in mapping.asks.items():
        try:
            found[key] = _read(cells, column, given.get(key, ""))
        except CellError as error:
            raise SheetError(f"{key}: {error}") from error
    return found


def _read(cells: Cells, column: Column, text: str) -> Any:  # noqa: ANN401  JSON
    found = cells.read(text, column.kind, column.values)
    if found is None and column.needed:
        raise CellError("something there", "nothing")
    return found
