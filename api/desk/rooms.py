"""The rooms of the manager's desk, in the order in which its navigation names them."""

from __future__ import annotations

from typing import Final, NamedTuple


class Room(NamedTuple):
    """A page of the desk: its template without `.html`, what the navigation calls it, and where it is."""

    template: str
    title: str
    path: str  # under /manage/{community}


ROOMS: Final = (
    Room("manage", "Overview", ""),
    Room("desk_review", "Review", "/review"),
    Room("desk_leaders", "Leaders", "/leaders"),
    Room("desk_members", "Members", "/members"),
    Room("desk_cohorts", "Cohorts", "/cohorts"),
    Room("measures", "Measures", "/measures"),
    Room("told", "Celebrations", "/celebrations"),
    Room("desk_charter", "Charter", "/charter"),
    Room("desk_sources", "Sources", "/sources"),
    Room("desk_connections", "Connections", "/connections"),
    Room("links", "Claim links", "/links"),
    Room("sign-ins", "Signing in", "/sign-ins"),
    Room("desk_trail", "Trail", "/trail"),
)
