"""Text ready to post: for LinkedIn, X and Mastodon within their lengths, and a block for a newsletter.

What others wrote (names, titles) is shown as text: nothing of it mentions anybody, opens a tag or starts a list.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from schemas import grouped, say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.celebrating.told import Celebration, Item

_SHORTENED = 23  # characters that X and Mastodon count for any link
_PLACES: Final = (
    ("linkedin", "LinkedIn", 3_000, None),
    ("mastodon", "Mastodon", 500, _SHORTENED),
    ("x", "X", 280, _SHORTENED),
)
"""Where posts go: how many characters one may have, and as how many its link counts (None: as it is long)."""
_UNSAFE = re.compile(r"([\\`*_\[\]<>#|~&])")
_ITEM = re.compile(r"^([0-9]{1,9}|)([.)+-])")  # what would begin a list
_LINE = re.compile(r"\s+")
_MENTION = re.compile(r"([@#])(?=\w)")


class Ready(NamedTuple):
    """A text to copy. `name`: where it is for; `note`: how long it may be."""

    slug: str
    name: str
    note: str
    text: str


def address(origin: str, celebration: Celebration) -> str:
    """Return the address of the page of a celebration: it stays the same."""
    return f"{origin}/c/{quote(celebration.community)}/celebrations/{celebration.per}/{celebration.number}"


def ready(origin: str, celebration: Celebration) -> list[Ready]:
    """Return the texts to copy in the language that is spoken, with the page's address in each."""
    url = address(origin, celebration)
    lines = [plainly(one) for one in (*celebration.spotlights, *celebration.moments)]
    period = say("%(name)s, %(period)s", name=celebration.name, period=celebration.title)
    head = _calm(tell(period))
    posts = [
        Ready(slug, name, say("%(most)s characters at most", most=grouped(most)), posted(head, lines, url, most, link))
        for slug, name, most, link in _PLACES
    ]
    blocks = (("markdown", "Markdown", markdown), ("html", "HTML", html))
    letters = [
        (slug, say("Newsletter, %(format)s", format=name), made(celebration, url)) for slug, name, made in blocks
    ]
    return [*posts, *(Ready(slug, name, "", text) for slug, name, text in letters)]


def plainly(item: Item) -> str:
    """Return an item as one line of plain text that mentions nobody."""
    return _calm(tell(item.titled or item.words))


def posted(head: str, lines: Sequence[str], url: str, most: int, link: int | None = None) -> str:
    """Return head, as many lines as there is room for, what is left out, and the address, within `most` characters.

    `link`: as how many characters the address counts there.
    """
    weigh = len(url) if link is None else link
    for count in range(len(lines), -1, -1):
        left = len(lines) - count
        more = [tell(say("and %(count)s more", count=grouped(left)))] if left and count else []
        shown = [head, "", *(f"\N{BULLET} {line}" for line in lines[:count]), *more]
        body = "\n".join(shown).strip()
        if len(body) + 2 + weigh <= most:
            return f"{body}\n\n{url}"
    return f"{head[: most - weigh - 3].rstrip()}\N{HORIZONTAL ELLIPSIS}\n\n{url}"


def markdown(celebration: Celebration, url: str) -> str:
    """Return a block of a newsletter in Markdown (CommonMark)."""
    lines = [f"## {_marked(_head(celebration))}", ""]
    for one in (*celebration.spotlights, *celebration.moments):
        lines.append(f"- {_marked(plainly(one))}")
        if one.kind == "story" and one.title:
            lines.append(f"  > {_marked(one.title)}")
    return "\n".join([*lines, "", f"[{_marked(tell(_ALL))}]({url})"])


def html(celebration: Celebration, url: str) -> str:
    """Return a block of a newsletter in HTML: no styles, no pictures, nothing from elsewhere."""
    items = []
    for one in (*celebration.spotlights, *celebration.moments):
        quoted = f"\n    <blockquote>{escape(one.title)}</blockquote>" if one.kind == "story" and one.title else ""
        items.append(f"  <li>{escape(plainly(one))}{quoted}</li>")
    title, all_of_it = escape(_head(celebration)), escape(tell(_ALL))
    return "\n".join(
        [f"<h2>{title}</h2>", "<ul>", *items, "</ul>", f'<p><a href="{escape(url, quote=True)}">{all_of_it}</a></p>']
    )


_ALL = say("All of it")


def _head(celebration: Celebration) -> str:
    return _calm(tell(say("%(name)s: %(words)s", name=celebration.name, words=celebration.title)))


def _calm(text: str) -> str:
    """Return text that notifies nobody: what looks like a mention or a tag has a mark of no width in it."""
    return _MENTION.sub("\\1\N{WORD JOINER}", _LINE.sub(" ", text).strip())


def _marked(text: str) -> str:
    return _ITEM.sub(r"\1\\\2", _UNSAFE.sub(r"\\\1", _LINE.sub(" ", text).strip()))
