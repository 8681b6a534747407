"""The sources of what is said and decided in this installation: nobody else reports under one of them."""

from __future__ import annotations

from typing import Final, Literal, get_args

OwnSource = Literal[
    "guildbook:assignments", "guildbook:choices", "guildbook:fairness", "guildbook:identity", "guildbook:moderation"
]
OWN_SOURCES: Final[tuple[OwnSource, ...]] = get_args(OwnSource)

_SCHEME = "guildbook:"


def is_ours(source: str) -> bool:
    """Return whether a source is of our own scheme, of those above or not (RFC 3986 "Scheme": in any case)."""
    return source[: len(_SCHEME)].lower() == _SCHEME
