"""From what we know to a page: templates, the words for dates and numbers, and the static files.

Pages have no scripts they need, no styles of their own, and nothing from elsewhere.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from api.auth import ANONYMOUS, Principal
from api.desk.rooms import ROOMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
HEADLINES = {
    401: "Please sign in.",
    403: "That is not yours to do.",
    404: "Nothing is here.",
    410: "This is gone.",
    501: "Not built yet.",
    503: "One moment, please.",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that is served as it is, under a name with its digest."""

    content: bytes
    media_type: str
    digest: str


class Pages:
    """The templates and static files, read once."""

    def __init__(self) -> None:
        self.static = {
            each.name: _static(each.name, each.read_bytes())
            for each in files("api").joinpath("static").iterdir()
            if each.name.rpartition(".")[2] in TYPES
        }
        self._templates = Environment(
            loader=PackageLoader("api"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # else each page asks the disk about each of its templates
            extensions=["jinja2.ext.i18n"],
        )
        self._templates.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension's own
        self._templates.filters |= {"day": day, "grouped": grouped, "counted": counted}
        self._templates.globals |= {"static": self._address, "scallop": scallop, "rooms": ROOMS}

    def page(
        self, template: str, context: Mapping[str, Any], *, asking: Principal = ANONYMOUS, status: int = 200
    ) -> HTMLResponse:
        """Return the page; it is never cached, for what it says may be one person's."""
        text = self.text(template, context, asking=asking)
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})

    def text(self, template: str, context: Mapping[str, Any], *, asking: Principal = ANONYMOUS) -> str:
        """Return the page's HTML."""
        whole = {"here": template.partition(".")[0], "asking": asking, "community": None, **context}
        return self._templates.get_template(template).render(whole)

    def problem(self, request: Request, document: Mapping[str, Any]) -> str:
        """Return a problem document as a page."""
        headline = HEADLINES.get(document["status"], document["title"] + ".")
        context = {"problem": {"errors": [], **document}, "headline": headline, "path": request.url.path}
        return self.text("problem.html", context)

    def _address(self, name: str) -> str:
        return f"/static/{name}?{self.static[name].digest[:12]}"


def pages_of(request: Request) -> Pages:
    """Return the pages of the app that serves `request`."""
    pages: Pages = request.app.state.pages
    return pages


def _static(name: str, content: bytes) -> StaticFile:
    return StaticFile(content, TYPES[name.rpartition(".")[2]], hashlib.sha256(content).hexdigest())


def day(instant: str | None) -> str:
    """Return an RFC 3339 instant as a day a person reads, in UTC: `2 March 2026`."""
    if not instant:
        return ""
    moment = datetime.fromisoformat(instant).astimezone(UTC)
    return f"{moment.day} {moment:%B %Y}"


def grouped(number: int) -> str:
    """Return 12345 as `12,345`."""
    return f"{number:,}"


def counted(number: int, one: str, many: str) -> str:
    """Return `1 member`, `2,000 members`, `no members`."""
    return f"{grouped(number) if number else 'no'} {one if number == 1 else many}"


def scallop(x: float, y: float, inner: float, outer: float, lobes: int) -> str:
    """Return the SVG path of a seal's edge around (x, y): as many lobes, between two radii."""
    step = 2 * math.pi / lobes
    points = [(x + inner * math.cos(step * n), y + inner * math.sin(step * n)) for n in range(lobes + 1)]
    radius = outer * math.sin(step / 2) * 1.12
    arcs = "".join(f"A{radius:.2f} {radius:.2f} 0 0 1 {px:.2f} {py:.2f}" for px, py in points[1:])
    return f"M{points[0][0]:.2f} {points[0][1]:.2f}{arcs}Z"
