"""Going through a page by Tab alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST = 300  # controls of a page that are gone through: a page of more has long lists of links, all alike
ROUND = 10  # presses between two looks
BESIDES = 4  # rounds more, for what scrolls: Tab stops there, too

_WATCH = """() => {
    const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
    const group = each => each.type === 'radio' ? `${each.form?.action} ${each.name}` : each
    const shown = each => each.checkVisibility({visibilityProperty: true}) && !each.disabled
    window.left = new Set([...document.querySelectorAll(wanted)].filter(shown).map(group))
    window.unseen = []
    document.addEventListener('focusin', ({target}) => {
        window.left.delete(group(target))
        const rings = [target, target.parentElement].map(each => getComputedStyle(each))
        const box = target.getBoundingClientRect()
        const ring = rings.some(each => each.outlineStyle !== 'none' && parseFloat(each.outlineWidth) >= 2)
        if (!ring || !box.width || !box.height) window.unseen.push(target.outerHTML.slice(0, 160))
    })
    return window.left.size
}"""


def unreached(page: Page) -> list[str]:
    """Return the controls that Tab does not reach, or reaches without a ring around them (WCAG 2.2 "Focus Visible")."""
    controls = page.evaluate(_WATCH)
    for _ in range(min(controls, MOST) // ROUND + BESIDES):
        for _ in range(ROUND):
            page.keyboard.press("Tab")
        if not page.evaluate("window.left.size"):
            break
    missed = page.evaluate("[...window.left].map(each => each.outerHTML?.slice(0, 160) ?? each)")
    unseen = page.evaluate("window.unseen")
    page.evaluate("document.activeElement.blur()")  # the link that skips would lie over what is under it
    return [f"not reached by Tab: {one}" for one in missed if controls <= MOST] + [f"no ring: {one}" for one in unseen]
