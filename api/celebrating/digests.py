"""Your week: what a member did, what is near, whom she might meet, and a question to begin with."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from api.celebrating.told import celebration
from api.people.members import accounts_of
from api.words.wording import name_of, words
from ledger import ErasedError, named_in
from projections import Account
from schemas import format_time, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.installation import Installation
    from api.people.members import Member
    from ledger import Fact

Context = dict[str, Any]

MOST_DONE: Final = 12
MOST_MET: Final = 2
_KINDS: Final = {"contribution", "attendance", "endorsement", "response", "impact"}
_LATELY: Final = 90 * 86_400_000_000  # µs
_QUESTIONS: Final = (
    say("What did you try this week that you would not have tried alone?"),
    say("Who helped you lately, and have you told them?"),
    say("What would you show somebody who joined yesterday?"),
    say("What did not work, and what would you do instead?"),
    say("Which question have you been carrying around?"),
)


def week_of(here: Installation, member: Member, at: int | None = None) -> Context:
    """Return a member's week, as her page and her mail tell it: the one that an instant (µs; now) lies in. Blocks."""
    now = time.time_ns() // 1_000 if at is None else at
    around = celebration(here, member.community, "week", now, inside=True)
    own = {Account(account) for account in accounts_of(here, member)}
    facts = _lately(here, member)
    done = [fact for fact in facts if around.start <= fact.time < min(around.end, now + 1) and _hers(fact, own)]
    standing = here.standings.standing(member.community, member.account, as_of=now)
    titles = here.book.reveal(member.community, done[-MOST_DONE:], of=own)
    return {
        "member": {"id": member.id, "name": name_of(here.book.handle(member.community, member.account))},
        "title": around.title,
        "number": around.number,
        "start": format_time(around.start),
        "before": format_time(around.start - 1) if around.start > began(here, member.community) else None,
        "after": format_time(around.end) if around.end <= time.time_ns() // 1_000 else None,
        "done": [
            {"time": format_time(fact.time), "words": words(fact, own), "title": sealed.get("title")}
            for fact, sealed in zip(done[-MOST_DONE:], titles, strict=True)
        ],
        "more": max(0, len(done) - MOST_DONE),
        "level": standing["level"],
        "level_name": standing["level_name"],
        "near": standing["progress"],
        "moments": [one for one in around.moments if one.who.member == member.id],
        "meet": list(islice(_meet(here, member, own, facts, now), MOST_MET)),
        "question": _QUESTIONS[around.number % len(_QUESTIONS)],
        "celebration": around,
    }


def began(here: Installation, community: str) -> int:
    """Return when the first of a community's members first did something (µs); now where nobody has. Blocks."""

    def first() -> int | None:
        return min(
            (one for row in here.views.members(community) if (one := row.derived.first) is not None), default=None
        )

    found = here.remembered.told(community, "began", first)
    return time.time_ns() // 1_000 if found is None else found


def _lately(here: Installation, member: Member) -> list[Fact]:
    """Return the facts that concern her, in order of time."""
    views = here.views.at(member.community)
    row = here.views.member(member.community, Account(member.account))
    positions = views.filed(member.community, list(row.accounts) if row else [])
    return sorted(here.book.at(member.community, positions[-5_000:]), key=lambda fact: (fact.time, fact.stream))


def _hers(fact: Fact, own: set[Account]) -> bool:
    """Return whether a fact is something she did."""
    told = fact.open
    kind = fact.topic.partition(".")[0]
    actor = {"contribution": "author", "attendance": "attendee", "endorsement": "endorser", "response": "respondent"}
    return kind in _KINDS and told.get(actor.get(kind, "member")) in own


def _meet(here: Installation, member: Member, own: set[Account], facts: list[Fact], now: int) -> Iterator[Context]:
    """Yield whom she might meet: who works on what she does, says she may be named, and has had nothing to do with her.

    The most in common first; then whoever came last, who knows the fewest.
    """
    deeds = here.standings.deeds(member.community, now)
    mine = deeds.works_on(own, now)
    if not mine:
        return
    known = {account for fact in facts for account in named_in(fact)}
    found = []
    for row in here.views.members(member.community):
        if own & set(row.accounts) or known & set(row.accounts) or (row.derived.last or 0) < now - _LATELY:
            continue
        shared = sorted(mine & deeds.works_on(row.accounts, now))
        if shared:
            found.append((-len(shared), -(row.derived.first or 0), row.member, shared))
    for *_, account, shared in sorted(found):
        if here.spotlights.word(member.community, account, now) == "granted":
            try:
                person = {"member": here.book.member_id(member.community, account)}
            except ErasedError:
                continue
            yield person | {"name": name_of(here.book.handle(member.community, account)), "shared": shared[:3]}
