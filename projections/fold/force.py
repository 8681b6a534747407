"""Which rules of the charters a community ever published bind when, and whether earlier holders keep what they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from projections.fold.spans import DAWN, DOOM, Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.charters.charter import Charter
    from projections.charters.language import Rule


class InForce(NamedTuple):
    """A rule and when it binds. Who earned its grant then holds it on.

    `until`: when such holds end at the latest (µs). `lives`: whether they last, past the time in which it binds, as
    long as the rule itself would have let them.
    """

    key: str  # what the times at which it was met are kept under
    rule: Rule
    spans: Spans
    until: int = DOOM
    lives: bool = False


def in_force(charters: Sequence[Charter]) -> list[InForce]:
    """Return every rule that ever bound and when, those asked for by others first.

    A version that looks back over the whole history is in force from the start, unless it was published for a later
    day: then from that day on. With `holders: retest`, the default then, it leaves nothing to its forerunners. One that
    does not look back follows them at its date; who held by them keeps it, unless it says `retest`.
    """
    bound: dict[str, list[InForce]] = {}
    for number, charter in enumerate(charters):
        named = {rule.slug for rule in charter.rules}
        for slug in bound.keys() - named:
            dropped = (_dropped(law, charter.effective) for law in bound[slug])
            bound[slug] = [law for law in dropped if law.spans]
        for rule in charter.rules:
            begin = _begin(rule, charter)
            before = bound.get(rule.slug, [])
            if rule.retest:
                before = [_ended(law, begin)._replace(until=min(law.until, begin)) for law in before]
            else:
                switch = max(begin, charter.effective)
                before = [_ended(law, switch)._replace(lives=True) for law in before]
            before = [law for law in before if law.spans]
            key = f"{rule.slug}@{begin}" + (f"#{number}" if any(law.spans[0][0] == begin for law in before) else "")
            bound[rule.slug] = [*before, InForce(key, rule, [(begin, DOOM)])]
    order = [rule.slug for rule in charters[-1].rules] if charters else []
    slugs = [*(slug for slug in bound if slug not in order), *order]
    return [law for slug in slugs for law in bound[slug]]


def _begin(rule: Rule, charter: Charter) -> int:
    if rule.looks_back is not None:
        return rule.looks_back or charter.effective
    return charter.effective if charter.announced else DAWN


def _dropped(law: InForce, at: int) -> InForce:
    """Return a rule that a charter in force from an instant (µs) no longer has: what is kept is kept, all else ends."""
    until = law.until if law.rule.grace is None else min(law.until, at + law.rule.grace)
    return _ended(law, at)._replace(until=until, lives=False)


def _ended(law: InForce, at: int) -> InForce:
    """Return a rule that binds no longer than up to an instant (µs); its spans are none where it never would."""
    ((begin, end),) = law.spans
    return law._replace(spans=[(begin, min(end, at))] if begin < at else [])
