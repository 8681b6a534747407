"""What single values in Open Badges 3.0 may be: text, URLs, numbers, dates, and the terms of its vocabularies."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from badges.instants import InstantError, instant
from schemas import contexts

if TYPE_CHECKING:
    from collections.abc import Callable

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+")
_LANGUAGE = re.compile(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_OB_CONTEXT = re.compile(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context(-3\.\d\.\d)?\.json")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+")
_EXTENSION = re.compile(r"ext:[A-Za-z0-9.|_-]+")  # OB 3.0 "Extending and Profiling the Standard"
_LANGUAGE_KEYS = {"@value", "@language", "@direction"}
_SEEN = 60  # characters


class Leaf(NamedTuple):
    """What a value may be: in words, and as a test of it. `many`: or a list of such."""

    words: str
    holds: Callable[[object], bool]
    many: bool = False


def is_url(value: object) -> bool:
    """Tell whether `value` is an absolute URL (or DID, or URN)."""
    return isinstance(value, str) and _URL.fullmatch(value) is not None


def is_open_badges(named: list[object]) -> bool:
    """Tell whether contexts begin as those of Open Badges 3.0 must (OB 3.0 "Open Badges JSON-LD Context")."""
    return (
        named[:1] in ([contexts.CREDENTIALS_V2], [contexts.CREDENTIALS_V1])
        and isinstance(second := named[1] if named[1:] else None, str)
        and _OB_CONTEXT.fullmatch(second) is not None
    )


def is_text(value: object) -> bool:
    """Tell whether `value` is text, with a language or without, or the same in several languages.

    VCDM 2.0 "Names and Descriptions", "Language and Base Direction".
    """
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, dict) and _has_language(one) for one in value)
    return isinstance(value, str) or (isinstance(value, dict) and _has_language(value))


def _has_language(value: dict[str, object]) -> bool:
    return (
        set(value) <= _LANGUAGE_KEYS
        and isinstance(value.get("@value"), str)
        and all(isinstance(one, str) for one in value.values())
    )


def seen(value: object) -> str:
    """Return a value as a fault shows it."""
    return "nothing" if value is None else ascii(value)[:_SEEN]


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_instant(value: object) -> bool:
    try:
        instant(value)
    except InstantError:
        return False
    return True


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _matching(words: str, pattern: re.Pattern[str], *, many: bool = False) -> Leaf:
    return Leaf(words, lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None, many)


def _one_of(words: str, *terms: str, extensible: bool = True) -> Leaf:
    """Return a vocabulary; an extensible one also takes terms of others that begin with `ext:`."""
    known = frozenset(terms)

    def holds(value: object) -> bool:
        return isinstance(value, str) and (value in known or (extensible and _EXTENSION.fullmatch(value) is not None))

    return Leaf(words, holds)


def typed(*kinds: str) -> Leaf:
    """Return what the `type` of a node of a class may be: its name, or a list with that and all others asked for."""

    def holds(value: object) -> bool:
        if isinstance(value, list):
            return all(kind in value for kind in kinds) and all(isinstance(one, str) for one in value)
        return (value,) == kinds

    return Leaf(f"the type {' and '.join(kinds)}", holds)


def only(kind: str) -> Leaf:
    """Return what the `type` of a node may be in the classes that take no list there."""
    return Leaf(f"the type {kind} as one word", lambda value: value == kind)


STRING, STRINGS = Leaf("text", _is_string), Leaf("text", _is_string, many=True)
NAME = Leaf("text, or text with a language", is_text)
CONTEXTS = Leaf(
    f"{contexts.CREDENTIALS_V2} and an Open Badges 3.0 context",
    lambda value: isinstance(value, list) and is_open_badges(value),
)
ID = Leaf("a URL", is_url)
TYPES = Leaf("the name of a type", lambda value: isinstance(value, str), many=True)
NUMBER = Leaf("a number", _is_number)
TRUTH = Leaf("true or false", lambda value: isinstance(value, bool))
INSTANT = Leaf("an instant such as 2026-03-01T10:00:00Z", _is_instant)
DATE = Leaf("a date such as 2026-03-01", _is_date)
IN_LANGUAGE = _matching("a language such as en-GB", _LANGUAGE)
TOKENS = _matching("a compact JWS", _TOKEN, many=True)
IDENTIFIER = _one_of(
    "a kind of identifier",
    *("name", "sourcedId", "systemId", "productId", "userName", "accountId", "emailAddress", "nationalIdentityNumber"),
    *("isbn", "issn", "lisSourcedId", "oneRosterSourcedId", "sisSourcedId", "ltiContextId", "ltiDeploymentId"),
    *("ltiToolId", "ltiPlatformId", "ltiUserId", "identifier"),
)
ACHIEVEMENT = _one_of(
    "a kind of achievement",
    *("Achievement", "ApprenticeshipCertificate", "Assessment", "Assignment", "AssociateDegree", "Award", "Badge"),
    *("BachelorDegree", "Certificate", "CertificateOfCompletion", "Certification", "CommunityService", "Competency"),
    *("Course", "CoCurricular", "Degree", "Diploma", "DoctoralDegree", "Fieldwork", "GeneralEducationDevelopment"),
    *("JourneymanCertificate", "LearningProgram", "License", "Membership", "ProfessionalDoctorate"),
    *("QualityAssuranceCredential", "MasterCertificate", "MasterDegree", "MicroCredential", "ResearchDoctorate"),
    "SecondarySchoolDiploma",
)
RESULT = _one_of(
    "a kind of result",
    *("GradePointAverage", "LetterGrade", "Percent", "PerformanceLevel", "PredictedScore", "RawScore", "Result"),
    *("RubricCriterion", "RubricCriterionLevel", "RubricScore", "ScaledScore", "Status"),
)
TARGET = _one_of(
    "a kind of target",
    *("ceasn:Competency", "ceterms:Credential", "CFItem", "CFRubric", "CFRubricCriterion"),
    *("CFRubricCriterionLevel", "CTDL"),
)
STATUS = _one_of(
    "Completed, Enrolled, Failed, InProgress, OnHold, Provisional or Withdrew",
    *("Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Provisional", "Withdrew"),
    extensible=False,
)
ASSOCIATION = _one_of(
    "a kind of association",
    *("exactMatchOf", "isChildOf", "isParentOf", "isPartOf", "isPeerOf", "isRelatedTo", "precedes", "replacedBy"),
)
