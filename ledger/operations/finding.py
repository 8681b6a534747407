"""What an inspection finds: one line each, in words, and what to do about it. No secret stands in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Level = Literal["ok", "warning", "fault"]

_BYTES_FAULT = 256 * 2**20
_BYTES_WARNING = 10 * 2**30
_SHARE_WARNING = 10  # one part in so many
SECOND = 1_000_000  # µs
_CLOCK_WARNING, _CLOCK_FAULT = SECOND, 60 * SECOND
_FUTURE_FAULT = 3_600 * SECOND


class Finding(NamedTuple):
    """One check of one thing."""

    check: str  # "gaps"
    of: str  # "shard 0", "keys", or a community
    level: Level
    found: str
    advice: str = ""


def of_communities(count: int) -> str:
    """Return "1 community", "2 communities"."""
    return f"{count:,} communit{'y' if count == 1 else 'ies'}"


def worst(findings: Iterable[Finding]) -> Level:
    """Return the gravest level among findings."""
    levels = {finding.level for finding in findings}
    return "fault" if "fault" in levels else "warning" if "warning" in levels else "ok"


def space(of: str, *, free: int, total: int) -> Finding:
    """Judge what a disk has left, in bytes."""
    found = f"{free / 2**30:,.1f} GiB free of {total / 2**30:,.1f}"
    if free < _BYTES_FAULT:
        return Finding("disk", of, "fault", found, "make room now: a full disk refuses every event")
    if free < _BYTES_WARNING and free * _SHARE_WARNING < total:
        return Finding("disk", of, "warning", found, "make room soon")
    return Finding("disk", of, "ok", found)


def clock(of: str, *, ours: int, theirs: int) -> Finding:
    """Judge this machine's clock (µs) by the database server's."""
    apart = abs(ours - theirs)
    found = f"{apart / SECOND:.1f} s from the database's"
    if apart < _CLOCK_WARNING:
        return Finding("clock", of, "ok", found)
    level: Level = "fault" if apart >= _CLOCK_FAULT else "warning"
    return Finding("clock", of, level, found, "let both machines keep time (NTP): `recorded` is taken from this one")


def latest(of: str, *, recorded: int, now: int) -> Finding | None:
    """Judge the latest `recorded` (µs) of a community: it does not go back, so one in the future stands still."""
    ahead = recorded - now
    if ahead < SECOND:
        return None
    found = f"the last fact was recorded {ahead / SECOND:,.0f} s in the future"
    advice = "a clock was wrong: until then every fact gets that same `recorded`; order is not harmed"
    return Finding("clock", of, "fault" if ahead >= _FUTURE_FAULT else "warning", found, advice)
