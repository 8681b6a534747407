"""What was heard, as the views keep it: for each channel and stretch of 92 days one row, its days in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from projections.fold.heard import Heard, channel, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.fold.heard import Channel, Days
    from projections.views.tables import Rows

STRETCH = 92  # days
_WIDTH = 500  # channels asked for in one statement
_Key = tuple[str, int]  # channel, number of the stretch


def added(rows: Rows, table: str, community: str, counts: Heard) -> list[tuple[Any, ...]]:
    """Return the rows of a table as they are once `counts` are added to what stands there."""
    parts: dict[_Key, Days] = {}
    for one, days in counts.items():
        for day, number in days.items():
            parts.setdefault((str(one), day // STRETCH), {})[day] = number
    there = _there(rows, table, community, parts)
    sums = {key: joined(there.get(key, {}), days) for key, days in sorted(parts.items())}
    return [(community, name, stretch, _written(days)) for (name, stretch), days in sums.items()]


def read(rows: Rows, table: str, community: str, since: int) -> Heard:
    """Return what was heard of a community from the stretch on that a day belongs to."""
    sql = f"SELECT channel, body FROM {table} WHERE community = ? AND stretch >= ? ORDER BY channel, stretch"
    found: dict[Channel, Days] = {}
    for name, body in rows.run(sql, (community, since // STRETCH)):
        found.setdefault(channel(name), {}).update(_read(body))
    return found


def _there(rows: Rows, table: str, community: str, keys: Mapping[_Key, object]) -> dict[_Key, Days]:
    names, stretches = sorted({name for name, _ in keys}), [stretch for _, stretch in keys]
    found: dict[_Key, Days] = {}
    for start in range(0, len(names), _WIDTH):
        some = names[start : start + _WIDTH]
        sql = f"""SELECT channel, stretch, body FROM {table}
            WHERE community = ? AND stretch >= ? AND stretch <= ? AND channel IN ({", ".join("?" * len(some))})"""
        for name, stretch, body in rows.run(sql, (community, min(stretches), max(stretches), *some)):
            if (name, stretch) in keys:
                found[name, stretch] = _read(body)
    return found


def _written(days: Days) -> str:
    return orjson.dumps([[day, number] for day, number in sorted(days.items())]).decode()


def _read(body: str) -> Days:
    return dict(orjson.loads(body))
