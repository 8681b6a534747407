"""What stands before every route: who is asking, and whether the table lets her through.

A route without a `Permit` cannot be served: `create_app` refuses to build it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import Match

from api.guard import origins
from api.guard.sessions import same_word
from api.installation import Installation
from api.web.auth import (
    ANONYMOUS,
    ANYONE,
    LEADER,
    TABLE,
    Action,
    Principal,
    allowed,
)
from api.web.problems import ProblemError, gone, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fastapi.dependencies.models import Dependant
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"
LONGEST_KEY = 200  # characters of a presented key; ours have fewer than 80
KEY_BEGINS = "gb_"
BASIC_UNDER = "/xapi/"  # where an LMS shows a key as a name and a password; browsers send these unasked
MOST_ASKING = 16  # keys looked up at once: a database that stands still holds so many threads, and no more

_asking = CapacityLimiter(MOST_ASKING)


async def the_installation(request: Request) -> Installation:  # a plain function would be sent to a thread
    """Return what this process serves."""
    installation: Installation = request.app.state.installation
    return installation


Here = Annotated[Installation, Depends(the_installation)]


async def the_principal(request: Request, here: Here) -> Principal:
    """Return who is asking. Raises a 401 problem where a key was shown that is none of ours."""
    header = request.headers.get("authorization")
    if header is None:
        return await _signed_in(here, request.cookies.get(here.sessions.cookie))
    scheme, _, presented = header.partition(" ")
    if scheme.lower() == "basic" and request.url.path.startswith(BASIC_UNDER):
        scheme, presented = "bearer", _of_basic(presented)
    if scheme.lower() != "bearer" or not presented.isascii() or len(presented) > LONGEST_KEY:
        raise who_are_you("wanted `Authorization: Bearer gb_...`")
    vault, presented = here.book.vault, presented.strip()
    key = vault.remembered_key(presented)
    if key is None:
        key = await anyio.to_thread.run_sync(vault.find_key, presented, limiter=_asking)
    if key is None:
        raise who_are_you("this key is not one of ours, or was withdrawn")
    return Principal(kind="key", community=key.community, scopes=frozenset(key.scopes), label=key.label)


def _of_basic(presented: str) -> str:
    """Return the key whose id and secret are a name and a password (RFC 7617); the password may be all of it."""
    try:
        name, _, word = base64.b64decode(presented, validate=True).decode("ascii").partition(":")
    except ValueError:
        return ""
    return word if word.startswith(KEY_BEGINS) else f"{KEY_BEGINS}{name.removeprefix(KEY_BEGINS)}_{word}"


async def _signed_in(here: Installation, cookie: str | None) -> Principal:
    known = here.sessions.remembered(cookie)
    if known is not None:
        return known
    return await anyio.to_thread.run_sync(here.sessions.read, cookie, limiter=_asking)


Asking = Annotated[Principal, Depends(the_principal)]


class Permit:
    """Lets a caller through who may do `action` in the community that the path names, or in her own."""

    def __init__(self, action: Action, *, by_form: bool = False) -> None:
        """Guard with the table's line `action`. `by_form`: the route itself wants the session's word, in its form."""
        self.action: Action = action
        self._by_form = by_form

    async def __call__(self, request: Request, asking: Asking) -> Principal:
        """Return the principal. Raises a 401, 403 or 404 problem, or 403 where another site may have asked."""
        community = request.path_params.get("community", asking.community)
        if request.method not in SAFE and "cookie" in request.headers and "authorization" not in request.headers:
            origins.check(request, request.app.state.settings.origin)
        if LEADER in TABLE[self.action] and asking.member:
            here = request.app.state.installation
            leads = await anyio.to_thread.run_sync(here.leads, asking.community, asking.member, limiter=_asking)
            asking = replace(asking, leads=leads)
        if not allowed(asking, self.action, community):
            raise refusal(asking, community, self.action)
        if ANYONE not in TABLE[self.action] and asking.kind == "session":
            if request.method not in SAFE and not self._by_form:
                _from_our_own_page(request, asking)
            if asking.member:
                await _living(request.app.state.installation, asking.member, asking.community or "")
        return asking


class Unasked(Permit):
    """Lets everyone through, and does not look who it is: an `Authorization` there is another's, not a key of ours."""

    def __init__(self) -> None:
        super().__init__("public")

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override]  # noqa: ARG002  what is left out is the point
        """Return nobody."""
        return ANONYMOUS


class Direct(APIRoute):
    """A route of the busiest door: its guard and its endpoint are called one after the other, and nothing else.

    The endpoint takes `(request, asking, here)`; it is described like any other route, and guarded by the same
    table.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:  # noqa: ANN401 - the library's
        """Describe the route as any other, but answer it here."""
        super().__init__(path, endpoint, **more)
        (self.permit,) = _permits(self.dependant)
        self.app = self._answer

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. What is raised becomes a problem document where that of every route does."""
        request = Request(scope, receive, send)
        here = await the_installation(request)
        asking = await self.permit(request, await the_principal(request, here))
        answer: Response = await self.endpoint(request, asking, here)
        await answer(scope, receive, send)


class Lane:
    """Finds a route by its address, before the router tries one after another of all there are.

    A `Direct` one at once; any other among the few that begin with the same word and have as many parts. What is found
    nowhere here is the router's.
    """

    def __init__(self, router: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        """Stand before `router`, which knows all `routes`."""
        self._router = router
        known = [route for route in routes if isinstance(route, APIRoute)]
        direct = [route for route in known if isinstance(route, Direct) and not route.param_convertors]
        self._direct = {(method, route.path): route for route in direct for method in route.methods or ()}
        self.near = _near(known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope.get("root_path"):
            await self._router(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        if (direct := self._direct.get((method, path))) is not None:
            scope["route"] = direct
            await direct.app(scope, receive, send)
            return
        route = self.found(scope)
        if route is None:
            await self._router(scope, receive, send)
        else:
            await route.handle(scope, receive, send)

    def found(self, scope: Scope) -> APIRoute | None:
        """Return the route that a request is for, with what its address names in `scope`; None: ask the router."""
        for route in self.near.get((scope["method"], *_begins(scope["path"])), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                return route
        return None


def _near(routes: Sequence[APIRoute]) -> dict[tuple[str, str, int], list[APIRoute]]:
    """Return routes in their order, by method, first word and number of parts of the addresses that may be theirs."""
    begin = {route.path: _begins(route.path) for route in routes}
    near: dict[tuple[str, str, int], list[APIRoute]] = {}
    for word, parts in set(begin.values()):
        for route in routes:
            first, count = begin[route.path]
            if (first == word or "{" in first) and (count == parts or ":path}" in route.path):
                for method in route.methods or ():
                    near.setdefault((method, word, parts), []).append(route)
    return near


def _begins(path: str) -> tuple[str, int]:
    """Return the first word of an address, and how many parts it has."""
    return path[1:].partition("/")[0], path.count("/")


def refusal(asking: Principal, community: str | None, action: Action) -> ProblemError:
    """Return the problem for who may not do `action`: it tells a stranger nothing of what is there."""
    if asking.kind == "anonymous":
        return who_are_you("a key (`Authorization: Bearer gb_...`) or a sign-in is wanted here")
    if asking.role != "operator" and asking.community != community:
        return not_found("community")
    return ProblemError(403, f"`{action}` is not among what this {asking.role or asking.kind} may do")


def who_are_you(detail: str) -> ProblemError:
    """Return a 401 problem."""
    return ProblemError(401, detail, headers={"WWW-Authenticate": 'Bearer realm="guildbook"'})


@dataclass(frozen=True, slots=True)
class Guarded:
    """A route and the one action it is guarded with."""

    route: APIRoute
    action: Action


def guarded(routes: Iterable[BaseRoute]) -> list[Guarded]:
    """Return `routes` with their actions. Raises `TypeError` for a route that nothing guards."""
    found = []
    for route in routes:
        actions = {permit.action for permit in _permits(route.dependant)} if isinstance(route, APIRoute) else set()
        if not isinstance(route, APIRoute) or len(actions) != 1:
            raise TypeError(f"{route}: wanted a route guarded by one action, got {sorted(actions) or 'none'}")
        found.append(Guarded(route, actions.pop()))
    return found


def _permits(dependant: Dependant) -> list[Permit]:
    own = [dependant.call] if isinstance(dependant.call, Permit) else []
    return own + [permit for inner in dependant.dependencies for permit in _permits(inner)]


async def _living(here: Installation, member: str, community: str) -> None:
    """Refuse a member who signed in before she was erased. Raises a 410 problem."""
    if await anyio.to_thread.run_sync(here.gone, member, community, limiter=_asking):
        raise gone()


def _from_our_own_page(request: Request, asking: Principal) -> None:
    """Refuse what another site made a signed-in person's browser send."""
    if not same_word(request.headers.get(CSRF_HEADER), asking.csrf):
        raise ProblemError(403, f"wanted the session's word in the header `{CSRF_HEADER}`")
