"""The charter's room of the desk: to write the next one, see what it would do, and only then publish it."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from api.charter.picturing import to_publish
from api.commons.community_page import named
from api.desk.what_if import what_if
from api.guard import forms
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.web import bodies
from api.web.auth import Principal
from api.web.problems import described
from api.words.rendering import pages_of
from projections import PRESETS, CharterError, diff, lint, look, parse_charter, preset, written
from schemas import format_time, marked, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections import Advice, Charter, CharterFault

router = APIRouter(tags=["people"], prefix="/manage/{community}/charter", default_response_class=HTMLResponse)

Manager = Annotated[Principal, Depends(Permit("community.manage"))]
ByForm = Annotated[Principal, Depends(Permit("community.manage", by_form=True))]
Author = Annotated[Principal, Depends(Permit("charter.write"))]
Context = dict[str, Any]

MOST_VERSIONS = 12  # of the history, the latest first
_FORM = 16_384  # bytes of a form beside the text of the charter
_ENCODED = 3  # a byte of a form may be written as three
_MEANWHILE = marked("Version %(version)s was published meanwhile. Below is what yours would change of it.")
_DAY = 10  # characters of 2026-09-01


@router.get("", summary="The charter, to be written", responses=described(401, 403, 404, 422))
def editor(
    community: str,
    request: Request,
    here: Here,
    asking: Manager,
    begin: Annotated[str | None, Query(alias="preset", description="begin from this ready charter")] = None,
    published: Annotated[int | None, Query(ge=1, description="say that this version was published")] = None,
) -> HTMLResponse:
    """Show the charter in force as text that can be changed, with what was changed before."""
    found = here.known(community)
    current = here.standings.charter(community)
    chosen = begin if begin in PRESETS else None

    def shown() -> Context:
        text = preset(chosen) if chosen else written(current.document) if current.version else ""
        return _page(here, community, current, text)

    page = here.remembered.told(community, ("charter", current.version, chosen), shown) | {
        "community": named(found, current),
        "published": published if published and published == current.version else None,
    }
    return pages_of(request).page("desk_charter.html", page, asking=asking)


@router.post("", summary="Try or publish what was written", responses=described(400, 401, 403, 404, 409, 413, 415, 422))
async def written_there(community: str, request: Request, here: Here, asking: ByForm) -> Response:
    """Show what the charter in the form would do; publish it where that was asked for and looked at before."""
    longest = here.settings.limit_charter * _ENCODED + _FORM
    form = await forms.own_fields(request, asking, longest=longest)
    return await run_in_threadpool(_answer, request, here, community, asking, form)


@router.post(
    "/lint",
    response_class=JSONResponse,
    summary="What is to be said of a charter as it is written",
    responses=described(401, 403, 404, 413),
)
async def linted(request: Request, community: str, here: Here, _: Author) -> JSONResponse:
    """Return the faults of the text in the body, or advice on it; each with its line and column."""
    raw = await bodies.whole(request, here.settings.limit_charter, "a charter")

    def look_at() -> Context:
        current = here.standings.charter(here.known(community).slug)
        text = raw.decode("utf-8", "replace")
        return _said(text, current) | {"same": _same(text, current)}

    return JSONResponse(await run_in_threadpool(look_at))


def _answer(request: Request, here: Installation, community: str, asking: Principal, form: dict[str, str]) -> Response:
    """Return the page for a charter that was sent, or the way back once it is published. Blocks."""
    found = here.known(community)
    current = here.standings.charter(community)
    text = form.get("text", "").replace("\r\n", "\n")
    page = _page(here, community, current, text, form)
    status = 422 if page["faults"] else 200
    if form.get("step") == "publish" and not page["faults"]:
        page["refused"] = _hindered(form, text, current, page)
        if page["refused"] is None:
            return _published(here, community, asking, text, page["since"])
        status = 409
    if not page["faults"]:
        page |= _tried(here, community, text, current)
    page |= {"community": named(found, current)}
    return pages_of(request).page("desk_charter.html", page, asking=asking, status=status)


def _page(
    here: Installation, community: str, current: Charter, text: str, form: Mapping[str, str] | None = None
) -> Context:
    """Return the context that the page always has: the text, what is said of it, and the history."""
    since, fault = _since((form or {}).get("effective", ""), current)
    said = _said(text, current, painted=True) if text.strip() or form is not None else {"faults": [], "advice": []}
    if fault:
        said["faults"] = [*said["faults"], {"line": None, "column": None, "message": fault}]
    return {
        **said,
        "text": text,
        "effective": (form or {}).get("effective", "")[:_DAY],
        "since": since,
        "version": current.version,
        "presets": PRESETS,
        "history": _history(here, community),
        "digest": _digest(text),
        "tried": None,
        "refused": None,
        "published": None,
    }


def _said(text: str, current: Charter, *, painted: bool = False) -> Context:
    """Return the faults of a text, those of its pictures too where they are `painted`, or advice where it has none."""
    try:
        wanted = parse_charter(text)
        if painted:
            to_publish(text, wanted)
    except CharterError as error:
        return {"faults": [_placed(one) for one in error.faults], "advice": []}
    before = current if current.version and not _same(text, current) else None
    return {"faults": [], "advice": [one.told() for one in lint(text, before=before)]}


def _placed(fault: CharterFault) -> Context:
    return {"line": fault.line, "column": fault.column, "message": fault.message}


def _same(text: str, current: Charter) -> bool:
    try:
        return bool(current.version) and parse_charter(text).document == current.document
    except CharterError:
        return False


def _tried(here: Installation, community: str, text: str, current: Charter) -> Context:
    """Return what a sound charter would change, and for whom."""
    wanted = parse_charter(text)
    if current.version and wanted.document == current.document:
        return {"tried": {"same": True}}
    seen = look(here.book, community, wanted.document)
    advice: tuple[Advice, ...] = lint(text, before=current if current.version else None, seen=seen)
    changes = diff(current.document, wanted.document) if current.version else []
    found = here.standings.what_if(community, wanted.document, at=_now())
    effects = what_if(here, community, wanted.document, found)
    return {
        "advice": [one.told() for one in advice],
        "tried": {"same": False, "changes": changes, "effects": effects},
    }


def _hindered(form: Mapping[str, str], text: str, current: Charter, page: Context) -> str | None:
    """Return why a sound charter is not published yet, in words; `None` for one whose effects were looked at."""
    if _same(text, current):
        return say("This very charter is in force already, as version %(version)s.", version=current.version)
    if form.get("base", "") != str(current.version):
        return say(_MEANWHILE, version=current.version)
    if form.get("tried", "") != page["digest"]:
        return say("The text was changed after you last looked at what it would do. Below is what it would do now.")
    return None


def _published(here: Installation, community: str, asking: Principal, text: str, since: int) -> Response:
    document = to_publish(text, parse_charter(text))
    fact = here.book.publish_charter(community, document, effective=since, by=asking.known_as)
    here.wait(community, fact.position, here.settings.limit_wait)
    return RedirectResponse(f"/manage/{community}/charter?published={fact.open['charter_version']}", 303)


def _since(day: str, current: Charter) -> tuple[int, str | None]:
    """Return from when on a charter is to be in force (µs), and what is wrong with the day that was written, if any."""
    if not day.strip():
        return _now(), None
    try:
        begins = datetime.strptime(day.strip(), "%Y-%m-%d").replace(tzinfo=current.zone)
    except ValueError:
        return _now(), f"in force from: wanted a day as 2026-09-01, got {day[:40]}"
    return int(begins.timestamp()) * 1_000_000, None


def _now() -> int:
    return time.time_ns() // 1_000


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _history(here: Installation, community: str) -> list[Context]:
    """Return the charters there were, the latest first, each with what it changed."""
    charters = here.book.charters(community)
    told = []
    for number in range(len(charters), max(0, len(charters) - MOST_VERSIONS), -1):
        fact = charters[number - 1]
        before = charters[number - 2].open["document"] if number > 1 else None
        told.append(
            {
                "version": number,
                "published": format_time(fact.recorded),
                "effective": format_time(fact.open["effective"]),
                "by": fact.open["by"],
                "changes": diff(before, fact.open["document"]) if before is not None else [],
            }
        )
    return told
