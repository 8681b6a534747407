"""A charter held against what the community's facts ever held: rules that count what nobody reports."""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from projections.charters.advice import Advice, note, warning
from projections.charters.conditions import DAY, every_condition, listed, said
from projections.charters.vocabulary import field_values, fields, is_number, names_people
from projections.fold.subjects import OWN, kind
from projections.views.worker import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ledger import Book, Fact
    from projections.charters.conditions import Condition

_SHOWN = 4  # values named in a message
_MOST_VALUES = 1_000  # kept of one field; more of them are references, not words
_RAW = {"endorsement_given": "endorsement"}
_CAME = {"attended": ("attended", "joined", "left")}  # a state that comes of others


class Seen:
    """What a community's facts held up to now: kinds, values of each field, sources, metrics; and what was asked.

    Made for one charter: `met` counts, for each `where` of it, the facts that satisfy it. `token` makes a literal
    what the ledger stores for it.
    """

    def __init__(self, document: Mapping[str, Any], token: Callable[[str], str]) -> None:
        self._token = token
        self.kinds: Counter[str] = Counter()
        self.values: dict[tuple[str, str], Counter[Any]] = {}
        self.met: Counter[str] = Counter()
        self.first = self.last = 0  # µs
        self._kept: dict[str, frozenset[str]] = {}
        self._asked: dict[str, list[tuple[str, list[Callable[[Mapping[str, Any]], bool]]]]] = {}
        self._tested = {(one.fact, field) for one in _asked(document) for field in one.node.get("where", {})}
        for one in _asked(document):
            tests = [self._test(one.fact, field, wanted) for field, wanted in one.node.get("where", {}).items()]
            self._asked.setdefault(_RAW.get(one.fact, one.fact), []).append((one.pointer, [*filter(None, tests)]))

    def take(self, facts: Iterable[Fact]) -> None:
        """Take facts in, in any order. Those that are the book's own say nothing of what platforms report."""
        for fact in facts:
            if fact.topic.startswith(OWN):
                continue
            name, told = kind(fact), fact.open
            self.kinds[name] += 1
            self.first = min(self.first or fact.time, fact.time)
            self.last = max(self.last, fact.time)
            kept = self._kept.get(name)
            if kept is None:
                kept = self._kept[name] = self._words_of(name)
            for field, value in told.items():
                if field in kept:
                    self._note(name, field, value)
                elif (name, field) not in self.values:
                    self.values[name, field] = Counter()  # it is filled in; with what is nobody's question
            for pointer, tests in self._asked.get(name, ()):
                if all(test(told) for test in tests):
                    self.met[pointer] += 1

    def _words_of(self, name: str) -> frozenset[str]:
        """Return the fields whose values are kept: words, and whatever a `where` of the charter tests."""
        asked = {field for fact, field in self._tested if _RAW.get(fact, fact) == name}
        words = {
            field
            for field in fields(name)
            if not (field_values(name, field)[1] or names_people(name, field) or is_number(name, field))
        }
        return frozenset(asked | words | {"answers"})

    def _note(self, name: str, field: str, value: Any) -> None:  # noqa: ANN401  JSON
        values = self.values.setdefault((name, field), Counter())
        if isinstance(value, list) and field == "answers":
            value = [one.get("construct") for one in value]
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int) and (one in values or len(values) < _MOST_VALUES):
                values[one] += 1

    def _test(self, fact: str, field: str, wanted: Any) -> Callable[[Mapping[str, Any]], bool] | None:  # noqa: ANN401  what `where` says
        """Return a test of a stored fact; None for what only the fold can tell, as who an endorser was."""
        if field.startswith("endorser_") or (fact == "assignment" and field == "value" and isinstance(wanted, dict)):
            return None
        if isinstance(wanted, dict):
            low, high = wanted.get("at_least"), wanted.get("at_most")
            return lambda told: (
                isinstance(value := told.get(field), int | float)
                and ((low is None or value >= low) and (high is None or value <= high))
            )
        literals = [came for one in listed(wanted) for came in _CAME.get(str(one), (one,))]
        stored = {self._token(str(one)) if field_values(fact, field)[1] else _lowered(one) for one in literals}

        def among(told: Mapping[str, Any]) -> bool:
            got = told.get(field)
            return any(_lowered(one) in stored for one in got) if isinstance(got, list) else _lowered(got) in stored

        return among

    def none_of(self, fact: str, field: str, wanted: Any) -> bool:  # noqa: ANN401  what `where` says
        """Return whether no fact ever passed one test."""
        test = self._test(fact, field, wanted)
        values = self.values.get((_RAW.get(fact, fact), field), Counter())
        return test is not None and len(values) < _MOST_VALUES and not any(test({field: value}) for value in values)


def look(book: Book, community: str, document: Mapping[str, Any], told: Callable[[int], None] | None = None) -> Seen:
    """Return what a community's facts hold, in one pass over its ledger; `told` hears how many were read."""
    seen = Seen(document, lambda text: book.token(community, text))
    for facts in pages(book, community, 0, book.head(community)):
        seen.take(facts)
        if told:
            told(len(facts))
    return seen


def _asked(document: Mapping[str, Any]) -> Iterator[Condition]:
    """Yield the conditions that count recorded facts, with where each stands."""
    for n, rule in enumerate(document["rules"]):
        for one in every_condition(rule, f"/rules/{n}"):
            if one.fact and one.measure not in ("tenure", "holds", "open") and one.fact != "activity":
                yield one


def _lowered(value: Any) -> Any:  # noqa: ANN401  a literal
    return value.lower() if isinstance(value, str) else value


def lint_book(document: Mapping[str, Any], seen: Seen) -> Iterator[Advice]:
    """Yield which conditions no recorded fact ever satisfied. Says nothing of a book without facts."""
    total = sum(seen.kinds.values())
    if not total:
        return
    for one in _asked(document):
        raw = _RAW.get(one.fact, one.fact)
        told = warning if one.wanted else note
        if not seen.kinds[raw]:
            held = ", ".join(f"{count:,} of {name}" for name, count in seen.kinds.most_common(_SHOWN))
            words = f"no recorded fact is of the kind {raw} ({said(one.node)}); recorded are {held}"
            yield told("never-seen", one.pointer, words, "connect a platform that reports it, or count something else")
        elif not seen.met[one.pointer]:
            yield told(
                "never-seen", one.pointer, _why(one, raw, seen), "correct the word, or see to it that it is reported"
            )
        elif (missing := _missing(one, raw, seen)) is not None:
            yield told("never-seen", one.pointer, missing, "correct the name, or see to it that it is reported")
    yield from _too_long(document, seen)


def _why(one: Condition, raw: str, seen: Seen) -> str:
    """Say which test no fact passed, and what its field held instead."""
    count = seen.kinds[raw]
    for field, wanted in one.node.get("where", {}).items():
        if seen.none_of(one.fact, field, wanted):
            values = seen.values.get((raw, field), Counter())
            held = _held(one, raw, field, values, count)
            return f"no recorded fact has {field}: {_shown(wanted)} ({said(one.node)}); {held}"
    return f"none of the {count:,} facts of the kind {raw} has all of this at once ({said(one.node)})"


def _held(one: Condition, raw: str, field: str, values: Counter[Any], count: int) -> str:
    plain = not field_values(one.fact, field)[1] and not names_people(raw, field) and not is_number(raw, field)
    if not values:
        return f"{count:,} of the kind {raw} have no {field} at all"
    if not plain:
        return f"there are {count:,} of the kind {raw}"
    common = ", ".join(str(value) for value, _ in values.most_common(_SHOWN))
    wanted = one.node.get("where", {}).get(field)
    asked = [] if isinstance(wanted, dict) else listed(wanted)
    near = [get_close_matches(str(each), map(str, values), 1) for each in asked]
    hint = next((f" (did you mean {found[0]}?)" for found in near if found), "")
    return f"{sum(values.values()):,} of the kind {raw} have {field} {common}{hint}"


def _shown(wanted: Any) -> str:  # noqa: ANN401  what `where` says
    if isinstance(wanted, dict):
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in wanted.items())
    return " or ".join(map(str, listed(wanted)))


def _missing(one: Condition, raw: str, seen: Seen) -> str | None:
    """Say which metric or construct nobody ever reported, or which field is never filled in."""
    for measure, field in (("latest", "metric"), ("change", "answers")):
        if one.measure == measure:
            values = seen.values.get((raw, field), Counter())
            if one.node[measure] not in values:
                known = ", ".join(str(value) for value, _ in values.most_common(_SHOWN)) or "none"
                return f"nobody ever reported {one.node[measure]} ({said(one.node)}); reported are {known}"
    counted = str(one.node[one.measure]) if one.measure in ("distinct", "sum") else ""
    if counted and not counted.startswith("endorser_") and counted != "endorsee" and (raw, counted) not in seen.values:
        return f"none of the {seen.kinds[raw]:,} facts of the kind {raw} has a {counted} ({said(one.node)})"
    return None


def _too_long(document: Mapping[str, Any], seen: Seen) -> Iterator[Advice]:
    """Find how long a membership is asked for that is longer than anything was ever recorded."""
    for n, rule in enumerate(document["rules"]):
        for one in every_condition(rule, f"/rules/{n}"):
            if one.measure == "tenure" and one.wanted and one.low and one.low > seen.last - seen.first:
                days = (seen.last - seen.first) // DAY
                words = f"nobody can meet this yet ({said(one.node)}): the book goes back {days:,} days"
                yield note("not-yet", one.pointer, words, "wait, or ask for less")
