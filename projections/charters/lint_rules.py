"""Rules that can never be met, that everyone meets, or that contradict one another."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from projections.charters.advice import Advice, note, warning
from projections.charters.conditions import (
    DAY,
    Condition,
    amount,
    bound,
    conditions,
    every_condition,
    grant_of,
    in_full,
    is_group,
    listed,
    measure_of,
    must,
    parts,
    said,
    subject,
    time,
    within_other,
)
from projections.charters.tightening import implies
from projections.charters.vocabulary import is_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COUNTED_FROM_NOTHING = ("count", "distinct", "days", "streak", "sum", "share", "tenure")
_PERIODS = {"day": 1, "week": 7, "month": 28}
_NOT_THERE = {"planned", "registered", "absent"}
_EVERYTHING = 100  # percent


def lint_rules(document: Mapping[str, Any]) -> Iterator[Advice]:
    """Yield what is amiss with each rule by itself, and with the rungs of the ladder beside each other."""
    for n, rule in enumerate(document["rules"]):
        at = f"/rules/{n}"
        for one in every_condition(rule, at):
            yield from _windows(one)
            yield from _bounds(one)
            yield from _tests(one, document)
            yield from _counts_the_wrong(one)
            if one.measure == "holds":
                yield from _holds(one, rule, document)
        yield from _contradictions(rule, at)
        yield from _always(rule, at)
        yield from _twice(rule, at)
        if "keep_while" in rule:
            yield from _keeping(rule, at)
    yield from _ladder(document)


def _never(one: Condition, why: str, todo: str, at: str = "") -> Advice:
    """Say that a condition can never be met; under `none`, that it forbids nothing."""
    pointer = f"{one.pointer}/{at}" if at else one.pointer
    if one.wanted:
        return warning("never-met", pointer, f"nobody can ever meet this ({said(one.node)}): {why}", todo)
    return note(
        "forbids-nothing", pointer, f"this never happens ({said(one.node)}), so it forbids nothing: {why}", todo
    )


def _windows(one: Condition) -> Iterator[Advice]:
    """Find more days, weeks or months asked for than the window has, and more than the whole of a share."""
    low, node = one.low, one.node
    if one.measure == "share" and low is not None and low > _EVERYTHING:
        yield _never(one, f"{node['at_least']} is more than the whole", "ask for at most 100%", "at_least")
    if "within" not in node or low is None:
        return
    span = -(-amount(node["within"]) // DAY)  # days, rounded up
    words = f"in {time(node['within'])} there are not {low:,} "
    todo = "make the window longer, or ask for less"
    if one.measure == "days" and low > span + 1:
        yield _never(one, f"{words}days", todo, "within")
    elif one.measure == "streak" and low > span // _PERIODS[per := node.get("per", "week")] + 2:
        yield _never(one, f"{words}{per}s", todo, "within")
    elif one.measure == "tenure":
        yield note(
            "window-ignored", f"{one.pointer}/within", "how long she has been here has no window", "leave it out"
        )


def _bounds(one: Condition) -> Iterator[Advice]:
    low, high = one.low, one.high
    if low is not None and high is not None and low > high:
        why = f"at least {time(one.node['at_least'])} and at most {time(one.node['at_most'])} cannot both be"
        yield _never(one, why, "swap the two, or leave one out", "at_least")
    elif low is not None and low <= 0 and one.measure in _COUNTED_FROM_NOTHING and high is None:
        words = f"everyone meets this, from the beginning: at least {one.node['at_least']} ({said(one.node)})"
        yield warning("always-met", f"{one.pointer}/at_least", words, "ask for 1 or more, or leave it out")
    if one.measure == "tenure" and low and low > 20 * 366 * DAY:
        yield note(
            "very-long",
            f"{one.pointer}/at_least",
            f"{time(one.node['at_least'])} is longer than most communities last",
            "check the number",
        )


def _tests(one: Condition, document: Mapping[str, Any]) -> Iterator[Advice]:
    """Find tests that no fact can pass: words where numbers stand, and the other way round."""
    top = max((rung["level"] for rung in document.get("ladder", ())), default=0)
    for field, wanted in one.node.get("where", {}).items():
        number = is_number(one.fact, field)
        why = _no_number(field, wanted, top) if number else _no_word(field, wanted)
        if why:
            yield _never(one, *why, f"where/{field}")


def _no_number(field: str, wanted: Any, top: int) -> tuple[str, str] | None:  # noqa: ANN401  what `where` says
    """Return why no number passes a test, and what to do."""
    if not isinstance(wanted, dict):
        words = all(isinstance(value, str) for value in listed(wanted))
        return (f"{field} is a number", "write it without quotes, or {at_least: ...}") if words else None
    low, high = wanted.get("at_least"), wanted.get("at_most")
    if low is not None and high is not None and low > high:
        return f"{field} cannot be at least {low} and at most {high}", "swap the two"
    if field == "endorser_level" and low is not None and low > top:
        return f"the ladder ends at level {top}", "ask for a level of the ladder"
    return None


def _no_word(field: str, wanted: Any) -> tuple[str, str] | None:  # noqa: ANN401  what `where` says
    """Return why no word passes a test, and what to do."""
    if isinstance(wanted, dict):
        return f"{field} is a word, not a number", f"list the words: {field}: [one, other]"
    if any(isinstance(value, bool) for value in listed(wanted)):
        return f"{field} is a word, and YAML reads on, off, yes and no as true and false", "put the word in quotes"
    return None


def _counts_the_wrong(one: Condition) -> Iterator[Advice]:
    """Find conditions that count meetings she was not at, and objections in her favour."""
    where = one.node.get("where", {})
    if one.fact == "attendance" and _only(where.get("state"), _NOT_THERE):
        at, todo = "where/state", "did you mean state: attended?"
        if one.measure == "share":
            yield _never(one, "only who was there has a share", todo, at)
        elif one.wanted:
            words = f"this counts meetings she was not at ({said(one.node)})"
            yield warning("counts-absence", f"{one.pointer}/{at}", words, todo)
    if one.fact == "endorsement" and one.wanted and _only(where.get("strength"), {"objection"}):
        words = f"this counts objections in her favour ({said(one.node)})"
        yield warning("counts-objections", f"{one.pointer}/where/strength", words, "put it under none")


def _only(wanted: Any, words: set[str]) -> bool:  # noqa: ANN401  what `where` says
    return wanted is not None and not isinstance(wanted, dict) and set(map(str, listed(wanted))) <= words


def _holds(one: Condition, rule: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Advice]:
    """Find grants that nobody grants, and levels that ask for themselves."""
    kind, value = grant_of(one.node["holds"])
    granted = [grant_of(other["grants"]) for other in document["rules"]]
    mine = grant_of(rule["grants"])
    if kind == "level" and mine[0] == "level" and value >= mine[1]:
        yield _never(one, f"level {mine[1]} is asked to stand on level {value}", "ask for a level below", "holds")
    elif kind == "level" and not any(other == "level" and number >= value for other, number in granted):
        yield _never(
            one,
            f"no rule grants level {value} or one above it",
            f"write a rule that grants {{level: {value}}}",
            "holds",
        )
    elif kind in ("badge", "eligible") and (kind, value) not in granted:
        yield _never(one, f"no rule grants {kind} {value}", f"write a rule that grants {{{kind}: {value}}}", "holds")


def _contradictions(rule: Mapping[str, Any], at: str) -> Iterator[Advice]:
    """Find what must hold beside what must not, or more asked for than is allowed, whatever else she does."""
    for holder, where in ((rule, at), (rule.get("keep_while", {}), f"{at}/keep_while")):
        asked = must(holder, where)
        floors = [(one, floor) for one in asked if (floor := _floor(one)) is not None]
        ceilings = [(one, ceiling) for one in asked if (ceiling := _ceiling(one)) is not None]
        for one, floor in floors:
            for other, ceiling in ceilings:
                if one is not other and floor > ceiling and within_other(one.node, other.node):
                    words = f"this contradicts itself: {_asks(one)}, but also {_asks(other)}"
                    yield warning(
                        "contradiction",
                        other.pointer,
                        words,
                        "leave one of the two out; as it is, nobody can ever meet it",
                    )


def _asks(one: Condition) -> str:
    return f"{'' if one.wanted else 'never '}{said(one.node)}"


def _floor(one: Condition) -> int | None:
    """Return what the value must reach for the rule to be met."""
    if one.wanted:
        return one.low
    return one.high + 1 if one.low is None and one.high is not None else None


def _ceiling(one: Condition) -> int | None:
    """Return what the value must not pass for the rule to be met."""
    if one.wanted:
        return one.high
    return one.low - 1 if one.high is None and one.low is not None else None


def _always(rule: Mapping[str, Any], at: str) -> Iterator[Advice]:
    if not any(one.wanted and one.low == 0 for one in conditions(rule, at)) and met_by_nobody_yet(rule, at):
        kind, value = grant_of(rule["grants"])
        words = f"whoever has done nothing at all meets this rule, and gets {kind} {value}"
        yield warning("always-met", at, words, "ask for something that takes doing, beside what is forbidden")


def met_by_nobody_yet(node: Mapping[str, Any], at: str) -> bool:
    """Return whether somebody of whom nothing is recorded meets a group."""
    for op, inner, need in parts(node, at):
        held = [met_by_nobody_yet(one, pointer) if is_group(one) else _met_by_nothing(one) for pointer, one in inner]
        if (op == "none" and any(held)) or (op != "none" and sum(held) < need):
            return False
    return True


def _met_by_nothing(node: Mapping[str, Any]) -> bool:
    low, high = bound(node, "at_least"), bound(node, "at_most")
    if measure_of(node) in ("share", "change", "latest"):
        return False  # of nothing there is no part, no change and no last
    return (low is None or low <= 0) and (high is None or high >= 0)


def _twice(rule: Mapping[str, Any], at: str) -> Iterator[Advice]:
    for _, inner, _ in parts(rule, at):
        seen: list[Any] = []
        for pointer, one in inner:
            bare = {name: value for name, value in one.items() if name != "label"}
            if bare in seen:
                yield note("twice", pointer, f"the same condition stands here twice ({_words(one)})", "leave one out")
            seen.append(bare)


def _words(node: Mapping[str, Any]) -> str:
    return "a group" if is_group(node) else said(node)


def _keeping(rule: Mapping[str, Any], at: str) -> Iterator[Advice]:
    """Find what it takes to keep a grant that it does not take to get it: it would never be asked."""
    won = [one for one in must(rule, at) if one.wanted]
    for kept in must(rule["keep_while"], f"{at}/keep_while"):
        if not kept.wanted or kept.node.get("since") == "award" or any(implies(one.node, kept.node) for one in won):
            continue
        words = f"keeping it asks for what getting it does not ({in_full(kept.node)}): who meets the rule has it anyway"
        yield warning("harder-to-keep", kept.pointer, words, "ask for it in the rule too, or for less here")


def _ladder(document: Mapping[str, Any]) -> Iterator[Advice]:
    """Find levels that are no harder than the one below."""
    ways: dict[int, list[tuple[str, Mapping[str, Any]]]] = {}
    for n, rule in enumerate(document["rules"]):
        kind, value = grant_of(rule["grants"])
        if kind == "level":
            ways.setdefault(value, []).append((f"/rules/{n}", rule))
    single = {level: found[0] for level, found in ways.items() if len(found) == 1}
    order = sorted(single)
    for lower, upper in pairwise(order):
        yield from _rung(lower, upper, single[lower], single[upper])


def _rung(
    lower: int,
    upper: int,
    below: tuple[str, Mapping[str, Any]],
    above: tuple[str, Mapping[str, Any]],
) -> Iterator[Advice]:
    easy, hard = must(below[1], below[0]), must(above[1], above[0])
    if any(one.measure == "holds" and one.wanted and grant_of(one.node["holds"]) == ("level", lower) for one in hard):
        return
    for one in hard:
        for other in easy:
            if not (one.wanted and other.wanted) or one.low is None or other.low is None:
                continue
            if subject(one.node) == subject(other.node) and one.low < other.low:
                words = (
                    f"level {upper} asks for less than level {lower} does: {said(one.node)}, beside {said(other.node)}"
                )
                yield warning(
                    "level-easier", one.pointer, words, f"raise it, or ask for {{holds: {{level: {lower}}}}} too"
                )
    whole = [one for one in conditions(above[1], above[0]) if one.wanted]
    if whole and len(whole) == sum(one.wanted for one in hard) and all(_implied(one, easy) for one in whole):
        words = f"whoever reaches level {lower} reaches level {upper} with it: it asks for nothing more"
        yield warning("level-not-harder", above[0], words, f"ask for more than level {lower} does")


def _implied(one: Condition, easy: list[Condition]) -> bool:
    return (
        one.low is not None
        and one.high is None
        and any(
            other.wanted and other.low is not None and other.low >= one.low and within_other(other.node, one.node)
            for other in easy
        )
    )
