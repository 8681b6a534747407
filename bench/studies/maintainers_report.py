"""The study of maintainers as people read it: its tables, and what its pictures are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.studies import maintainers_pictures
from bench.studies.tables import replaced, table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RULE = "the rule"
OTHERS = ("most commits", "most reviews")
WINDOWS = {"fit": "before 2020", "test": "2020 and after"}
_SCORES = ("called", "appointed later", "precision", "recall", "F1")

Told = dict[str, Any]


def write(found: Told, into: Path) -> None:
    """Write the tables into the report of a folder, and the pictures beside it."""
    replaced(into / "maintainers.md", tables(found))
    for name, drawn in maintainers_pictures.pictures(found).items():
        into.joinpath(f"maintainers-{name}.svg").write_text(drawn, encoding="utf-8")


def tables(found: Told) -> dict[str, str]:
    """Return every table of the report, by the name of its place."""
    return {
        "reach": _reach(found),
        "grid": _grid(found),
        "scores": _scores(found),
        "intervals": _intervals(found),
        "horizon": _horizon(found),
        "years": _years(found["by year"]),
        "years raw": _years(found["by year, raw"]),
        "lists": _lists(found),
        "sensitivity": _sensitivity(found),
        "parts": _parts(found),
        "leads": _leads(found),
    }


def _reach(found: Told) -> str:
    names = list(found["reach"]["fit"])
    return table(
        ["", *names], [[WINDOWS[key], *(str(told[name]) for name in names)] for key, told in _both(found["reach"])]
    )


def _both(told: Told) -> Iterable[tuple[str, Any]]:
    return ((key, told[key]) for key in WINDOWS)


def _cells(told: Told) -> list[str]:
    parts = [f"{100 * told[name]:.0f} %" for name in ("precision", "recall")]
    return [str(told["called"]), str(told["hits"]), *parts, f"{told['f1']:.2f}"]


def _grid(found: Told) -> str:
    rows = [[row["rule"], *_cells(row["whole"]), *_cells(row["quarters"])[2:]] for row in found["grid"]]
    return table(["rule", *_SCORES, "quarters: precision", "recall", "F1"], rows)


def _scores(found: Told) -> str:
    rows = []
    for key, when in WINDOWS.items():
        for title, part in (("", "linked"), (", accounts not linked", "raw")):
            told = found[part][key]
            rows += [[f"{when}{title}: {name}", *_cells(told[name])] for name in (RULE, *OTHERS)]
        rows.append([f"{when}: the rule that stood here before", *_cells(found["former"][key][RULE])])
    return table(["", *_SCORES], rows)


def _intervals(found: Told) -> str:
    rows = []
    for key, when in WINDOWS.items():
        told = found["linked"][key]["intervals"]
        for name in (RULE, *OTHERS):
            parts = [_span(told[name][part], 100) for part in ("precision", "recall")]
            behind = _span(told[name]["behind"], 1) if name != RULE else ""
            rows.append([f"{when}: {name}", *parts, _span(told[name]["f1"], 1), behind])
    return table(["95 % of resamples", "precision, %", "recall, %", "F1", "the rule's F1 less this one's"], rows)


def _span(pair: list[float], scale: int) -> str:
    low, high = (f"{scale * one:.0f}" if scale > 1 else f"{one:.3f}" for one in pair)
    return f"{low} to {high}"


def _horizon(found: Told) -> str:
    rows = []
    for key, when in WINDOWS.items():
        told = found["linked"][key]
        for name in (RULE, *OTHERS):
            called, hits = told["within three years"][name]
            month = told["a month ahead"][name]
            rows.append([f"{when}: {name}", str(called), str(hits), _part(hits, called), *_cells(month)[:4]])
    heads = ["", "called, three years to judge", "appointed in them", "precision"]
    return table([*heads, "called a month ahead", "appointed later", "precision", "recall"], rows)


def _part(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def _years(rows: list[Told]) -> str:
    made = []
    for row in rows:
        ours, commits, reviews = (row[name] for name in (RULE, *OTHERS))
        open_yet = "" if ours["judged"] else " *"
        cells = [str(ours["called"]), *(f"{one['hits']}{open_yet}" for one in (ours, commits, reviews))]
        precision = f"{_part(ours['hits'], ours['called'])}{open_yet}"
        chosen = [str(ours["appointed"]), *(str(one["beforehand"]) for one in (ours, commits, reviews))]
        made.append([str(row["year"]), *cells, precision, *chosen, _part(ours["beforehand"], ours["appointed"])])
    heads = ["year", "called", "of them appointed", "most commits", "most reviews", "precision"]
    return table([*heads, "appointed", "called beforehand", "most commits", "most reviews", "recall"], made)


def _lists(found: Told) -> str:
    rows = found["tops"]
    names = [name for name in rows[0] if name != "year"]
    made = [
        [str(row["year"]), *(f"{row[name][1]} / {row[name][2]} of {row[name][0]}" for name in names)] for row in rows
    ]
    total = [[sum(row[name][place] for row in rows) for place in (1, 2, 0)] for name in names]
    return table(["on 1 January", *names], [*made, ["together", *("{} / {} of {}".format(*one) for one in total)]])


def _sensitivity(found: Told) -> str:
    made = []
    for fit, test in zip(found["sensitivity"]["fit"], found["sensitivity"]["test"], strict=True):
        made.append([fit["what"], *_cells(fit), str(fit["baselines"]), *_cells(test), str(test["baselines"])])
    best = "the better baseline"
    return table(["", *_SCORES, best, *(f"test: {name}" for name in _SCORES), best], made)


def _parts(found: Told) -> str:
    made = []
    for key, when in WINDOWS.items():
        for part in ("quarters", "twelfths", "areas"):
            told = found[part][key]
            made += [[f"{when}, {part}: {name}", *_cells(told[name])] for name in (RULE, *OTHERS)]
    return table(["", *_SCORES], made)


def _leads(found: Told) -> str:
    made = []
    for title, part in (("linked", "linked"), ("not linked", "raw")):
        made += [[f"{when}, {title}", *map(str, found[part][key]["lead"])] for key, when in WINDOWS.items()]
    return table(
        ["days before the appointment", "a quarter were later than", "median", "a quarter were earlier than"], made
    )
