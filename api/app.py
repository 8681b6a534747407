"""The app: every route behind its guard, every error a problem document."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.awarding import awards, nominations, reviewing
from api.celebrating import desk_page, mail_pages
from api.celebrating import pages as celebrating_pages
from api.charter import charters, pictures
from api.commons import pages as commons_pages
from api.connecting import door, handshake, room, watched_api
from api.desk import charter as charter_room
from api.desk import cohorts as cohorts_room
from api.desk import deciding, overview, review, sources, trail, withdrawing
from api.desk import leaders as leaders_room
from api.desk import members as members_room
from api.desk.rooms import ROOMS
from api.entry import by_provider, links, operating, own, signing_in, ways
from api.fairness import cases
from api.guard.doors import Lane, Permit, guarded
from api.holding import claiming, embedding, handing, posting, profile, seen, wallet
from api.importing import room as tables_room
from api.installation import Installation
from api.intake import events
from api.issued import credentials, endorsements, log, openbadges2
from api.leading import inviting, leaders
from api.leaving import farewell
from api.measuring import measures
from api.measuring import pages as measuring_pages
from api.openapi import openapi
from api.people import cohorts, identity, members
from api.settings import Settings
from api.showing import badge_pages, endorsing, nominating, pages
from api.vcapi import issuing, verifying
from api.verifying import verifying_page
from api.watching import alarms, health
from api.web import logs, problems
from api.web.access import Access
from api.web.deadline import Deadline
from api.web.turns import TakingTurns
from api.words.languages import translations
from api.words.rendering import Pages
from api.xapi import about as xapi_about
from api.xapi import documents as xapi_documents
from api.xapi import statements as xapi_statements
from api.xapi.meaning import meanings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROUTERS = (
    events.router,
    handshake.router,
    door.router,
    xapi_statements.router,
    xapi_documents.router,
    xapi_about.router,
    members.router,
    farewell.router,
    charters.router,
    leaders.router,
    withdrawing.router,
    reviewing.router,
    awards.router,
    nominations.router,
    identity.router,
    cohorts.router,
    measures.router,
    measuring_pages.router,
    alarms.router,
    cases.router,
    credentials.router,
    endorsements.router,
    openbadges2.router,
    verifying.router,
    verifying_page.router,
    log.router,
    health.router,
    by_provider.router,
    ways.router,
    links.router,  # after what else begins with /enter
    own.router,
    signing_in.router,
    operating.router,
    pages.router,
    overview.router,
    review.router,
    leaders_room.router,
    members_room.router,
    cohorts_room.router,
    charter_room.router,
    sources.router,
    room.router,
    watched_api.router,
    tables_room.router,
    trail.router,
    deciding.router,
    inviting.router,
    endorsing.router,
    nominating.router,
    wallet.router,
    posting.router,
    profile.router,
    seen.router,
    claiming.router,
    handing.router,
    pictures.router,  # before the pages, whose names may have dots
    embedding.router,
    celebrating_pages.router,
    commons_pages.router,
    desk_page.router,
    mail_pages.router,
    badge_pages.router,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app of one installation; without `settings`, of the environment's.

    Nothing is opened before the app starts. Raises `SettingsError`, and `TypeError` for a route
    that nothing guards.
    """
    settings = settings or Settings.load()
    meanings(settings.data)  # what is wrong with the table of statements is said now, not when one comes
    app = FastAPI(
        title="Guildbook",
        version=_version(),
        lifespan=_lifespan,
        openapi_url=None,  # our own, guarded like every route
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it asks the environment at every request
    )
    app.state.settings = settings
    app.state.pages = Pages(settings.language, translations(settings.language, settings.catalogues), rooms=ROOMS)
    for router in (*ROUTERS, issuing.router) if settings.vc_api_issuer else ROUTERS:
        app.router.routes.extend(router.routes)  # flat, so that every one of them can be looked at
    app.add_api_route(
        "/openapi.json",
        _described,
        include_in_schema=False,
        dependencies=[Depends(Permit("public"))],
    )
    problems.install(app)
    app.add_middleware(Deadline, longest_wait=settings.limit_wait, seconds=settings.limit_answer)
    app.add_middleware(TakingTurns)  # around the deadline: who waits for a turn has not begun
    app.add_middleware(Access, secure=settings.secure)
    guarded(app.routes)
    app.router.middleware_stack = Lane(app.router.middleware_stack, app.routes)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    logs.configure(app.state.settings.log_level)
    here = await run_in_threadpool(Installation.open, app.state.settings)
    app.state.installation = here
    try:
        if app.state.settings.follow:
            await run_in_threadpool(here.start)
        if app.state.settings.renew:
            here.renewing.start()
        yield
    finally:
        await here.coalescer.close()
        await here.posting.close()
        await run_in_threadpool(here.close)


async def _described(request: Request) -> JSONResponse:
    """Return the OpenAPI document."""
    return JSONResponse(openapi(request.app))


def _version() -> str:
    try:
        return version("guildbook")
    except PackageNotFoundError:  # run from a source tree that was not installed
        return "0"
