"""The letters on generated badges: which our font has, how wide they are, and how a name is broken."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from PIL import ImageFont

from badges.errors import DesignError

FONTS = "'Source Sans Pro', 'Source Sans 3', 'Helvetica Neue', Arial, 'Noto Sans', sans-serif"
CAP = 0.33  # of the font size: from the middle of capitals to their baseline
LONGEST_NAME = 60  # characters

_JOINERS = "\u200c\u200d"  # Persian and Indic words are spelled with them
_PACKAGE, _FOLDER, _BOLD = "font-source-sans-pro", "font_source_sans_pro/files", "SourceSansPro-Bold.ttf"


def font_folder() -> Path:
    """Return the folder of our fonts. Raises `DesignError` where it is not installed."""
    try:
        return Path(str(distribution(_PACKAGE).locate_file(_FOLDER)))
    except PackageNotFoundError as error:
        raise DesignError(f"wanted the package {_PACKAGE}, got none") from error


@lru_cache(maxsize=64)
def bold(size: int) -> ImageFont.FreeTypeFont:
    """Return the font that badges are lettered in, `size` in pixels. Raises `DesignError`."""
    path = font_folder() / _BOLD
    try:
        return ImageFont.truetype(str(path), size)
    except OSError as error:
        raise DesignError(f"wanted the font {_BOLD} of the package {_PACKAGE}, got {error}") from error


def width(text: str) -> float:
    """Return the width of `text` in multiples of its font size; of what the font lacks, one for each character."""
    return bold(100).getlength(text) / 100 if drawable(text) else float(len(text))


@lru_cache(maxsize=512)
def drawable(text: str) -> bool:
    """Tell whether the font has every character of `text`."""
    font = bold(40)
    missing = bytes(font.getmask("\U0010fffe"))
    return all(char == " " or bytes(font.getmask(char)) != missing for char in text)


def broken(name: str) -> list[str]:
    """Return the name on one line, or on two as even as its words allow."""
    if len(name) > LONGEST_NAME:
        cut = name[: LONGEST_NAME - 1]
        name = (cut.rpartition(" ")[0] or cut).rstrip(" ,;:-") + "…"
    words = name.split()
    if len(name) <= 16 or len(words) < 2:  # noqa: PLR2004  fits, or cannot be broken
        return [name]
    breaks = [[" ".join(words[:at]), " ".join(words[at:])] for at in range(1, len(words))]
    return min(breaks, key=lambda lines: max(width(line) for line in lines))


def clean(text: str) -> str:
    """Return `text` in one line without control characters, which XML cannot carry. What joins letters stays."""
    normal = unicodedata.normalize("NFC", text)
    kept = (c if unicodedata.category(c)[0] != "C" or c in _JOINERS else " " for c in normal)
    return " ".join("".join(kept).split()).strip(_JOINERS)
