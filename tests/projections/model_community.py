"""A made-up community that does what a charter asks for: so that every preset is shown to be reachable.

Twelve members from three companies; each does, over a thousand days, what each condition counts, often enough. The
first six are given the leader roles at the beginning, the others half-way: nobody starts a community from nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger import Fact
from projections.charters.conditions import DAY, amount, bound, every_condition, fact_of, listed, measure_of
from tests.projections.history_of import Teller

DAYS = 1_000
MEMBERS = [f"m{n:02}" for n in range(12)]
_WITH_ROLES = 6
_HALF_WAY = 300
_SPREAD = 300  # days over which what has no window is done
Node = dict[str, Any]


def model_community(document: dict[str, Any]) -> list[Fact]:
    """Return what happened in a community that does all that the charter counts, in order of time."""
    tell = Teller()
    nodes: list[Node] = []
    for rule in document["rules"]:
        for one in every_condition(rule, ""):
            bare = {name: value for name, value in one.node.items() if name != "label"}
            if one.wanted and one.low is not None and bare not in nodes:
                nodes.append(bare)
    facts = [*_founded(tell, document)]
    for number, node in enumerate(nodes):
        facts += _doing(tell, node, number)
    return sorted(facts, key=lambda fact: fact.time)


def _founded(tell: Teller, document: dict[str, Any]) -> Iterator[Fact]:
    for n, who in enumerate(MEMBERS):
        yield tell("membership", 0, member=who, change="joined", affiliation=f"company{n % 3}")
        for role in document.get("leader_roles", ()):
            at = 0.5 if n < _WITH_ROLES else _HALF_WAY
            yield tell("assignment", at, member=who, kind="role", value=role["role"], change="started")
            yield tell("assignment", DAYS + 50, member=who, kind="role", value=role["role"], change="ended")


def _doing(tell: Teller, node: Node, number: int) -> Iterator[Fact]:
    """Yield what meets one condition, for every member, as often as it takes."""
    need = bound(node, "at_least") or 1
    window = amount(node["within"]) / DAY if "within" in node else _SPREAD
    often = {"streak": 5.0, "share": 7.0, "latest": 20.0}.get(measure_of(node), max(0.4, window / need / 1.4))
    told = {
        field: _value(wanted) for field, wanted in node.get("where", {}).items() if not field.startswith("endorser")
    }
    times, at = [], 1.0 + number / 100
    while at < DAYS:
        times.append(at)
        at += often
    fact = fact_of(node)
    act = _ACTS.get(fact)
    if act is None or measure_of(node) in ("holds", "tenure"):
        return
    for turn, when in enumerate(times):
        for n, who in enumerate(MEMBERS):
            peers = [MEMBERS[(n + turn + k) % len(MEMBERS)] for k in range(1, len(MEMBERS))]
            yield from act(tell, node, who, [one for one in peers if one != who], when, f"{number}-{turn}", told)


def _value(wanted: Any) -> Any:
    return wanted.get("at_least", wanted.get("at_most")) if isinstance(wanted, dict) else listed(wanted)[0]


def _work(tell: Teller, node: Node, who: str, peers: list[str], at: float, key: str, told: Node) -> Iterator[Fact]:
    item = f"{who}/{key}"
    yield tell.work(who, at, item, **{"kind": "resource", "thread": f"t{key}", **told})
    for inner in node.get("having", ()):
        for peer in peers[: bound(inner, "at_least")]:
            strength = _value(inner.get("where", {}).get("strength", "review"))
            yield tell.voice(peer, who, at + 0.1, item, strength)


def _seat(tell: Teller, node: Node, who: str, _: list[str], at: float, key: str, told: Node) -> Iterator[Fact]:
    yield tell.seat(who, at, f"s{key}", **{"series": "weekly", "state": "attended", **told})


def _voices(tell: Teller, node: Node, who: str, peers: list[str], at: float, key: str, told: Node) -> Iterator[Fact]:
    strength = told.get("strength", "review")
    more = {field: value for field, value in told.items() if field != "strength"}
    yield tell.voice(peers[0], who, at, f"of/{who}/{key}", strength, **more)


def _given(tell: Teller, _: Node, who: str, peers: list[str], at: float, key: str, told: Node) -> Iterator[Fact]:
    yield tell.voice(who, peers[0], at, f"by/{who}/{key}", told.get("strength", "review"))


def _act(tell: Teller, _: Node, who: str, __: list[str], at: float, key: str, ___: Node) -> Iterator[Fact]:
    yield tell.work(who, at, f"any/{who}/{key}", kind="post")


def _counter(tell: Teller, node: Node, who: str, _: list[str], at: float, __: str, ___: Node) -> Iterator[Fact]:
    yield tell("metric", at, metric=node["latest"], value=bound(node, "at_least"), member=who)


def _answer(tell: Teller, node: Node, who: str, _: list[str], at: float, key: str, told: Node) -> Iterator[Fact]:
    if "change" not in node:
        yield tell("response", at, respondent=who, instrument=f"vote-{key}", phase="once", answers=[], **told)
        return
    phase, value = ("pre", 1) if at < _SPREAD / 4 else ("post", 10)
    answers = [{"item": "q", "construct": node["change"], "type": "scale", "value": value, "min": 1, "max": 10}]
    yield tell("response", at, respondent=who, instrument="survey", phase=phase, answers=answers)


def _story(tell: Teller, _: Node, who: str, __: list[str], at: float, ___: str, told: Node) -> Iterator[Fact]:
    yield tell("impact", at, member=who, **{"kind": "story", **told})


_ACTS = {
    "contribution": _work,
    "attendance": _seat,
    "endorsement": _voices,
    "endorsement_given": _given,
    "activity": _act,
    "metric": _counter,
    "response": _answer,
    "impact": _story,
}
