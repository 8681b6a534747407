"""POST /hooks/{community}/{connector}: what a platform posts in its own words.

Answered in time: proved, parsed, stored, and 202. What no mapping knows is kept aside and answered just so, since a
platform that is refused stops sending. Only what is not signed is refused, and told nothing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import structlog
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.connecting.again import Turned, merged, turned
from api.connecting.connector import Connector, connectors
from api.connecting.deliveries import delivery_of
from api.connecting.errors import ConnectingError, ExpressionError
from api.guard.doors import Direct, Here, Unasked, the_installation
from api.installation import Installation
from api.web.auth import ANONYMOUS, Principal
from api.web.problems import ProblemError, described, not_found
from ledger import Hook, UnknownCommunityError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Receive, Scope, Send

    from api.connecting.deliveries import Delivery
    from api.connecting.expressions import Expression
    from api.connecting.mapping import Mapped
    from ledger import Outcome


class Door(Direct):
    """A route of a door: who asks is no principal of ours, and what is in the address is text as it stands."""

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        here = await the_installation(request)
        answer: Response = await self.endpoint(**request.path_params, request=request, here=here, _=ANONYMOUS)
        await answer(scope, receive, send)


router = APIRouter(tags=["platform"], route_class=Door)
Platform = Annotated[Principal, Depends(Unasked())]

LONGEST_KEPT = 65_536  # bytes of a delivery that is kept aside whole
MOST_HEADERS = 40  # of it
LONGEST_BROUGHT = 4_096  # bytes of what brings a secret
NOT_KEPT = frozenset({"authorization", "cookie"})  # headers

log = structlog.get_logger("guildbook.hooks")


@router.put(
    "/hooks/{community}/{connector}/{rest:path}",
    status_code=200,
    summary="What a platform puts under an address of its own",
    response_class=Response,
    responses=described(400, 401, 404, 413, 415, 503),
)
async def put(community: str, connector: str, rest: str, request: Request, here: Here, _: Platform) -> Response:  # noqa: ARG001  the platform's own: a transaction's number
    """Take in a delivery as `deliver` does, of a platform that adds something to the address, as Matrix does."""
    return await deliver(community, connector, request, here, _)


@router.post(
    "/hooks/{community}/{connector}",
    status_code=202,
    summary="What a platform posts in its own words",
    response_class=Response,
    responses=described(400, 401, 404, 413, 415, 503),
)
async def deliver(community: str, connector: str, request: Request, here: Here, _: Platform) -> Response:
    """Take in a delivery that is signed with the door's secret; the same one again is harmless.

    202 with what became of each event; 200 with the answer to the platform's challenge, where it is one.
    """
    found = connectors().get(connector)
    hook = await _hook(here, community, connector) if found else None
    if found is None or hook is None:
        raise not_found("door")
    delivery = await delivery_of(request)
    if not hook.secrets:
        return await _brought(here, found, hook, delivery)
    try:
        found.scheme.check(delivery, hook.secrets, int(time.time()))
    except ConnectingError as error:
        raise await _unsigned(here, hook, str(error)) from error
    if _is_challenge(found, delivery):
        return _json(200, _reply(found, delivery, found.scheme.key(hook.secrets[0])))
    mapped = found.map(delivery, community)
    rows = await _take(here, hook, delivery, mapped)
    if found.answer is not None:
        return _json(200, _wanted_back(found.answer, delivery))
    return _json(202, {"outcome": mapped.kind, "events": rows})


async def _unsigned(here: Installation, hook: Hook, why: str) -> ProblemError:
    log.warning("hook.unsigned", community=hook.community, connector=hook.connector, why=why)
    await run_in_threadpool(here.book.strays.unsigned, hook.community, hook.connector)
    return ProblemError(401, "wanted a delivery that is signed with the secret of this door")


async def _brought(here: Installation, connector: Connector, hook: Hook, delivery: Delivery) -> Response:
    """Keep the secret that a platform brings to a door that has none yet; whatever else comes is not signed."""
    brings = connector.challenge.brings if connector.challenge else None
    if brings is None or len(delivery.raw) > LONGEST_BROUGHT or not _is_challenge(connector, delivery):
        raise await _unsigned(here, hook, "the door waits for the secret that the platform brings")
    try:
        secret = brings.of(delivery.told)
        connector.scheme.key(secret if isinstance(secret, str) else "")
    except ConnectingError as error:
        raise _odd_challenge() from error
    await run_in_threadpool(here.book.hooks.offer, hook.community, hook.connector, secret)
    return _json(200, _reply(connector, delivery, b""))


def _wanted_back(answer: Expression, delivery: Delivery) -> object:
    try:
        return answer.of(delivery.told)
    except ExpressionError as error:
        raise ProblemError(400, "wanted a delivery as the platform's documentation has it, got another") from error


def _is_challenge(connector: Connector, delivery: Delivery) -> bool:
    try:
        return connector.challenge is not None and bool(connector.challenge.when.of(delivery.told))
    except ExpressionError as error:
        raise _odd_challenge() from error


def _reply(connector: Connector, delivery: Delivery, key: bytes) -> object:
    """Return the answer to a challenge. Raises a 400 problem where it is not as it should be."""
    try:
        answer: object = connector.challenge.reply.answer(delivery.told, key) if connector.challenge else None
    except ExpressionError as error:
        raise _odd_challenge() from error
    return answer


def _odd_challenge() -> ProblemError:
    return ProblemError(400, "wanted a challenge as the platform's documentation has it, got another")


async def _take(here: Installation, hook: Hook, delivery: Delivery, mapped: Mapped) -> list[dict[str, Any]]:
    """Store what a delivery became; what cannot be is kept aside. Return a row for each event."""
    if mapped.kind in {"unknown", "misfit"}:
        await _aside(here, hook, delivery, mapped.kind, mapped.key, [mapped.words] if mapped.words else [])
        return []
    for source in {event["source"] for event in mapped.events}.difference(hook.sources):
        await run_in_threadpool(here.book.hooks.heard, hook.community, hook.connector, source)
    turns = await _in_turn(here, hook.community, mapped)
    outcomes = merged(turns, await _stored(here, hook.community, [each.event for each in turns if not each.known]))
    for why in ("refused", "conflict"):
        words = [str(fault) for each in outcomes if each.outcome == why for fault in each.errors]
        if any(each.outcome == why for each in outcomes):
            await _aside(here, hook, delivery, why, mapped.key, words)
    rows = zip(turns, outcomes, strict=True)
    return [{"id": turn.event["id"], "outcome": each.outcome, "position": each.position} for turn, each in rows]


async def _in_turn(here: Installation, community: str, mapped: Mapped) -> list[Turned]:
    if mapped.turns:
        return await run_in_threadpool(turned, here, community, mapped)
    return turned(here, community, mapped)


async def _stored(here: Installation, community: str, events: Sequence[dict[str, Any]]) -> list[Outcome]:
    if not events:
        return []
    if len(events) == 1:
        outcomes = [await here.coalescer.append(events[0], community=community, identity=False)]
    else:
        async with here.bulk.turn():
            outcomes = await run_in_threadpool(here.book.append, events, community=community)
    here.told(community, outcomes)
    return outcomes


async def _aside(here: Installation, hook: Hook, delivery: Delivery, why: str, key: str, words: Sequence[str]) -> None:
    said: dict[str, Any] = {"words": [*words][:20]}
    if len(delivery.raw) <= LONGEST_KEPT:
        headers = {name: value for name, value in delivery.headers.items() if name not in NOT_KEPT}
        said |= {"told": {**delivery.told, "headers": dict([*headers.items()][:MOST_HEADERS])}}
    await run_in_threadpool(here.book.strays.keep, hook.community, hook.connector, why, key, said)


async def _hook(here: Installation, community: str, connector: str) -> Hook | None:
    """Return a door that is open, as it is or was a moment ago; None where there is none."""
    known = here.book.hooks.remembered(community, connector)
    if known:
        return known
    try:
        return await run_in_threadpool(here.book.hooks.find, community, connector)
    except UnknownCommunityError:
        return None


def _json(status: int, document: object) -> Response:
    if document is None:
        return Response(status_code=204)
    return Response(orjson.dumps(document), status, media_type="application/json")
