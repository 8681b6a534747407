"""Why an award has lost its ground: what it cites, held against what counts today.

Pure: nothing is looked up here but in the fold it is given. An award stays what it was; this only says what became
of the facts it rests on, and of the rule.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import UTC, datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

from projections.asked import explain
from projections.fold.subjects import WHOSE, kind
from schemas import counted, day_words, grouped, marked, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ledger import Fact
    from projections.charters.charter import Charter
    from projections.charters.language import Rule
    from projections.fold.history import History
    from projections.fold.people import Account
    from projections.fold.spans import Spans
    from projections.fold.standing import Community
    from schemas import Text

Kind = Literal["withdrawn", "taken", "elsewhere", "uncounted", "rule", "lapsed", "unmet", "duplicate"]
_GONE: frozenset[Kind] = frozenset({"withdrawn", "taken", "elsewhere", "uncounted", "unmet", "duplicate"})


class Reason(NamedTuple):
    """One thing that took ground away, in words. `facts`: positions; `since`: when it did (µs), where that is known.

    `of`: what else tells this reason from another of its kind.
    """

    kind: Kind
    words: str
    facts: tuple[int, ...] = ()
    since: int | None = None
    of: str = ""


class Cited(NamedTuple):
    """What an award says of itself: its open part, and the positions of the facts it rests on."""

    open: Mapping[str, Any]
    evidence: Sequence[int]


class Ground(NamedTuple):
    """Why an award has no ground, what lacks today, and what the charter and the reasons propose."""

    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    proposal: Literal["keep", "revoke"]

    @property
    def since(self) -> int | None:
        """When the last of it was lost (µs), as far as that is known."""
        return max((reason.since for reason in self.reasons if reason.since is not None), default=None)

    @property
    def digest(self) -> str:
        """Return what tells this ground from another, 32 characters of hex: it moves when something else is lost."""
        told = sorted([reason.kind, [*reason.facts], reason.of] for reason in self.reasons)
        return hashlib.sha256(orjson.dumps(told)).hexdigest()[:32]


def lost(state: Community, member: Account, cited: Cited, charters: Sequence[Charter], held: Spans, now: int) -> Ground:
    """Return why a member no longer holds what an award says she earned, at the instant `now` (µs).

    `state` holds her facts; `charters` are all that were published up to the one in force, by number; `held` is when
    she held the badge.
    """
    then = charters[cited.open["charter_version"] - 1].rule(cited.open["rule"])
    today = charters[-1].rule(cited.open["rule"])
    reasons = [] if then is None else list(_facts_lost(state, member, cited, then))
    if today is None or today.sha256 != cited.open["rule_hash"]:
        reasons.append(_rule_changed(cited, charters, today))
    missing: list[str] = [] if today is None else explain.verdict(today, state.ground(member), now)["missing"]
    if not reasons:
        reasons.append(_lapsed(held, now) or _unmet(today, state, member, now))
    return Ground(tuple(reasons), tuple(missing), _proposal(reasons, today))


def duplicate(credential: str, earned: int) -> Ground:
    """Return that of two credentials of one achievement the other was earned first: two accounts became one person."""
    words = say(
        "she holds the same badge through another of her accounts, since %(day)s: both turned out to be hers",
        day=_day(earned),
    )
    return Ground((Reason("duplicate", words, of=credential),), (), "revoke")


def _facts_lost(state: Community, member: Account, cited: Cited, rule: Rule) -> Iterator[Reason]:
    """Yield what became of those facts that do not count any more, at the instant she earned it."""
    history = state.history
    counted, why = explain.counting(rule, state.ground(member), cited.open["earned"])
    kinds: defaultdict[tuple[Kind, str], list[int]] = defaultdict(list)
    for position in cited.evidence:
        fact = history.facts.get(position)
        if fact is None or not _is_hers(history, member, fact):
            kinds["elsewhere", ""].append(position)
        elif not history.stands(fact):
            kinds["withdrawn" if fact.stream in history.voided else "taken", ""].append(position)
        elif position not in counted and position in why:
            kinds["uncounted", why[position]].append(position)
    for (name, because), positions in sorted(kinds.items()):
        words = _told(name, because, len(positions), len(cited.evidence))
        yield Reason(name, words, tuple(positions), _since(state, member, name, positions), because)


def _is_hers(history: History, member: Account, fact: Fact) -> bool:
    """Return whether a fact speaks of one of her accounts, of a work of hers, or of nobody at all."""
    mine = history.people.accounts(member)
    named = {fact.open[field] for field in WHOSE.get(kind(fact), ()) if field in fact.open}
    if named.isdisjoint(mine) and "item" in fact.open:
        named.add(history.author(fact.open["item"]))
    return not named or not named.isdisjoint(mine)


def _told(name: Kind, because: str, count: int, of: int) -> Text:
    """Return, in words, what became of so many of the facts that an award rests on."""
    if of == 1:
        return say(_THE_ONE[name], why=because)
    return _of_several(name, because, count, grouped(of))


def _of_several(name: Kind, because: str, count: int, of: Text) -> Text:
    match name:
        case "withdrawn":
            return counted(
                count,
                "of the %(all)s facts it rests on was withdrawn",
                "of the %(all)s facts it rests on were withdrawn",
                all=of,
            )
        case "taken":
            return counted(
                count,
                "of the %(all)s facts it rests on was taken away by a moderation case",
                "of the %(all)s facts it rests on were taken away by a moderation case",
                all=of,
            )
        case "elsewhere":
            return counted(
                count,
                "of the %(all)s facts it rests on belongs to an account that turned out not to be hers",
                "of the %(all)s facts it rests on belong to an account that turned out not to be hers",
                all=of,
            )
    return counted(
        count,
        "of the %(all)s facts it rests on does not count any more: %(why)s",
        "of the %(all)s facts it rests on do not count any more: %(why)s",
        all=of,
        why=because,
    )


_THE_ONE = {
    "withdrawn": marked("the one fact it rests on was withdrawn"),
    "taken": marked("the one fact it rests on was taken away by a moderation case"),
    "elsewhere": marked("the one fact it rests on belongs to an account that turned out not to be hers"),
    "uncounted": marked("the one fact it rests on does not count any more: %(why)s"),
}


def _since(state: Community, member: Account, name: Kind, positions: Iterable[int]) -> int | None:
    """Return when it came to be known that the facts do not count: by a withdrawal, a case, or a link."""
    history = state.history
    if name == "withdrawn":
        by = [each for position in positions for each in history.voided.get(history.facts[position].stream, ())]
    else:
        wanted = "moderation" if name == "taken" else "identity"
        by = [fact for fact in history.of(member) if kind(fact) == wanted]
    return max((fact.recorded for fact in by), default=None)


def _rule_changed(cited: Cited, charters: Sequence[Charter], today: Rule | None) -> Reason:
    name, version, last = cited.open["rule"], cited.open["rule_version"], charters[-1]
    bound = [one for one in charters if not one.announced or one.effective <= last.effective]
    as_today = takewhile(lambda charter: _hash(charter, name) == _hash(last, name), reversed(bound))
    *_, changed = as_today
    if today is None:
        gone = say(
            "since version %(charter)s of the charter there is no rule %(rule)s", charter=changed.version, rule=name
        )
        return Reason("rule", gone, since=changed.effective, of="none")
    words = say(
        "since version %(charter)s of the charter the rule %(rule)s is another: version %(now)s, where it was %(then)s",
        charter=changed.version,
        rule=name,
        now=today.version,
        then=version,
    )
    return Reason("rule", words, since=changed.effective, of=today.sha256)


def _day(at: int) -> Text:
    return day_words(datetime.fromtimestamp(at // 1_000_000, UTC))


def _hash(charter: Charter, name: str) -> str | None:
    rule = charter.rule(name)
    return rule.sha256 if rule else None


def _lapsed(held: Spans, now: int) -> Reason | None:
    ended = max((end for _, end in held if end <= now), default=None)
    if ended is None:
        return None
    words = say("it was held until %(day)s; since then its rule is not met, and its grace is over", day=_day(ended))
    return Reason("lapsed", words, since=ended, of=str(ended))


def _unmet(rule: Rule | None, state: Community, member: Account, now: int) -> Reason:
    tree = explain.verdict(rule, state.ground(member), now)["tree"] if rule else {}
    failing = sorted(explain.failing(tree))
    return Reason("unmet", say("its rule is not met any more"), of="; ".join(failing))


def _proposal(reasons: Iterable[Reason], today: Rule | None) -> Literal["keep", "revoke"]:
    """Where its facts went, a badge should go; earned under the rule of her day it stays, unless retested."""
    kinds = {reason.kind for reason in reasons}
    if kinds & _GONE:
        return "revoke"
    if "rule" in kinds:
        return "revoke" if today is not None and today.retest else "keep"
    return "keep" if today is not None and today.review else "revoke"
