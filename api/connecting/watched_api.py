"""The doors of platforms as JSON, for who watches over many: how each fares, and taking what was kept aside."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from api.connecting.connector import connectors
from api.connecting.replaying import replay_all
from api.connecting.watching import watched
from api.guard.doors import Here, Permit
from api.web.answers import Answer, answers
from api.web.auth import Principal
from api.web.problems import not_found

router = APIRouter(tags=["community"], prefix="/communities/{community}/connections")

Slug = Annotated[str, Path(description="the community's slug", examples=["makers"])]
Named = Annotated[str, Path(description="the connector's name", examples=["slack"])]
Manager = Annotated[Principal, Depends(Permit("community.manage"))]


class ReplayedAnswer(Answer):
    """How many deliveries were taken that were kept aside, and how many still are."""

    taken: int
    left: int


class ConnectionsAnswer(Answer):
    """The doors of a community, those that want a look first."""

    connections: list[dict[str, Any]]


@router.get(
    "",
    response_model=None,
    summary="How the doors of platforms fare",
    responses=answers(ConnectionsAnswer, 401, 403, 404, 422, 503),
)
def connections(community: Slug, here: Here, _: Manager) -> dict[str, Any]:
    """Return for each door its state, its sources with their last fact and usual interval, and what was refused.

    Of the last delivery that was not taken its shape is told, without anybody's name or words.
    """
    here.known(community)
    return {"connections": watched(here, community)}


@router.post(
    "/{connector}/replay",
    response_model=None,
    summary="Take what was kept aside of a door",
    responses=answers(ReplayedAnswer, 401, 403, 404, 422, 503),
)
def replay(community: Slug, connector: Named, here: Here, _: Manager) -> dict[str, int]:
    """Take what was kept aside and is known by now; the same again is harmless."""
    here.known(community)
    if connector not in connectors():
        raise not_found("door")
    found = replay_all(here, community, connectors()[connector])
    return {"taken": found.taken, "left": found.left}
