"""What a member lets others see of her: read from her own words (the fact `consent`), and said anew.

Her page for others, her name on it and her roles are words on the purpose `profile`, each with the thing it is about
as its source; a badge on it is one on `credential`. So each can be taken back alone, and the latest counts.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from api.leading.assigning import platform_account
from api.web.problems import ProblemError, gone
from schemas import format_time, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from api.installation import Installation
    from api.people.members import Member
    from badges import Issued
    from projections import Word
    from schemas import OwnSource

SOURCE: Final[OwnSource] = "guildbook:choices"

PAGE: Final = ("profile", "guildbook:page")
NAME: Final = ("profile", "guildbook:page/name")
ROLES: Final = ("profile", "guildbook:page/roles")
NAMING: Final = ("spotlight", None)
_PROCESSING: Final = ("processing", None)

PROMISE: Final = say(
    "While this is on, whoever has the address of my page for others, or one of my badges, sees on it my level and "
    "what it means, and what is ticked here: my name, the roles I hold, the badges. Nobody sees there what I did or "
    "when, and nothing of anybody else. Search engines are asked to leave it out. I can switch it off at any time, and "
    "then it says nothing, at once."
)
"""What she agrees to, in the words that stand beside the form."""
POLICY: Final = {"version": "page-1", "sha256": hashlib.sha256(PROMISE.encode()).hexdigest()}

Choice = tuple[str, str | None]
"""A purpose, and the source it is about, or None."""


class Shown(NamedTuple):
    """What others see of a member on her page: nothing where not `page`. `badges`: those she shows, of those asked."""

    page: bool
    name: bool
    roles: bool
    badges: frozenset[Choice]


def badge(issued: Issued) -> Choice:
    """Return what her word on a badge is about: the achievement, so that it holds for the renewed badge, too."""
    return ("credential", f"guildbook:{issued.kind}/{issued.achievement}")


def shown_of(here: Installation, member: Member, badges: Iterable[Choice] = ()) -> Shown:
    """Return what a member lets others see of her now, by all that is recorded. Blocks."""
    asked = [*badges]
    now = time.time_ns() // 1_000
    words = _words(here, member, [PAGE, NAME, ROLES, _PROCESSING, *asked], now)
    seen = {choice for choice, word in words.items() if word == "granted"}
    barred = words.get(_PROCESSING) == "withdrawn" or here.spotlights.barred(member.community, member.account, now)
    return Shown(PAGE in seen and not barred, NAME in seen, ROLES in seen, frozenset(asked) & seen)


def word_of(here: Installation, member: Member, choice: Choice) -> Word:
    """Return a member's last word, withdrawn where it is not known yet. Blocks."""
    return _words(here, member, [choice], time.time_ns() // 1_000).get(choice, "withdrawn")


def choose(here: Installation, member: Member, wanted: Mapping[Choice, bool]) -> None:
    """Record what a member allows and what she does not, as far as it is not her last word already. Blocks.

    What she never allowed is not taken back, but for being named. Raises a 410 problem for who was erased.
    """
    now = time.time_ns() // 1_000
    words = _words(here, member, [*wanted], now)
    said = [(choice, allows) for choice, allows in wanted.items() if _news(choice, words.get(choice), allows=allows)]
    events = [_event(here, member, choice, now, allows=allows) for choice, allows in said]
    if not events:
        return
    outcomes = here.book.append(events, community=member.community, own=True)
    here.told(member.community, outcomes)
    if any(one.outcome not in {"stored", "duplicate"} for one in outcomes):
        raise (
            gone() if here.gone(member.id, member.community) else ProblemError(422, "what was chosen was not recorded")
        )
    here.standings.wait(member.community, max(one.position or 0 for one in outcomes), here.settings.limit_wait)


def _news(choice: Choice, word: Word | None, *, allows: bool) -> bool:
    """Return whether it is to be said; a word that is not known is."""
    if allows:
        return word != "granted"
    return word in {"granted", None} or (word == "unsaid" and choice == NAMING)


def _words(here: Installation, member: Member, wanted: Sequence[Choice], at: int) -> dict[Choice, Word]:
    return here.spotlights.words(member.community, member.account, at, wanted)


def _event(here: Installation, member: Member, choice: Choice, at: int, *, allows: bool) -> dict[str, object]:
    purpose, about = choice
    decision = "granted" if allows else "withdrawn"
    told = orjson.dumps([member.id, purpose, about, decision, at])
    return {
        "specversion": "1.0",
        "id": hashlib.sha256(told).hexdigest()[:32],
        "source": SOURCE,
        "type": "org.guildbook.consent.v1",
        "time": format_time(at),
        "community": member.community,
        "data": {
            "member": platform_account(here, member),
            "purpose": purpose,
            **({"source": about} if about else {}),
            "decision": decision,
            "policy": dict(POLICY),
            "method": "own-page",
        },
    }
