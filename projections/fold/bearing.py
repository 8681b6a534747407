"""Whom a fact concerns, and from when on: by being there, or by being withdrawn."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from projections.fold.people import Account
from projections.fold.spans import DOOM
from projections.fold.subjects import EVERYTHING, NOTHING, WHOSE, counter_of, kind, voice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ledger import Fact
    from projections.fold.history import History
    from projections.fold.subjects import Group


def touch(history: History, fact: Fact) -> None:
    """Touch every group of facts that one belongs to, or sheds light on."""
    name = kind(fact)
    if name == "identity":
        _link(history, fact)
        return
    touches, since = history.touched, _since(history, fact)
    for account, group in concerned(history, fact):
        touches.append((account, since, group))
    if name == "attendance":
        history.gathered[name].add(fact.open["session"])
    elif name == "response":
        history.gathered[name].add(fact.open["instrument"])


def concerned(history: History, fact: Fact) -> Iterator[tuple[Account, Group]]:
    """Yield whose groups of facts a fact belongs to, or sheds light on."""
    told, name = fact.open, kind(fact)
    if name == "contribution":
        yield from _of_work(history, told["item"])
    elif name == "endorsement":
        spoken = voice(fact)
        yield told["endorser"], ("given", *spoken)
        for account in _endorsees(history, fact):
            yield account, ("received", *spoken)
    elif name == "attendance":
        if "scheduled" in told:
            seats = history.sessions[told["session"]].seats
            yield from ((Account(account), (name, told["session"])) for account in seats)
        elif "attendee" in told:
            yield told["attendee"], (name, told["session"])
    else:
        yield from _reported(history, fact)


def groups(history: History, fact: Fact, member: Account) -> list[Group]:
    """Return the groups of a member's facts that a fact belongs to, or sheds light on."""
    root = history.people.root
    found = concerned(history, fact)
    return [group for account, group in found if root(account) == member and group != NOTHING]


def works_spoken_of(history: History, touched: Iterable[Group]) -> Iterator[Group]:
    """Yield the works that groups of facts are about: what `having` asks of them may be answered otherwise."""
    for group in touched:
        if group[0] in ("received", "stamped"):
            if history.item(group[1]).versions:
                yield ("contribution", group[1])
        elif group[0] == "metric":
            first = next(history.reports(group[1], group[2]), None)
            if first and "item" in first.open:
                yield ("contribution", first.open["item"])


def _reported(history: History, fact: Fact) -> Iterator[tuple[Account, Group]]:
    told, name = fact.open, kind(fact)
    group: Group = ("fact", fact.position)
    if name == "metric":
        group = (name, told.get("member", ""), counter_of(fact))
    elif name == "moderation":
        for account in history.cases.concerned(told["case"]):
            yield account, ("case", told["case"])
    elif name in ("identity", "consent"):
        group = NOTHING
    for who in WHOSE.get(name, ()):
        if who in told:
            yield told[who], group if who in ("member", "respondent") else NOTHING


def _of_work(history: History, item: str) -> Iterator[tuple[Account, Group]]:
    """Whose a work is decides also whom a voice on it endorsed, and whose case it was."""
    authors = history.authors(item)
    for author in authors:
        yield author, ("contribution", item)
    for one in history.about(item):
        if "endorser" in one.open:
            spoken = voice(one)
            yield one.open["endorser"], ("given", *spoken)
            for author in authors:
                yield author, ("received", *spoken)
        elif "case" in one.open:
            for author in authors:
                yield author, ("case", one.open["case"])


def _since(history: History, fact: Fact) -> int:
    """Return from when on (µs) a fact can change an answer: its time, or that of what it sheds light on."""
    told, name = fact.open, kind(fact)
    if name == "contribution":
        return min((fact.time, *(_since(history, one) for one in history.about(told["item"]))))
    if name == "attendance" and "scheduled" in told:
        return min(history.facts[position].time for position in history.sessions[told["session"]].facts)
    if name == "moderation":
        return min(one.time for one in history.cases.of(told["case"]))
    if name == "assignment" and "period" in told:
        return min(fact.time, int(told["period"].get("start", fact.time)))
    return fact.time


def _link(history: History, fact: Fact) -> None:
    """Take a link in, or learn that it was withdrawn: it touches whoever gained or lost an account, and voices."""
    roots, gained, lost = history.people.note(fact, history.stands)
    moved = [history.facts[position] for account in roots for position in history.filed.get(account, ())]
    moved = [one for one in moved if kind(one) not in ("identity", "retraction")]
    since = min((_since(history, one) for one in moved), default=DOOM)
    history.touched += ((account, since, NOTHING) for account in gained)
    history.touched += ((account, since, EVERYTHING) for account in lost)
    for one in moved:
        touch(history, one)
        if kind(one) == "endorsement":
            _revoice(history, one, roots)
    history.cases.moved()


def _revoice(history: History, fact: Fact, roots: dict[Account, tuple[Account, Account]]) -> None:
    """Touch both sides of an endorsement where one is another member now: it was, and will be, theirs."""
    on, whom, by = voice(fact)
    voices = [(on, *pair) for pair in product((whom, *roots.get(whom, ())), (by, *roots.get(by, ())))]
    history.touched += ((fact.open["endorser"], fact.time, ("given", *spoken)) for spoken in voices)
    for account in _endorsees(history, fact):
        history.touched += ((account, fact.time, ("received", *spoken)) for spoken in voices)


def _endorsees(history: History, fact: Fact) -> Iterable[Account]:
    """Return the accounts an endorsement may be of: the one it names, else whoever brought the item."""
    return (fact.open["endorsee"],) if "endorsee" in fact.open else history.authors(fact.open.get("item", ""))
