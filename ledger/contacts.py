"""What is known of a person besides what a platform knows her by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLD = frozenset({"handle", "name", "email"})
"""What a platform may tell of a person besides what it knows her by."""


def told_by(account: Mapping[str, Any], seen: int) -> dict[str, Any]:
    """Return what an event's account object tells of a person, as her contact is kept."""
    told = {name: account[name] for name in ("platform", "id", "realm", *TOLD) if account.get(name)}
    told["seen"] = seen
    return told
