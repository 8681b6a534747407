"""What a credential is given for: a charter's badge, level or leader role as an Open Badges 3.0 Achievement.

`achievement` is the form of edition 1, which says little and stays as it was; `achievement_in_full` that of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from badges.documents.profile import profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from projections import Charter

PAGES = {"badge": "badges", "level": "levels", "role": "roles"}
"""Under which path of its community an achievement of each kind has its page, which is its id."""

_BY_ID = 3  # the first edition in which the creator has no more than her id
_TYPES = {"badge": "Badge", "level": "Achievement", "role": "Achievement"}
_SAID = {
    "humanCode": "human_code",
    "fieldOfStudy": "field_of_study",
    "specialization": "specialization",
    "inLanguage": "language",
}
_TARGET = {
    "targetName": "name",
    "targetUrl": "url",
    "targetType": "type",
    "targetFramework": "framework",
    "targetCode": "code",
    "targetDescription": "description",
}


class Reached(NamedTuple):
    """A result that whoever has the achievement has: which ResultDescription, and which level of its rubric (IRIs).

    `level` None: the result is how many recorded facts her credential rests on.
    """

    result: str
    level: str | None


def page_of(base_url: str, community: str, kind: str, name: str) -> str:
    """Return the address of an achievement's page, `{base_url}/c/{community}/badges/{badge}`."""
    return f"{base_url.rstrip('/')}/c/{quote(community, safe='')}/{PAGES[kind]}/{quote(name, safe='')}"


def achievement(
    charter_badge: Mapping[str, Any],
    *,
    base_url: str,
    community: str,
    outcomes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the OB 3.0 Achievement of a badge as its charter declares it (`badge`, `name`, ...).

    Its id is the badge's page, `{base_url}/c/{community}/badges/{badge}`; the image is that with `.png`.
    `outcomes` gives the words for the outcomes it names: slug -> what members will be able to do.
    """
    home = f"{base_url.rstrip('/')}/c/{quote(community, safe='')}"
    page = page_of(base_url, community, "badge", charter_badge["badge"])
    made = {"id": page, "type": ["Achievement"], "achievementType": "Badge", **_described(charter_badge, page)}
    if named := list(dict.fromkeys(charter_badge.get("outcomes", ()))):
        made["alignment"] = [_outcome(slug, page, home, outcomes or {}) for slug in named]
    return made


def achievement_in_full(
    charters: Sequence[Charter], kind: str, name: str, *, base_url: str, community: str, issuer: str, edition: int = 3
) -> dict[str, Any]:
    """Return the OB 3.0 Achievement of a badge, level or role with all that its charter says of it.

    `charters`: the community's up to the one that decides, which is the last; the others tell which version of it
    this is. `issuer` is the community's DID. `edition`: 2, or 3, where the creator's name and address stand in the
    credential's issuer alone. Raises `KeyError` where the charter gives no such credential.
    """
    charter, page = charters[-1], page_of(base_url, community, kind, name)
    home = page.rsplit("/", 2)[0]
    said = charter.recognised()[kind, name]
    version, earlier = version_of(charters, kind, name)
    made: dict[str, Any] = {
        "id": page,
        "type": ["Achievement"],
        "achievementType": said.get("type", _TYPES[kind]),
        "version": version,
        **{term: said[field] for term, field in _SAID.items() if field in said},
        "creator": profile(issuer, charter.name, home) if edition < _BY_ID else {"id": issuer, "type": ["Profile"]},
        **_described(said, page),
    }
    outcomes = {one["outcome"]: one["can"] for one in charter.document.get("outcomes", ())}
    named = [_outcome(slug, page, home, outcomes) for slug in dict.fromkeys(said.get("outcomes", ()))]
    ladder = [_ladder(charter, name, page)] if kind == "level" else []
    earlier_one = [{"id": f"{page}?version={earlier}", "type": ["Related"], "version": earlier}] if earlier else []
    related = {one["id"]: one for one in (*earlier_one, *(_related(each, home) for each in said.get("related", ())))}
    related.pop(page, None)
    listed = {
        "alignment": [*named, *_alignments(said, page)],
        "resultDescription": [*ladder, *(_result(one, page) for one in said.get("results", ()))],
        "related": list(related.values()),
    }
    made |= {term: some for term, some in listed.items() if some}
    if "credits" in said:
        made["creditsAvailable"] = _number(said["credits"])
    return made


def reached(charter: Charter, kind: str, name: str, *, base_url: str, community: str) -> tuple[Reached, ...]:
    """Return the results that everyone has who has the achievement, of those that it describes."""
    page = page_of(base_url, community, kind, name)
    found = [Reached(f"{page}#ladder", f"{page}#rung-{name}")] if kind == "level" else []
    results = charter.recognised()[kind, name].get("results", ())
    return (*found, *(Reached(_result_id(one, page), None) for one in results if "value" in one))


def version_of(charters: Sequence[Charter], kind: str, name: str) -> tuple[str, str | None]:
    """Return the version of an achievement as the last of the charters has it, and the one that it follows, if any."""
    versions: list[str] = []
    for _, version in versions_of(charters, kind, name):
        versions = [*(other for other in versions if other != version), version]
    return versions[-1], versions[-2] if len(versions) > 1 else None


def versions_of(charters: Iterable[Charter], kind: str, name: str) -> Iterator[tuple[Charter, str]]:
    """Yield those of the charters that give an achievement, each with the version that it has there.

    It is what the charter calls it, else how often it was said anew, itself included.
    """
    before: Mapping[str, Any] = {}
    changes = 0
    for charter in charters:
        said = charter.recognised().get((kind, name))
        if said is not None:
            changes, before = changes + (said != before), said
            yield charter, str(said.get("version", changes))


def _described(said: Mapping[str, Any], page: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": said["name"],
        "description": said["description"],
        "criteria": {"id": f"{page}#criteria", "narrative": said.get("criteria") or said["description"]},
        "image": {"id": f"{page}.png", "type": "Image", "caption": said["name"]},
    }
    if tags := list(dict.fromkeys(said.get("tags", ()))):
        made["tag"] = tags
    return made


def _outcome(slug: str, page: str, home: str, outcomes: Mapping[str, str]) -> dict[str, Any]:
    """Return an outcome of the charter as what the achievement is aligned to."""
    anchor = quote(slug, safe="")
    return {
        "id": f"{page}#outcome-{anchor}",
        "type": ["Alignment"],
        "targetName": outcomes.get(slug, slug),
        "targetUrl": f"{home}#outcome-{anchor}",
        "targetCode": slug,
    }


def _alignments(said: Mapping[str, Any], under: str) -> Iterator[dict[str, Any]]:
    """Yield what is aligned to some framework; `under` begins their ids."""
    for n, one in enumerate(said.get("alignment", ()), start=1):
        name = f"{under}/alignment-{n}" if "#" in under else f"{under}#alignment-{n}"
        yield {"id": name, "type": ["Alignment"]} | {
            term: one[field] for term, field in _TARGET.items() if field in one
        }


def _result_id(one: Mapping[str, Any], page: str) -> str:
    return f"{page}#result-{quote(one['result'], safe='')}"


def _result(one: Mapping[str, Any], page: str) -> dict[str, Any]:
    """Return a ResultDescription."""
    name = _result_id(one, page)
    made: dict[str, Any] = {"id": name, "type": ["ResultDescription"], "name": one["name"], "resultType": one["type"]}
    terms = {"requiredValue": "required_value", "valueMin": "min", "valueMax": "max"}
    made |= {term: str(_number(one[field])) for term, field in terms.items() if field in one}
    if "required_level" in one:
        made["requiredLevel"] = _level_id(name, one["required_level"])
    if "levels" in one:
        made["rubricCriterionLevel"] = [_rung(_level_id(name, each["level"]), each) for each in one["levels"]]
    if aligned := list(_alignments(one, name)):
        made["alignment"] = aligned
    return made


def _level_id(result: str, level: str) -> str:
    return f"{result}/level-{quote(level, safe='')}"


def _rung(name: str, level: Mapping[str, Any]) -> dict[str, Any]:
    """Return a RubricCriterionLevel."""
    made = {"id": name, "type": ["RubricCriterionLevel"], "name": level["name"], "level": str(level["level"])}
    made |= {"description": level["description"]} if "description" in level else {}
    return made | ({"points": str(_number(level["points"]))} if "points" in level else {})


def _ladder(charter: Charter, level: str, page: str) -> dict[str, Any]:
    """Return the charter's ladder as the rubric that a level is reached on."""
    rungs = (
        {"level": one["level"], "name": one["name"]} | ({"description": one["can"]} if "can" in one else {})
        for one in charter.document.get("ladder", ())
    )
    return {
        "id": f"{page}#ladder",
        "type": ["ResultDescription"],
        "name": "Level on the community's ladder",
        "resultType": "RubricCriterionLevel",
        "requiredLevel": f"{page}#rung-{level}",
        "rubricCriterionLevel": [_rung(f"{page}#rung-{one['level']}", one) for one in rungs],
    }


def _related(one: Mapping[str, Any], home: str) -> dict[str, Any]:
    version = str(one["version"]) if "version" in one else None
    name = one.get("url")
    if name is None:
        name = f"{home}/badges/{quote(one['badge'], safe='')}" + (f"?version={version}" if version else "")
    made = {"id": name, "type": ["Related"]} | ({"version": version} if version else {})
    return made | ({"inLanguage": one["language"]} if "language" in one else {})


def _number(value: Any) -> Any:  # noqa: ANN401  a number, or text
    """Return a number as every verifier writes it: a whole one without a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
