"""A day that somebody wrote into a form, as the instant that a term ends."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from schemas import Fault

if TYPE_CHECKING:
    from datetime import tzinfo

NOON = time(12)  # so that it is this day in every other time zone, too, where it is shown again


def day_named(text: str, zone: tzinfo, faults: list[Fault], field: str) -> int | None:
    """Return noon (µs) of a day as `2026-09-01`; None for no day, with the fault noted where it is none."""
    if not text.strip():
        return None
    try:
        at = datetime.combine(date.fromisoformat(text.strip()), NOON, zone)
        return int(at.timestamp()) * 1_000_000
    except (ValueError, OverflowError):
        faults.append(Fault(f"/{field}", f"wanted a day as 2026-09-01, got {text.strip()[:40]}"))
        return None


def after(days: float, now: int, zone: tzinfo) -> str:
    """Return the day that lies so many days after an instant (µs), as a form's field has it."""
    return (datetime.fromtimestamp(now // 1_000_000, zone) + timedelta(days=days)).date().isoformat()
