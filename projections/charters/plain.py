"""A charter's rules in plain words: what each asks, what keeps its grant, and what happens when it is met no more.

Told from the document as it was published, condition by condition, so that it can be found there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.charters.conditions import fact_of, grant_of, is_group, listed, measure_of, parts, time
from projections.charters.vocabulary import field_values
from schemas import Text, counted, joined, marked, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from projections.charters.charter import Charter
    from projections.charters.language import Rule

    Node = Mapping[str, Any]

Document = dict[str, Any]
WITHHELD = marked("a certain one")
"""Stands for what a rule names of platforms and their items, where those outside read."""
_INWARD = ("sources", "targets", "contact")
_DAY = 86_400_000_000  # µs
_FACTS = {
    "contribution": (say("contribution"), say("contributions")),
    "attendance": (say("session"), say("sessions")),
    "endorsement": (say("endorsement by others"), say("endorsements by others")),
    "endorsement_given": (say("endorsement given to others"), say("endorsements given to others")),
    "response": (say("answered survey"), say("answered surveys")),
    "impact": (say("story of what came of it"), say("stories of what came of it")),
    "membership": (say("change of membership"), say("changes of membership")),
    "assignment": (say("assignment"), say("assignments")),
    "moderation": (say("moderation case"), say("moderation cases")),
    "metric": (say("report of a counter"), say("reports of a counter")),
    "activity": (say("act of her own"), say("acts of her own")),
}
_DIFFERENT = {
    "endorser": say("people"),
    "endorsee": say("people"),
    "by": say("people"),
    "endorser_affiliation": say("affiliations of those who endorsed"),
    "thread": say("threads"),
    "item": say("works"),
    "session": say("sessions"),
    "about": say("works of others"),
    "space": say("areas"),
    "skill": say("skills"),
}
_WORDS = {
    "sync": say("live"),
    "async": say("in one\u2019s own time"),
    "individual": say("alone"),
    "collaborative": say("together"),
    WITHHELD: say(WITHHELD),
}
_GROUPS = {"all": say("All of these"), "any": say("One of these"), "none": say("None of these")}
_PER_DAY = ("eligible", "cohort")
_BOUNDS = ("at_least", "at_most")
_AND, _OR = say(" and "), say(" or ")
_SINCE = {"term": say("since her term began"), "award": say("since she earned it")}
_GRANTED = {
    "level": marked("level %(level)s, %(name)s"),
    "eligible": marked("readiness for the role %(name)s"),
    "role": marked("the role %(name)s"),
    "badge": marked("the badge %(name)s"),
    "cohort": marked("the cohort %(name)s"),
}
_ONE_DAY, _MORE_DAYS = marked("%(bounds)s day with %(what)s"), marked("%(bounds)s different days with %(what)s")
_STREAKS = {
    "day": marked("%(bounds)s days in a row with %(what)s"),
    "week": marked("%(bounds)s weeks in a row with %(what)s"),
    "month": marked("%(bounds)s months in a row with %(what)s"),
}
_SUM = marked("%(bounds)s in all: the %(field)s of her %(what)s")
_SUMS = {
    "duration": marked("%(bounds)s seconds in all: the %(field)s of her %(what)s"),
    "length": marked("%(bounds)s characters in all: the %(field)s of her %(what)s"),
}
_ASKED = marked("took part in %(bounds)s of the surveys that were asked")
_HELD = marked("took part in %(bounds)s of the sessions that were held")
_WAITING = marked("When this is so no more, it is kept for %(days)s more.")
_WAITING_REVIEW = marked("When this is so no more, it is kept for %(days)s more, and until a person has decided.")
_REVIEWED = marked("When this is so no more, it is kept until a person has decided.")


def outward(document: Mapping[str, Any]) -> Document:
    """Return a charter's document as those outside may read it.

    Without its sources, targets and contact; what a rule names of platforms and their items is `WITHHELD`.
    """
    told = {name: value for name, value in document.items() if name not in _INWARD}
    return {**told, "rules": [_withheld(rule) for rule in document.get("rules", ())]}


def _withheld(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, list):
        return [_withheld(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {name: _withheld(inner) for name, inner in value.items()}
    if isinstance(told.get("where"), dict):
        fact = fact_of(value)
        told["where"] = {
            field: WITHHELD if field_values(fact, field)[1] else wanted for field, wanted in told["where"].items()
        }
    return told


def rules_in_words(charter: Charter, document: Mapping[str, Any]) -> list[Document]:
    """Return every rule of a charter in words, in its order; `document` is its own, or `outward` of it.

    Each has `rule`, `version`, `kind` and `name` of what it grants, `asks` and `keeps` (nodes with `label`, `words`
    and `of`), and `after`: what happens when it is met no more.
    """
    names = _names(document)
    told = []
    for rule in document.get("rules", ()):
        kind, value = grant_of(rule["grants"])
        known = charter.rule(rule["rule"])
        told.append(
            {
                "rule": rule["rule"],
                "version": rule["version"],
                "kind": kind,
                "value": value,
                "name": names.get((kind, str(value)), str(value)),
                "asks": _nodes(rule, names),
                "keeps": _nodes(rule.get("keep_while", {}), names),
                "after": after(kind, known) if known else "",
            }
        )
    return told


def _names(document: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    parts_of = (
        ("level", "ladder", "level"),
        ("badge", "badges", "badge"),
        ("role", "leader_roles", "role"),
        ("eligible", "leader_roles", "role"),
        ("cohort", "cohorts", "cohort"),
    )
    return {(kind, str(one[key])): one["name"] for kind, part, key in parts_of for one in document.get(part, ())}


def _nodes(node: Node, names: Mapping[tuple[str, str], str]) -> list[Document]:
    """Return the groups of a rule, or of a node, each with what is in it; a group of one is what is in it."""
    found: list[Document] = []
    for op, inner, need in parts(node, ""):
        of = [below for _, one in inner for below in _below(one, names)]
        alone = len(of) == 1 and op in ("all", "any")
        label = _GROUPS[op] if op in _GROUPS else say("At least %(number)s of these", number=need)
        found += of if alone else [{"label": label, "words": "", "of": of}]
    return found


def _below(node: Node, names: Mapping[tuple[str, str], str]) -> list[Document]:
    if is_group(node):
        return _nodes(node, names)
    words = condition(node, names)
    return [{"label": node.get("label") or words, "words": words if "label" in node else "", "of": []}]


def condition(node: Node, names: Mapping[tuple[str, str], str] | None = None) -> Text:
    """Return what one condition asks for, in words: `at least 4 sessions (mode: live), within 90 days`."""
    what = _MEASURES[measure_of(node)](node, names or {})
    having = (say("each with %(what)s", what=condition(one, names)) for one in node.get("having", ()))
    return joined(", ", (what, *having, *_window(node, names or {})))


def _bounds(node: Node) -> Text:
    least, most = (_lasting(node[one]) if one in node else None for one in ("at_least", "at_most"))
    if least is not None and most is not None:
        return say("at least %(least)s and at most %(most)s", least=least, most=most)
    return say("at most %(most)s", most=most) if most is not None else say("at least %(least)s", least=least or 1)


def _lasting(written: int | str) -> Text | str:
    """Return `90d` as `90 days`; anything else as it is."""
    if time(written) == str(written):
        return str(written)
    number = int(str(written)[:-1])
    match str(written)[-1]:
        case "h":
            return counted(number, "hour", "hours")
        case "d":
            return counted(number, "day", "days")
    return counted(number, "week", "weeks")


def _single(node: Node) -> bool:
    return {node.get("at_least", 1), node.get("at_most", 1)} == {1}


def _what(node: Node, *, single: bool = False) -> Text | str:
    one, many = _FACTS.get(fact_of(node), (fact_of(node), fact_of(node)))
    tests = _tests(node)
    return say("%(what)s (%(tests)s)", what=one if single else many, tests=tests) if tests else one if single else many


def _tests(node: Node) -> Text | None:
    told = [
        say("%(field)s: %(wanted)s", field=_plain(field), wanted=_test(wanted))
        for field, wanted in node.get("where", {}).items()
    ]
    return joined("; ", told) if told else None


def _test(wanted: Any) -> Text:  # noqa: ANN401  what `where` says
    if isinstance(wanted, dict):
        return joined(_AND, (_compared(name, value) for name, value in wanted.items()))
    return joined(_OR, (_WORDS.get(str(one), _plain(one)) for one in listed(wanted)))


def _compared(name: str, value: object) -> Text:
    return _bounds({name: value}) if name in _BOUNDS else say("%(name)s %(value)s", name=_plain(name), value=value)


def _plain(word: object) -> str:
    return str(word).replace("_", " ")


def _window(node: Node, names: Mapping[tuple[str, str], str]) -> Iterator[Text]:
    if "within" in node:
        yield say("within %(time)s", time=_lasting(node["within"]))
    since = node.get("since")
    if isinstance(since, dict):
        yield say("since she has %(grant)s", grant=_granted(since, names))
    elif since:
        yield _SINCE[since] if since in _SINCE else say("since %(day)s", day=since)
    for field, most in node.get("at_most_each", {}).items():
        yield say("at most %(most)s of each %(field)s", most=most, field=field)


def _granted(grants: Mapping[str, Any], names: Mapping[tuple[str, str], str]) -> Text:
    kind, value = grant_of(dict(grants))
    name = names.get((kind, str(value)), str(value))
    if kind == "level" and name == str(value):
        return say("level %(level)s", level=value)
    return say(_GRANTED[kind], name=name, level=value)


def _distinct(node: Node, _: object) -> Text:
    field = str(node["distinct"])
    what, over = _DIFFERENT.get(field, _plain(field)), _what(node)
    return say("%(bounds)s different %(what)s, counted over %(over)s", bounds=_bounds(node), what=what, over=over)


def _days(node: Node, _: object) -> Text:
    message = _ONE_DAY if _single(node) else _MORE_DAYS
    return say(message, bounds=_bounds(node), what=_what(node))


def _streak(node: Node, _: object) -> Text:
    return say(_STREAKS[node.get("per", "week")], bounds=_bounds(node), what=_what(node))


def _sum(node: Node, _: object) -> Text:
    field = str(node["sum"])
    return say(_SUMS.get(field, _SUM), bounds=_bounds(node), field=_plain(field), what=_what(node))


def _share(node: Node, _: object) -> Text:
    told = say(_ASKED if node["share"] == "response" else _HELD, bounds=_bounds(node))
    tests = _tests(node)
    return say("%(what)s (%(tests)s)", what=told, tests=tests) if tests else told


def _holds(node: Node, names: Mapping[tuple[str, str], str]) -> Text:
    grant = _granted(node["holds"], names)
    if "at_least" in node or "at_most" in node:
        return say("holds %(grant)s for %(bounds)s", grant=grant, bounds=_bounds(node))
    return say("holds %(grant)s", grant=grant)


def _count(node: Node, _: object) -> Text:
    return say("%(bounds)s %(what)s", bounds=_bounds(node), what=_what(node, single=_single(node)))


def _open(node: Node, _: object) -> Text:
    return say("%(bounds)s open %(what)s", bounds=_bounds(node), what=_what(node, single=_single(node)))


def _latest(node: Node, _: object) -> Text:
    name = _plain(node["latest"])
    return say("the counter %(name)s, as last reported: %(bounds)s", name=name, bounds=_bounds(node))


def _change(node: Node, _: object) -> Text:
    name = node["change"]
    return say("her answers on %(name)s, after less before: %(bounds)s", name=name, bounds=_bounds(node))


def _tenure(node: Node, _: object) -> Text:
    return say("here for %(bounds)s", bounds=_bounds(node))


_MEASURES: dict[str, Callable[[Node, Mapping[tuple[str, str], str]], Text]] = {
    "count": _count,
    "distinct": _distinct,
    "days": _days,
    "streak": _streak,
    "sum": _sum,
    "latest": _latest,
    "change": _change,
    "tenure": _tenure,
    "share": _share,
    "open": _open,
    "holds": _holds,
}


def after(kind: str, rule: Rule) -> Text:
    """Return what happens when a rule is met no more."""
    if rule.grace is None:
        return say("Once earned, it is kept for good.")
    if rule.grace == 0 and kind in _PER_DAY and not rule.review:
        return say("It holds while this is so.")
    days = rule.grace // _DAY
    if not days:
        return say(_REVIEWED) if rule.review else say("When this is so no more, it ends.")
    return say(_WAITING_REVIEW if rule.review else _WAITING, days=counted(days, "day", "days"))
