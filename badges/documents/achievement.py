"""What a badge stands for: a charter's badge as an Open Badges 3.0 Achievement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping


def achievement(
    charter_badge: Mapping[str, Any],
    *,
    base_url: str,
    community: str,
    outcomes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the OB 3.0 Achievement of a badge as its charter declares it (`badge`, `name`, ...).

    Its id is the badge's page, `{base_url}/c/{community}/badges/{badge}`; the image is that with `.png`.
    `outcomes` gives the words for the outcomes it names: slug -> what members will be able to do.
    """
    base = base_url.rstrip("/")
    home = f"{base}/c/{quote(community, safe='')}"
    page = f"{home}/badges/{quote(charter_badge['badge'], safe='')}"
    made: dict[str, Any] = {
        "id": page,
        "type": ["Achievement"],
        "achievementType": "Badge",
        "name": charter_badge["name"],
        "description": charter_badge["description"],
        "criteria": {
            "id": f"{page}#criteria",
            "narrative": charter_badge.get("criteria") or charter_badge["description"],
        },
        "image": {"id": f"{page}.png", "type": "Image", "caption": charter_badge["name"]},
    }
    if tags := list(dict.fromkeys(charter_badge.get("tags", ()))):
        made["tag"] = tags
    if named := list(dict.fromkeys(charter_badge.get("outcomes", ()))):
        made["alignment"] = [_alignment(slug, page, home, outcomes or {}) for slug in named]
    return made


def _alignment(slug: str, page: str, home: str, outcomes: Mapping[str, str]) -> dict[str, Any]:
    """Return an outcome of the charter as what the achievement is aligned to."""
    anchor = quote(slug, safe="")
    return {
        "id": f"{page}#outcome-{anchor}",
        "type": ["Alignment"],
        "targetName": outcomes.get(slug, slug),
        "targetUrl": f"{home}#outcome-{anchor}",
        "targetCode": slug,
    }
