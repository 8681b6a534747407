"""The linter: what a charter says that would not do what its author means.

A fault stops a charter from being read at all; advice does not stop anything. It follows the order in which a
charter is best thought out: outcomes, evidence, activities, rules, ladder, roles, badges, targets.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from projections.asked.lint_book import lint_book
from projections.charters.advice import Advice, note, warning
from projections.charters.charter import Charter, parse_charter
from projections.charters.conditions import amount, every_condition, grant_of, listed, said
from projections.charters.lint_credentials import lint_credentials, lint_version
from projections.charters.lint_rules import lint_rules
from projections.charters.lint_versions import lint_versions
from projections.charters.text import read_text
from projections.charters.vocabulary import FACTS
from projections.measures.told import PERCENT, TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from projections.asked.lint_book import Seen

MEASURED = (*TARGETS, "member_led_at", "quarterly_review")
"""The targets there are: those of measures, a number of members, and whether there was a review this quarter."""

_OURS = ("assignment", "moderation")  # also recorded by the book's own managers, whatever platforms report
Document = dict[str, Any]


def lint(
    charter: Charter | str | Mapping[str, Any], *, before: Charter | None = None, seen: Seen | None = None
) -> tuple[Advice, ...]:
    """Return advice on a charter, in the order of its text.

    `before`: the charter in force, which this one is to follow. `seen`: what the community's facts ever held.
    Raises `CharterError` for text that is no charter.
    """
    if isinstance(charter, Charter):
        text = read_text(charter.document)
    else:
        text = read_text(charter)
        charter = parse_charter(charter)
    document = dict(charter.document)
    found = [*_thought_out(document), *_names(document), *_names_in_rules(document)]
    found += [*_recognised(document), *_reported(document), *lint_rules(document), *lint_credentials(document)]
    if before is not None:
        found += [*lint_versions(before.document, document), *lint_version(before.document, document)]
    if seen is not None:
        found += lint_book(document, seen)
    placed = [one.placed(text) for one in dict.fromkeys(found)]
    return tuple(sorted(placed, key=lambda one: (one.line or 0, one.column or 0)))


def _named(document: Document, part: str, key: str) -> list[Any]:
    return [one[key] for one in document.get(part, ())]


def _thought_out(document: Document) -> Iterator[Advice]:
    """Find outcomes that nothing shows or practises, and what serves no outcome."""
    if not document.get("outcomes"):
        yield note("no-outcomes", "", "the charter does not say what members will be able to do", "begin with outcomes")
    shown = {one["outcome"] for one in document.get("evidence", ())}
    badged = {name for badge in document.get("badges", ()) for name in badge.get("outcomes", ())}
    practised = {name for activity in document.get("activities", ()) for name in activity.get("outcomes", ())}
    for n, name in enumerate(_named(document, "outcomes", "outcome")):
        at = f"/outcomes/{n}"
        if name not in shown | badged:
            words = f"nothing shows that {name} was reached: no evidence and no badge names it"
            yield warning(
                "outcome-unshown", at, words, f"say under evidence which facts show it: {{outcome: {name}, shows: ...}}"
            )
        elif name not in shown:
            words = f"which facts show {name} is said nowhere, though a badge is given for it"
            yield note("outcome-without-evidence", at, words, f"add evidence: {{outcome: {name}, shows: ...}}")
        if name not in practised:
            words = f"no activity lets members practise {name}"
            yield warning("outcome-unpractised", at, words, "name it among the outcomes of an activity, or add one")
    for part, key, what in (("activities", "activity", "an activity"), ("badges", "badge", "a badge")):
        for n, one in enumerate(document.get(part, ())):
            if not one.get("outcomes"):
                words = f"{what} without an outcome: what is {one[key]} for?"
                yield warning(f"{key}-without-outcome", f"/{part}/{n}", words, "name its outcomes: [...]")


def _names(document: Document) -> Iterator[Advice]:
    """Find names of outcomes and kinds of fact that the charter, or the book, does not know."""
    outcomes = _named(document, "outcomes", "outcome")
    for part in ("activities", "badges"):
        for n, one in enumerate(document.get(part, ())):
            for k, name in enumerate(one.get("outcomes", ())):
                yield from _known(f"/{part}/{n}/outcomes/{k}", "an outcome", name, outcomes)
    for n, one in enumerate(document.get("evidence", ())):
        yield from _known(f"/evidence/{n}/outcome", "an outcome", one["outcome"], outcomes)
        for k, name in enumerate(one.get("facts", ())):
            yield from _known(f"/evidence/{n}/facts/{k}", "a kind of fact", name, FACTS)
    for n, one in enumerate(document.get("sources", ())):
        for k, name in enumerate(one.get("reports", ())):
            yield from _known(f"/sources/{n}/reports/{k}", "a kind of fact", name, FACTS)


def _names_in_rules(document: Document) -> Iterator[Advice]:
    """Find sources, roles and cohorts that rules name and the charter does not describe."""
    sources, roles = _named(document, "sources", "source"), _named(document, "leader_roles", "role")
    for n, rule in enumerate(document["rules"]):
        for k, name in enumerate(rule.get("needs", ())):
            yield from _known(f"/rules/{n}/needs/{k}", "a source", name, sources)
        yield from _grant(rule["grants"], f"/rules/{n}/grants", document)
        for one in every_condition(rule, f"/rules/{n}"):
            for place in ("holds", "since"):
                if isinstance(one.node.get(place), dict):
                    yield from _grant(one.node[place], f"{one.pointer}/{place}", document)
            for name in listed(one.node.get("where", {}).get("endorser_role", [])):
                yield from _known(f"{one.pointer}/where/endorser_role", "a leader role", name, roles)


def _grant(grants: Mapping[str, Any], at: str, document: Document) -> Iterator[Advice]:
    kind, value = grant_of(grants)
    if kind == "role":
        yield from _known(f"{at}/role", "a leader role", value, _named(document, "leader_roles", "role"))
    elif kind == "cohort":
        yield from _known(f"{at}/cohort", "a cohort", value, _named(document, "cohorts", "cohort"))


def _known(at: str, what: str, name: Any, known: Any) -> Iterator[Advice]:  # noqa: ANN401  names
    if name not in known:
        near = get_close_matches(str(name), list(map(str, known)), 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        words = f"wanted {what} of this charter: {', '.join(map(str, known)) or 'it names none'}; got {name}{hint}"
        yield warning("unknown-name", at, words, "correct the name, or describe it in its part")


def _recognised(document: Document) -> Iterator[Advice]:
    """Find levels, badges and roles that no rule leads to, roles without end, and targets nobody measures."""
    granted = [grant_of(rule["grants"]) for rule in document["rules"]]
    for n, rung in enumerate(document.get("ladder", ())):
        if rung["level"] > 0 and ("level", rung["level"]) not in granted:
            words = f"no rule grants level {rung['level']} ({rung['name']}): nobody will ever reach it"
            yield warning(
                "level-never-granted", f"/ladder/{n}", words, f"write a rule that grants {{level: {rung['level']}}}"
            )
    for n, badge in enumerate(document.get("badges", ())):
        if ("badge", badge["badge"]) not in granted:
            yield from _never_granted(badge, f"/badges/{n}")
    for n, role in enumerate(document.get("leader_roles", ())):
        yield from _role(role, f"/leader_roles/{n}", granted)
    for name, value in document.get("targets", {}).items():
        at = f"/targets/{name}"
        if name not in MEASURED:
            near = get_close_matches(name, MEASURED, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            words = f"nobody measures {name}{hint}"
            yield warning("target-unmeasured", at, words, f"aim at one of {', '.join(MEASURED)}")
        elif value < 0 or (name in PERCENT and value > 100):  # noqa: PLR2004  per cent
            yield warning("target-out-of-reach", at, f"{name} can never be {value}", "it is a percentage, 0 to 100")


def _never_granted(badge: Mapping[str, Any], at: str) -> Iterator[Advice]:
    """Find fault with a badge that no rule grants, unless the charter says that it is given by hand."""
    said = badge.get("by_hand")
    if said is None or said in {False, "no"}:
        words = f"no rule grants the badge {badge['badge']}: nobody will ever earn it"
        advice = f"write a rule that grants {{badge: {badge['badge']}}}, or say by_hand: yes"
        yield warning("badge-never-granted", at, words, advice)


def _role(role: Mapping[str, Any], at: str, granted: list[tuple[str, Any]]) -> Iterator[Advice]:
    name = role["role"]
    if ("eligible", name) not in granted and ("role", name) not in granted:
        words = f"no rule says who is ready to be {name}"
        yield warning("role-without-rule", at, words, f"write a rule that grants {{eligible: {name}}}")
    if "term" not in role:
        words = f"the role {name} never ends: leadership is a loan"
        yield warning("role-without-term", at, words, "give it a term, as term: 365d")
    elif "handover" in role and amount(role["handover"]) >= amount(role["term"]):
        words = f"handing over {name} would begin before the term does"
        yield warning("handover-too-long", f"{at}/handover", words, "make it shorter than the term")


def _reported(document: Document) -> Iterator[Advice]:
    """Find rules that count what no source of the charter reports, where it says what they report."""
    sources = document.get("sources", ())
    reported = {name for one in sources for name in one.get("reports", ())}
    metrics = {name for one in sources for name in one.get("metrics", ())}
    if not reported:
        return
    reported |= {"endorsement_given"} if "endorsement" in reported else set()
    reported |= {"metric"} if metrics else set()
    for n, rule in enumerate(document["rules"]):
        for one in every_condition(rule, f"/rules/{n}"):
            if one.fact in ("", "activity", *_OURS):
                continue
            if one.fact not in reported:
                words = f"no source of this charter reports a fact of the kind {one.fact} ({said(one.node)})"
                yield warning(
                    "not-reported",
                    one.pointer,
                    words,
                    f"add {one.fact} to what a source reports, or count something else",
                )
            wanted = [one.node["latest"]] if "latest" in one.node else []
            wanted += listed(one.node.get("where", {}).get("metric", [])) if one.fact == "metric" else []
            for name in wanted:
                if metrics and name not in metrics:
                    near = get_close_matches(str(name), sorted(metrics), 1)
                    hint = f" (did you mean {near[0]}?)" if near else ""
                    words = f"no source of this charter reports the metric {name}{hint}"
                    yield warning("not-reported", one.pointer, words, "add it to the metrics of a source")
