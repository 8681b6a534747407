"""Painting drawings of somebody's for trial: a program of its own, which imports nothing of ours.

`python painting.py FONTS SIZE SECONDS MEMORY` reads drawings from standard input, each after its length in four bytes,
and paints each as a PNG and as a PDF; it writes the number of each as it begins, a line each, and ends with `done`, or
with what went wrong.
`badges.pictures.trial` starts it, and decides.
"""

from __future__ import annotations

import resource
import sys

import typst

SOURCE = b"""
#set page(width: int(sys.inputs.size) * 1pt, height: int(sys.inputs.size) * 1pt, margin: 0pt, fill: none)
#image(bytes(sys.inputs.picture), format: "svg", width: 100%, height: 100%, fit: "contain")
"""
"""Paints the SVG `picture` on a square of `size` points."""


def main() -> None:
    """Paint each drawing, within `SECONDS` of processor time for each and `MEMORY` bytes of addresses."""
    fonts, size, seconds, memory = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    known = typst.Fonts(include_system_fonts=False, font_paths=[fonts])
    compiler = typst.Compiler(font_paths=known, root=fonts)
    number = 0
    while length := sys.stdin.buffer.read(4):
        drawing = sys.stdin.buffer.read(int.from_bytes(length)).decode()
        _say(str(number))
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        try:
            for form in ("png", "pdf"):  # a PDF needs every picture whole
                compiler.compile(SOURCE, format=form, ppi=72, sys_inputs={"picture": drawing, "size": size})
        except typst.TypstError as error:
            _say(f"wanted a drawing, got: {' '.join(error.message.split())[:200]}")
            return
        number += 1
    _say("done")


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
