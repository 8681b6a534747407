"""Measures as they are told, made up: for tests of what is drawn and shown of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

FIRST = date(2026, 5, 25)  # a Monday


def weeks(*values: float | None, n: int | None = 40, first: date = FIRST) -> list[dict[str, Any]]:
    """Return a series of one value a week, the first from a Monday on."""
    begins = [first + timedelta(weeks=number) for number in range(len(values))]
    return [
        {"from": f"{day}", "to": f"{day + timedelta(weeks=1)}", "value": value, "n": n}
        for day, value in zip(begins, values, strict=True)
    ]


def measure(slug: str = "weekly_active", /, **more: Any) -> dict[str, Any]:
    """Return a measure; what is not said is that of the weekly active."""
    return {
        "measure": slug,
        "name": slug.replace("_", " ").capitalize(),
        "definition": "Members who did something of their own in the week, of all members.",
        "unit": "share",
        "window": "week",
        "value": 0.31,
        "n": 42,
        "target": 0.30,
        "met": True,
        "least": False,
        "reference": None,
        "why_none": None,
        "series": weeks(0.12, 0.45, 0.31),
        "table": None,
        "people": None,
        "parts": None,
    } | more


def answer(*measures: dict[str, Any]) -> dict[str, Any]:
    """Return the answer with these measures."""
    return {
        "community": "makers",
        "as_of": "2026-11-23T00:00:00Z",
        "known_at": "2026-11-23T00:00:00Z",
        "position": 900,
        "members": 58,
        "measures": list(measures),
    }
