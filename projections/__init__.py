"""What recorded practice means: charters, rules and standings. Droppable, rebuilt from the ledger."""

from __future__ import annotations

from projections.alarm import KINDS as ALARMS
from projections.alarm import Alarm
from projections.alarms import alarms_of
from projections.charter import PRESETS, Charter, parse_charter, preset, read_charter
from projections.errors import (
    CharterError,
    ProjectionError,
    RebuildError,
    StalledError,
    UnknownCohortError,
    UnknownMemberError,
    UnknownRuleError,
)
from projections.following import Following, Health, LeftOut
from projections.grounds import Cited, Ground, Reason, duplicate, lost
from projections.lag import Lag
from projections.language import Rule, duration
from projections.links import ALIKE, Links, Proposal, merged
from projections.merging import Effect, Person, effect
from projections.open_views import migrate_views, open_views
from projections.people import Account
from projections.read import Standings
from projections.rebuild import rebuild
from projections.simulate import simulate
from projections.spans import Spans, span_at
from projections.views import ShardViews, Views
from projections.views_rows import AwardRow, Holding, MemberRow, Revoked
from projections.views_tables import AWARDS, STANDING
from projections.worker import Follower, due

__all__ = [
    "ALARMS",
    "ALIKE",
    "AWARDS",
    "PRESETS",
    "STANDING",
    "Account",
    "Alarm",
    "AwardRow",
    "Charter",
    "CharterError",
    "Cited",
    "Effect",
    "Follower",
    "Following",
    "Ground",
    "Health",
    "Holding",
    "Lag",
    "LeftOut",
    "Links",
    "MemberRow",
    "Person",
    "ProjectionError",
    "Proposal",
    "Reason",
    "RebuildError",
    "Revoked",
    "Rule",
    "ShardViews",
    "Spans",
    "StalledError",
    "Standings",
    "UnknownCohortError",
    "UnknownMemberError",
    "UnknownRuleError",
    "Views",
    "alarms_of",
    "due",
    "duplicate",
    "duration",
    "effect",
    "lost",
    "merged",
    "migrate_views",
    "open_views",
    "parse_charter",
    "preset",
    "read_charter",
    "rebuild",
    "simulate",
    "span_at",
]
