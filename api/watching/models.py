"""The shapes of our answers about alarms, and whether all is well, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from api.web.answers import Answer, Instant


class AlarmsAnswer(Answer):
    """What used to come and stopped: of each in words, since when, what it may come from, which rules ask for it."""

    community: str
    alarms: list[dict[str, Any]]
    position: int
    as_of: Instant


class HealthAnswer(Answer):
    """That this process, and what it stands on, is well."""

    status: Literal["ok"]


class ReadyAnswer(Answer):
    """That the databases answer, and how far the standings have read: facts of all communities."""

    status: Literal["ok", "degraded"]
    head: int
    projected: int
    seconds_behind: float
    shards_down: list[int]
    communities_left_out: int
    communities_refused: int
