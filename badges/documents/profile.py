"""A community as the issuer of what it signs."""

from __future__ import annotations

from typing import Any


def profile(issuer: str, name: str, url: str, description: str | None = None) -> dict[str, Any]:
    """Return a Profile (OB 3.0 "Profile"); `issuer` is the community's DID."""
    made: dict[str, Any] = {"id": issuer, "type": ["Profile"], "name": name, "url": url}
    return made if description is None else {**made, "description": description}
