"""A table taken into a community, row by row, or shown as what it would become. Nothing of a row, or all of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from api.importing.tables import Wrong
from api.importing.taking import Taking, kind_of
from schemas import check_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from api.importing.tables import Row, Table
    from api.installation import Installation
    from ledger import Outcome

Verdict = Literal["new", "known", "changed", "refused", "nothing"]
VERDICTS: Final[tuple[Verdict, ...]] = ("new", "known", "changed", "refused", "nothing")
"""What a row is: new; known already; changed under its key since; wrong somewhere; or such that it means nothing."""
MOST_SHOWN: Final = 50  # rows of each verdict
_CHUNK = 400  # rows at once; each is at most some events
_WORST: Final[tuple[str, ...]] = ("refused", "conflict", "stored", "duplicate")
_AS: Final[Mapping[str, Verdict]] = {"refused": "refused", "conflict": "changed", "stored": "new", "duplicate": "known"}


@dataclass(slots=True)
class Tabling:
    """The rows of one table on their way. `rows`: how many are what; `shown`: the first of each, in order."""

    table: Table
    taking: Taking
    rows: Counter[str] = field(default_factory=Counter)
    shown: list[dict[str, Any]] = field(default_factory=list)
    _met: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # event ids: row and what it said

    def take(self, rows: Sequence[Row]) -> None:
        """Take rows, or ask what they would become. Blocks."""
        kept: list[tuple[Row, list[Mapping[str, Any]]]] = []
        for row in rows:
            wrong, changed = self._wrong(row)
            if wrong:
                self._note(row, "changed" if changed else "refused", wrong)
            elif not row.events:
                self._note(row, "nothing", ())
            else:
                kept.append((row, [event for event in row.events if self._first(row, event)]))
        outcomes = iter(self.taking.take([event for _, events in kept for event in events]))
        for row, events in kept:
            self._judge(row, events, list(islice(outcomes, len(events))))

    def _wrong(self, row: Row) -> tuple[list[Wrong], bool]:
        """Return what is wrong with a row, and whether that is only that one above it has its key."""
        wrong = list(row.wrong)
        for event in row.events:
            faults = check_event(event, community=self.table.choices.community)
            wrong += [self.table.wrong_of(event, fault.pointer, fault.message) for fault in faults]
        if wrong:
            return wrong, False
        for event in row.events:
            above, said = self._met.get(event["id"], (0, b""))
            if above and said != _digest(event):
                wrong.append(
                    Wrong("", f"wanted a key of its own, got that of row {above:,}, which says something else")
                )
        return wrong, bool(wrong)

    def _first(self, row: Row, event: Mapping[str, Any]) -> bool:
        """Return whether an event is the first of its key in the file."""
        if event["id"] in self._met:
            return False
        self._met[event["id"]] = (row.number, _digest(event))
        return True

    def _judge(self, row: Row, events: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome]) -> None:
        worst = min((each.outcome for each in outcomes), key=_WORST.index, default="duplicate")
        told = zip(events, outcomes, strict=True)
        wrong = [self._said(event, outcome, fault) for event, outcome in told for fault in outcome.errors]
        self._note(row, _AS[worst], wrong)

    def _said(self, event: Mapping[str, Any], outcome: Outcome, fault: Any) -> Wrong:  # noqa: ANN401  a Fault
        if outcome.outcome != "conflict":
            return self.table.wrong_of(event, fault.pointer, fault.message)
        return self.table.wrong_of(event, fault.pointer, "wanted what was recorded under this key, got something else")

    def _note(self, row: Row, verdict: Verdict, wrong: Sequence[Wrong]) -> None:
        self.rows[verdict] += 1
        if self.rows[verdict] <= MOST_SHOWN:
            becomes = [] if verdict == "refused" else [_becomes(event) for event in row.events]
            said = [str(each) for each in wrong]
            self.shown.append({"row": row.number, "verdict": verdict, "becomes": becomes, "wrong": said})


def import_table(
    here: Installation, table: Table, *, preview: bool, step: Callable[[str, int, int], None] = lambda *_: None
) -> dict[str, Any]:
    """Take a table, or with `preview` only look; return what became, or would become, of it. Blocks.

    `step` hears the errand, how many rows are done, and of how many.
    """
    taking = Taking(here, table.choices.community, preview)
    tabling, rows, done = Tabling(table, taking), table.rows(), 0
    while chunk := list(islice(rows, _CHUNK)):
        tabling.take(chunk)
        done += len(chunk)
        step("Reading rows", done, table.length)
    told: dict[str, Any] = {
        "mapping": table.mapping.name,
        "encoding": table.sheet.encoding,
        "guessed": table.sheet.guessed,
        "delimiter": table.delimiter,
        "zone": str(table.cells.zone),
        "rows": {"all": tabling.rows.total(), **{verdict: tabling.rows[verdict] for verdict in VERDICTS}},
        "shown": tabling.shown,
    }
    return told | taking.told()


def _digest(event: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(event, option=orjson.OPT_SORT_KEYS)).digest()


def _becomes(event: Mapping[str, Any]) -> dict[str, str]:
    """Return what is shown of an event: its type, what of that type, of whom, and when."""
    data = event["data"]
    people = (value for value in data.values() if isinstance(value, dict) and "platform" in value)
    who: Mapping[str, Any] = next(people, {"id": ""})
    what = next((data[name] for name in ("state", "kind", "strength", "change", "instrument") if name in data), "")
    named = who.get("name") or who.get("handle") or who.get("id") or ""
    return {"type": kind_of(event), "what": str(what), "who": str(named), "time": event["time"]}
