"""What recorded practice means: charters, rules and standings. Droppable, rebuilt from the ledger."""

from __future__ import annotations

from projections.advice import Advice
from projections.alarm import KINDS as ALARMS
from projections.alarm import Alarm
from projections.alarms import alarms_of
from projections.appointing import CHANGES as ASSIGNMENT_CHANGES
from projections.appointing import KINDS as ASSIGNMENT_KINDS
from projections.appointing import Judged, Wish, judged
from projections.charter import PRESETS, Charter, faults_of, parse_charter, preset, read_charter
from projections.charter_diff import diff
from projections.charter_text import written
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
from projections.fairness import SOURCE as FAIRNESS
from projections.following import Following, Health, LeftOut
from projections.grounds import Cited, Ground, Reason, duplicate, lost
from projections.hearing import Fairness
from projections.lag import Lag
from projections.language import Rule, duration
from projections.links import ALIKE, Links, Proposal, merged
from projections.lint import lint
from projections.lint_book import Seen, look
from projections.merging import Effect, Person, effect
from projections.open_views import migrate_views, open_views
from projections.people import Account
from projections.read import Standings
from projections.rebuild import rebuild
from projections.simulate import Study, simulate
from projections.spans import Spans, span_at
from projections.views import ShardViews, Views
from projections.views_rows import AwardRow, Holding, MemberRow, Revoked
from projections.views_tables import AWARDS, STANDING
from projections.worker import Follower, due

__all__ = [
    "ALARMS",
    "ALIKE",
    "ASSIGNMENT_CHANGES",
    "ASSIGNMENT_KINDS",
    "AWARDS",
    "FAIRNESS",
    "PRESETS",
    "STANDING",
    "Account",
    "Advice",
    "Alarm",
    "AwardRow",
    "Charter",
    "CharterError",
    "CharterFault",
    "Cited",
    "Effect",
    "Fairness",
    "Follower",
    "Following",
    "Ground",
    "Health",
    "Holding",
    "Judged",
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
    "Seen",
    "ShardViews",
    "Spans",
    "StalledError",
    "Standings",
    "Study",
    "UnknownCohortError",
    "UnknownMemberError",
    "UnknownRuleError",
    "Views",
    "Wish",
    "alarms_of",
    "diff",
    "due",
    "duplicate",
    "duration",
    "effect",
    "faults_of",
    "judged",
    "lint",
    "look",
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
    "written",
]
