"""axe-core, Deque's checker of accessibility, from npm: what it finds wrong with the page that a browser shows.

It is not given to the page as a script, which our policy would refuse, but said by the browser's own developer tools.
Where it is not installed (`npm ci` in this folder), who asks for it is skipped with a reason.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from playwright.sync_api import Page

SCRIPT = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
AGAIN = ("color-contrast", "target-size", "link-in-text-block")  # what another width or scheme can change

_RUN = """async ([tags, rules]) => {
    const only = rules.length ? {type: "rule", values: rules} : {type: "tag", values: tags};
    const options = {runOnly: only, resultTypes: ["violations"], rules: {"target-size": {enabled: true}}};
    const found = await axe.run(document, options);
    return found.violations.map(each => [each.id, each.help, each.nodes.map(node => node.html.slice(0, 160))]);
}"""


class NoAxeError(Exception):
    """axe-core is not installed here; the message says how to have it."""


def source() -> str:
    """Return the program. Raises `NoAxeError`."""
    try:
        return SCRIPT.read_text(encoding="utf-8")
    except OSError as error:
        raise NoAxeError("no axe-core here (npm ci in tests/pages)") from error


def give(page: Page, program: str) -> None:
    """Let the page's browser know axe until it goes on to another page."""
    page.evaluate(f"() => {{ {program} }}")


def violations(page: Page, rules: Sequence[str] = (), *, unlike: Collection[str] = ()) -> list[str]:
    """Return what the page that was given axe violates, a line for each rule.

    Only `rules`, where any are named; never those `unlike` it.
    """
    found: list[Any] = page.evaluate(_RUN, [list(TAGS), list(rules)])
    told = [(rule, f"{rule}: {words}: {' | '.join(where[:3])} ({len(where)})") for rule, words, where in found]
    return [words for rule, words in told if rule not in unlike]
