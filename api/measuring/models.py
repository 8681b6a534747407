"""What the measures' routes answer, as documented."""

from __future__ import annotations

from typing import Any

from api.web.answers import Answer, Instant


class MeasuresAnswer(Answer):
    """Measures of a community: each with its definition, value, history, target, and what others claim of it."""

    community: str
    as_of: Instant
    known_at: Instant
    position: int
    members: int
    measures: list[dict[str, Any]]
