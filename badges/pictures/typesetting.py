"""Pages and pixels by Typst: a library without network, files of others, or clocks; what it is given is data.

It is asked with our own fonts, so that the same words give the same bytes anywhere. Words in scripts that these do not
show, or not well, are set with the machine's fonts beside them; words that nothing here can show are refused.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import lru_cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING

import typst

from badges.errors import DesignError
from badges.pictures import painting
from badges.pictures.kept import Kept
from badges.pictures.lettering import clean, font_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_KEPT = 33_554_432  # bytes, 32 MiB, of pictures in memory

_turn = Lock()  # a compiler sets one document at a time
_kept = Kept(MOST_KEPT)


def page_of(template: str, inputs: Mapping[str, str], *, at: int) -> bytes:
    """Return the PDF that a template of this package makes of `inputs`: see `document_of`."""
    return document_of(_source(template), inputs, at=at)


def document_of(source: bytes, inputs: Mapping[str, str], *, at: int) -> bytes:
    """Return the PDF that a source of ours, in Typst, makes of `inputs`; `at` (µs) is the time it bears.

    It is PDF/A-3a and PDF/UA-1: what these ask of a source, it must have. Raises `DesignError` where no font at hand
    has some character.
    """
    return _written(source, inputs, "pdf", at=at)


def pixels_from(template: str, inputs: Mapping[str, str]) -> bytes:
    """Return the PNG that a template of this package makes of `inputs`, a pixel for each point.

    Raises `DesignError` where no font at hand has some character.
    """
    key = template, hashlib.sha256("\0".join(f"{name}={text}" for name, text in inputs.items()).encode()).digest()
    made = _kept.find(key)
    if made is None:
        source = _source(template)
        if not all(map(_is_ours, set("".join(inputs.values())))):
            document_of(
                source, inputs, at=0
            )  # a picture would show a box for a letter that no font has, and not say so
        made = _written(source, inputs, "png")
        _kept.put(key, made)
    return made


def _written(source: bytes, inputs: Mapping[str, str], form: painting.Form, *, at: int = 0) -> bytes:
    """Return what a source makes of words: with our fonts, where they do; else with the machine's, too."""
    shown = "".join(inputs.values())
    tries: tuple[painting.Fonts, ...] = ("ours", "all") if all(map(_is_ours, set(shown))) else ("all",)
    trouble = ""
    for fonts in tries:
        try:
            return _set(source, inputs, form, at=at // 1_000_000, fonts=fonts)
        except typst.TypstError as error:
            trouble = " ".join(error.message.split())[:200]
            if painting.UNSHOWN not in trouble:
                raise DesignError(f"wanted words that can be set, got: {trouble}") from error
    raise DesignError(
        f"wanted a font that has every character, got: {trouble}; "
        "whoever runs this installation can install one, such as Noto"
    )


def printable(text: str) -> str:
    """Return `text` in one line, without control characters and emoji: no font that we set with has them."""
    return clean(painting.EMOJI.sub(" ", text))


def _is_ours(char: str) -> bool:
    """Tell whether our own fonts do a letter well: they have others, but not for print."""
    return not char.isalpha() or unicodedata.name(char, "").startswith(("LATIN", "GREEK", "CYRILLIC", "HEBREW"))


def pixels_of(svg: bytes, size: int) -> bytes:
    """Return a PNG of `size` by `size` pixels of a drawing, the whole of it in the middle. Raises `DesignError`."""
    key = hashlib.sha256(svg).digest(), size
    made = _kept.find(key)
    if made is None:
        inputs = {"picture": svg.decode(), "size": str(size)}
        try:
            made = _set(painting.SOURCE, inputs, "png")
        except typst.TypstError as error:
            raise DesignError(f"wanted a drawing, got: {error.message[:200]}") from error
        _kept.put(key, made)
    return made


def _set(
    source: bytes, inputs: Mapping[str, str], form: painting.Form, *, at: int = 0, fonts: painting.Fonts = "ours"
) -> bytes:
    with _turn:
        made = painting.typeset(source, inputs, form, folder=str(font_folder()), fonts=fonts, at=at)
    if not isinstance(made, bytes):  # a list, for several pages
        raise DesignError(f"wanted one page, got {len(made or [])}")
    return made


@lru_cache(maxsize=8)
def _source(template: str) -> bytes:
    return files("badges").joinpath("pictures", template).read_bytes()
