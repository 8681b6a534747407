"""Painting by Typst; and, as a program of its own which imports nothing of ours, drawings of somebody's for trial.

`python painting.py FONTS SIZE SECONDS MEMORY` reads drawings from standard input, each after its length in four bytes,
and paints each as a PNG of `SIZE` pixels, and as certificates have it; it writes the number of each as it begins, a
line each, and ends with `done`, or with what went wrong.
`badges.pictures.trial` starts it, and decides.
"""

from __future__ import annotations

import re
import resource
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import typst

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = b"""
#set document(title: "A picture")
#set page(width: float(sys.inputs.size) * 1pt, height: float(sys.inputs.size) * 1pt, margin: 0pt, fill: none)
#image(bytes(sys.inputs.picture), format: "svg", width: 100%, height: 100%, fit: "contain", alt: "A picture")
"""
"""Paints the SVG `picture` on a square of `size` points."""

PRINTED = 72  # mm, a side of the square that a certificate shows a picture on
UNSHOWN = "could not be displayed"
"""Said by Typst where no font at hand has a letter."""

# Emoji, and what joins and tints them: no font that we set with has them, and none of them is a word.
_PICTOGRAM = "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u20e3]+"
EMOJI = re.compile(f"{_PICTOGRAM}(?:\u200d{_PICTOGRAM})*")

Fonts = Literal["ours", "all"]
Form = Literal["pdf", "png"]


def typeset(
    source: bytes, inputs: Mapping[str, str], form: Form, *, folder: str, fonts: Fonts, at: int = 0
) -> bytes | list[bytes] | None:
    """Return what Typst makes of a source: one page, or a list of several. One at a time.

    `folder` is that of our fonts, "all" are these and the machine's; `at` (s) is the time that a PDF bears. Raises
    `TypstError`.
    """
    return _compiler(folder, fonts).compile(
        source,
        format=form,
        ppi=72,
        sys_inputs=dict(inputs),
        pdf_standards=["a-3a", "ua-1"] if form == "pdf" else [],  # for archives, and to be read aloud
        timestamp=at,
    )


@lru_cache(maxsize=2)
def _compiler(folder: str, fonts: Fonts) -> typst.Compiler:
    known = typst.Fonts(include_system_fonts=fonts == "all", font_paths=[folder])
    return typst.Compiler(font_paths=known, root=folder)


def main() -> None:
    """Try each drawing, each painting within `SECONDS` of processor time, and all within `MEMORY` bytes of addresses.

    Words are set with the machine's fonts where ours do not have them, as those of a certificate are.
    """
    folder, size, seconds, memory = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    number = 0
    while length := sys.stdin.buffer.read(4):
        drawing = sys.stdin.buffer.read(int.from_bytes(length)).decode()
        _say(str(number))
        if trouble := _troubles(drawing, size, folder, seconds):
            _say(trouble)
            return
        number += 1
    _say("done")


def _troubles(drawing: str, size: str, folder: str, seconds: int) -> str:
    """Return why a drawing cannot be shown or printed; nothing where it can."""
    trouble = _trouble("png", drawing, size, folder, "ours", seconds)
    if not trouble:
        printed, points = EMOJI.sub("", drawing), str(PRINTED / 25.4 * 72)
        trouble = _trouble("pdf", printed, points, folder, "ours", seconds)
        if UNSHOWN in trouble:
            trouble = _trouble("pdf", printed, points, folder, "all", seconds)
    if trouble.startswith("PDF/"):  # what its standards ask of words
        return f"wanted a drawing that can be printed, got: {trouble}; letters that were made paths always can"
    return trouble and f"wanted a drawing, got: {trouble}"


def _trouble(form: Form, drawing: str, size: str, folder: str, fonts: Fonts, seconds: int) -> str:
    """Return what is wrong with a drawing that is painted in a form; nothing where it can be."""
    _compiler(folder, fonts)
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
    try:
        typeset(SOURCE, {"picture": drawing, "size": size}, form, folder=folder, fonts=fonts)
    except typst.TypstError as error:
        return " ".join(error.message.split())[:200]
    return ""


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
