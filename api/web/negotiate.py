"""Which of the forms we can give a caller would rather have (RFC 9110 "Accept")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_HEADER = 2_000  # characters; a browser's Accept has about 130


def best(header: str | None, offers: Sequence[str]) -> str | None:
    """Return the offer that `header` likes most, the earliest among equals; `None` when it wants none.

    An absent header, or one too long to be honest, takes the first offer.
    """
    if not header or len(header) > LONGEST_HEADER:
        return offers[0]
    wanted = [_range(part) for part in header.split(",") if part.strip()]
    scored = [(_quality(offer, wanted), -place, offer) for place, offer in enumerate(offers)]
    quality, _, offer = max(scored)
    return offer if quality > 0 else None


def prefers_html(header: str | None) -> bool:
    """Whether the caller is a person at a browser rather than a program."""
    return bool(header) and best(header, ["application/problem+json", "text/html"]) == "text/html"


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            quality = _number(value.strip())
    return media.lower(), quality


def _number(text: str) -> float:
    if len(text) > 5 or not text.replace(".", "", 1).isascii() or not text.replace(".", "", 1).isdigit():  # noqa: PLR2004 - "0.123"
        return 0.0
    return min(float(text), 1.0)


def _quality(offer: str, wanted: list[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that covers `offer`; 0 where none does."""
    family = offer.partition("/")[0]
    for pattern in (offer, f"{family}/*", "*/*"):
        for media, quality in wanted:
            if media == pattern:
                return quality
    return 0.0
