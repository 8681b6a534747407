"""A community as another day knew it: the charter that was in force, and who led by what was told until then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.leading import picture as leading
from projections.leading.deeds import LATELY, LONG_AGO, MOST_READ, Deeds
from projections.quarters.happened import bound
from projections.views.worker import charters_of, pages

if TYPE_CHECKING:
    from ledger import Book
    from projections.charters.charter import Charter
    from projections.fold.standing import Community

Answer = dict[str, Any]


def charter_then(book: Book, community: str, at: int, position: int) -> Charter:
    """Return the charter in force at an instant (µs), of those published up to a position."""
    return bound(charters_of(book, community, upto=position), at)[-1]


def leaders_then(book: Book, state: Community, charter: Charter, at: int, *, community: str, position: int) -> Answer:
    """Return the leaders' picture at an instant (µs) by the facts up to a position, of which `state` is the fold."""
    since = at - LATELY - LONG_AGO
    deeds = Deeds(since, max(book.position_at(community, since), position - MOST_READ))
    for facts in pages(book, community, deeds.position, position):
        deeds.add(facts)
    accounts = {member: state.history.people.accounts(member) for member in state.derived}
    return leading.picture(leading.Scene(people=state.derived, accounts=accounts, charter=charter, deeds=deeds, at=at))
