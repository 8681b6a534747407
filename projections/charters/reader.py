"""Reads rules: from a charter's `rules` to values that can be held against a member.

A fault names its place (JSON pointer), what was wanted, what came and the nearest valid word.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ledger import BY_HAND
from projections.charters.language import (
    AWARD,
    GROUPS,
    MEASURES,
    ONCE,
    Grant,
    Group,
    Leaf,
    Rule,
    Test,
    duration,
    grant,
    rule_hash,
)
from projections.charters.vocabulary import FACTS, HAVING_FACTS, NUMERIC, field_values, fields
from schemas import Fault, InvalidTimeError, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_LONGEST_WINDOW = duration("1830d")  # five years
_MOST_LEAVES = 50
_DEEPEST = 4


class Reader:
    """Reads rules and collects every fault on the way. `token` makes a literal what the ledger stores."""

    def __init__(self, token: Callable[[str], str]) -> None:
        self._token = token
        self._grants: Mapping[str, Any] = {}  # of the rule at hand
        self._keeping = False  # whether what is read stands under `keep_while`
        self.faults: list[Fault] = []

    def rule(self, document: Mapping[str, Any], at: str) -> Rule | None:
        """Return the rule at the pointer, or None where it had faults (they are in `faults`)."""
        known = len(self.faults)
        self._grants, self._keeping = document["grants"], False
        if document["rule"] == BY_HAND:
            self._fault(f"{at}/rule", f"wanted another name, got {BY_HAND}: so awards say that a person gave them")
        root, keep = self._group_of(document, at, 1), None
        if "keep_while" in document:
            self._keeping = True
            keep = self._group_of(document["keep_while"], f"{at}/keep_while", 1)
            if document.get("on_lapse") == "keep":
                self._fault(f"{at}/on_lapse", "wanted {after, then} beside keep_while, got keep: it is never lost")
        looks_back = self._looks_back(document.get("looks_back", "whole"), f"{at}/looks_back")
        lapse = document.get("on_lapse", _lapse_of(document))
        rule = Rule(
            slug=document["rule"],
            version=document["version"],
            grants=grant(document["grants"]),
            root=root,
            keep=keep,
            grace=None if lapse == "keep" else duration(lapse["after"]),
            review=lapse != "keep" and lapse["then"] == "review",
            looks_back=looks_back,
            retest=document.get("holders", "retest" if looks_back is None else "keep") == "retest",
            sha256=rule_hash(document),
        )
        if sum(1 for _ in rule.leaves) > _MOST_LEAVES:
            self._fault(at, f"wanted at most {_MOST_LEAVES} leaves, got more")
        return rule if len(self.faults) == known else None

    def _fault(self, at: str, message: str) -> None:
        self.faults.append(Fault(at, message))

    def _group_of(self, document: Mapping[str, Any], at: str, deep: int) -> Group:
        groups = tuple(self._group(op, document[op], f"{at}/{op}", deep) for op in GROUPS if op in document)
        if not groups:
            self._fault(at, f"wanted one of {', '.join(GROUPS)}, got a rule without conditions")
        return groups[0] if len(groups) == 1 else Group("all", groups)

    def _group(self, op: str, body: Any, at: str, deep: int) -> Group:  # noqa: ANN401  JSON
        if deep > _DEEPEST:
            self._fault(at, f"wanted groups at most {_DEEPEST} deep, got deeper")
            return Group(op, ())
        of, need = (body["of"], body["at_least"]) if op == "some" else (body, 1)
        inner = f"{at}/of" if op == "some" else at
        if op == "some" and need > len(of):
            self._fault(f"{at}/at_least", f"wanted at most {len(of)} (that many are listed), got {need}")
        return Group(op, tuple(self._node(node, f"{inner}/{n}", deep) for n, node in enumerate(of)), need)

    def _node(self, node: Mapping[str, Any], at: str, deep: int) -> Group | Leaf:
        if any(op in node for op in GROUPS):
            odd = sorted(set(node) - set(GROUPS) - {"label"})
            if odd:
                self._fault(at, f"wanted a group or a measure, got both: {', '.join(odd)} stands beside a group")
            return self._group_of(node, at, deep + 1)
        return self._leaf(node, at, nested=False)

    def _leaf(self, node: Mapping[str, Any], at: str, *, nested: bool) -> Leaf:
        measures = [measure for measure in MEASURES if measure in node]
        if len(measures) != 1:
            self._fault(at, f"wanted exactly one measure ({', '.join(MEASURES)}), got {len(measures)}")
            return Leaf(measure="count", fact="activity", label="?")
        measure = measures[0]
        fact, field = self._subject(measure, node, at)
        self._known_fact(fact, f"{at}/of" if measure in ("distinct", "sum") else f"{at}/{measure}", nested=nested)
        where = self._where(node.get("where", {}), fact, f"{at}/where")
        within = duration(node["within"]) if "within" in node else None
        if within is not None and within > _LONGEST_WINDOW:
            self._fault(f"{at}/within", f"wanted at most 5 years, got {node['within']}")
        having = tuple(self._leaf(n, f"{at}/having/{k}", nested=True) for k, n in enumerate(node.get("having", [])))
        if having and (measure != "count" or fact != "contribution" or nested):
            self._fault(f"{at}/having", "wanted only under count: contribution, one level deep")
        return Leaf(
            measure=measure,
            fact=fact,
            field=field,
            label=node.get("label", _plain(measure, node)),
            grant=grant(node["holds"]) if measure == "holds" else self._anchor(measure, node, at),
            below=self._grants.get("level") if measure == "holds" else None,
            where=where,
            within=within,
            since=self._day(node["since"], f"{at}/since") if _is_day(node.get("since")) else None,
            per=node.get("per", "week"),
            having=having,
            each=self._each(measure, fact, node, at),
            at_least=self._bound(measure, node, "at_least", at),
            at_most=self._bound(measure, node, "at_most", at),
        )

    def _subject(self, measure: str, node: Mapping[str, Any], at: str) -> tuple[str, str]:
        """Return the fact type a leaf is about and the field it measures."""
        named = node[measure]
        match measure:
            case "distinct" | "sum":
                if "of" not in node:
                    self._fault(f"{at}/of", f"wanted `of: FACT` beside {measure}, got nothing")
                fact = node.get("of", "contribution")
                known = fields(fact) if measure == "distinct" else NUMERIC.get(fact, ())
                if fact in FACTS and named not in known:
                    self._fault(f"{at}/{measure}", _wanted(f"a field of {fact}", named, known))
                return fact, named
            case "share":
                wanted = {"attendance": "series", "response": "instrument"}.get(named)
                if wanted is None or node.get("of") != wanted:
                    got = f"share: {named}, of: {node.get('of')}"
                    self._fault(f"{at}/share", f"wanted attendance of series, or response of instrument, got {got}")
                return named, node.get("of", "")
            case "latest":
                return "metric", named
            case "change":
                return "response", named
            case "tenure" | "holds":
                return "activity", ""
            case "open":
                return "moderation", ""
        return named, ""

    def _anchor(self, measure: str, node: Mapping[str, Any], at: str) -> Grant | None:
        """Return the grant since whose beginning a leaf counts, or None."""
        since = node.get("since")
        if since is None or _is_day(since):
            return None
        at = f"{at}/since"
        if measure not in ONCE or "within" in node:
            got = f"beside {'within' if 'within' in node else measure}"
            self._fault(
                at, f"wanted since a term or an award only beside {', '.join(ONCE)} without within, got it {got}"
            )
        if isinstance(since, dict):
            return grant(since)
        if since == "term":
            role = self._grants.get("eligible", self._grants.get("role"))
            if role is None:
                self._fault(at, "wanted which term, as {role: host}: this rule is about no role; got term")
            return ("role", str(role))
        if not self._keeping:
            self._fault(
                at, "wanted which award, as {badge: helper}: before it is earned the rule's own is none; got award"
            )
        return AWARD

    def _each(self, measure: str, fact: str, node: Mapping[str, Any], at: str) -> tuple[str, int] | None:
        """Return the field of which only so many facts of one value count, and how many."""
        if "at_most_each" not in node:
            return None
        ((field, most),) = node["at_most_each"].items()
        if measure not in ("count", "sum"):
            self._fault(f"{at}/at_most_each", f"wanted only beside count or sum, got it beside {measure}")
        if fact in FACTS and field not in fields(fact):
            self._fault(f"{at}/at_most_each", _wanted(f"a field of {fact}", field, fields(fact)))
        return field, most

    def _day(self, text: str, at: str) -> int:
        """Return the beginning (µs, UTC) of a day."""
        try:
            return parse_time(f"{text}T00:00:00Z")
        except InvalidTimeError:
            self._fault(at, f"wanted a day as 2026-01-31, got {text}")
            return 0

    def _looks_back(self, text: str, at: str) -> int | None:
        if text == "whole":
            return None
        return 0 if text == "now" else self._day(text, at)

    def _known_fact(self, fact: str, at: str, *, nested: bool) -> None:
        known = HAVING_FACTS if nested else FACTS
        if fact not in known:
            self._fault(at, _wanted("a kind of fact", fact, known))

    def _bound(self, measure: str, node: Mapping[str, Any], name: str, at: str) -> int | None:
        if name not in node:
            if measure in ("holds", "open") and name == "at_least":
                return 1 if "at_most" not in node else None
            if name == "at_least" and "at_most" not in node:
                self._fault(at, f"wanted at_least or at_most beside {measure}, got neither")
            return None
        got = node[name]
        unit = "d" if measure in ("tenure", "holds") else "%" if measure == "share" else ""
        text = isinstance(got, str)
        if text and (not unit or (got[-1] == "%") != (unit == "%")):
            self._fault(f"{at}/{name}", f"wanted a whole number for {measure}, got {got}")
            return None
        if not text and unit and measure != "holds":
            self._fault(
                f"{at}/{name}",
                f"wanted {'a duration as 90d' if unit == 'd' else 'a share as 25%'}, got {got}",
            )
            return None
        return (int(got[:-1]) if unit == "%" else duration(got)) if text else int(got)

    def _where(self, where: Mapping[str, Any], fact: str, at: str) -> tuple[Test, ...]:
        # In order of name, so that what is tested alike is counted once, however it was written down.
        return tuple(self._test(field, wanted, fact, f"{at}/{field}") for field, wanted in sorted(where.items()))

    def _test(self, field: str, wanted: Any, fact: str, at: str) -> Test:  # noqa: ANN401  JSON
        if fact in FACTS and field not in fields(fact):
            self._fault(at, _wanted(f"a field of {fact}", field, fields(fact)))
            return Test(field)
        if isinstance(wanted, dict):
            return Test(field, None, wanted.get("at_least"), wanted.get("at_most"))
        literals = wanted if isinstance(wanted, list) else [wanted]
        known, tokens = field_values(fact, field)
        for literal in literals:
            if known and literal not in known:
                self._fault(at, _wanted(f"a value of {field}", str(literal), known))
        stored = (self._token(str(one)) if tokens else _lowered(field, one) for one in literals)
        return Test(field, frozenset(stored))


def _lapse_of(rule: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
    """Levels, badges and roles are kept unless the rule says otherwise; readiness and cohorts are of the day."""
    lasts = "keep_while" not in rule and not {"eligible", "cohort"} & set(rule["grants"])
    return "keep" if lasts else {"after": "0d", "then": "revoke"}


def _lowered(field: str, literal: Any) -> Any:  # noqa: ANN401  JSON
    """Languages and licences are written in any case, and kept in lower."""
    return literal.lower() if field in ("lang", "license") and isinstance(literal, str) else literal


def _is_day(since: Any) -> bool:  # noqa: ANN401  JSON
    """Return whether `since` names a day, and not what began on some day."""
    return isinstance(since, str) and since[0].isdigit()


def _plain(measure: str, node: Mapping[str, Any]) -> str:
    """Return a leaf in words, for rules whose author gave no label."""
    bound = f"at least {node['at_least']}" if "at_least" in node else f"at most {node.get('at_most', '')}"
    what = node[measure] if measure != "holds" else " ".join(grant(node["holds"]))
    of = f" of {node['of']}" if "of" in node else ""
    window = f" within {node['within']}" if "within" in node else ""
    since = node.get("since")
    if since is not None:
        window += f" since {' '.join(grant(since)) if isinstance(since, dict) else since}"
    return f"{measure} {what}{of} {bound}{window}".replace("_", " ")


def _wanted(what: str, got: str, known: Iterable[object]) -> str:
    words = sorted(map(str, known))
    near = get_close_matches(got, words, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"wanted {what}: {', '.join(words)}; got {got}{hint}"
