"""What recorded practice means: charters, rules and standings. Droppable, rebuilt from the ledger."""

from __future__ import annotations

from projections.alarms.alarm import KINDS as ALARMS
from projections.alarms.alarm import Alarm
from projections.alarms.raised import alarms_of
from projections.alarms.sources import Source, sources_of
from projections.asked.grounds import Cited, Ground, Reason, duplicate, lost
from projections.asked.lint import lint
from projections.asked.lint_book import Seen, look
from projections.asked.merging import Effect, Person, effect
from projections.asked.read import Standings
from projections.asked.simulate import Study, simulate
from projections.charters.advice import Advice
from projections.charters.charter import PRESETS, Charter, faults_of, parse_charter, preset, read_charter, refused
from projections.charters.diff import diff
from projections.charters.language import Grant, Rule, duration, required
from projections.charters.plain import outward, rules_in_words
from projections.charters.recognition import BY_ASSIGNMENT, issuable
from projections.charters.text import ALIAS, composed, read_text, written
from projections.commons.members import Members
from projections.commons.read import Commons
from projections.commons.sessions import Session
from projections.commons.works import Work
from projections.errors import (
    CharterError,
    CharterFault,
    ProjectionError,
    RebuildError,
    StalledError,
    UnknownCohortError,
    UnknownMeasureError,
    UnknownMemberError,
    UnknownRuleError,
)
from projections.fairness.cases import ENDINGS as CASE_ENDINGS
from projections.fairness.cases import Open as OpenCase
from projections.fairness.cases import endings as case_endings
from projections.fairness.cases import steps as case_steps
from projections.fairness.hearing import Fairness
from projections.fairness.proposals import SOURCE as FAIRNESS
from projections.fold.calendar import begins, period_at
from projections.fold.links import ALIKE, Links, Proposal, merged
from projections.fold.people import Account
from projections.fold.spans import DOOM, Spans, span_at
from projections.fold.terms import Role, Term, roles_of
from projections.leading.appointing import CHANGES as ASSIGNMENT_CHANGES
from projections.leading.appointing import KINDS as ASSIGNMENT_KINDS
from projections.leading.appointing import Judged, Wish, judged
from projections.leading.leaders import term_at, terms
from projections.leading.offices import Office, Seat, Team
from projections.measures.told import MEASURES, MOST_WEEKS, WEEKS
from projections.quarters.noted import Span
from projections.spotlights.consents import Word
from projections.spotlights.moments import LATE, Moment
from projections.spotlights.read import PERIODS, Light, Met, Per, Spotlights
from projections.spotlights.turns import RESTS, Candidate
from projections.views.awarded import NominationRow
from projections.views.endorsed import EndorsementRow
from projections.views.following import Following, Health, LeftOut
from projections.views.lag import Lag
from projections.views.opening import migrate_views, open_views
from projections.views.rebuild import rebuild
from projections.views.rows import AwardRow, Flag, Holding, MemberRow
from projections.views.shard_views import ShardViews
from projections.views.tables import AWARDS, STANDING
from projections.views.views import Views
from projections.views.worker import Follower, due

__all__ = [
    "ALARMS",
    "ALIAS",
    "ALIKE",
    "ASSIGNMENT_CHANGES",
    "ASSIGNMENT_KINDS",
    "AWARDS",
    "BY_ASSIGNMENT",
    "CASE_ENDINGS",
    "DOOM",
    "FAIRNESS",
    "LATE",
    "MEASURES",
    "MOST_WEEKS",
    "PERIODS",
    "PRESETS",
    "RESTS",
    "STANDING",
    "WEEKS",
    "Account",
    "Advice",
    "Alarm",
    "AwardRow",
    "Candidate",
    "Charter",
    "CharterError",
    "CharterFault",
    "Cited",
    "Commons",
    "Effect",
    "EndorsementRow",
    "Fairness",
    "Flag",
    "Follower",
    "Following",
    "Grant",
    "Ground",
    "Health",
    "Holding",
    "Judged",
    "Lag",
    "LeftOut",
    "Light",
    "Links",
    "MemberRow",
    "Members",
    "Met",
    "Moment",
    "NominationRow",
    "Office",
    "OpenCase",
    "Per",
    "Person",
    "ProjectionError",
    "Proposal",
    "Reason",
    "RebuildError",
    "Role",
    "Rule",
    "Seat",
    "Seen",
    "Session",
    "ShardViews",
    "Source",
    "Span",
    "Spans",
    "Spotlights",
    "StalledError",
    "Standings",
    "Study",
    "Team",
    "Term",
    "UnknownCohortError",
    "UnknownMeasureError",
    "UnknownMemberError",
    "UnknownRuleError",
    "Views",
    "Wish",
    "Word",
    "Work",
    "alarms_of",
    "begins",
    "case_endings",
    "case_steps",
    "composed",
    "diff",
    "due",
    "duplicate",
    "duration",
    "effect",
    "faults_of",
    "issuable",
    "judged",
    "lint",
    "look",
    "lost",
    "merged",
    "migrate_views",
    "open_views",
    "outward",
    "parse_charter",
    "period_at",
    "preset",
    "read_charter",
    "read_text",
    "rebuild",
    "refused",
    "required",
    "roles_of",
    "rules_in_words",
    "simulate",
    "sources_of",
    "span_at",
    "term_at",
    "terms",
    "written",
]
