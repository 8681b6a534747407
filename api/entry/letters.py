"""A sign-in link by mail, to an address that a platform told of a member: to it, and to nobody who merely knows it.

How a letter goes out is not decided here (`sending`). Whoever asks is told the same, and at once, whether
the address is known or not; the looking is done after that.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from api.people.members import member_of
from ledger import UnknownCommunityError
from schemas import counted, say, speaking, tell

if TYPE_CHECKING:
    from api.installation import Installation

MINUTES = 15
LONGEST_ADDRESS = 254  # characters (RFC 5321)
_MINUTE = 60_000_000  # µs


def plausible(address: str) -> bool:
    """Return whether something may be an e-mail address: for people who typed something else."""
    name, at, host = address.rpartition("@")
    return bool(name and at and "." in host) and len(address) <= LONGEST_ADDRESS and address.isprintable()


def post_link(here: Installation, community: str, address: str) -> None:
    """Send a link to whichever member of a community a platform knows by this address; else do nothing. Blocks."""
    if here.send is None:
        return
    try:
        accounts = here.views.at(community).accounts(community)
        known = here.book.handles(community, accounts)
    except UnknownCommunityError:
        return
    wanted = address.strip().casefold()
    hers = [one for one, told in known.items() if str(told.get("email", "")).strip().casefold() == wanted]
    members = {found.id: found for one in hers if (found := member_of(here, community, one))}
    if len(members) != 1:  # nobody's, or of two who are not known to be one
        return
    (member,) = members
    name = here.standings.charter(community).name
    address = link(here, community, "member", member, MINUTES)
    with speaking(here.spoken.texts):
        words = letter(name, address)
    here.send(known[hers[0]]["email"], words)


def link(here: Installation, community: str, role: str, subject: str, minutes: int) -> str:
    """Return the address of a new link that signs in once. Blocks."""
    expires = time.time_ns() // 1_000 + minutes * _MINUTE
    token = here.book.vault.add_link(community, role=role, subject=subject, expires=expires)
    return f"{here.settings.origin}/enter/{token}"


def letter(community: str, address: str) -> str:
    """Return the letter that brings a link, in the language that is spoken."""
    parts = (
        say("Sign in to %(community)s", community=community),
        say(
            "Somebody, we hope you, asked to sign in to %(community)s. This link signs you in, once, within %(time)s:",
            community=community,
            time=counted(MINUTES, "minute", "minutes"),
        ),
        address,
        say("If it was not you, you need do nothing: nobody else has this link."),
    )
    return "\n\n".join(map(tell, parts)) + "\n"
