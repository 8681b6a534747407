"""A charter beside the one it is to follow: versions not raised, and changes that take something from people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.charters.advice import Advice, note, warning
from projections.charters.conditions import grant_of
from projections.charters.tightening import LOOSER, OTHER, TIGHTER, compared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def lint_versions(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Advice]:
    """Yield what is amiss in how a charter follows another."""
    former = {rule["rule"]: rule for rule in before["rules"]}
    for n, rule in enumerate(after["rules"]):
        if rule["rule"] in former:
            yield from _changed(former[rule["rule"]], rule, f"/rules/{n}")
    kept = {rule["rule"] for rule in after["rules"]}
    granted = {grant_of(rule["grants"]) for rule in after["rules"]}
    for name in former.keys() - kept:
        kind, value = grant_of(former[name]["grants"])
        if (kind, value) not in granted:
            words = f"the rule {name} is gone: nobody earns {kind} {value} any more; whoever has it keeps it"
            yield note(
                "rule-removed", "/rules", words, "to take it from its holders, keep the rule with holders: retest"
            )


def _changed(former: Mapping[str, Any], rule: Mapping[str, Any], at: str) -> Iterator[Advice]:
    name, was, is_now = rule["rule"], former["version"], rule["version"]
    same = {**former, "version": 0} == {**rule, "version": 0}
    if not same and is_now == was:
        words = f"the rule {name} is another, but still says version {was}: two rules would share one name on badges"
        yield warning("version-not-raised", f"{at}/version", words, f"write version: {was + 1}")
    elif is_now < was:
        words = f"version {is_now} of {name} would follow version {was}"
        yield warning("version-lowered", f"{at}/version", words, f"write version: {was + (0 if same else 1)}")
    elif same and is_now > was:
        yield note(
            "version-without-change",
            f"{at}/version",
            f"{name} is what it was, under a new version",
            f"version: {was} will do",
        )
    if same:
        return
    if held_anew(rule) and compared(former, rule) in (TIGHTER, OTHER):
        harder = "asks for more than before" if compared(former, rule) == TIGHTER else "asks for something else"
        words = f"{name} {harder}, and earlier holders are held to it too: some may lose what they have"
        yield warning("takes-away", at, words, "see who with guildbook simulate; holders: keep spares them")
    if grant_of(former["grants"]) != grant_of(rule["grants"]):
        words = f"{name} grants something else than it did"
        yield note("grants-another", f"{at}/grants", words, "give a rule that grants something else a name of its own")
    if rule.get("looks_back", "whole") == "whole" and compared(former, rule) == LOOSER:
        words = f"{name} asks for less than before, of the whole history: whoever once met it has it, dated back"
        yield note("looks-back", at, words, "looks_back: now counts from its publication")


def held_anew(rule: Mapping[str, Any]) -> bool:
    """Return whether earlier holders are held to a changed rule: where it says so, or looks back to the beginning."""
    whole = rule.get("looks_back", "whole") == "whole"
    return bool(rule.get("holders", "retest" if whole else "keep") == "retest")
