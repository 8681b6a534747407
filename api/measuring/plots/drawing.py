"""A picture as SVG: what is in it, and what it says to whoever does not see it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from schemas import Text, joined, tell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from gettext import NullTranslations

PRINTED: Final = (
    "svg{font-family:'Source Sans Pro';font-size:12px;fill:#24211c}"
    ".tick,.note{fill:#6b655a}.value{font-weight:700}.aim{fill:#2e5a37}.claim-label{fill:#6b655a}"
    ".line{fill:none;stroke:#8c2f1b;stroke-width:2;stroke-linejoin:round}"
    ".dots,.few,.inner{fill:none;stroke:#8c2f1b;stroke-width:5;stroke-linecap:round}"
    ".inner{stroke:#fff;stroke-width:2.6}.few{stroke-width:5.6}"
    ".columns,.bar{fill:#8c2f1b}.hollow{fill:#fff;stroke:#8c2f1b;stroke-width:1.2}"
    ".grid{fill:none;stroke:#d9ccb2;stroke-width:1}.base{fill:none;stroke:#6b655a;stroke-width:1}"
    ".target{fill:none;stroke:#2e5a37;stroke-width:1.5}"
    ".claim{fill:none;stroke:#6b655a;stroke-width:1.2;stroke-dasharray:4 4}"
    ".track{fill:#ebe1cc}.cell{fill:#fff;stroke:#d9ccb2}.tint{fill:#8c2f1b}.share{font-size:26px}"
)
"""The stylesheet's rules for plots, in the colours of paper: what prints knows no variables."""

SHARED: Final = "weeks"
"""The id of what is drawn once for several plots of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture: `says` is a sentence or two of what it shows.

    `body` is SVG, `width` and `height` are in its own units, of which text has 12. `axis` is more of its body, which
    others on the same page may have too.
    """

    title: str
    says: str
    body: str
    width: int
    height: int
    kind: str = "plot"
    axis: str = ""

    def inline(self, shared: str = "") -> str:
        """Return it as part of a page, all that others wrote escaped; its looks are the stylesheet's.

        `shared`: an axis that the page has under the id `SHARED`, to be used where it is this one's.
        """
        axis = f'<use href="#{SHARED}"/>' if shared and shared == self.axis else self.axis
        return (
            f'<svg class="{self.kind}" viewBox="0 0 {self.width} {self.height}" role="img">'
            f"<title>{escape(tell(self.title))}</title><desc>{escape(tell(self.says))}</desc>{tell(axis)}{tell(self.body)}</svg>"
        )

    def printed(self) -> str:
        """Return it as a file of its own, in the colours of paper."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}"><style>{PRINTED}</style>{tell(self.axis)}{tell(self.body)}</svg>'
        )


def path(kind: str, way: str) -> str:
    """Return a path of a class, nothing where it leads nowhere."""
    return f'<path class="{kind}" d="{way}"/>' if way else ""


def text(words: str, x: float, y: float, *, kind: str = "") -> str:
    """Return words that begin at `x` and whose line stands on `y`."""
    more = f' class="{kind}"' if kind else ""
    return Text.of(_written, f'<text{more} x="{short(x)}" y="{short(y)}">', words)


def _written(translations: NullTranslations, begins: str, words: str) -> str:
    told = words.told(translations) if isinstance(words, Text) else words
    return f"{begins}{escape(told, quote=False)}</text>"


def together(kind: str, parts: Iterable[str], *, anchor: str = "") -> str:
    """Return parts of one class; `anchor`: end, where texts end at their place."""
    body = joined("", parts)
    more = f' text-anchor="{anchor}"' if anchor else ""
    return joined("", (f'<g class="{kind}"{more}>', body, "</g>")) if body else ""


def level(left: float, right: float, y: float) -> str:
    """Return the way of a level line."""
    return f"M{short(left)} {short(y)}H{short(right)}"


def short(number: float) -> str:
    """Return a coordinate with one decimal at most."""
    return f"{number:.1f}".removesuffix(".0")
