"""Verifying for whoever asks the service: with what is at hand and, where that is not enough, by the door.

What waits for other people's servers has threads of its own, so that nobody else waits behind it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.concurrency import run_in_threadpool

from api.known.policies import policy_of
from api.network.fetched import Reach
from api.network.reachable import UnreachableError
from api.verifying.judging import judged, judged_briefly
from api.web.deadline import unhurried
from api.web.problems import busy
from badges import SlowError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from api.installation import Installation
    from badges import Policy, Verified

T = TypeVar("T")

AT_ONCE = 8  # that wait for the network, each in a thread
WAITING = 8  # for one of these places
ROUNDS = 3  # of asking for one verification: a list, whose issuer is another, whose ...
SETTLED = frozenset({Verdict.MALFORMED, Verdict.FORGED})  # whatever else could be learnt

_places = CapacityLimiter(AT_ONCE)


async def verified(
    request: Request, here: Installation, document: bytes, asked: Callable[[Policy], Policy] | None = None
) -> Verified:
    """Return what verifying `document` comes to, by a policy that asks for everything, or what `asked` makes of it.

    Here, between two other requests, where it is a badge of ours and small; else as `gone_over` does. Raises a 503
    problem where it would take too long, or too many wait for the network, and `VerificationError`.
    """
    policy = await here.looking.policy(document)
    if policy is not None:
        reach = Reach(here.door, asks=False) if here.door else None
        with suppress(SlowError):
            found = judged_briefly(document, asked(policy) if asked else policy, reach=reach)
            if reach is None or not reach.lacking:
                return found

    def judge(reach: Reach | None) -> Verified:
        policy = policy_of(here.documents)
        return judged(document, asked(policy) if asked else policy, reach=reach)

    return await gone_over(request, here, judge)


async def gone_over(request: Request, here: Installation, judge: Callable[[Reach | None], Verified]) -> Verified:
    """Return what `judge` finds, which blocks: with what is at hand and, where that lacks something, again with more.

    The network is asked only where the operator allows it, and the document is not malformed or forged anyway; never
    while `judge` is at work. Raises a 503 problem where too many wait for it.
    """
    if here.door is None:
        return await run_in_threadpool(judge, None)
    reach = Reach(here.door, asks=False)
    for _ in range(ROUNDS):
        found = await run_in_threadpool(judge, reach)
        if not reach.lacking or found.verdict in SETTLED:
            return found
        await _in_a_place(request, reach.fetch)
    return await run_in_threadpool(judge, reach)


async def linked(request: Request, here: Installation, url: str) -> bytes:
    """Return what a link leads to, 256 KiB at most. Raises `UnreachableError`, and a 503 problem like `verified`."""
    door = here.door
    if door is None:
        raise UnreachableError("whoever runs this installation lets it ask nobody")
    known = door.kept(url)
    return known.had() if known else await _in_a_place(request, lambda: door.fetch(url))


async def _in_a_place(request: Request, work: Callable[[], T]) -> T:
    if _places.statistics().tasks_waiting >= WAITING:
        raise busy(f"{WAITING} verifications are waiting for the network already")
    unhurried(request.scope)
    return await anyio.to_thread.run_sync(work, limiter=_places)
