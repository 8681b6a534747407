"""The contracts: what a platform may send, what a charter may declare, and how JSON and time are read.

And texts for people, which are English and can be told in other languages. Nothing here reads a database, a network or
a clock.
"""

from __future__ import annotations

from schemas.checking import check_charter, check_connector, check_event, check_mapping, check_policy, examine_event
from schemas.days import day_of_year, day_words, month_words, short_day_words, short_month_words
from schemas.documents import FACT_TYPES, charter_names, event_type, fact_schema
from schemas.errors import Fault, InvalidTimeError, MalformedJSONError, SchemaError, UnknownFactTypeError
from schemas.sources import OWN_SOURCES, OwnSource
from schemas.strict_json import escaped, foreign, loads, measured
from schemas.texts import ENGLISH, Text, capital, counted, grouped, joined, listed, lowered, marked, say, speaking, tell
from schemas.times import format_time, parse_time

__all__ = [
    "ENGLISH",
    "FACT_TYPES",
    "OWN_SOURCES",
    "Fault",
    "InvalidTimeError",
    "MalformedJSONError",
    "OwnSource",
    "SchemaError",
    "Text",
    "UnknownFactTypeError",
    "capital",
    "charter_names",
    "check_charter",
    "check_connector",
    "check_event",
    "check_mapping",
    "check_policy",
    "counted",
    "day_of_year",
    "day_words",
    "escaped",
    "event_type",
    "examine_event",
    "fact_schema",
    "foreign",
    "format_time",
    "grouped",
    "joined",
    "listed",
    "loads",
    "lowered",
    "marked",
    "measured",
    "month_words",
    "parse_time",
    "say",
    "short_day_words",
    "short_month_words",
    "speaking",
    "tell",
]
