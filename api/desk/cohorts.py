"""The cohorts' room: members who are counted together, by rule, by hand or by the quarter in which they came."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.commons.community_page import named
from api.desk.whom import people, whom
from api.guard import forms
from api.guard.doors import Here, Permit
from api.installation import Installation
from api.leading.assigning import REFUSED, assign
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from projections import UnknownCohortError, Wish, judged
from schemas import Fault, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from api.people.members import Member
    from projections import Charter, MemberRow

router = APIRouter(tags=["people"], prefix="/manage/{community}/cohorts", default_response_class=HTMLResponse)

Context = dict[str, Any]
PAGE: Final = 50  # members
HIGHEST: Final = 10_000  # pages
MOST_ADDED: Final = 50  # members by one form
OF_A_QUARTER: Final = "joined-"
_SLUG: Final = re.compile(r"[a-z0-9._/-]{1,64}")
DONE: Final = {"added": say("They are in it now."), "out": say("She is in it no more.")}
"""What is said where something was done, by the word that the way back carries."""


class Asked(NamedTuple):
    """Which cohort's members are shown, which fifty of them, and what was just done, as the way back carries it."""

    cohort: str = ""
    page: int = 1
    done: str = ""


Manager = Annotated[Principal, Depends(Permit("community.manage"))]


@router.get("", summary="The cohorts, on a page", responses=described(401, 403, 404, 422, 503))
def cohorts(
    community: str,
    request: Request,
    here: Here,
    asking: Manager,
    *,
    cohort: Annotated[str, Query(max_length=64, description="show who is in this one")] = "",
    page: Annotated[int, Query(ge=1, le=HIGHEST, description="which fifty of them")] = 1,
    done: Annotated[str, Query(max_length=20, description="what was done, to be said in its place")] = "",
) -> HTMLResponse:
    """Show each cohort's size, who is still active and on which level; and, of one, who is in it."""
    return _page(request, here, community, asking, Asked(cohort, page, done))


@router.post(
    "",
    status_code=303,
    response_class=RedirectResponse,
    summary="Put members into a cohort by hand, or take one out",
    responses={
        303: {"description": "recorded; back to the cohort on the page, which says so"},
        **described(400, 401, 403, 404, 409, 410, 413, 415, 422, 503),
    },
)
async def assigned(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage", by_form=True))],
) -> Response:
    """Do what a form of that page says: all of it, or nothing."""
    form = await forms.own_fields(request, asking)

    def act() -> Response:
        cohort, done = _done(here, community, form)
        return RedirectResponse(f"/manage/{community}/cohorts?cohort={cohort}&done={done}#inside", 303)

    def work() -> Response:
        here.known(community)
        shown = Asked(form.get("shown", "")[:64])
        return forms.mended(
            request,
            (form.get("form", ""), form),
            act,
            lambda tried, status: _page(request, here, community, asking, shown, tried=tried, status=status),
        )

    return await run_in_threadpool(work)


def _done(here: Installation, community: str, form: Mapping[str, str]) -> tuple[str, str]:
    """Record what a form says; return the cohort, and the word for it. Raises a 409, 410 or 422 problem."""
    if form.get("do") not in {"add", "out"}:
        raise ProblemError(422, "wanted add or out", errors=[Fault("/do", "wanted add or out")])
    adding, cohort = form["do"] == "add", form.get("cohort", "").strip()
    faults: list[Fault] = []
    if not _SLUG.fullmatch(cohort):
        faults.append(Fault("/cohort", f"wanted 1 to 64 of a-z 0-9 . _ / -; got {cohort[:80] or 'nothing'}"))
    elif cohort.startswith(OF_A_QUARTER):
        faults.append(Fault("/cohort", f"wanted a name that does not begin with {OF_A_QUARTER}: those are of quarters"))
    lines = [line for line in form.get("members", "").splitlines() if line.strip()]
    if not lines or len(lines) > MOST_ADDED:
        faults.append(Fault("/members", f"wanted 1 to {MOST_ADDED} members, one on a line; got {len(lines)}"))
    found = [whom(here, community, line, faults, "members") for line in lines[:MOST_ADDED]]
    wish = Wish("cohort", cohort, "started" if adding else "ended", time.time_ns() // 1_000)
    members = {one.id: one for one in found if one is not None}
    for member in () if faults else members.values():
        faults += _against(here, member, wish)
    if faults:
        raise ProblemError(422, REFUSED, errors=[*dict.fromkeys(faults)])
    last = 0
    for member in members.values():
        last = max(last, assign(here, member, wish).outcome.position or 0)
    here.wait(community, last, here.settings.limit_wait)
    return cohort, "added" if adding else "out"


def _against(here: Installation, member: Member, wish: Wish) -> Iterator[Fault]:
    """Yield what speaks against putting a member into a cohort or taking her out, before anything is recorded."""
    charter = here.standings.charter(member.community)
    found, _ = judged(here.views, charter, member.community, member.account, wish)
    yield from (Fault("/cohort", fault.message) for fault in found.faults)
    row = here.views.member(member.community, member.account)
    if wish.change == "ended" and (row is None or not by_hand(row, wish.value)):
        yield Fault("/members", "wanted somebody who was put into it by hand; what a rule says, the charter changes")


def by_hand(row: MemberRow, cohort: str) -> bool:
    """Return whether somebody put a member into a cohort, and nobody took her out since."""
    said = [one.change for one in row.derived.assigned if one.kind == "cohort" and one.value == cohort]
    return bool(said) and said[-1] in {"started", "renewed"}


def _page(
    request: Request,
    here: Installation,
    community: str,
    asking: Principal,
    asked: Asked,
    *,
    tried: forms.Tried | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Return the room's page. `tried`: a form of it that was refused. Blocks. Raises `UnknownCohortError`."""
    found = here.known(community)
    told = here.remembered.told(community, "cohorts", lambda: _all(here, community))
    inside = None
    if asked.cohort:
        what = ("cohort", asked.cohort, asked.page, asked.done in DONE)
        inside = here.remembered.apart(community, what, lambda: _inside(here, community, asked))
    context = {
        "community": named(found, here.standings.charter(community)),
        **told,
        "inside": inside,
        "done": DONE.get(asked.done),
        "tried": tried,
    }
    return pages_of(request).page("desk_cohorts.html", context, asking=asking, status=status)


def _all(here: Installation, community: str) -> Context:
    """Return what the page says of everyone and of every cohort."""
    charter = here.standings.charter(community)
    told = here.standings.cohorts(community)
    listed = list(_listed(charter, told["cohorts"]))
    return {
        "everyone": _shown(charter, {"cohort": "", "name": say("Everyone"), "rules": [], **told["everyone"]}, ""),
        "kinds": [
            (title, words, [one for one in listed if one["kind"] == kind])
            for kind, title, words in (
                ("rule", say("By a rule"), say("The charter says who is in them.")),
                ("hand", say("By hand"), say("Whoever you put there.")),
                ("quarter", say("By quarter"), say("When they joined, or first did something. For ever.")),
            )
        ],
        "ladder": [name for _, name in _rungs(charter)],
        "free": not charter.by("cohorts", "cohort"),
        "choices": [one for one in listed if one["kind"] != "quarter"],
    }


def _rungs(charter: Charter) -> list[tuple[str, str]]:
    return [(str(level), rung["name"]) for level, rung in sorted(charter.by("ladder", "level").items())]


def _listed(charter: Charter, told: list[Context]) -> Iterator[Context]:
    for one in told:
        kind = "quarter" if one["cohort"].startswith(OF_A_QUARTER) else "rule" if one["rules"] else "hand"
        yield _shown(charter, one, kind)


def _shown(charter: Charter, one: Context, kind: str) -> Context:
    """Return a cohort as the page shows it: how many, what part is still active, and how many on each level."""
    members = one["members"]
    levels = [(name, one["levels"].get(level, 0)) for level, name in _rungs(charter)]
    left, bars = 0.0, []
    for number, (name, count) in enumerate(levels):
        width = round(100 * count / members, 2) if members else 0.0
        bars.append({"name": name, "count": count, "left": round(left, 2), "width": width, "shade": number})
        left += width
    return {
        "slug": one["cohort"],
        "name": one["name"],
        "kind": kind,
        "members": members,
        "active": one["active"],
        "kept": round(100 * one["active"] / members) if members else None,
        "levels": bars,
        "badges": sum(one["badges"].values()),
        "ready": sum(one["eligible"].values()),
    }


def _inside(here: Installation, community: str, asked: Asked) -> Context:
    """Return who is in a cohort, fifty of them. Raises `UnknownCohortError`."""
    cohort = asked.cohort
    try:
        found = here.standings.members(community, cohort=cohort)
    except UnknownCohortError:
        if asked.done not in DONE:
            raise
        found = []  # whoever was taken out was the last of one that stands in no charter
    pages = max(1, -(-len(found) // PAGE))
    page = min(asked.page, pages)
    some = found[(page - 1) * PAGE : page * PAGE]
    known = people(here, community, [one["account"] for one in some])
    rows = {row.member: row for row in here.views.members(community)}
    kinds = here.remembered.told(community, "cohorts", lambda: _all(here, community))["kinds"]
    this = next((one for *_, listed in kinds for one in listed if one["slug"] == cohort), None)
    return {
        "slug": cohort,
        "name": this["name"] if this else cohort,
        "kind": this["kind"] if this else "hand",
        "count": len(found),
        "page": page,
        "pages": pages,
        "members": [
            one | known[one["account"]] | {"by_hand": by_hand(rows[one["account"]], cohort)}
            for one in some
            if one["account"] in known
        ],
    }
