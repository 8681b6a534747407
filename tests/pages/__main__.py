"""`make screenshots`: every page as each role sees it, desktop and phone, light and dark, and on paper.

They go to `build/screenshots`, with an `index.html` to leaf through; a table at the end says what each page weighs,
how soon it begins to come beside a bare route, and what is wrong with it. Words pick some pages by name.
"""

from __future__ import annotations

import contextlib
import html
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import servers
from tests import browser
from tests.pages import axe
from tests.pages.listed import DRAWN, PAGES
from tests.pages.looking import DESKTOP, PHONE, Visitor, overflow
from tests.pages.site import standing
from tests.pages.timing import Timing, bare, first_byte

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.pages.listed import Listed
    from tests.pages.looking import Seen

OUT = Path("build/screenshots")
LOOKS = tuple((width, scheme) for scheme in ("light", "dark") for width in (DESKTOP, PHONE))
SHEET = 794  # CSS pixels across a sheet of A4
MOST = 100_000  # bytes of a page
WIDTH = 160  # characters, where nobody is looking


class Told(NamedTuple):
    """A row of the table."""

    listed: Listed
    seen: Seen
    timing: Timing | None
    wrong: list[str]


def main(words: list[str]) -> int:
    """Visit the pages and show what came; return how many have something wrong."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    chosen = [one for one in (*PAGES, *DRAWN) if not words or any(word in one.name for word in words)]
    OUT.mkdir(parents=True, exist_ok=True)
    told = _told(chosen, console)
    (OUT / "index.html").write_text(_index(told), encoding="utf-8")
    console.print(_table(told))
    for one in told:
        for fault in one.wrong:
            console.print(f"[red]{one.listed.name}[/]: ", end="")
            console.print(fault, markup=False, soft_wrap=True)
    console.print(f"To leaf through: {OUT / 'index.html'}")
    return sum(bool(one.wrong) for one in told)


def _told(chosen: list[Listed], console: Console) -> list[Told]:
    told = []
    with contextlib.ExitStack() as stack:
        progress = stack.enter_context(Progress(console=console, transient=True))
        task = progress.add_task("the demo's year", total=len(chosen))
        site = stack.enter_context(standing(OUT / "data"))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        floor = stack.enter_context(servers.floor("page", folder))
        visitor = Visitor(stack.enter_context(browser.running()), site)
        program = _axe(console)
        for listed in chosen:
            progress.update(task, description=listed.name)
            told.append(_looked(visitor, listed, program, floor.port))
            progress.advance(task)
        visitor.close()
    return told


def _axe(console: Console) -> str:
    try:
        return axe.source()
    except axe.NoAxeError as error:
        console.print(f"not looked at: accessibility: {error}")
        return ""


def _looked(visitor: Visitor, listed: Listed, program: str, floor: int) -> Told:
    wrong: list[str] = []
    with visitor.visit(listed) as (page, seen):
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
            page.screenshot(path=_picture(listed, width, scheme), full_page=True)
            if wider := overflow(page):
                wrong.append(f"{wider} px too wide at {width}")
        if listed.paper:
            page.set_viewport_size({"width": SHEET, "height": 1_123})
            page.emulate_media(media="print", color_scheme="light")
            page.screenshot(path=OUT / f"{listed.name}.paper.png", full_page=True)
            page.emulate_media(media="screen")
        wrong += _axed(page, program, listed)
    if seen.status != listed.status:
        wrong.append(f"wanted {listed.status}, got {seen.status}")
    if seen.html > MOST:
        wrong.append(f"wanted at most {MOST:,} bytes, got {seen.html:,}")
    timing = None
    if listed.then is None and listed.drawn is None and seen.status == listed.status:
        cookies = visitor.context(listed.role).cookies()
        timing = Timing(first_byte(listed.address(visitor.site), cookies), bare(floor, seen.html))
    return Told(listed, seen, timing, wrong + seen.faults)


def _axed(page: Page, program: str, listed: Listed) -> list[str]:
    if not program:
        return []
    axe.give(page, program)
    found = axe.violations(page, unlike=listed.unlike)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
        found += axe.violations(page, axe.AGAIN)
    return list(dict.fromkeys(found))


def _picture(listed: Listed, width: int, scheme: str) -> Path:
    return OUT / f"{listed.name}.{width}.{scheme}.png"


def _table(told: list[Told]) -> Table:
    table = Table(title="Every page", caption="bytes as sent, which is without compression; ms to the first byte")
    table.add_column("page")
    for heading in ("role", "HTML", "with all", "ms", "bare", "ratio", "wrong"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in told:
        timing = one.timing
        table.add_row(
            one.listed.name,
            one.listed.role,
            f"{one.seen.html:,}",
            f"{one.seen.whole:,}",
            *((f"{timing.ours:.1f}", f"{timing.bare:.1f}", f"{timing.ratio:.1f}") if timing else ("", "", "")),
            f"[red]{len(one.wrong)}[/]" if one.wrong else "0",
        )
    return table


def _index(told: list[Told]) -> str:
    rows = []
    for one in told:
        pictures = [*OUT.glob(f"{one.listed.name}.[0-9]*.png"), *OUT.glob(f"{one.listed.name}.paper.png")]
        shown = "".join(f'<a href="{each.name}"><img src="{each.name}" alt="{each.stem}"></a>' for each in pictures)
        wrong = "".join(f"<li>{html.escape(fault)}" for fault in one.wrong)
        rows.append(f"<h2>{one.listed.name}</h2><p>{html.escape(one.listed.route)}</p><ul>{wrong}</ul>{shown}")
    style = "body{font:16px serif}img{height:26rem;width:24%;object-fit:cover;object-position:top;border:1px solid}"
    return f'<!doctype html><html lang="en"><title>Every page</title><style>{style}</style>{"".join(rows)}'


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
