"""What recorded practice means: charters, rules and standings. Droppable, rebuilt from the ledger."""

from __future__ import annotations

from projections.advice import Advice
from projections.alarm import KINDS as ALARMS
from projections.alarm import Alarm
from projections.alarms import alarms_of
from projections.charter import PRESETS, Charter, faults_of, parse_charter, preset, read_charter
from projections.charter_diff import diff
from projections.errors import (
    CharterError,
    CharterFault,
    ProjectionError,
    RebuildError,
    StalledError,
    UnknownCohortError,
    UnknownMemberError,
    UnknownRuleError,
)
from projections.following import Following, Health, LeftOut
from projections.lag import Lag
from projections.language import Rule, duration
from projections.lint import lint
from projections.lint_book import Seen, look
from projections.open_views import migrate_views, open_views
from projections.read import Standings
from projections.rebuild import rebuild
from projections.simulate import simulate
from projections.views import ShardViews, Views
from projections.views_rows import AwardRow, MemberRow, Revoked
from projections.views_tables import AWARDS, STANDING
from projections.worker import Follower, due

__all__ = [
    "ALARMS",
    "AWARDS",
    "PRESETS",
    "STANDING",
    "Advice",
    "Alarm",
    "AwardRow",
    "Charter",
    "CharterError",
    "CharterFault",
    "Follower",
    "Following",
    "Health",
    "Lag",
    "LeftOut",
    "MemberRow",
    "ProjectionError",
    "RebuildError",
    "Revoked",
    "Rule",
    "Seen",
    "ShardViews",
    "StalledError",
    "Standings",
    "UnknownCohortError",
    "UnknownMemberError",
    "UnknownRuleError",
    "Views",
    "alarms_of",
    "diff",
    "due",
    "duration",
    "faults_of",
    "lint",
    "look",
    "migrate_views",
    "open_views",
    "parse_charter",
    "preset",
    "read_charter",
    "rebuild",
    "simulate",
]
