"""What recorded practice means: charters, rules and standings. Droppable, rebuilt from the ledger."""

from __future__ import annotations

from projections.charter import PRESETS, Charter, parse_charter, preset, read_charter
from projections.errors import (
    CharterError,
    ProjectionError,
    UnknownMemberError,
    UnknownRuleError,
)
from projections.following import Following
from projections.language import Rule, duration
from projections.open_views import open_views
from projections.read import Standings
from projections.simulate import simulate
from projections.views import AWARDS, AwardRow, MemberRow, Views
from projections.worker import Follower, due, rebuild

__all__ = [
    "AWARDS",
    "PRESETS",
    "AwardRow",
    "Charter",
    "CharterError",
    "Follower",
    "Following",
    "MemberRow",
    "ProjectionError",
    "Rule",
    "Standings",
    "UnknownMemberError",
    "UnknownRuleError",
    "Views",
    "due",
    "duration",
    "open_views",
    "parse_charter",
    "preset",
    "read_charter",
    "rebuild",
    "simulate",
]
