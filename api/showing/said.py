"""What others say of a badge, an achievement or a community, as its page shows it, and the form for saying more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.issued.endorsements import own_accounts, told_of, whose
from api.people.members import find_member
from api.web.auth import ANONYMOUS, allowed

if TYPE_CHECKING:
    from api.guard.forms import Tried
    from api.installation import Installation
    from api.web.auth import Principal
    from badges import Thing

MOST = 20  # on the page
LONGEST = 800  # characters: of any script, they fit into a form


def said_of(
    here: Installation, community: str, thing: Thing, asking: Principal, tried: Tried | None = None
) -> dict[str, Any]:
    """Return what a page shows of a thing's endorsements, and which of them `asking` may withdraw. Blocks.

    `tried`: a form of the page that was refused.
    """
    found = here.endorsements.of(community, thing)
    saying, mine = None, set()
    if asking.kind == "session" and allowed(asking, "badge.endorse", community):
        member = find_member(here, community, asking.member) if asking.member else None
        if asking.member and member is None:  # she was erased: the page is for her what it is for anybody
            return said_of(here, community, thing, ANONYMOUS, tried)
        own = own_accounts(here, member)
        mine = {one.id for one in found if whose(one, own) is not None}
        said = any(not one.endorser if own is None else one.endorser in own for one in found)
        may = not said and here.endorsements.open_to(community, thing, member.account if member else None)
        saying = {"may": may, "member": member is not None}
    shown = [one | {"mine": one["endorsement"] in mine} for one in told_of(here, found[:MOST])]
    return {
        "endorsements": shown,
        "endorsements_more": len(found) - len(shown),
        "saying": saying,
        "longest": LONGEST,
        "tried": tried,
    }
