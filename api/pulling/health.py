"""How each relay and poll of a community does, for who looks after it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from api.connecting.connector import every_connector
from schemas import format_time, say

if TYPE_CHECKING:
    from api.installation import Installation

STATES = {
    "beginning": say("has heard nothing yet"),
    "on": say("goes on"),
    "waiting": say("failed, and is tried again"),
    "ended": say("has ended: somebody must look after it"),
}
"""What each state of a pull means."""
QUIET_INTERVALS = 3  # of a poll that may pass without a word
QUIET_RELAY = 10 * 60_000_000  # µs without an acknowledged heartbeat


def pulled(here: Installation, community: str, *, at: int) -> list[dict[str, Any]]:
    """Return a row for each relay and poll of a community, by its connector; `at` in µs.

    `silent`: it goes on, it says, and yet nothing came for longer than its interval allows: its process is not running.
    `behind` is in seconds.
    """
    rows = []
    for one in here.book.pulls.of(community):
        connector = every_connector().get(one.connector)
        interval = one.cursor.get("interval")
        quiet = QUIET_INTERVALS * interval * 1_000_000 if interval else QUIET_RELAY
        rows.append(
            {
                "connector": one.connector,
                "title": connector.title if connector else one.connector,
                "state": one.state,
                "words": STATES[one.state],
                "since": format_time(one.since),
                "heard": format_time(one.heard) if one.heard else None,
                "behind": one.behind // 1_000_000,
                "taken": one.taken,
                "refused": one.refused,
                "again": one.again,
                "said": one.said,
                "silent": one.state != "ended" and at - max(one.heard, one.since) > quiet,
            }
        )
    return rows


def stopped(here: Installation, community: str) -> int:
    """Return how many relays and polls of a community ended, or have been silent."""
    return sum(row["state"] == "ended" or row["silent"] for row in pulled(here, community, at=time.time_ns() // 1_000))
