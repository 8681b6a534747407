"""From what we know to a page: templates, the words for dates and numbers, and the static files.

Pages have no scripts they need, no styles of their own, and nothing from elsewhere.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from gettext import NullTranslations
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from api.web.auth import ANONYMOUS, Principal
from api.words.languages import SOURCE, translations
from api.words.speaking import Speaking
from schemas import Text, capital, counted, day_words, decimal, grouped, joined, percent, say, speaking, tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

_TICKS = re.compile("`([^`]+)`")
TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
HEADLINES = {
    401: say("Please sign in."),
    403: say("That is not yours to do."),
    404: say("Nothing is here."),
    409: say("It is not as it was."),
    410: say("This is gone."),
    422: say("Not all of it can be read."),
    429: say("One thing after the other."),
    500: say("That is our fault."),
    501: say("Not built yet."),
    503: say("One moment, please."),
}
WORDS = {
    401: say("This page is for who has signed in. Sign in, and you come back here."),
    403: say("You are signed in, but this is not for you to see or do."),
    500: say("Something went wrong here, and not by what you did. Whoever runs this can find it by the number below."),
    503: say("Something that this takes does not answer just now. Nothing of yours is lost: try again in a moment."),
}
"""What a person is told first, where the words for programs would not help her."""

TITLES = {
    400: say("Bad Request"),
    401: say("Unauthorized"),
    403: say("Forbidden"),
    404: say("Not Found"),
    405: say("Method Not Allowed"),
    409: say("Conflict"),
    410: say("Gone"),
    413: say("Content Too Large"),
    415: say("Unsupported Media Type"),
    422: say("Unprocessable Content"),
    429: say("Too Many Requests"),
    500: say("Internal Server Error"),
    501: say("Not Implemented"),
    503: say("Service Unavailable"),
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that is served as it is, under a name with its digest."""

    content: bytes
    media_type: str
    digest: str


class Room(NamedTuple):
    """A page of the desk: its template without `.html`, what the navigation calls it, and where it is."""

    template: str
    title: str
    path: str  # under /manage/{community}


class Pages:
    """The templates and static files, read once."""

    def __init__(
        self, language: str = SOURCE, spoken: NullTranslations | None = None, *, rooms: Sequence[Room] = ()
    ) -> None:
        """`language`: its tag; `spoken`: its texts, those of its catalogue when absent. Raises `CatalogueError`.

        `rooms`: those of the manager's desk, for its navigation.
        """
        self._spoken = translations(language) if spoken is None else spoken
        self.static = {
            each.name: _static(each.name, each.read_bytes())
            for each in files("api").joinpath("static").iterdir()
            if each.name.rpartition(".")[2] in TYPES
        }
        self._templates = Speaking(
            self._spoken,
            loader=PackageLoader("api"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # else each page asks the disk about each of its templates
        )
        self._templates.filters |= {
            "day": day,
            "grouped": grouped,
            "counted": counted,
            "decimal": _decimal,
            "percent": percent,
            "opened": capital,
            "told": tell,
            "ticked": ticked,
        }
        self._templates.globals |= {
            "language": language,
            "in_english": Markup("") if language == SOURCE else Markup(' lang="en"'),
            "static": self._address,
            "scallop": scallop,
            "rooms": rooms,
        }

    def page(
        self, template: str, context: Mapping[str, Any], *, asking: Principal = ANONYMOUS, status: int = 200
    ) -> HTMLResponse:
        """Return the page; it is never cached, for what it says may be one person's."""
        text = self.text(template, context, asking=asking)
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})

    def text(self, template: str, context: Mapping[str, Any], *, asking: Principal | None = ANONYMOUS) -> str:
        """Return the page's HTML."""
        whole = {"here": template.partition(".")[0], "asking": asking, "community": None, **context}
        with speaking(self._spoken):
            return self._templates.get_template(template).render(whole)

    def problem(self, request: Request, document: Mapping[str, Any], asking: Principal | None) -> str:
        """Return a problem document as a page. `asking`: None where it cannot be told who that is."""
        headline = HEADLINES.get(document["status"]) or joined(
            "", (TITLES.get(document["status"], document["title"]), ".")
        )
        title = TITLES.get(document["status"], document["title"])
        context = {
            "problem": {"errors": [], **document},
            "headline": headline,
            "title": title,
            "words": WORDS.get(document["status"]),
            "asked": request.url.path if request.method == "GET" else "",
        }
        return self.text("problem.html", context, asking=asking)

    def _address(self, name: str) -> str:
        return f"/static/{name}?{self.static[name].digest[:12]}"


def pages_of(request: Request) -> Pages:
    """Return the pages of the app that serves `request`."""
    pages: Pages = request.app.state.pages
    return pages


def _static(name: str, content: bytes) -> StaticFile:
    return StaticFile(content, TYPES[name.rpartition(".")[2]], hashlib.sha256(content).hexdigest())


def day(instant: str | None) -> Text | str:
    """Return an RFC 3339 instant as a day a person reads, in UTC: `2 March 2026`."""
    return day_words(datetime.fromisoformat(instant).astimezone(UTC)) if instant else ""


def _decimal(number: float) -> Text:
    return decimal(number, 0 if number == int(number) else 1)


def ticked(text: Text | str) -> Markup:
    """Return a text with what stands between backticks as code, and everything escaped."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(_TICKS.split(tell(text)))
    )


def scallop(x: float, y: float, inner: float, outer: float, lobes: int) -> str:
    """Return the SVG path of a seal's edge around (x, y): as many lobes, between two radii."""
    step = 2 * math.pi / lobes
    points = [(x + inner * math.cos(step * n), y + inner * math.sin(step * n)) for n in range(lobes + 1)]
    radius = outer * math.sin(step / 2) * 1.12
    arcs = "".join(f"A{radius:.2f} {radius:.2f} 0 0 1 {px:.2f} {py:.2f}" for px, py in points[1:])
    return f"M{points[0][0]:.2f} {points[0][1]:.2f}{arcs}Z"
