"""Forgetting a member: what of her goes for ever, what stays without her, and doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from api.people.members import accounts_of, settled
from projections import UnknownMemberError
from schemas import counted, say

if TYPE_CHECKING:
    from api.installation import Installation
    from api.people.members import Member


class Prospect(NamedTuple):
    """What an erasure will do, in words for whoever decides."""

    goes: tuple[str, ...]
    stays: tuple[str, ...]
    badges: int


STAYS = (
    say("That somebody did something of this kind, on that day: the facts stay, and name nobody any more."),
    say("The levels, badges and reasons of everyone else, and all counts."),
    say(
        "What was downloaded before: nobody can call a file back. "
        "A verifier who asks is told that the badge is revoked."
    ),
    say("Backups, until they are gone: within 35 days nothing of the key is left, and then they open nothing either."),
    say("If a platform reports this person again, a new member begins, with nothing of what was."),
)


def prospect(here: Installation, member: Member) -> Prospect:
    """Return what would go and what would stay. Blocks."""
    try:
        badges = len(here.awards.of(member.community, member.account))
    except UnknownMemberError:
        badges = 0
    own = accounts_of(here, member)
    said = sum(one.ended is None for one in here.endorsements.naming(member.community, own))
    accounts = counted(len(own), "account", "accounts")
    badge = counted(
        badges,
        "badge: revoked without a reason, and shown nowhere any more.",
        "badges: revoked without a reason, and shown nowhere any more.",
    )
    endorsed = counted(
        said,
        "endorsement given or received: withdrawn, and shown nowhere any more.",
        "endorsements given or received: withdrawn, and shown nowhere any more.",
    )
    goes = (
        say("Names and addresses, as told by %(accounts)s.", accounts=accounts),
        say("Every text of these facts: titles, links, comments, answers; also what others wrote about this member."),
        say("The page, the id, the standing and the sign-in of this member."),
        *([badge] if badges else []),
        *([endorsed] if said else []),
    )
    return Prospect(goes, STAYS, badges)


def forget(here: Installation, member: Member, *, seconds: float) -> int:
    """Erase a member with all her accounts, and return how many they were. Blocks. Raises as `settled` does."""
    accounts = accounts_of(here, settled(here, member, seconds=seconds))
    ended = [one.id for one in here.endorsements.naming(member.community, accounts)]
    here.book.erase(member.community, accounts, also=ended)
    here.background.hint(member.community)
    return len(accounts)
