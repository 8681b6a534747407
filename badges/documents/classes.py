"""The classes of Open Badges 3.0, and what each of their members may be (OB 3.0 "Data Model").

Members that a class does not list are its own extensions, and free, except in the few classes that allow none.
1EdTech's JSON Schemas say the same; where we ask for more or less than they do, the tests say so and why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from badges.documents.values import (
    ACHIEVEMENT,
    ASSOCIATION,
    CONTEXTS,
    DATE,
    ID,
    IDENTIFIER,
    IN_LANGUAGE,
    INSTANT,
    NAME,
    NUMBER,
    RESULT,
    STATUS,
    STRING,
    STRINGS,
    TARGET,
    TOKENS,
    TRUTH,
    TYPES,
    Leaf,
    is_url,
    only,
    seen,
    typed,
)
from schemas import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping


MOST_FAULTS = 50


class Part(NamedTuple):
    """A node of another class. `many`: or a list of them; `by_id`: or the id of one."""

    kind: str
    many: bool = False
    by_id: bool = False


class Class(NamedTuple):
    """What a class has to have, all of it or `either` of some; what its members may be; `closed`: it has no others."""

    required: frozenset[str]
    members: Mapping[str, Leaf | Part]
    either: tuple[str, ...]
    closed: bool


def class_faults(node: object, kind: str, at: str) -> list[Fault]:
    """Return what is wrong with a node that stands at the JSON Pointer `at` and must be of the class `kind`.

    After `MOST_FAULTS` it looks no further.
    """
    faults: list[Fault] = []
    _walk(node, kind, (None, at), faults)
    return faults


_Place = tuple[Any, object]  # where the node is that has it, and its name or place there: told where there is a fault


def _walk(node: object, kind: str, at: _Place, faults: list[Fault]) -> None:
    if len(faults) >= MOST_FAULTS:
        return
    if not isinstance(node, dict):
        faults.append(_fault(at, f"wanted the type {kind}, got {seen(node)}"))
        return
    required, members, either, closed = _CLASSES[kind]
    if not required <= node.keys():
        faults.extend(_fault((at, name), _lacks(members[name])) for name in required - node.keys())
    if either and not any(map(node.get, either)):
        faults.append(_fault(at, f"wanted {' or '.join(either)}, got neither"))
    for name, value in node.items():
        asked = members.get(name)
        if asked is None:
            if closed:
                faults.append(_fault((at, name), f"wanted no other member in a {kind}, got one"))
        elif isinstance(asked, Part):
            _walk_parts(value, asked, (at, name), faults)
        elif not asked.holds(value) and not (asked.many and isinstance(value, list) and all(map(asked.holds, value))):
            faults.append(_fault((at, name), f"wanted {asked.words}, got {seen(value)}"))


def _walk_parts(value: object, asked: Part, at: _Place, faults: list[Fault]) -> None:
    if asked.many and isinstance(value, list):
        for place, one in enumerate(value):
            _walk(one, asked.kind, (at, place), faults)
    elif not (asked.by_id and is_url(value)):
        _walk(value, asked.kind, at, faults)


def _fault(at: _Place, words: str) -> Fault:
    names, within = [], at
    while within is not None:
        within, name = within
        names.append(str(name))
    return Fault("/".join(reversed(names)), words)


def _lacks(member: Leaf | Part) -> str:
    return f"wanted {member.words if isinstance(member, Leaf) else f'the type {member.kind}'}, got nothing"


# --- classes --------------------------------------------------------------------------------------


def _strings(*names: str) -> dict[str, Leaf | Part]:
    return dict.fromkeys(names, STRING)


def _class(required: str, members: Mapping[str, Leaf | Part], *, either: str = "", closed: bool = False) -> Class:
    return Class(frozenset(required.split()), members, tuple(either.split()), closed)


_ENDORSED: dict[str, Leaf | Part] = {"endorsement": Part("EndorsementCredential", many=True), "endorsementJwt": TOKENS}
_CREDENTIAL: dict[str, Leaf | Part] = {
    "id": ID,
    "name": NAME,
    "description": NAME,
    **dict.fromkeys(("awardedDate", "validFrom", "validUntil"), INSTANT),
    "proof": Part("Proof", many=True),
    "refreshService": Part("RefreshService", many=True),
    "evidence": Part("Evidence", many=True),
}
_CLASSES: dict[str, Class] = {
    "AchievementCredential": _class(
        "@context id issuer credentialSubject",
        {
            **_CREDENTIAL,
            **_ENDORSED,
            "@context": CONTEXTS,
            "image": Part("Image"),
            "issuer": Part("Profile"),
            "credentialSubject": Part("AchievementSubject"),
        },
        either="validFrom issuanceDate",
    ),
    "EndorsementCredential": _class(
        "@context type id name issuer credentialSubject",
        {
            **_CREDENTIAL,
            "@context": CONTEXTS,
            "type": typed("EndorsementCredential", "VerifiableCredential"),
            "issuer": Part("Profile", by_id=True),
            "credentialSubject": Part("EndorsementSubject"),
        },
        either="validFrom issuanceDate",
    ),
    "ClrCredential": _class(
        "id name issuer credentialSubject",
        {**_CREDENTIAL, "issuer": Part("Profile", by_id=True), "credentialSubject": Part("ClrSubject")},
        either="validFrom issuanceDate",
    ),
    "AchievementSubject": _class(
        "type achievement",
        {
            **_strings("licenseNumber", "narrative", "role", "term"),
            "id": ID,
            "type": typed("AchievementSubject"),
            "achievement": Part("Achievement"),
            "activityStartDate": INSTANT,
            "activityEndDate": INSTANT,
            "creditsEarned": NUMBER,
            "identifier": Part("IdentityObject", many=True),
            "image": Part("Image"),
            "result": Part("Result", many=True),
            "source": Part("Profile"),
        },
        either="id identifier",
    ),
    "Achievement": _class(
        "id type criteria description name",
        {
            **_strings("fieldOfStudy", "humanCode", "specialization", "version"),
            **_ENDORSED,
            "id": ID,
            "type": typed("Achievement"),
            "name": NAME,
            "description": NAME,
            "tag": STRINGS,
            "criteria": Part("Criteria"),
            "achievementType": ACHIEVEMENT,
            "creditsAvailable": NUMBER,
            "creator": Part("Profile"),
            "image": Part("Image"),
            "inLanguage": IN_LANGUAGE,
            "alignment": Part("Alignment", many=True),
            "otherIdentifier": Part("IdentifierEntry", many=True),
            "related": Part("Related", many=True),
            "resultDescription": Part("ResultDescription", many=True),
        },
    ),
    "Alignment": _class(
        "type targetName targetUrl",
        {
            **_strings("targetCode", "targetDescription", "targetName", "targetFramework"),
            "type": typed("Alignment"),
            "targetType": TARGET,
            "targetUrl": ID,
        },
    ),
    "Criteria": _class("", {"id": ID, "narrative": STRING}, either="id narrative"),
    "EndorsementSubject": _class(
        "id type", {"id": ID, "type": typed("EndorsementSubject"), "endorsementComment": STRING}
    ),
    "Evidence": _class(
        "type",
        {"id": ID, "type": typed("Evidence"), "name": NAME, "description": NAME}
        | _strings("narrative", "genre", "audience"),
    ),
    "IdentityObject": _class(
        "type hashed identityHash identityType",
        {"type": only("IdentityObject"), "hashed": TRUTH, "identityType": IDENTIFIER}
        | _strings("identityHash", "salt"),
        closed=True,
    ),
    "IdentifierEntry": _class(
        "type identifier identifierType",
        {"type": only("IdentifierEntry"), "identifier": STRING, "identifierType": IDENTIFIER},
        closed=True,
    ),
    "Image": _class("id type", {"id": ID, "type": only("Image"), "caption": STRING}, closed=True),
    "Proof": _class(
        "type",
        {"created": INSTANT, "domain": STRINGS}
        | _strings("type", "cryptosuite", "challenge", "nonce", "proofPurpose", "proofValue", "verificationMethod"),
    ),
    "RefreshService": _class("id type", {"id": ID, "type": TYPES}),
    "Related": _class("id type", {"id": ID, "type": typed("Related"), "inLanguage": IN_LANGUAGE, "version": STRING}),
    "Result": _class(
        "type",
        {
            "type": typed("Result"),
            "alignment": Part("Alignment", many=True),
            "status": STATUS,
            "achievedLevel": ID,
            "resultDescription": ID,
            "value": STRING,
        },
    ),
    "ResultDescription": _class(
        "id type name resultType",
        {
            "id": ID,
            "type": typed("ResultDescription"),
            "name": NAME,
            "resultType": RESULT,
            "alignment": Part("Alignment", many=True),
            "allowedValue": STRINGS,
            "requiredLevel": ID,
            "rubricCriterionLevel": Part("RubricCriterionLevel", many=True),
            **_strings("requiredValue", "valueMin", "valueMax"),
        },
    ),
    "RubricCriterionLevel": _class(
        "id type name",
        {
            "id": ID,
            "type": typed("RubricCriterionLevel"),
            "name": NAME,
            "description": NAME,
            "alignment": Part("Alignment", many=True),
            **_strings("level", "points"),
        },
    ),
    "Profile": _class(
        "id type",
        {
            **_strings("phone", "email", "official", "familyName", "givenName", "additionalName", "patronymicName"),
            **_strings("honorificPrefix", "honorificSuffix", "familyNamePrefix"),
            **_ENDORSED,
            "id": ID,
            "type": typed("Profile"),
            "name": NAME,
            "description": NAME,
            "url": ID,
            "image": Part("Image"),
            "address": Part("Address"),
            "parentOrg": Part("Profile"),
            "otherIdentifier": Part("IdentifierEntry", many=True),
            "dateOfBirth": DATE,
        },
    ),
    "Address": _class(
        "type",
        {
            **_strings("addressCountry", "addressCountryCode", "addressRegion", "addressLocality"),
            **_strings("streetAddress", "postOfficeBoxNumber", "postalCode"),
            "type": typed("Address"),
            "geo": Part("GeoCoordinates"),
        },
    ),
    "GeoCoordinates": _class(
        "type latitude longitude", {"type": only("GeoCoordinates"), "latitude": NUMBER, "longitude": NUMBER}
    ),
    "ClrSubject": _class(
        "type verifiableCredential",
        {
            "id": ID,
            "type": typed("ClrSubject"),
            "identifier": Part("IdentityObject", many=True),
            "verifiableCredential": Leaf(
                "credentials", lambda value: isinstance(value, (dict, str, list)) and value != []
            ),
            "achievement": Part("Achievement", many=True),
            "association": Part("Association", many=True),
        },
    ),
    "Association": _class(
        "associationType sourceId targetId", {"associationType": ASSOCIATION, "sourceId": STRING, "targetId": STRING}
    ),
}


def class_of(types: set[str]) -> str | None:
    """Return the class of a credential of these types, None where it is none of Open Badges or learner records."""
    if types & {"OpenBadgeCredential", "AchievementCredential"}:
        return "AchievementCredential"
    return next((kind for kind in ("EndorsementCredential", "ClrCredential") if kind in types), None)
