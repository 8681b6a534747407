"""The community's transparency log: addresses that hold, for the part that is not built yet."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.auth import Principal
from api.doors import Permit
from api.problems import described, not_yet

router = APIRouter(tags=["verifier"], prefix="/communities/{community}/log")
Anyone = Annotated[Principal, Depends(Permit("public"))]
Community = Annotated[str, Path(description="the community's slug", examples=["makers"])]


@router.get("/checkpoint", response_model=None, responses=described(501))
def checkpoint(community: Community, _: Anyone) -> None:
    """Answer later with the signed head of the log (C2SP tlog-checkpoint)."""
    raise not_yet(f"the transparency log of {community}")


@router.get("/tile/{tile:path}", response_model=None, responses=described(501))
def tile(community: Community, tile: str, _: Anyone) -> None:
    """Answer later with a tile of the log (C2SP tlog-tiles)."""
    raise not_yet(f"the transparency log of {community}, tile {tile[:80]}")
