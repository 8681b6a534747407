"""What a manager is shown of a delivery: its shape, and the platform's own words, but nobody's name or text."""

from __future__ import annotations

import re
from typing import Any

MOST_SHOWN = 100  # of the members of an object, or of a list
DEEPEST = 12
WORDS = frozenset({"type", "event", "action", "kind", "state", "status", "subtype", "object", "change", "event_type"})
"""Members whose texts are words of the platform's, not of a person's."""
_WORD = re.compile(r"[a-z][a-z0-9_.:-]{0,60}")


def redacted(value: Any, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401  JSON of any shape
    """Return a value in which every text says how long it is, and every number that it is one."""
    if depth > DEEPEST:
        return "and more"
    if isinstance(value, dict):
        some = list(value.items())[:MOST_SHOWN]
        return {key: redacted(inner, key, depth + 1) for key, inner in some}
    if isinstance(value, list):
        return [redacted(inner, name, depth + 1) for inner in value[:MOST_SHOWN]]
    if isinstance(value, str):
        return value if name in WORDS and _WORD.fullmatch(value) else f"text of {len(value)}"
    return value if value is None or isinstance(value, bool) else "a number"
