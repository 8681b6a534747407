"""The languages of our pages: English, in which they are written, and each that has a catalogue in `api/locale`.

A catalogue is one file, `LANGUAGE/LC_MESSAGES/guildbook.po` in `api/locale` or in a folder of the operator's, and is
read as it is: nobody has to compile it.
"""

from __future__ import annotations

import io
import re
import struct
from collections import Counter
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from api.errors import CatalogueError
from schemas import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

SOURCE: Final = "en"
_DOMAIN = "guildbook"
_MAGIC = 0x950412DE
_LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?)\s+)?"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_TAG = re.compile(r"<[^>]*>|<")

Entry = dict[str, str]


class Spoken(NamedTuple):
    """The language of an installation: its tag (BCP 47), and its texts."""

    language: str = SOURCE
    texts: NullTranslations = ENGLISH


def spoken(language: str, folder: Path | None = None) -> Spoken:
    """Return a language that is spoken. Raises `CatalogueError` as `translations` does."""
    return Spoken(language, translations(language, folder))


def languages(folder: Path | None = None) -> list[str]:
    """Return the languages that pages can be in, by their tags, English first; `folder`: of further catalogues."""
    found = {each.name for one in _folders(folder) for each in one.iterdir() if _catalogue(one, each.name).is_file()}
    return [SOURCE, *sorted(found)]


def translations(language: str, folder: Path | None = None) -> NullTranslations:
    """Return the texts of a language, of `folder` before ours.

    Raises `CatalogueError` where there are none, or they cannot be read.
    """
    if language == SOURCE:
        return ENGLISH
    known = languages(folder)
    if language not in known:
        raise CatalogueError(f"wanted a language among {', '.join(known)}, got {language!r}")
    found = next(one for one in (_catalogue(each, language) for each in _folders(folder)) if one.is_file())
    try:
        return read(found.read_text(encoding="utf-8"))
    except (CatalogueError, UnicodeError) as error:
        raise CatalogueError(f"{found}: {error}") from error


def read(catalogue: str) -> NullTranslations:
    """Return the texts of a catalogue in the form of gettext's PO files. Raises `CatalogueError`.

    What is not translated yet, or marked `fuzzy`, is English.
    """
    pairs = [pair for entry in _entries(catalogue) for pair in _pairs(entry)]
    try:
        return GNUTranslations(io.BytesIO(_compiled(dict(pairs))))
    except (ValueError, UnicodeError) as error:  # of the header: its charset, its Plural-Forms
        raise CatalogueError(f"the head of a catalogue: {error}") from error


def _folders(further: Path | None) -> list[Traversable]:
    return [*([further] if further and further.is_dir() else []), files("api").joinpath("locale")]


def _catalogue(folder: Traversable, language: str) -> Traversable:
    return folder.joinpath(language, "LC_MESSAGES", f"{_DOMAIN}.po")


def _entries(catalogue: str) -> Iterator[Entry]:
    """Yield the entries of a PO file (gettext's manual, "The Format of PO Files") by keyword, but for fuzzy ones."""
    entry, field, fuzzy = Entry(), "", False
    for number, line in enumerate([*catalogue.split("\n"), "#"], 1):
        text = line.strip()
        found = _LINE.fullmatch(text)
        if text and not text.startswith("#") and not (found and (found[1] or field)):
            raise CatalogueError(
                f"line {number} of a catalogue: wanted a keyword and a text in quotes, got {text[:80]!r}"
            )
        if _ends(entry) and (found is None or found[1] in {"msgctxt", "msgid"}):
            if not fuzzy or not entry.get("msgid"):  # the head counts, whoever has looked at it
                yield entry
            entry, field, fuzzy = Entry(), "", False
        fuzzy = fuzzy or (text.startswith("#,") and "fuzzy" in text)
        if found:
            field = found[1] or field
            entry[field] = entry.get(field, "") + _ESCAPE.sub(lambda one: _ESCAPES.get(one[1], one[1]), found[3])


def _ends(entry: Entry) -> bool:
    return any(name.startswith("msgstr") for name in entry)


def _pairs(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield what a compiled catalogue holds for an entry: nothing where a form of it is not translated."""
    forms = [entry[name] for name in sorted(entry) if name.startswith("msgstr")]
    if "msgid" not in entry or not all(forms):
        return
    if entry["msgid"]:
        _agree(entry["msgid"], entry.get("msgid_plural", entry["msgid"]), forms)
    context = f"{entry['msgctxt']}\4" if "msgctxt" in entry else ""
    plural = f"\0{entry['msgid_plural']}" if "msgid_plural" in entry else ""
    yield f"{context}{entry['msgid']}{plural}", "\0".join(forms)


def _agree(one: str, many: str, forms: list[str]) -> None:
    """Hold translations against the English: else a page would fail, or say less than it should.

    The placeholders are the same, but that a form for one may leave the number out; and so are the tags. Raises
    `CatalogueError`.
    """
    wanted = Counter(_TAG.findall(many))
    names = {*_PLACEHOLDER.findall(one), *_PLACEHOLDER.findall(many)}
    for form in forms:
        found = {*_PLACEHOLDER.findall(form)}
        if found - names or (names - found) - ({"count"} if one != many else set()):
            raise CatalogueError(f"{one!r}: wanted the placeholders {sorted(names)}, got {form!r}")
        if "%" in _PLACEHOLDER.sub("", form).replace("%%", ""):
            raise CatalogueError(f"{one!r}: wanted %(name)s or %%, got {form!r}")
        if Counter(_TAG.findall(form)) != wanted:
            raise CatalogueError(f"{one!r}: wanted the same tags, got {form!r}")


def _compiled(pairs: dict[str, str]) -> bytes:
    """Return pairs as gettext's MO file (its manual, "The Format of GNU MO Files"), which Python reads."""
    rows = sorted((one.encode(), other.encode()) for one, other in pairs.items())
    head, at = 28, 28 + 16 * len(rows)
    places: tuple[list[int], list[int]] = ([], [])
    texts = b""
    for side, place in enumerate(places):
        for row in rows:
            place += [len(row[side]), at + len(texts)]
            texts += row[side] + b"\0"
    words = [_MAGIC, 0, len(rows), head, head + 8 * len(rows), 0, at, *places[0], *places[1]]
    return struct.pack(f"<{len(words)}I", *words) + texts
