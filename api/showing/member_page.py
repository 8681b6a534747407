"""What the page of one member says: where she stands, why, what is next, and how she came here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.holding.calling import calling
from api.holding.profile import held
from api.people.members import Member
from api.showing.findings import Node, Telling
from api.words.wording import name_of, plain
from schemas import joined, marked, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.installation import Installation
    from projections import Charter

Context = dict[str, Any]
_GIVEN = marked("Was given the badge %(name)s")
_EARNED = marked("Earned the badge %(name)s")
_RULE = marked("The rule “%(rule)s”, version %(version)s, held against what was reported.")
_NEAREST = marked("The nearest step is level %(level)s. %(percent)s %% of the way is done.")


def member_page(here: Installation, member: Member) -> Context:
    """Return the page's context. Blocks."""
    community = here.book.community(member.community)
    charter = here.standings.charter(member.community)
    standing = here.standings.standing(member.community, member.account)
    verdicts = here.standings.verdicts(member.community, member.account)
    row = here.views.member(member.community, here.standings.root(member.community, member.account))
    why = [each for each in verdicts if _grants(each, "level", standing["level"])]
    following = _following(verdicts, standing)
    shown = [*why, *([following] if following else [])]
    own = row.accounts if row else [member.account]
    telling = Telling(here.book, member.community, (each["tree"] for each in shown), own)
    badges = _badges(here, charter, member)
    return {
        "community": {"slug": community.slug, "name": charter.name if charter.version else community.name},
        "member": {"name": name_of(here.book.handle(member.community, member.account)), "id": member.id},
        "level": standing["level"],
        "level_name": standing["level_name"],
        "since": standing["level_since"] if standing["level"] else None,
        "can": _can(charter, standing["level"]),
        "roles": [_named(charter, "leader_roles", "role", role) for role in standing["roles"]],
        "rungs": _rungs(charter, standing, verdicts),
        "ready": _ready(charter, standing),
        "why": _why(why, standing, telling),
        "next": _next(charter, following, standing, telling),
        "badges": badges,
        "calling": calling(charter, held(here, member)),
        "journey": _journey(charter, standing, verdicts, badges),
        "position": standing["position"],
        "as_of": standing["as_of"],
        "acts": standing["acts"],
    }


def _can(charter: Charter, level: int) -> str | None:
    found = charter.by("ladder", "level").get(level, {}).get("can")
    return str(found) if found else None


def _named(charter: Charter, part: str, key: str, slug: str) -> str:
    """Return the charter's own name for a slug of one of its parts."""
    return str(charter.by(part, key).get(slug, {}).get("name", plain(slug)))


def _grants(verdict: Node, kind: str, value: object) -> bool:
    return kind in verdict["grants"] and str(verdict["grants"][kind]) == str(value)


def _since(verdicts: Sequence[Node], level: int) -> str | None:
    found = [each["since"] for each in verdicts if _grants(each, "level", level) and each["met"]]
    return min((since for since in found if since), default=None)


def _rungs(charter: Charter, standing: Node, verdicts: Sequence[Node]) -> list[Context]:
    level = standing["level"]
    rungs = []
    for number, rung in sorted(charter.by("ladder", "level").items()):
        state = "current" if number == level else "held" if number < level else "ahead"
        since = _since(verdicts, number) if number <= level else None
        if number == level:
            since = standing["level_since"]
        rungs.append({"name": rung["name"], "state": state, "since": since})
    return rungs


def _ready(charter: Charter, standing: Node) -> list[Context]:
    roles = charter.by("leader_roles", "role")
    return [
        {
            "name": _named(charter, "leader_roles", "role", each["role"]),
            "since": each["since"],
            "duties": roles.get(each["role"], {}).get("duties"),
        }
        for each in standing["eligible"]
    ]


def _why(verdicts: Sequence[Node], standing: Node, telling: Telling) -> Context:
    if not standing["level"]:
        return {
            "side": "",
            "findings": [],
            "empty": say("No rule of the ladder is met yet. What is next says what is near."),
        }
    if not verdicts:
        return {
            "side": "",
            "findings": [],
            "empty": say("This level was given by an earlier charter, and is kept."),
        }
    best = max(verdicts, key=lambda each: each["met"])
    rule, _, version = best["rule"].partition("@")
    side = say(_RULE, rule=plain(rule), version=version)
    if not best["met"]:
        kept = say("It is not met today; what was earned is kept, or its grace still runs.")
        side = joined(" ", (side, kept))
    return {"side": side, "findings": telling.findings(best["tree"]), "empty": ""}


def _following(verdicts: Sequence[Node], standing: Node) -> Node | None:
    step = standing["progress"]
    return next((each for each in verdicts if step and each["rule"] == step["rule"]), None)


def _next(charter: Charter, verdict: Node | None, standing: Node, telling: Telling) -> Context | None:
    if verdict is None:
        return None
    step = standing["progress"]
    findings = sorted(telling.findings(verdict["tree"]), key=lambda each: each["met"])
    return {
        "title": step["level_name"],
        "can": _can(charter, step["level"]),
        "side": say(_NEAREST, level=step["level"], percent=step["percent"]),
        "findings": findings,
    }


def _badges(here: Installation, charter: Charter, member: Member) -> list[Context]:
    given = charter.recognised()
    return [
        {
            "id": issued.id,
            "name": given.get((issued.kind, issued.achievement), {"name": issued.achievement})["name"],
            "kind": issued.kind,
            "earned": issued.earned,
            "issued": issued.issued,
            "backfilled": issued.backfilled,
            "by_hand": issued.by_hand,
            "revoked": issued.revoked,
            "suspended": issued.suspended,
        }
        for issued in here.awards.of(member.community, member.account)
    ]


def _journey(charter: Charter, standing: Node, verdicts: Sequence[Node], badges: Sequence[Context]) -> list[Context]:
    """Return the turns of her way here, earliest first."""
    steps = [(standing["joined"], say("Came into the book"), False)]
    rungs = _rungs(charter, standing, verdicts)
    steps += [
        (rung["since"], say("Became %(name)s", name=rung["name"]), True) for rung in rungs if rung["state"] != "ahead"
    ]
    earned = {(badge["earned"], badge["name"]): badge for badge in reversed(badges) if badge["kind"] == "badge"}
    steps += [
        (time, say(_GIVEN if badge["by_hand"] else _EARNED, name=name), False) for (time, name), badge in earned.items()
    ]
    steps += [
        (ready["since"], say("Was ready to be %(name)s", name=ready["name"]), True)
        for ready in _ready(charter, standing)
    ]
    dated = [{"time": time, "words": words, "milestone": turn} for time, words, turn in steps if time]
    return sorted(dated, key=lambda each: each["time"])
