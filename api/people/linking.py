"""Which accounts are one person: what is proposed and why, what it would change, and deciding. All of it can be undone.

What a manager decides is recorded as an identity fact of our own; nothing is, before she does. Everything blocks.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

import orjson

from api.installation import MEMBER_ID
from api.web.problems import ProblemError, busy
from api.words.wording import name_of
from ledger import ErasedError
from projections import ALIKE, Account, Links, Proposal, UnknownMemberError, effect, merged
from schemas import Fault, OwnSource, Text, counted, format_time, listed, marked, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.installation import Installation
    from ledger import Fact
    from projections import Effect, Person

Decision = Literal["confirm", "reject", "link", "unlink"]
DECISIONS = get_args(Decision)
SOURCE: Final[OwnSource] = "guildbook:identity"
MOST_PEOPLE = 200  # with several accounts, in one answer
NOTHING_OPEN = "nothing is proposed about these two accounts, or it was decided on"
_METHODS = {
    "oauth": say("a platform reported it: signed in to both"),
    "challenge": say("a platform reported it: answered a challenge on both"),
    "email": say("a platform reported it: it knows both by one e-mail address"),
    "signed": say("a platform reported it: there is a signed statement"),
    "admin": say("a platform reported it: somebody who runs it says so"),
    "import": say("it came with an import"),
}
Change = tuple["Account", "Account", str]


class Decided(NamedTuple):
    """What was recorded: each change of a link, and where the last one stands."""

    changes: list[Change]
    position: int


def proposals(here: Installation, community: str, most: int, *, effects: bool) -> dict[str, Any]:
    """Return what is proposed, with reasons and (`effects`) what it would change, and who has several accounts."""
    links = links_of(here, community)
    found = _open(here, community, links)
    told = [_told(here, community, links, each, effects=effects) for each in found[:most]]
    return {"open": len(found), "proposals": told, "people": list(_people(here, community, links))}


def decide(here: Installation, community: str, decision: Decision, named: tuple[str, str], reason: str) -> Decided:
    """Record a manager's decision about two accounts, each named by its public id or as `platform:id`.

    Raises a 409 problem where there is nothing to decide, and a 422 one for an account that is not there.
    """
    if not here.standings.wait(community, here.book.head(community), here.settings.limit_wait):
        raise busy("who is who is not counted yet; nothing was done, ask again")
    links = links_of(here, community)
    one, other = (_account(here, community, field, text) for field, text in zip(("one", "other"), named, strict=True))
    if one == other:
        raise ProblemError(422, "two accounts are wanted", errors=[Fault("/other", "wanted another account")])
    changes, alike = _changes(here, community, links, decision, one, other)
    return recorded(here, community, links, changes, {"decided": decision, "alike": alike, "reason": reason})


def links_of(here: Installation, community: str) -> Links:
    """Return the links of a community's accounts, as far as they were counted."""
    return Links(here.book.at(community, here.views.at(community).links(community)))


def _open(here: Installation, community: str, links: Links) -> list[Proposal]:
    """Return the open proposals about living accounts."""
    contacts = here.book.handles(community, here.views.at(community).accounts(community))
    suggested = links.suggested(contacts, lambda fact: _alike_then(here, community, fact))  # type: ignore[arg-type]
    found = merged(links.reported(), suggested, links)
    return [each for each in found if each.one in contacts and each.other in contacts]


def _alike_then(here: Installation, community: str, fact: Fact) -> Sequence[str] | None:
    """Return what two accounts were known to have in common when they were told apart; None: whatever it was."""
    alike: Sequence[str] | None = _proof(here, community, fact.position).get("alike")
    return alike


def _proof(here: Installation, community: str, position: int) -> dict[str, Any]:
    """Return the proof of an identity fact: of ours what was decided and why, of a platform's its text."""
    text = here.book.reveal(community, [position])[0].get("proof", "")
    if here.book.at(community, [position])[0].open["source"] == here.book.token(community, SOURCE):
        found: dict[str, Any] = orjson.loads(text) if text else {}
        return found
    return {"text": text} if text else {}


def _account(here: Installation, community: str, field: str, named: str) -> Account:
    """Return the account meant by its public id, or by `platform:id`."""
    platform, colon, name = named.partition(":")
    found = here.book.account(community, platform, name) if colon else None
    if not colon and MEMBER_ID.fullmatch(named):
        found = here.book.account_of(community, named)
    row = here.views.member(community, found) if found else None
    if found is None or row is None:
        fault = Fault(f"/{field}", f"wanted a member id or platform:id known here, got {named[:80]}")
        raise ProblemError(422, "an account is not known here", errors=[fault])
    return next(account for account in row.accounts if str(account) == str(found))


def _changes(
    here: Installation, community: str, links: Links, decision: Decision, one: Account, other: Account
) -> tuple[list[Change], Sequence[str] | None]:
    """Return what a decision changes, and what the two were known to have in common; None: it is about all of it."""
    if decision in {"confirm", "reject"}:
        pair = {links.people.root(one), links.people.root(other)}
        found = next((each for each in _open(here, community, links) if _same(links, each, pair, {one, other})), None)
        if found is None:
            raise ProblemError(409, NOTHING_OPEN)
        if decision == "confirm" and found.change == "unlinked":
            return links.parting(found.other), None
        changed = found.change if decision == "confirm" else {"linked": "unlinked", "unlinked": "linked"}[found.change]
        return [(found.one, found.other, changed)], found.alike
    if links.together(one, other) == (decision == "link"):
        words = "one person already" if decision == "link" else "two people already"
        raise ProblemError(409, f"these two accounts are {words}")
    return ([(one, other, "linked")] if decision == "link" else links.parting(one)), None


def _same(links: Links, proposal: Proposal, people: set[Account], accounts: set[Account]) -> bool:
    if proposal.change == "unlinked":
        return {proposal.one, proposal.other} == accounts
    return {links.people.root(proposal.one), links.people.root(proposal.other)} == people


def recorded(
    here: Installation,
    community: str,
    links: Links,
    changes: Sequence[Change],
    proof: dict[str, Any],
    method: str = "admin",
) -> Decided:
    """Record changes, all or none, so that each is the last word on its two accounts."""
    events = [
        _event(community, _known_as(here, community, one), _known_as(here, community, other), change, method, proof)
        | {"time": _after(links.decided(one, other))}
        for one, other, change in changes
    ]
    return Decided([*changes], appended(here, community, events))


def joined(
    here: Installation, community: str, account: Account, other: Mapping[str, str], proof: dict[str, Any]
) -> int:
    """Record that somebody signed in to both accounts, of which the other may be new; return the position."""
    event = _event(community, _known_as(here, community, account), other, "linked", "oauth", proof)
    known = here.book.account(community, other["platform"], other["id"], realm=other.get("realm"))
    before = links_of(here, community).decided(account, Account(known)) if known else None
    return appended(here, community, [event | {"time": _after(before)}])


def appended(here: Installation, community: str, events: list[dict[str, Any]]) -> int:
    """Append identity facts of our own, all or none, and return the last one's position. Raises a 409 problem."""
    outcomes = here.book.append(events, community=community, identity=True, strict=True, own=True)
    refused = [fault for each in outcomes for fault in each.errors]
    if refused:
        raise ProblemError(409, "this could not be recorded; nothing was done", errors=refused)
    here.told(community, outcomes)
    return max(each.position or 0 for each in outcomes)


def _event(
    community: str, one: Mapping[str, str], other: Mapping[str, str], change: str, method: str, proof: dict[str, Any]
) -> dict[str, Any]:
    told = {"member": dict(one), "account": dict(other), "change": change, "method": method}
    return {
        "specversion": "1.0",
        "id": f"{change}-{time.time_ns() // 1000}-{secrets.token_hex(8)}",
        "source": SOURCE,
        "type": "org.guildbook.identity.v1",
        "community": community,
        "data": told | {"proof": orjson.dumps(proof).decode()},
    }


def _after(before: Fact | None) -> str:
    now = time.time_ns() // 1000
    return format_time(max(now, before.time + 1) if before else now)


def _known_as(here: Installation, community: str, account: Account) -> dict[str, str]:
    contact = here.book.handle(community, account)
    if contact is None:
        raise ErasedError("account: wanted a living one, got one that was erased")
    return {name: contact[name] for name in ("platform", "id", "realm") if contact.get(name)}


# In words


def _told(here: Installation, community: str, links: Links, proposal: Proposal, *, effects: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "one": _shown(here, community, proposal.one),
        "other": _shown(here, community, proposal.other),
        "change": proposal.change,
        "why": [
            *(_METHODS[method] for method in proposal.methods),
            *(ALIKE[each] for each in proposal.alike),
        ],
        "proof": [text for at in proposal.facts if (text := _proof(here, community, at).get("text"))],
        "facts": [*proposal.facts],
    }
    if effects:
        told["effect"] = _effect(here, community, links, proposal)
    return told


def _effect(here: Installation, community: str, links: Links, proposal: Proposal) -> dict[str, Any] | None:
    """Return what a proposal would change; None where nothing but a name is known of one of them."""
    changes = [(proposal.one, proposal.other, "linked")]
    if proposal.change == "unlinked":
        changes = links.parting(proposal.other)
    try:
        found = effect(here.standings, community, changes, at=time.time_ns() // 1000)
    except UnknownMemberError:
        return None
    return {
        "before": [_person(here, community, each) for each in found.before],
        "after": [_person(here, community, each) for each in found.after],
        "own_endorsements": found.own,
        "words": list(_in_words(here, community, found)),
    }


_LOST = marked("the badge %(badge)s would lose its ground")
_EARNED = marked("the badge %(badge)s would be earned")


def _in_words(here: Installation, community: str, found: Effect) -> Iterator[Text]:
    charter = here.standings.charter(community)
    levels = [listed(charter.level_name(each.level) for each in side) for side in (found.before, found.after)]
    yield say("%(before)s now; %(after)s then", before=levels[0], after=levels[1])
    if found.own:
        yield counted(
            found.own,
            "endorsement would not count any more: it would be of oneself",
            "endorsements would not count any more: they would be of oneself",
        )
    held = [{badge for each in side for badge in each.badges} for side in (found.before, found.after)]
    for badge in sorted(held[0] ^ held[1]):
        lost = badge in held[0]
        yield say(_LOST if lost else _EARNED, badge=charter.by("badges", "badge").get(badge, {}).get("name", badge))


def _person(here: Installation, community: str, person: Person) -> dict[str, Any]:
    return {
        "accounts": [here.book.member_id(community, account) for account in person.accounts],
        "level": person.level,
        "level_name": here.standings.charter(community).level_name(person.level),
        "badges": [*person.badges],
        "acts": person.acts,
        "first": None if person.first is None else format_time(person.first),
        "last": None if person.last is None else format_time(person.last),
    }


def _shown(here: Installation, community: str, account: Account) -> dict[str, Any]:
    contact = here.book.handle(community, account) or {}
    return {
        "id": here.book.member_id(community, account),
        "platform": contact.get("platform", ""),
        "known_as": contact.get("id", ""),
        "name": name_of(contact),
    }


def _people(here: Installation, community: str, links: Links) -> Iterator[dict[str, Any]]:
    """Yield who has several accounts, living ones."""
    several = sorted({root for account, root in links.people.roots.items() if account != root})
    living = here.book.handles(community, [each for root in several for each in links.people.accounts(root)])
    for root in several[:MOST_PEOPLE]:
        accounts = [account for account in links.people.accounts(root) if account in living]
        if accounts:
            shown = [_shown(here, community, account) for account in accounts]
            yield {"member": shown[0]["id"], "accounts": shown}


def shown_changes(here: Installation, community: str, decided: Decided) -> dict[str, Any]:
    """Return what was recorded, by the accounts' public ids."""
    return {
        "changes": [
            {
                "one": here.book.member_id(community, one),
                "other": here.book.member_id(community, other),
                "change": change,
            }
            for one, other, change in decided.changes
        ],
        "position": decided.position,
    }
