"""The toolkit: works that members shared for others to use, with how often they were built on.

To those inside, all of them. To those outside, only works of members who said that they may be named: title and
address are hers, sealed under her key, and nobody else decides that the world may read them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from api.commons.naming import Naming
from api.words.wording import plain
from schemas import format_time, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from api.installation import Installation
    from projections import Charter, Work

Context = dict[str, Any]
PAGE = 50  # works
FEW = 5  # works, on the community's page
MOST_SKILLS = 24  # to choose from
_AT_ONCE = 100  # authors asked about
_KINDS = {
    "resource": say("a resource"),
    "artifact": say("something made"),
    "talk": say("a talk"),
    "curation": say("a collection"),
}


class Wanted(NamedTuple):
    """Which works are asked for: those that serve an outcome, or a skill; "" is any."""

    outcome: str = ""
    skill: str = ""


def toolkit(
    here: Installation,
    community: str,
    charter: Charter,
    wanted: Wanted = Wanted(),  # noqa: B008  a value that cannot change
    *,
    inside: bool,
    page: int = 1,
    most: int = PAGE,
) -> Context:
    """Return a page of works, and what there is to choose from. Blocks.

    `total` counts what the choice leaves, for those inside; for others it is None. `further`: whether there are more.
    """
    naming = Naming(here, community, inside=inside)
    serves = _serving(charter.document)
    every = here.commons.works(community)
    if inside:
        fitting = [one for one in every if _fits(one, wanted, serves)] if any(wanted) else list(every)
    else:
        fitting = list(_open(every, naming, page * most + 1, wanted, serves))
    some = fitting[(page - 1) * most : page * most]
    return {
        "works": _shown(here, community, charter, some, naming, serves),
        "page": page,
        "further": len(fitting) > page * most,
        "total": len(fitting) if inside else None,
        "outcomes": [dict(one) for one in charter.document.get("outcomes", ())],
        "skills": _skills(every) if inside else [],
        "chosen": wanted._asdict(),
    }


def _open(
    works: Iterable[Work], naming: Naming, enough: int, wanted: Wanted, serves: Callable[[Work], set[str]]
) -> Iterator[Work]:
    """Yield works that anybody may see and that are asked for, in their order, until there are enough."""
    fitting = [one for one in works if _fits(one, wanted, serves)] if any(wanted) else list(works)
    for start in range(0, len(fitting), _AT_ONCE):
        some = fitting[start : start + _AT_ONCE]
        may = naming.may({one.author for one in some})
        for one in some:
            if one.author in may:
                yield one
                enough -= 1
        if enough <= 0:
            return


def _fits(one: Work, wanted: Wanted, serves: Callable[[Work], set[str]]) -> bool:
    return (not wanted.outcome or wanted.outcome in serves(one)) and (not wanted.skill or wanted.skill in one.skills)


def _serving(document: Mapping[str, Any]) -> Callable[[Work], set[str]]:
    """Return what says which outcomes a work serves: by a skill they share, or by the activity it belongs to."""
    by_skill: dict[str, set[str]] = {}
    for outcome in document.get("outcomes", ()):
        for skill in outcome.get("skills", ()):
            by_skill.setdefault(skill, set()).add(outcome["outcome"])
    by_activity = {one["activity"]: set(one.get("outcomes", ())) for one in document.get("activities", ())}

    known: dict[tuple[object, ...], set[str]] = {}

    def serves(one: Work) -> set[str]:
        key = one.skills, one.space, one.kind  # of which there are few
        if key not in known:
            found = set[str]().union(*(by_skill.get(skill, ()) for skill in one.skills))
            known[key] = found or by_activity.get(one.space) or by_activity.get(one.kind) or set()
        return known[key]

    return serves


def _skills(works: Iterable[Work]) -> list[str]:
    """Return the skills of works, the most frequent first."""
    counts = Counter(skill for one in works for skill in one.skills)
    return sorted(counts, key=lambda skill: (-counts[skill], skill))[:MOST_SKILLS]


def _shown(
    here: Installation,
    community: str,
    charter: Charter,
    works: Sequence[Work],
    naming: Naming,
    serves: Callable[[Work], set[str]],
) -> list[Context]:
    can = {one["outcome"]: one["can"] for one in charter.document.get("outcomes", ())}
    names = naming.names({one.author for one in works})
    texts = here.commons.texts(community, works)
    return [
        {
            "title": told["title"],
            "url": told["url"],
            "kind": _KINDS.get(one.kind, plain(one.kind)),
            "by": names.get(one.author),
            "shared": format_time(one.at),
            "uses": one.uses,
            "skills": list(one.skills),
            "serves": [can[outcome] for outcome in can if outcome in serves(one)],
        }
        for one, told in zip(works, texts, strict=True)
        if told
    ]
