"""The review room: everything that waits for a person's decision, each with its reasons and the form to decide it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse

from api.awarding import nominations, reviewing
from api.commons.community_page import named
from api.desk.whom import people
from api.fairness import discounting
from api.guard.doors import Here, Permit
from api.people import linking
from api.people.members import find_member
from api.web.auth import Principal
from api.web.problems import described
from api.words.rendering import pages_of
from api.words.wording import ACTIONS, name_of, plain, words
from badges import permission
from ledger import system_clock
from schemas import Text, format_time, joined, marked, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from api.guard.forms import Tried
    from api.installation import Installation
    from projections import Charter

router = APIRouter(tags=["people"], default_response_class=HTMLResponse)

Context = dict[str, Any]
MOST: Final = 20  # of each on the page
MOST_RINGS: Final = 8
MOST_CASES: Final = 8  # of which the page says what each way to end them would change
MOST_PAIRS: Final = 12  # who endorsed whom, of one of them
MOST_EVIDENCE: Final = 10  # facts of one of them
DONE: Final = {
    "kept": ("doubts", say("The badge is kept, and rests until something else is lost.")),
    "revoked": ("doubts", say("The badge is revoked; if it is earned again, it is awarded again.")),
    "awarded": ("nominations", say("The badge is awarded.")),
    "declined": ("nominations", say("The nomination is declined. She can be nominated again.")),
    "given": ("give", say("The badge is given, and recorded with your reason.")),
    "nominated": ("give", say("She is nominated; a manager awards it, or declines.")),
    "confirmed": ("accounts", say("Recorded, and counted from now on. It can be undone.")),
    "rejected": ("accounts", say("Recorded: nothing changes, and it is not proposed again for the same reason.")),
    "linked": ("accounts", say("The two are one person\u2019s now. It can be undone.")),
    "unlinked": ("accounts", say("The two are two people\u2019s now. It can be undone.")),
    "discounted": ("fairness", say("What they gave one another counts for nothing now. It can be given back.")),
    "left": ("fairness", say("Left as it is. They are shown again only when more has come.")),
    "appealed": ("fairness", say("The appeal is noted; the discount stays until you decide.")),
    "case-uphold": ("cases", say("The case is closed: what was done in it stands.")),
    "case-restore": ("cases", say("The case is closed, and what it took away is given back.")),
    "case-dismiss": ("cases", say("The case is dismissed, as if there had been nothing in it.")),
    "restored": ("fairness", say("Given back, as if it had never been taken.")),
}
"""What is said where something was decided, by the word that the way back carries."""
_CASES: Final = {
    "ring": say("A ring"),
    "flood": say("A flood of endorsements"),
    "puppets": say("Accounts that endorse one person alone"),
    "double": say("Two accounts, perhaps one person\u2019s"),
}
_STATES: Final = {
    "discounted": say("Discounted"),
    "appealed": say("Appealed"),
    "left": say("Left as it is"),
    "restored": say("Given back"),
}
_OPEN: Final = {"discounted": ("appeal", "restore"), "appealed": ("discount", "restore")}
_LOST: Final = {
    "badge": marked("loses badge %(name)s"),
    "role": marked("loses role %(name)s"),
    "cohort": marked("loses cohort %(name)s"),
    "eligible": marked("loses eligible %(name)s"),
}
_GAINED: Final = {
    "badge": marked("gets badge %(name)s"),
    "role": marked("gets role %(name)s"),
    "cohort": marked("comes into cohort %(name)s"),
    "eligible": marked("is ready to be %(name)s"),
}
ENDINGS: Final = {
    "uphold": (say("Uphold it"), say("closed; what was done in it stands")),
    "restore": (say("Restore"), say("closed; what it took away counts again")),
    "dismiss": (say("Dismiss it"), say("there was nothing in it")),
}
"""How an open case may be ended: the button, and what that means."""
BUTTONS: Final = {
    "discount": say("Discount it"),
    "leave": say("Leave it"),
    "appeal": say("Note an appeal"),
    "restore": say("Give it back"),
}


@router.get(
    "/manage/{community}/review", summary="What waits for a decision", responses=described(401, 403, 404, 422, 503)
)
def review(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage"))],
    done: Annotated[str, Query(max_length=20, description="what was decided, to be said in its place")] = "",
    whom: Annotated[str, Query(max_length=26, description="a member's id: to give her a badge")] = "",
) -> HTMLResponse:
    """Show badges in doubt, nominations, accounts that may be one person's, rings and farming, and open cases."""
    return review_page(request, here, community, asking, done=done, whom=whom)


def review_page(
    request: Request,
    here: Installation,
    community: str,
    asking: Principal,
    *,
    done: str = "",
    whom: str = "",
    tried: Tried | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Return the room's page. `tried`: a form of it that was refused. Blocks."""
    found = here.known(community)
    member = find_member(here, community, whom) if whom else None
    page = {
        "community": named(found, here.standings.charter(community)),
        "done": DONE.get(done),
        "tried": tried,
        "whom": member.id if member else "",
        "whom_name": name_of(here.book.handle(community, member.account)) if member else "",
        "buttons": BUTTONS,
        **here.remembered.told(community, "review", lambda: _waiting(here, community), dear=True),
    }
    return pages_of(request).page("desk_review.html", page, asking=asking, status=status)


def _waiting(here: Installation, community: str) -> Context:
    """Return all that waits for a decision: a function of the book alone."""
    charter = here.standings.charter(community)
    return {
        **_badges(here, community, charter),
        **_accounts(here, community),
        **_fairness(here, community),
        "cases": list(_cases(here, community, charter)),
    }


def _badges(here: Installation, community: str, charter: Charter) -> Context:
    doubts = list(reviewing.told(here, community, here.reviews.of(community, MOST)))
    open_ = here.nominating.open(community, most=MOST + 1)
    return {
        "doubts": [each | {"name": _name(here, community, each["member"])} for each in doubts],
        "doubts_more": max(0, here.reviews.count(community) - len(doubts)),
        "nominations": list(nominations.told(here, community, open_[:MOST])),
        "nominations_more": len(open_) > MOST,
        "by_hand": [each for each in charter.document.get("badges", []) if permission(each) != "no"],
    }


def _accounts(here: Installation, community: str) -> Context:
    links = linking.proposals(here, community, MOST, effects=False)
    return {
        "links": links["proposals"],
        "links_more": links["open"] - len(links["proposals"]),
        "several": links["people"][:MOST],
        "several_more": max(0, len(links["people"]) - MOST),
    }


def _name(here: Installation, community: str, member: str) -> str:
    account = here.book.account_of(community, member)
    return name_of(here.book.handle(community, account) if account else None)


def _fairness(here: Installation, community: str) -> Context:
    """Return what looks like rings and farming, with what a discount would change, and what was decided."""
    few = len(here.fairness.told(community, at=system_clock(), effects=False)["proposals"]) <= MOST_RINGS
    found = discounting.told(here, community, effects=few)
    charter = here.standings.charter(community)
    rings = [_ring(here, community, charter, one) for one in found["proposals"][:MOST_RINGS]]
    return {
        "rings": rings,
        "rings_more": len(found["proposals"]) - len(rings),
        "settled": [
            {
                **one,
                "title": _CASES.get((one["case"] or "").partition("-")[0], say("A case")),
                "words": _STATES.get(one["state"], plain(one["state"])),
                "may": _OPEN.get(one["state"], ()) if one["case"] else (),
            }
            for one in found["decided"][:MOST]
        ],
    }


def _ring(here: Installation, community: str, charter: Charter, one: Mapping[str, Any]) -> Context:
    names = {each["member"]: each["name"] for each in one["members"]}
    facts = here.book.at(community, one["evidence"][:MOST_EVIDENCE])
    return {
        "case": one["case"],
        "title": _CASES[one["kind"]],
        "members": one["members"],
        "from": one["from"],
        "to": one["to"],
        "says": one["says"],
        "pairs": [
            {**pair, "by": names.get(pair["by"]["member"], ""), "of": names.get(pair["of"]["member"], "")}
            for pair in one["voices"][:MOST_PAIRS]
            if pair["by"] and pair["of"]
        ],
        "pairs_more": max(0, len(one["voices"]) - MOST_PAIRS),
        "facts": [{"time": format_time(fact.time), "words": words(fact)} for fact in facts],
        "facts_more": one["evidence_count"] - len(facts),
        "effect": None if "effect" not in one else [*_effects(charter, one["effect"])],
        "accounts": one["kind"] == "double",
    }


def _effects(charter: Charter, moved: Iterable[Mapping[str, Any]]) -> Iterator[Context]:
    """Yield who would stand elsewhere, in words."""
    for one in moved:
        before, after = one["level"]["from"], one["level"]["to"]
        names = {"before": charter.level_name(before), "after": charter.level_name(after)}
        told = [say("%(before)s, then %(after)s", **names)] if before != after else []
        told += [_lost(each["grant"], plain(each["value"])) for each in one["loses"] if each["grant"] != "level"]
        told += [_gained(each["grant"], plain(each["value"])) for each in one["gains"] if each["grant"] != "level"]
        words = joined("; ", told) if told else say("would notice little")
        yield {"member": one["member"], "name": one["name"], "words": words}


def _lost(kind: str, name: str) -> Text:
    return say(_LOST[kind], name=name) if kind in _LOST else say("loses %(what)s", what=f"{plain(kind)} {name}")


def _gained(kind: str, name: str) -> Text:
    return say(_GAINED[kind], name=name) if kind in _GAINED else say("gets %(what)s", what=f"{plain(kind)} {name}")


def _cases(here: Installation, community: str, charter: Charter) -> Iterator[Context]:
    """Yield the cases that platforms opened and nobody closed; what was written of them is for their members alone."""
    few = len(here.fairness.cases(community)) <= MOST_CASES
    found = here.fairness.cases(community, at=system_clock() if few else None)[:MOST]
    moved = [each for one in found for effect in one["endings"].values() for each in effect or ()]
    named_ = [each["account"] for one in (*found, {"members": moved}) for each in one["members"]]
    known = people(here, community, dict.fromkeys(named_))
    for one in found:
        yield {
            **one,
            "members": [known[each["account"]] for each in one["members"] if each["account"] in known],
            "words": ACTIONS.get(one["action"]) or plain(one["action"]),
            "norm": one["norm"] and plain(one["norm"]),
            "position": one["facts"][0],
            "endings": [
                {
                    "ending": ending,
                    "button": ENDINGS[ending][0],
                    "words": ENDINGS[ending][1],
                    "effect": None
                    if effect is None
                    else [*_effects(charter, [{**each, **known[each["account"]]} for each in effect])],
                }
                for ending, effect in one["endings"].items()
            ],
        }
