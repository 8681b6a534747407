"""The rooms of the manager's desk, in the order in which its navigation names them."""

from __future__ import annotations

from typing import Final

from api.words.rendering import Room
from schemas import say

ROOMS: Final = (
    Room("manage", say("Overview"), ""),
    Room("desk_review", say("Review"), "/review"),
    Room("desk_leaders", say("Leaders"), "/leaders"),
    Room("desk_members", say("Members"), "/members"),
    Room("desk_cohorts", say("Cohorts"), "/cohorts"),
    Room("measures", say("Measures"), "/measures"),
    Room("told", say("Celebrations"), "/celebrations"),
    Room("desk_charter", say("Charter"), "/charter"),
    Room("desk_sources", say("Sources"), "/sources"),
    Room("desk_connections", say("Connections"), "/connections"),
    Room("desk_tables", say("Tables"), "/tables"),
    Room("links", say("Claim links"), "/links"),
    Room("sign-ins", say("Signing in"), "/sign-ins"),
    Room("desk_trail", say("Trail"), "/trail"),
)
