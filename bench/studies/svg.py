"""Small pictures for the studies, written out by hand: readable on light and on dark, with their words in text.

Colours are named by what they mean and defined once, for both; the viewer's preference picks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 760  # px
_NAMES = 'xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description"'
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: var(--ink) }
  .small { font-size: 11px } .title { font-size: 15px; font-weight: 600 }
  .end { text-anchor: end } .mid { text-anchor: middle }
  :root { --paper: #ffffff; --ink: #1f2328; --line: #d0d7de; --a: #1b6ac9; --b: #b35900; --c: #6e7781; --d: #a9c9f0 }
  @media (prefers-color-scheme: dark) {
    :root { --paper: #0d1117; --ink: #e6edf3; --line: #3d444d; --a: #58a6ff; --b: #f0a050; --c: #9198a1; --d: #27466e }
  }
"""


class Picture:
    """An SVG picture with a title, a description for who cannot see it, and shapes put on one by one."""

    def __init__(self, title: str, description: str, height: int) -> None:
        self._parts = [
            f'<svg {_NAMES} viewBox="0 0 {WIDTH} {height}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="description">{escape(description)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="var(--paper)"/>',
        ]
        self.text(16, 26, title, "title")

    def text(self, x: float, y: float, words: str, kind: str = "") -> None:
        """Write words with their base line at a point; `kind`: classes of the style."""
        named = f' class="{kind}"' if kind else ""
        self._parts.append(f'<text x="{x:g}" y="{y:g}"{named}>{escape(words)}</text>')

    def bar(self, x: float, y: float, width: float, height: float, colour: str, told: str = "") -> None:
        """Fill a box; `told` is shown to who points at it."""
        inner = f"<title>{escape(told)}</title>" if told else ""
        box = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="var(--{colour})"'
        self._parts.append(f"<rect {box}>{inner}</rect>" if inner else f"<rect {box}/>")

    def line(self, points: Sequence[tuple[float, float]], colour: str = "line", width: float = 1) -> None:
        """Draw a line through points."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        drawn = f'fill="none" stroke="var(--{colour})" stroke-width="{width:g}"'
        self._parts.append(f'<polyline points="{path}" {drawn}/>')

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Put a dot."""
        self._parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="var(--{colour})"/>')

    def key(self, x: float, y: float, colour: str, words: str) -> None:
        """Say what a colour means."""
        self.bar(x, y - 10, 12, 12, colour)
        self.text(x + 18, y, words, "small")

    def done(self) -> str:
        """Return the picture."""
        return "\n".join([*self._parts, "</svg>", ""])
