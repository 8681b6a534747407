"""The pictures of the study of maintainers."""

from __future__ import annotations

from typing import Any

from bench.studies.svg import WIDTH, Picture

RULE = "the rule"
OTHERS = {"most commits": "b", "most reviews": "c"}
_LEFT, _RIGHT = 56, 24  # px
_BIN = 90  # days

Told = dict[str, Any]


def pictures(found: Told) -> dict[str, str]:
    """Return each picture by its name."""
    return {"years": years(found), "trade": trade(found), "leads": leads(found)}


def years(found: Told) -> str:
    """Draw, year by year, who was called and became a maintainer or not, and who of the appointed was called."""
    rows = found["by year"]
    told = "; ".join(
        f"{row['year']}: {row[RULE]['called']} called, {row[RULE]['hits']} of them appointed within three years,"
        f" {row[RULE]['appointed']} appointed, {row[RULE]['beforehand']} of them called beforehand"
        for row in rows
    )
    drawn = Picture("Called ready, and appointed, by year", told, 330)
    most = max(max(row[RULE]["called"], row[RULE]["appointed"]) for row in rows)
    scale, base, step = 210 / most, 286, (WIDTH - _LEFT - _RIGHT) / len(rows)
    for place, (colour, words) in enumerate(
        (
            ("a", "called, and appointed within 3 years"),
            ("d", "called, not appointed (yet)"),
            ("b", "appointed, called beforehand"),
            ("c", "appointed, not called"),
        )
    ):
        drawn.key(_LEFT + (place % 2) * 330, 48 + (place // 2) * 18, colour, words)
    for number in range(0, most + 1, 5):
        drawn.line([(_LEFT, base - number * scale), (WIDTH - _RIGHT, base - number * scale)])
        drawn.text(_LEFT - 8, base - number * scale + 4, str(number), "small end")
    for place, row in enumerate(rows):
        ours, x = row[RULE], _LEFT + place * step
        _stack(
            drawn, x + step * 0.12, step * 0.34, base, scale, (ours["hits"], "a"), (ours["called"] - ours["hits"], "d")
        )
        late = ours["appointed"] - ours["beforehand"]
        _stack(drawn, x + step * 0.52, step * 0.34, base, scale, (ours["beforehand"], "b"), (late, "c"))
        drawn.text(x + step / 2, base + 18, f"{row['year']}{'' if ours['judged'] else ' *'}", "small mid")
    drawn.text(_LEFT, 322, "* three years have not passed since: some who were called may yet be appointed", "small")
    return drawn.done()


def _stack(drawn: Picture, x: float, width: float, base: float, scale: float, *parts: tuple[int, str]) -> None:
    for number, colour in parts:
        drawn.bar(
            round(x, 1), round(base - number * scale, 1), round(width, 1), round(number * scale, 1), colour, str(number)
        )
        base -= number * scale


def trade(found: Told) -> str:
    """Draw what thresholds on plain counts would have done, and where the rule stands."""
    ours = found["linked"]["test"][RULE]
    whole = ours["appointed"]
    curves = found["curves"]["test"]
    points = {
        name: [(100 * hits / whole, 100 * hits / called) for _, called, hits in rows if hits]
        for name, rows in curves.items()
    }
    told = ". ".join(
        f"{name}: " + ", ".join(f"at {number} in a year, {hits} of {called}" for number, called, hits in rows)
        for name, rows in curves.items()
    )
    drawn = Picture(
        "Precision and recall, 2020 and after", f"The rule: {ours['hits']} of {ours['called']} called. {told}.", 380
    )
    right, top, base = WIDTH - _RIGHT, 62, 330
    across = max((x for line in points.values() for x, _ in line), default=1)
    high = max((y for line in points.values() for _, y in line), default=1)
    across, high = max(across, 100 * ours["recall"], 1), max(high, 100 * ours["precision"], 1)

    def at(x: float, y: float) -> tuple[float, float]:
        return round(_LEFT + x / across * (right - _LEFT - 20), 1), round(base - y / high * (base - top - 16), 1)

    drawn.line([(_LEFT, top), (_LEFT, base), (right, base)])
    for number in range(0, int(high) + 1, 10):
        drawn.text(_LEFT - 8, at(0, number)[1] + 4, f"{number} %", "small end")
    for number in range(0, int(across) + 1, 10):
        drawn.text(at(number, 0)[0], base + 18, f"{number} %", "small mid")
    for place, (name, colour) in enumerate(OTHERS.items()):
        drawn.line([at(x, y) for x, y in points[name]], colour, 2)
        for x, y in points[name]:
            drawn.dot(*at(x, y), 3, colour)
        drawn.key(_LEFT + 20 + place * 260, 48, colour, f"{name.split()[1]} in the last year, at thresholds")
    spot = at(100 * ours["recall"], 100 * ours["precision"])
    drawn.dot(*spot, 7, "a")
    drawn.text(spot[0] + 12, spot[1] - 6, "the rule")
    drawn.text((_LEFT + right) / 2, base + 38, "recall: of those appointed, called beforehand", "small mid")
    drawn.text(_LEFT + 6, top + 4, "precision: of those called, appointed later", "small")
    return drawn.done()


def leads(found: Told) -> str:
    """Draw how long before her appointment each maintainer had first stood ready."""
    days = found["leads"]
    bins = [0] * (max(days, default=0) // _BIN + 1)
    for one in days:
        bins[one // _BIN] += 1
    lower, middle, upper = found["linked"]["test"]["lead"] or (0, 0, 0)
    told = f"{len(days)} people: median {middle} days, quartiles {lower} and {upper}. In steps of {_BIN} days: {bins}."
    drawn = Picture("How long before the appointment the rule first called, 2020 and after", told, 280)
    base, step = 226, (WIDTH - _LEFT - _RIGHT) / len(bins)
    scale = 150 / max(1, *bins)
    for number in range(0, max(bins) + 1, 2):
        drawn.line([(_LEFT, base - number * scale), (WIDTH - _RIGHT, base - number * scale)])
        drawn.text(_LEFT - 8, base - number * scale + 4, str(number), "small end")
    for place, number in enumerate(bins):
        drawn.bar(
            round(_LEFT + place * step + 1, 1),
            round(base - number * scale, 1),
            round(step - 2, 1),
            round(number * scale, 1),
            "a",
            f"{number} people, from day {place * _BIN}",
        )
    for year in range(len(bins) * _BIN // 365 + 1):
        x = round(_LEFT + year * 365 / _BIN * step, 1)
        drawn.line([(x, base), (x, base + 6)], "ink")
        drawn.text(x, base + 20, f"{year} y", "small mid")
    x = round(_LEFT + middle / _BIN * step, 1)
    drawn.line([(x, 56), (x, base)], "b", 2)
    drawn.text(x + 6, 64, f"median: {middle} days", "small")
    drawn.text(
        (_LEFT + WIDTH - _RIGHT) / 2, base + 42, "time from first standing ready to the appointment", "small mid"
    )
    return drawn.done()
