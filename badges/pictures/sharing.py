"""A badge as a picture to post: its drawing and its words, in the sizes that places to post it want.

No person is named on it, and nothing in it is signed: whoever wants to know follows the link beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import orjson

from badges.pictures.painting import EMOJI
from badges.pictures.typesetting import pixels_from, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

Posted = Literal["link", "square", "story"]
LONGEST_DESCRIPTION: Final = 220  # characters


class _Form(NamedTuple):
    """A size in pixels, how large the badge is drawn in it, and the sizes of its name that are tried."""

    width: int
    height: int
    drawn: int
    sizes: tuple[int, ...]


FORMS: Final[Mapping[Posted, _Form]] = {
    "link": _Form(1_200, 630, 400, (76, 66, 58, 50, 44, 38)),
    "square": _Form(1_080, 1_080, 460, (84, 72, 62, 54, 46, 40)),
    "story": _Form(1_080, 1_920, 760, (110, 96, 84, 72, 62, 54, 46)),
}
"""What previews of links show, what stands in a row of pictures, and what fills a phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a picture to post shows: the badge of a community, its `picture` as SVG, a dark `accent` `#rrggbb`.

    `host`: where it can be verified.
    """

    community: str
    badge: str
    description: str
    host: str
    picture: bytes
    accent: str


def posted_png(post: Post, form: Posted) -> bytes:
    """Return a badge as a PNG to post. Raises `DesignError` where no font at hand has some character."""
    facts = {
        **FORMS[form]._asdict(),
        "accent": post.accent,
        "kicker": printable(f"{post.community} recognises"),
        "badge": printable(post.badge),
        "description": _shortened(printable(post.description)),
        "foot": f"Signed. Anyone can verify it: {post.host}",
    }
    inputs = {"facts": orjson.dumps(facts).decode(), "picture": EMOJI.sub("", post.picture.decode())}
    return pixels_from("share.typ", inputs)


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    return text[: LONGEST_DESCRIPTION - 1].rpartition(" ")[0].rstrip(" ,;:.") + "…"
