"""The community's feed (RFC 4287): an entry for each week that is over and had something to celebrate.

One a week, whatever is imported or judged anew: nobody's reader is flooded. An entry's id never changes, and what it
says follows what members allow now.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from api.celebrating.ready import address, html
from api.celebrating.told import celebration
from schemas import capital, format_time, say, speaking, tell

if TYPE_CHECKING:
    from api.celebrating.told import Celebration
    from api.installation import Installation

ATOM: Final = "http://www.w3.org/2005/Atom"
WEEKS: Final = 12
"""So many weeks back the feed goes."""
MEDIA_TYPE: Final = "application/atom+xml"
_DAY = 86_400_000_000  # µs
register_namespace("", ATOM)


def feed(here: Installation, community: str, now: int | None = None) -> tuple[bytes, int]:
    """Return the feed of a community in the installation's language, and when it last changed (µs). Blocks."""
    with speaking(here.spoken.texts):
        return _told(here, community, now)


def _told(here: Installation, community: str, now: int | None) -> tuple[bytes, int]:
    at = time.time_ns() // 1_000 if now is None else now
    weeks = [each.news() for each in closed(here, community, at)]
    origin, head = here.settings.origin, here.book.at(community, [here.standings.position(community)])
    changed = max([at - at % _DAY, *(one.recorded for one in head)])  # a consent may end by itself, within a day
    name = weeks[0].name if weeks else here.book.community(community).name
    root = Element(_atom("feed"), {"xml:lang": here.spoken.language})
    _put(root, "id", _urn(f"{origin}/c/{community}"))
    _put(root, "title", say("%(name)s: what there is to celebrate", name=name))
    _put(root, "updated", format_time(max((week.end for week in weeks if not week.empty), default=0)))
    _put(SubElement(root, _atom("author")), "name", name)
    SubElement(root, _atom("link"), {"rel": "self", "type": MEDIA_TYPE, "href": f"{origin}/c/{community}/feed.atom"})
    SubElement(root, _atom("link"), {"rel": "alternate", "type": "text/html", "href": f"{origin}/c/{community}"})
    for week in weeks:
        if not week.empty:
            _entry(root, origin, week)
    return tostring(root, encoding="utf-8", xml_declaration=True), changed


def closed(here: Installation, community: str, at: int, weeks: int = WEEKS) -> list[Celebration]:
    """Return what there was to celebrate in the weeks that are over at an instant (µs), the latest first. Blocks."""
    found: list[Celebration] = []
    start = celebration(here, community, "week", at).start
    for _ in range(weeks):
        week = celebration(here, community, "week", start - 1)
        found.append(week)
        start = week.start
    return found


def _entry(root: Element, origin: str, week: Celebration) -> None:
    url = address(origin, week)
    entry = SubElement(root, _atom("entry"))
    _put(entry, "id", _urn(url))
    _put(entry, "title", capital(week.title))
    _put(entry, "updated", format_time(week.end))
    _put(entry, "published", format_time(week.end))
    SubElement(entry, _atom("link"), {"rel": "alternate", "type": "text/html", "href": url})
    _put(entry, "content", html(week, url)).set("type", "html")


def _put(parent: Element, name: str, text: str) -> Element:
    made = SubElement(parent, _atom(name))
    made.text = "".join(each for each in tell(text) if each in "\n\t" or each.isprintable())  # XML 1.0 has no others
    return made


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _urn(address: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, address).urn
