"""Quiet hours: people get their mail by day, as the community's calendar has it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import tzinfo

MORNING: Final = 8
EVENING: Final = 20
"""From and until when, by the clock of the charter's time zone, mail is sent to members."""


def next_hour(at: int, zone: tzinfo) -> int:
    """Return the first instant (µs), not before `at`, at which mail may be sent to somebody."""
    local = datetime.fromtimestamp(at // 1_000_000, zone)
    if MORNING <= local.hour < EVENING:
        return at
    day = local if local.hour < MORNING else local + timedelta(days=1)
    return int(day.replace(hour=MORNING, minute=0, second=0, microsecond=0).timestamp()) * 1_000_000
