"""The contracts: what a platform may send, what a charter may declare, and how JSON and time are read.

Nothing here reads a database, a network or a clock.
"""

from __future__ import annotations

from schemas.checking import check_charter, check_connector, check_event, check_policy, examine_event
from schemas.documents import FACT_TYPES, charter_names, event_type, fact_schema
from schemas.errors import Fault, InvalidTimeError, MalformedJSONError, SchemaError, UnknownFactTypeError
from schemas.sources import OWN_SOURCES, OwnSource
from schemas.strict_json import escaped, foreign, loads, measured
from schemas.times import format_time, parse_time

__all__ = [
    "FACT_TYPES",
    "OWN_SOURCES",
    "Fault",
    "InvalidTimeError",
    "MalformedJSONError",
    "OwnSource",
    "SchemaError",
    "UnknownFactTypeError",
    "charter_names",
    "check_charter",
    "check_connector",
    "check_event",
    "check_policy",
    "escaped",
    "event_type",
    "examine_event",
    "fact_schema",
    "foreign",
    "format_time",
    "loads",
    "measured",
    "parse_time",
]
