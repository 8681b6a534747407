"""A route of the record store: which edition is spoken, who asks, and what every answer carries.

xAPI 1.0.3 part 3 "Versioning" and "Authentication", and "Alternate Request Syntax"; xAPI 2.0 "Headers".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.guard.doors import Direct, the_installation, the_principal
from api.web.problems import KEPT, ProblemError, busy
from api.xapi import alternate
from api.xapi.statement_shapes import STATEMENT_1, STATEMENT_2
from api.xapi.values import VERSION_1, VERSION_2
from ledger import LedgerUnavailableError
from schemas import MalformedJSONError, format_time

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from api.installation import Installation
    from api.web.auth import Principal
    from api.xapi.shapes import Check

VERSION_HEADER: Final = "X-Experience-API-Version"
THROUGH_HEADER: Final = "X-Experience-API-Consistent-Through"
ABOUT: Final = "/xapi/about"
STATEMENTS: Final = "/xapi/statements"


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of the standard: `written` is the version that a statement gets which names none."""

    version: str
    written: str
    statement: Check


FIRST: Final = Edition("1.0.3", "1.0.0", STATEMENT_1)
SECOND: Final = Edition("2.0.0", "2.0.0", STATEMENT_2)

_SPOKEN: Final[dict[tuple[str, str], Edition]] = {}
"""The edition that each key spoke last, by its community and label: so many as there are keys."""


class Resource(Direct):
    """A route whose answers say which edition they speak, and, of statements, how far they are complete."""

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what one asks by the alternate syntax goes to the route that it means."""
        request = Request(scope, receive, send)
        edition = SECOND  # of answers to whom nobody knows
        through: dict[str, str] = {}
        try:
            edition = edition_of(request.headers.get(VERSION_HEADER), SECOND)
            route = self
            if alternate.is_meant(request):
                request = await alternate.meant(request)
                edition = _first_alone(edition_of(request.headers.get(VERSION_HEADER), FIRST))
                route = self._other(request)
            here = await the_installation(request)
            asking = await route.permit(request, await the_principal(request, here))
            edition = self._spoken(request, asking, edition)
            if self.path == STATEMENTS and request.method == "GET":
                through = await _through(here, asking)
            self._must_say(request)
            answer: Response = await route.endpoint(request, asking, here)
        except ProblemError as error:
            error.headers |= {VERSION_HEADER: edition.version, **through}
            raise
        except (MalformedJSONError, LedgerUnavailableError) as error:
            raise _told(error, {VERSION_HEADER: edition.version, **through}) from error
        for name, value in ((VERSION_HEADER, edition.version), *through.items()):
            answer.headers[name] = value
        await answer(request.scope, request.receive, send)

    def _spoken(self, request: Request, asking: Principal, edition: Edition) -> Edition:
        """Return the edition to answer in: of who names none, the one that this key spoke before."""
        key = (asking.community or "", asking.label)
        if request.headers.get(VERSION_HEADER) is None:
            edition = _SPOKEN.get(key, edition)
        elif asking.kind == "key":
            _SPOKEN[key] = edition
        request.state.edition = edition
        return edition

    def _must_say(self, request: Request) -> None:
        """Refuse a request that names no edition, where it must. Raises a 400 problem."""
        if request.headers.get(VERSION_HEADER) is None and self.path != ABOUT:
            raise ProblemError(400, f"{VERSION_HEADER}: wanted 1.0.3 or 2.0.0, got none")

    def _other(self, request: Request) -> Resource:
        """Return the route of the same address for another method."""
        for route in request.app.routes:
            if isinstance(route, Resource) and route.path == self.path and request.method in (route.methods or ()):
                return route
        raise ProblemError(400, f"method: wanted one that this address takes, got {request.method[:20]!r}")


def edition_of(said: str | None, default: Edition) -> Edition:
    """Return the edition that a request speaks. Raises a 400 problem where it is neither."""
    if said is None:
        return default
    if VERSION_1.fullmatch(said):
        return FIRST
    if VERSION_2.fullmatch(said):
        return SECOND
    raise ProblemError(400, f"{VERSION_HEADER}: wanted 1.0.3 or 2.0.0, got {said[:40]!r}")


def _first_alone(edition: Edition) -> Edition:
    """Return an edition that has the alternate syntax. Raises a 400 problem."""
    if edition is not FIRST:
        raise ProblemError(400, "method: wanted no such parameter, the second edition has none")
    return edition


async def _through(here: Installation, asking: Principal) -> dict[str, str]:
    """Return the header that says up to when statements are all to be seen ("GET Statements")."""
    if asking.community is None:
        return {}
    at = await run_in_threadpool(here.book.statements.complete_through, asking.community)
    return {THROUGH_HEADER: format_time(at)}


def _told(error: Exception, headers: dict[str, str]) -> ProblemError:
    if isinstance(error, MalformedJSONError):
        return ProblemError(400, f"not JSON as we read it: {error}", headers=headers)
    problem = busy(f"the book cannot be reached just now; {KEPT}")
    problem.headers |= headers
    return problem
