"""A language that nobody speaks: every text of ours accented and in brackets, so that whatever is not shows.

What a message names (`%(name)s`) stands outside the brackets: a value that was not translated is seen too. Messages
without tags end in what HTML has to escape, so a translation that breaks an attribute is seen as well.
"""

from __future__ import annotations

import re
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import yaml

from tests import catalogue
from tests.api.people import CHARTER, a_spring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

TAG = "qps"
_BETWEEN = re.compile(r"(%\(\w+\)s|%%|<[^>]*>|`[^`]*`)")
_ACCENTS = str.maketrans("aceinouyzACEINOUYZ", "áçéíñóúýžÁÇÉÍÑÓÚÝŽ")
_SAID = re.compile(r"⟦[^⟦⟧]*⟧")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_QUIET = {"script", "style", "code", "pre", "textarea"}  # what is typed, run or posted as it is
_EMPTY = {"meta", "link", "img", "input", "br", "hr", "path", "circle", "rect", "line", "use"}
_SHOWN = {"alt", "aria-label", "title", "placeholder", "data-done"}
_CODES = re.compile(
    r"""did:\S+ | https?://\S+ | \b[0-9a-f]{16,}\b | \b[0-9a-hjkmnp-tv-z]{26}\b
    | 127\.0\.0\.1:\d+\S* | ^\{.*$ | `[^`]*` | [\w.+-]+@[\w.-]+ | /[a-z]+/… | \bz[1-9A-HJ-NP-Za-km-z]{40,}\b""",
    re.VERBOSE,
)
_FORMATS = {
    "ZIP", "PNG", "SVG", "PDF", "JSON", "JWT", "YAML", "UTC", "MiB", "ISO", "Open Badges 2.0", "utf-8", "utf-16",
    "windows-1252",
}  # fmt: skip
_NAMES = {"Guildbook", "LinkedIn", "Mastodon"} | _FORMATS


class Pseudo(NullTranslations):
    """Texts in brackets."""

    def gettext(self, message: str) -> str:
        """Return a message said in this language."""
        nasty = "" if "<" in message else "&\"'"
        parts = _BETWEEN.split(message)
        return "".join(part if at % 2 else _said(part, nasty) for at, part in enumerate(parts))

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Return one of two messages; this language counts like English."""
        return self.gettext(one if number == 1 else many)

    def pgettext(self, context: str, message: str) -> str:
        """Return a message that is said in one place alone."""
        return message if context.startswith(("between", "before")) else self.gettext(message)


def _said(text: str, nasty: str) -> str:
    return f"⟦{text.translate(_ACCENTS)}{nasty}⟧" if text.strip() else text


class _Page(HTMLParser):
    """What a page shows and reads out: its texts, and those attributes that are for people.

    What a page itself says is English (`lang="en"`) is left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within: list[tuple[str, bool]] = []  # elements, and whether what they say is looked at

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        looked = self._looked and tag not in _QUIET and ("lang", "en") not in attrs
        if looked or tag in _QUIET:
            self.texts += [value for name, value in attrs if value and name in _SHOWN]
        if tag not in _EMPTY:
            self._within.append((tag, looked))

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._looked:
            self.texts.append(data)

    @property
    def _looked(self) -> bool:
        return all(looked for _, looked in self._within)


def unsaid(page: str, content: Iterable[str]) -> list[str]:
    """Return what a page says that is neither in this language nor `content`."""
    parser = _Page()
    parser.feed(page)
    names = sorted({*content, *_NAMES}, key=len, reverse=True)
    known = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in names))
    found = []
    for text in parser.texts:
        left = " ".join(text.split())
        while _SAID.search(left):
            left = _SAID.sub(" ", left)
        left = _CODES.sub("", known.sub("", left))
        if _LETTERS.search(left):
            found.append(" ".join(left.split()))
    return found


def content(*more: object) -> set[str]:
    """Return what the community of this spring wrote itself, what its platform reported, and the texts in `more`."""
    told = _strings([yaml.safe_load(CHARTER), a_spring(), *more])
    words = {" ".join(text.split()).rstrip(".") for text in told if text[:1].isupper() or " " in text}
    return words | {"Makers", "Bakers", "sharer", "wood", "test", "discord"}


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _strings(each)
        case list():
            for each in value:
                yield from _strings(each)


def write(folder: Path) -> None:
    """Write this language's catalogue, as a translator would, into a folder of catalogues."""
    made, spoken = catalogue.catalogue(), Pseudo()
    made.locale = "en"  # by its rule it counts
    for one in made:
        if one.id:
            told = [spoken.pgettext(one.context or "", each) for each in _forms(one.id)]
            one.string = told[0] if len(told) == 1 else tuple(told)
    place = folder / TAG / "LC_MESSAGES" / "guildbook.po"
    place.parent.mkdir(parents=True)
    place.write_text(catalogue.written(made), encoding="utf-8")


def _forms(message: str | Sequence[str]) -> Sequence[str]:
    return [message] if isinstance(message, str) else message
