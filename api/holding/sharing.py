"""A badge where others look: a professional profile, a link's preview, a code to point a phone at."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import segno
from markupsafe import Markup

from api.holding.embedding import address
from badges import POSTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.installation import Installation
    from badges import Issued

LINKEDIN = "https://www.linkedin.com/profile/add"


def profile_link(here: Installation, issued: Issued, document: Mapping[str, Any]) -> str:
    """Return the address that offers to add a badge to one's profile on LinkedIn, filled in: "Add to profile"."""
    told = {
        "startTask": "CERTIFICATION_NAME",
        "name": document["credentialSubject"]["achievement"]["name"],
        "organizationName": document["issuer"]["name"],
        **_month("issue", document["awardedDate"]),
        **_month("expiration", document.get("validUntil")),
        "certUrl": address(here, issued.id),
        "certId": issued.id,
    }
    return f"{LINKEDIN}?{urlencode(told)}"


def preview(here: Installation, issued: Issued, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a link to a badge's page shows where it is posted (the Open Graph protocol); nothing of a person."""
    achievement = document["credentialSubject"]["achievement"]
    return [
        ("og:type", "website"),
        ("og:site_name", document["issuer"]["name"]),
        ("og:title", achievement["name"]),
        ("og:description", achievement["description"]),
        ("og:url", address(here, issued.id)),
        *(_posted(here, issued, document) if holds(issued) else []),
        ("og:image", f"{here.settings.origin}/credentials/{issued.id}.png"),
        ("og:image:alt", f"The badge {achievement['name']}"),
    ]


def holds(issued: Issued) -> bool:
    """Return whether a badge holds now: neither taken back, nor suspended, nor ended."""
    return issued.suspended is None and issued.stands(time.time_ns() // 1_000)


def _posted(here: Installation, issued: Issued, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the picture of a preview that was made to be posted; where it cannot be drawn, the next is shown."""
    width, height = POSTED["link"][:2]
    return [
        ("twitter:card", "summary_large_image"),
        ("og:image", f"{address(here, issued.id)}/share/link.png"),
        ("og:image:width", str(width)),
        ("og:image:height", str(height)),
        ("og:image:alt", in_words(document)),
    ]


def in_words(document: Mapping[str, Any]) -> str:
    """Return what a picture to post shows, for who does not see it."""
    achievement = document["credentialSubject"]["achievement"]
    said = f"The badge \u201c{achievement['name']}\u201d of {document['issuer']['name']}: {achievement['description']}"
    return " ".join(said.split())


@lru_cache(maxsize=256)
def page_code(address: str) -> Markup:
    """Return the address of a page as a QR code, kept: it takes longer than all else of a page."""
    return code(address)


def code(text: str) -> Markup:
    """Return a text as a QR code, an SVG to stand in a page (ISO/IEC 18004)."""
    made = segno.make(text, error="m", micro=False)
    drawn = made.svg_inline(border=2, omitsize=True, svgclass="code", lineclass=None, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704  drawn by a library of dots alone; the text itself is not in it


def dots(text: str) -> str:
    """Return a text as a QR code, a PNG as a `data:` address: an eighth of an SVG, for pages with many."""
    address: str = segno.make(text, error="m", micro=False).png_data_uri(scale=4, border=2)
    return address


def _month(which: str, instant: str | None) -> dict[str, str]:
    if not instant:
        return {}
    moment = datetime.fromisoformat(instant).astimezone(UTC)
    return {f"{which}Year": str(moment.year), f"{which}Month": str(moment.month)}
