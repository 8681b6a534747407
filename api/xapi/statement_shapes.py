"""The shapes of a statement in both editions (xAPI 1.0.3 part 2 "Statements"; xAPI 2.0 "Statement Data Model")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from api.xapi import values
from api.xapi.shapes import Check, by_type, items, mapping, plain, shape, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas import Fault

VOIDED: Final = "http://adlnet.gov/expapi/verbs/voided"
IDENTIFIERS: Final = ("mbox", "mbox_sha1sum", "openid", "account")
INTERACTIONS: Final = frozenset({
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric",
    "other",
})  # fmt: skip
COMPONENTS: Final = ("choices", "scale", "source", "target", "steps")
_INTERACTING: Final = frozenset({"correctResponsesPattern", *COMPONENTS})
CONTEXTS: Final = ("parent", "grouping", "category", "other")
AUTHORITY_MEMBERS: Final = 2  # of the group that three-legged OAuth makes: the client and its user


def _is_text(value: object) -> bool:
    return type(value) is str


def _is_number(value: object) -> bool:
    return type(value) in {int, float}


def _has_one_identifier(value: Mapping[str, Any], at: str, faults: list[Fault]) -> None:
    if sum(name in value for name in IDENTIFIERS) != 1:
        wrong(at, f"exactly one of {', '.join(IDENTIFIERS)}", value, faults)


def _is_a_group(value: Mapping[str, Any], at: str, faults: list[Fault]) -> None:
    count = sum(name in value for name in IDENTIFIERS)
    if count > 1:
        wrong(at, f"at most one of {', '.join(IDENTIFIERS)}", value, faults)
    if not count and not value.get("member"):
        wrong(f"{at}/member", "the members of a group that has no identifier", value.get("member"), faults)


def _is_of_oauth(value: Mapping[str, Any], at: str, faults: list[Fault]) -> None:
    """XAPI 1.0.3 "Authority": a group there is anonymous, and of two, one of whom is the client's account."""
    members = value.get("member")
    told = members if isinstance(members, list) else []
    client = any(isinstance(each, dict) and "account" in each for each in told)
    if len(told) != AUTHORITY_MEMBERS or not client or any(name in value for name in IDENTIFIERS):
        wrong(at, "an agent, or a group of the two that OAuth names", value, faults)


def _interacts(value: Mapping[str, Any], at: str, faults: list[Fault]) -> None:
    if _INTERACTING.isdisjoint(value):
        return
    if "interactionType" not in value:
        wrong(f"{at}/interactionType", "it beside what belongs to an interaction", None, faults)
    for name in COMPONENTS:
        told = value.get(name)
        ids = [each.get("id") for each in told if isinstance(each, dict)] if isinstance(told, list) else []
        if len({each for each in ids if isinstance(each, str)}) < len(ids):
            wrong(f"{at}/{name}", "each id once", told, faults)


def _is_a_score(value: Mapping[str, Any], at: str, faults: list[Fault]) -> None:
    low, raw, high = (value.get(name) for name in ("min", "raw", "max"))
    told = [each for each in (low, raw, high) if each is not None]
    if not all(_is_number(each) for each in told):
        return  # said already
    if told != sorted(told) or (low is not None and low == high):
        wrong(at, "min below max, and raw between them", value, faults)


def _suits_its_object(value: Mapping[str, Any], at: str, faults: list[Fault]) -> None:
    """`revision` and `platform` are of activities alone ("Context"); a voiding statement names another ("Voiding")."""
    told, context, verb = value.get("object"), value.get("context"), value.get("verb")
    kind = told.get("objectType", "Activity") if isinstance(told, dict) else "Activity"
    if kind != "Activity" and isinstance(context, dict):
        for name in ("revision", "platform"):
            if name in context:
                wrong(f"{at}/context/{name}", "it where the object is an activity alone", context[name], faults)
    if isinstance(verb, dict) and verb.get("id") == VOIDED and kind != "StatementRef":
        wrong(f"{at}/object/objectType", "StatementRef, as the verb voids a statement", kind, faults)


_TEXT = plain(_is_text, "text")
_IRI = plain(values.is_iri, "an IRI with its scheme")
_UUID = plain(values.is_uuid, "a UUID")
_NUMBER = plain(_is_number, "a number")
_BOOLEAN = plain(lambda value: type(value) is bool, "true or false")
_LANGUAGE = plain(values.is_language, "a language tag such as en or pt-BR")
_WORDS = mapping("an object of texts by language", values.is_language, "a language tag as its name", _TEXT)
_EXTENSIONS = mapping("an object of extensions", values.is_iri, "an IRI as its name", None)
_MEDIA = plain(lambda value: type(value) is str and values.MEDIA.fullmatch(value) is not None, "a media type")


def _only(word: str) -> Check:
    return plain(lambda value: value == word, word)


_ACCOUNT = shape("an account", {"homePage": _IRI, "name": _TEXT}, ("homePage", "name"))
_PERSON = {
    "name": _TEXT,
    "mbox": plain(
        lambda value: type(value) is str and values.MAILTO.fullmatch(value) is not None, "mailto: and an address"
    ),
    "mbox_sha1sum": plain(
        lambda value: type(value) is str and values.SHA1.fullmatch(value) is not None, "40 hexadecimal digits"
    ),
    "openid": _IRI,
    "account": _ACCOUNT,
}
_AGENT = shape("an agent", {"objectType": _only("Agent"), **_PERSON}, (), _has_one_identifier)
_MEMBERS = items("a list of agents", _AGENT)
_GROUP = shape("a group", {"objectType": _only("Group"), "member": _MEMBERS, **_PERSON}, ("objectType",), _is_a_group)
_OAUTH = shape(
    "a group", {"objectType": _only("Group"), "member": _MEMBERS, **_PERSON}, ("objectType",), _is_a_group, _is_of_oauth
)
_ACTOR = by_type("an agent or a group", {"Agent": _AGENT, "Group": _GROUP}, "Agent")
_AUTHORITY = by_type("an agent or a group", {"Agent": _AGENT, "Group": _OAUTH}, "Agent")
_VERB = shape("a verb", {"id": _IRI, "display": _WORDS}, ("id",))
_COMPONENT = items(
    "a list of interaction components", shape("a component", {"id": _TEXT, "description": _WORDS}, ("id",))
)
_DEFINITION = shape(
    "a definition",
    {
        "name": _WORDS,
        "description": _WORDS,
        "type": _IRI,
        "moreInfo": _IRI,
        "extensions": _EXTENSIONS,
        "interactionType": plain(lambda value: type(value) is str and value in INTERACTIONS, "a kind of interaction"),
        "correctResponsesPattern": items("a list of texts", _TEXT),
        **dict.fromkeys(COMPONENTS, _COMPONENT),
    },
    (),
    _interacts,
)
_ACTIVITY = shape("an activity", {"objectType": _only("Activity"), "id": _IRI, "definition": _DEFINITION}, ("id",))
_REFERENCE = shape(
    "a reference to a statement", {"objectType": _only("StatementRef"), "id": _UUID}, ("objectType", "id")
)
_SCORE = shape(
    "a score",
    {
        "scaled": plain(lambda value: _is_number(value) and -1 <= value <= 1, "a number from -1 to 1"),  # type: ignore[operator]
        "raw": _NUMBER,
        "min": _NUMBER,
        "max": _NUMBER,
    },
    (),
    _is_a_score,
)
_RESULT = shape(
    "a result",
    {
        "score": _SCORE,
        "success": _BOOLEAN,
        "completion": _BOOLEAN,
        "response": _TEXT,
        "duration": plain(values.is_duration, "a duration such as PT1H30M"),
        "extensions": _EXTENSIONS,
    },
)
_ACTIVITIES = items("a list of activities", _ACTIVITY)


def _activities(value: Any, at: str, faults: list[Fault]) -> None:  # noqa: ANN401  JSON
    (_ACTIVITY if type(value) is dict else _ACTIVITIES)(value, at, faults)


_TYPES = items("a list of one or more IRIs", _IRI, least=1)
_CONTEXT = {
    "registration": _UUID,
    "instructor": _ACTOR,
    "team": _GROUP,
    "contextActivities": shape("context activities", dict.fromkeys(CONTEXTS, _activities)),
    "revision": _TEXT,
    "platform": _TEXT,
    "language": _LANGUAGE,
    "statement": _REFERENCE,
    "extensions": _EXTENSIONS,
}
_CONTEXT_2 = {
    **_CONTEXT,
    "contextAgents": items(
        "a list of context agents",
        shape(
            "a context agent",
            {"objectType": _only("contextAgent"), "agent": _AGENT, "relevantTypes": _TYPES},
            ("objectType", "agent"),
        ),
    ),
    "contextGroups": items(
        "a list of context groups",
        shape(
            "a context group",
            {"objectType": _only("contextGroup"), "group": _GROUP, "relevantTypes": _TYPES},
            ("objectType", "group"),
        ),
    ),
}
_ATTACHMENT = shape(
    "an attachment",
    {
        "usageType": _IRI,
        "display": _WORDS,
        "description": _WORDS,
        "contentType": _MEDIA,
        "length": plain(lambda value: type(value) is int and value >= 0, "a whole number of bytes"),
        "sha2": _TEXT,
        "fileUrl": _IRI,
    },
    ("usageType", "display", "contentType", "length", "sha2"),
)


def _statement(context: Mapping[str, Check], time: Check, version: Check) -> Check:
    """Return the shape of a statement in one edition."""
    said = {
        "actor": _ACTOR,
        "verb": _VERB,
        "result": _RESULT,
        "context": shape("a context", context),
        "timestamp": time,
        "attachments": items("a list of attachments", _ATTACHMENT),
    }
    least = ("actor", "verb", "object")
    objects = {"Activity": _ACTIVITY, "Agent": _AGENT, "Group": _GROUP, "StatementRef": _REFERENCE}
    within = shape(
        "a substatement",
        {"objectType": _only("SubStatement"), **said, "object": by_type("an object", objects, "Activity")},
        least,
        _suits_its_object,
    )
    return shape(
        "a statement",
        {
            "id": _UUID,
            **said,
            "object": by_type("an object", {**objects, "SubStatement": within}, "Activity"),
            "stored": time,
            "authority": _AUTHORITY,
            "version": version,
        },
        least,
        _suits_its_object,
    )


def _version(form: Any, wanted: str) -> Check:  # noqa: ANN401  a compiled pattern
    return plain(lambda value: type(value) is str and form.fullmatch(value) is not None, wanted)


STATEMENT_1: Final = _statement(
    _CONTEXT, plain(values.is_time, "a time such as 2026-03-01T10:00:00Z"), _version(values.VERSION_1, "1.0.x")
)
STATEMENT_2: Final = _statement(
    _CONTEXT_2,
    plain(values.is_rfc_3339, "a time such as 2026-03-01T10:00:00Z"),
    _version(values.VERSION_2, "1.0.x or 2.0.x"),
)
AGENT: Final = _ACTOR


def faults_of(value: object, check: Check) -> tuple[Fault, ...]:
    """Return all that is wrong with a value, up to a bound; () where it has the shape."""
    faults: list[Fault] = []
    check(value, "", faults)
    return tuple(faults)
