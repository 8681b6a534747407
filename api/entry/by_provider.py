"""Signing in by an OpenID Connect provider, and letting it sign one in from now on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.commons.community_page import named
from api.entry import whom
from api.entry.form_word import check_word, set_word
from api.entry.going_on import home_of, own_page
from api.entry.pending import Pending, ends
from api.errors import ProviderError
from api.guard import forms
from api.guard.doors import Here, Permit
from api.guard.origins import check
from api.installation import Installation
from api.web.auth import Principal, Role
from api.web.deadline import unhurried
from api.web.problems import ProblemError, described, not_found
from api.words.rendering import pages_of
from ledger import Subject

T = TypeVar("T")

router = APIRouter(tags=["people"], include_in_schema=False, prefix="/enter/oidc")
Anyone = Annotated[Principal, Depends(Permit("public"))]
SignedIn = Annotated[Principal, Depends(Permit("session.own", by_form=True))]

AT_ONCE = 8  # threads that wait for the provider
_places = CapacityLimiter(AT_ONCE)

FAILED = 400
STALE = "this sign-in was not begun in this browser, or too long ago; begin again"
MOST_QUERY = 10  # words of the callback's that are looked at
LONGEST_WORD = 4_000  # characters of each


@router.get("", responses=described(303, 404, 429))
async def begin(request: Request, here: Here, _: Anyone) -> Response:
    """Send the browser to the provider."""
    following = own_page(request.query_params.get("next"))
    return await _sent(request, here, Pending("enter", ends(), following=following))


@router.post("/use", responses=described(400, 401, 403, 404, 413, 415, 429))
async def use(request: Request, here: Here, asking: SignedIn) -> Response:
    """Send whoever is signed in to the provider, so that it can sign her in from now on."""
    form = await forms.own_fields(request, asking)
    if asking.role == "operator":
        raise ProblemError(403, "an operator signs in by links alone, which whoever has the settings makes")
    label = form.get("label", "").strip()
    if len(label) > whom.LONGEST_LABEL or not label.isprintable():
        raise ProblemError(422, f"wanted a name of at most {whom.LONGEST_LABEL} letters")
    return await _sent(request, here, Pending("use", ends(), session=asking.session, label=label))


@router.post("/undo", responses=described(400, 401, 403, 413, 415))
async def undo(request: Request, here: Here, asking: SignedIn) -> Response:
    """Let the provider sign her in no more."""
    await forms.own_fields(request, asking)
    if asking.role != "operator":
        await run_in_threadpool(whom.undo, here, asking)
    return RedirectResponse("/signed-in", 303)


@router.get("/callback", responses=described(303, 400, 404, 409, 410, 429, 503))
async def callback(request: Request, here: Here, asking: Anyone) -> Response:
    """Take what the provider says, and sign in whoever that is here."""
    provider, pending = _provider(here), here.pendings.take(request)
    here.tries.check(request)
    if pending is None or pending.purpose == "choose":
        return _failed(request, here, STALE)
    if pending.purpose == "use" and (asking.kind != "session" or pending.session != asking.session):
        return _failed(request, here, "whoever began this is not signed in any more; sign in and begin again")
    told = {name: value for name, value in [*request.query_params.items()][:MOST_QUERY] if len(value) <= LONGEST_WORD}
    try:
        sub = await _patiently(
            request, lambda: provider.finish(told, state=pending.state, nonce=pending.nonce, verifier=pending.verifier)
        )
    except ProviderError as error:
        return _failed(request, here, str(error))
    if pending.purpose == "use":
        one = await run_in_threadpool(whom.use, here, asking, provider.issuer, sub, pending.label)
        answer = RedirectResponse("/signed-in", 303)
        await _started(request, here, answer, one)  # she may more than before: another session
        return answer
    return await _known(request, here, sub, pending.following)


async def _known(request: Request, here: Installation, sub: str, following: str) -> Response:
    """Sign in a subject that is one person here; of several let her choose; to nobody say what to do."""
    issuer = _provider(here).issuer
    found = await run_in_threadpool(whom.places, here, issuer, sub)
    near = [one for one in found if following.partition("?")[0] == home_of(_principal(one))] or [
        one for one in found if following.startswith((f"/c/{one.community}/", f"/manage/{one.community}"))
    ]
    chosen = near if len(near) == 1 else found
    if len(chosen) == 1:
        return await _enter(request, here, chosen[0], following)
    if not found:
        answer: Response = pages_of(request).page("stranger.html", {"provider": here.provider}, status=403)
        here.pendings.drop(answer)
        return answer
    return await _choice(request, here, found, Pending("choose", ends(), following=following, sub=sub))


@router.post("/as", responses=described(303, 400, 403, 404, 413, 415))
async def choose(request: Request, here: Here, _: Anyone) -> Response:
    """Sign in as one of those whom the provider's subject is here."""
    check(request, here.settings.origin)
    form = await forms.fields(request)
    check_word(here, request, form)
    pending = here.pendings.take(request)
    if pending is None or pending.purpose != "choose":
        return _failed(request, here, STALE)
    found = await run_in_threadpool(whom.places, here, _provider(here).issuer, pending.sub)
    for one in found:
        if one.id == form.get("as"):
            return await _enter(request, here, one, "")
    return _failed(request, here, "that is not among those you may sign in as")


async def _choice(request: Request, here: Installation, found: list[Subject], pending: Pending) -> Response:
    def shown() -> list[dict[str, Any]]:
        return [
            {
                "id": one.id,
                "role": one.role,
                "community": named(here.known(one.community), here.standings.charter(one.community)),
            }
            for one in found
        ]

    places = await run_in_threadpool(shown)
    answer = set_word(here, lambda word: pages_of(request).page("choose.html", {"places": places, "word": word}))
    here.pendings.give(answer, pending)
    return answer


async def _enter(request: Request, here: Installation, one: Subject, following: str) -> Response:
    who = _principal(one)
    answer = RedirectResponse(following or home_of(who), 303)
    await _started(request, here, answer, one)
    return answer


async def _started(request: Request, here: Installation, answer: Response, one: Subject) -> None:
    here.pendings.drop(answer)
    role, subject = ("manager", one.id) if one.role == "manager" else ("member", one.subject)
    await run_in_threadpool(
        here.sessions.start,
        request,
        answer,
        community=one.community,
        role=cast("Role", role),
        subject=subject,
        way="oidc",
    )


async def _sent(request: Request, here: Installation, pending: Pending) -> Response:
    """Return a page that leads on to the provider: no redirection, which the policy of our forms would not allow."""
    provider = _provider(here)
    here.begins.check(request)
    here.begins.note(request)
    try:
        asked = await _patiently(request, provider.begin)
    except ProviderError as error:
        return _failed(request, here, str(error))
    pending = Pending(
        pending.purpose, pending.ends, asked.state, asked.nonce, asked.verifier, pending.following, pending.session,
        pending.label,
    )  # fmt: skip
    if pending.purpose == "enter":
        answer: Response = RedirectResponse(asked.url, 303)
    else:
        answer = pages_of(request).page("onward.html", {"url": asked.url, "provider": provider})
    here.pendings.give(answer, pending)
    return answer


async def _patiently(request: Request, ask: Callable[[], T]) -> T:
    """Return what the provider says, in one of the few places where it is waited for. Raises what `ask` does."""
    unhurried(request.scope)
    return await anyio.to_thread.run_sync(ask, limiter=_places)


def _failed(request: Request, here: Installation, words: str) -> Response:
    """Return a page that says why nobody is signed in, and what to do."""
    here.tries.note(request)
    context = {"words": words, "provider": here.provider}
    answer = pages_of(request).page("not-signed-in.html", context, status=FAILED)
    here.pendings.drop(answer)
    return answer


def _principal(one: Subject) -> Principal:
    """Return who a subject is once it is signed in."""
    if one.role == "manager":
        return Principal(kind="session", community=one.community, role="manager", subject=one.id)
    return Principal(kind="session", community=one.community, role="member", member=one.subject, subject=one.subject)


def _provider(here: Installation) -> Any:  # noqa: ANN401  api.entry.provider.Provider, which takes long to import
    if here.provider is None:
        raise not_found("provider")
    return here.provider
