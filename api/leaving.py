"""What a member takes along: all that is hers, as one archive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Path
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api import archive
from api.auth import Principal
from api.doors import Here, Permit
from api.members import Community, Member, find_member, may
from api.problems import described, not_found
from api.takeout import takeout

router = APIRouter(tags=["members"], prefix="/communities/{community}/members/{member}")

MemberId = Annotated[str, Path(description="public member id", examples=["mfrggzdfmztwq2lknnwg23tpoa"])]
MOST_TAKING = 4  # threads that read for archives; whoever else takes one waits for the next piece a little longer

_taking = CapacityLimiter(MOST_TAKING)
_TAKEN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "a ZIP with `README.txt`, `member.json`, `facts.ndjson` and `credentials/`",
        "content": {archive.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    **described(401, 403, 404, 503),
}


@router.get("/takeout", response_class=StreamingResponse, summary="Everything about one member", responses=_TAKEN)
async def take_out(
    community: Community,
    member: MemberId,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("member.take_out"))],
) -> StreamingResponse:
    """Return all that the book holds of a member and of nobody else, sent while it is made."""

    def begin() -> tuple[Member, Iterator[bytes]]:
        found = find_member(here, community, member)
        if found is None or not may(here, asking, "member.take_out", found):
            raise not_found("member")
        return found, takeout(here, found)

    found, pieces = await run_in_threadpool(begin)
    headers = {"Content-Disposition": f'attachment; filename="{community}-{found.id}.zip"'}
    return StreamingResponse(_sent(pieces), headers=headers, media_type=archive.MEDIA_TYPE)


async def _sent(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while piece := await anyio.to_thread.run_sync(next, pieces, b"", limiter=_taking):
        yield piece
