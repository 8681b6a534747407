"""The shape of Open Badges 3.0 held against 1EdTech's own JSON Schema, by thousands of badges with one fault each."""

from __future__ import annotations

import copy
import json
import random
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import pytest
from jsonschema import Draft201909Validator

from badges.documents.shape import credential_faults
from schemas import contexts
from tests.badges import official
from tests.badges.samples import VECTORS

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]


def everything() -> dict[str, Any]:
    """Return a badge that says all that OB 3.0 has words for, once; not signed."""
    names = dict.fromkeys(("familyName", "givenName", "additionalName", "patronymicName", "official"), "x")
    titles = dict.fromkeys(("honorificPrefix", "honorificSuffix", "familyNamePrefix", "phone", "email"), "x")
    places = ("addressCountry", "addressCountryCode", "addressRegion", "addressLocality", "streetAddress", "postalCode")
    image = {"id": "https://guild.example/a.png", "type": "Image", "caption": "A badge"}
    aligned = {
        "type": ["Alignment"],
        "targetName": "Weaving",
        "targetUrl": "https://guild.example/w",
        "targetType": "CFItem",
        **dict.fromkeys(("targetCode", "targetDescription", "targetFramework"), "x"),
    }
    other = {"type": "IdentifierEntry", "identifier": "7", "identifierType": "ext:Guild"}
    point = {"type": "GeoCoordinates", "latitude": 47.5, "longitude": 8}
    address = {"type": ["Address"], "postOfficeBoxNumber": "9", "geo": point, **dict.fromkeys(places, "x")}
    profile: dict[str, Any] = {
        "id": "https://guild.example/c/weavers",
        "type": ["Profile"],
        "name": "Weavers",
        "url": "https://guild.example",
        "description": "Who weave",
        "image": image,
        "address": address,
        "otherIdentifier": [other],
        "dateOfBirth": "1970-01-01",
        **names,
        **titles,
    }
    other_profile = {"id": "urn:profile:2", "type": ["Profile"]}
    least = {name: aligned[name] for name in ("type", "targetName", "targetUrl")}
    level = {"id": "urn:level:1", "type": ["RubricCriterionLevel"], "name": "Good", "level": "1", "points": "7"}
    described = {
        "id": "urn:result:1",
        "type": ["ResultDescription"],
        "name": "Weave",
        "resultType": "RubricCriterionLevel",
        "alignment": [least],
        "requiredLevel": "urn:level:1",
        "rubricCriterionLevel": [level | {"description": "Even", "alignment": [least]}],
    }
    score = {"id": "urn:result:2", "type": ["ResultDescription"], "name": "Score", "resultType": "RawScore"}
    score |= {"valueMin": "0", "valueMax": "10", "requiredValue": "5"}
    grade = {"id": "urn:result:3", "type": ["ResultDescription"], "name": "Grade", "resultType": "LetterGrade"}
    grade |= {"allowedValue": ["C", "B", "A"], "requiredValue": "B"}
    state = {"id": "urn:result:4", "type": ["ResultDescription"], "name": "State", "resultType": "Status"}
    achievement = {
        "id": "https://guild.example/badges/weaver",
        "type": ["Achievement"],
        "name": "Weaver",
        "description": "Weaves",
        "criteria": {"id": "https://guild.example/criteria", "narrative": "Five cloths"},
        "achievementType": "Badge",
        "creator": other_profile,
        "creditsAvailable": 2.5,
        "image": image,
        "inLanguage": "en-GB",
        "otherIdentifier": [other],
        "related": [{"id": "urn:related:1", "type": ["Related"], "inLanguage": "de", "version": "2"}],
        "resultDescription": [described, score, grade, state],
        "alignment": [aligned],
        "tag": ["cloth", "loom"],
        **dict.fromkeys(("fieldOfStudy", "humanCode", "specialization", "version"), "x"),
    }
    results = [
        {"type": ["Result"], "resultDescription": "urn:result:1", "achievedLevel": "urn:level:1"},
        {"type": ["Result"], "resultDescription": "urn:result:2", "value": "7", "alignment": [least]},
        {"type": ["Result"], "resultDescription": "urn:result:3", "value": "A"},
        {"type": ["Result"], "resultDescription": "urn:result:4", "status": "Completed"},
    ]
    person = {"type": "IdentityObject", "hashed": True, "identityHash": "sha256$0", "identityType": "emailAddress"}
    evidence = {"id": "https://guild.example/e", "type": ["Evidence"]}
    endorsement = {
        "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES],
        "id": "urn:endorsement:1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Praise",
        "issuer": "https://other.example",
        "validFrom": "2026-03-01T10:00:00Z",
        "credentialSubject": {"id": "urn:badge:1", "type": ["EndorsementSubject"], "endorsementComment": "Good"},
    }
    made = {
        "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES, contexts.OPEN_BADGES_EXTENSIONS],
        "id": "urn:badge:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Weaver",
        "description": "A badge",
        "image": image,
        "awardedDate": "2026-03-01T10:00:00Z",
        "validFrom": "2026-03-01T10:00:00Z",
        "validUntil": "2027-03-01T10:00:00Z",
        "issuer": profile | {"parentOrg": {"id": "urn:org:1", "type": ["Profile"]}},
        "credentialSubject": {
            "id": "urn:person:1",
            "type": ["AchievementSubject"],
            "achievement": achievement,
            "activityStartDate": "2026-01-01T10:00:00Z",
            "activityEndDate": "2026-02-01T10:00:00Z",
            "creditsEarned": 2,
            "identifier": [person | {"salt": "s"}],
            "image": image,
            "result": results,
            "source": other_profile,
            **dict.fromkeys(("licenseNumber", "narrative", "role", "term"), "x"),
        },
        "evidence": [evidence | dict.fromkeys(("narrative", "name", "description", "genre", "audience"), "x")],
        "endorsement": [endorsement],
        "endorsementJwt": ["e30.e30.e30"],
        "credentialSchema": [{"id": official.URL.format(official.BADGE), "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": {"id": "urn:status:1", "type": "1EdTechRevocationList"},
        "refreshService": {"id": "https://guild.example/r", "type": "1EdTechCredentialRefresh"},
        "termsOfUse": [{"id": "urn:terms:1", "type": "https://guild.example/Terms"}],
        "proof": [{"type": "DataIntegrityProof", "created": "2026-03-01T10:00:00Z", "cryptosuite": "x"}],
    }
    return cast("dict[str, Any]", json.loads(json.dumps(made)))  # nothing in it twice as one object


# What takes the place of a value. The members of objects are also left out, and unknown ones added.
OTHERS: tuple[Any, ...] = (None, True, 7, -0.5, "", "x", "7", [], {}, [None], ["x"], [{}], {"en": "x"}, [[]], {"id": 7})


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, (dict, list)):
        for name in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[name], (*path, name))


def spoilt(document: dict[str, Any], path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the document with one change at `path`, and what was done."""
    for other in OTHERS:
        yield f"to {json.dumps(other)}", changed(document, path, other)
    was = at(document, path)
    yield "listed", changed(document, path, [was])
    if isinstance(was, dict):
        yield "added to", changed(document, path, was | {"furtherWord": "x"})
    if isinstance(was, str):
        yield "longer", changed(document, path, was + " ")
    if isinstance(path[-1], str):
        made = copy.deepcopy(document)
        del at(made, path[:-1])[path[-1]]
        yield "left out", made


def at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return value


def changed(document: dict[str, Any], path: Path, other: object) -> dict[str, Any]:
    made = copy.deepcopy(document)
    at(made, path[:-1])[path[-1]] = other
    return made


@cache
def _validator() -> Draft201909Validator:
    return Draft201909Validator(official.schema(official.BADGE), format_checker=Draft201909Validator.FORMAT_CHECKER)


# Where 1EdTech's schema says no and we do not, as VC Data Model 2.0 lets it be.
MORE: dict[Path, str] = {
    ("credentialStatus",): "none, one, or more",
    ("refreshService",): "none, one, or more",
    **{(name, "type"): "a list of types" for name in ("credentialStatus", "refreshService")},
    **{(name, 0, "type"): "a list of types" for name in ("credentialSchema", "termsOfUse")},
}

# Where it says yes and we do not: the members of which OB 3.0 says in words what its schema does not.
LESS = {
    "@context": "which two come first",
    "type": "the types of a credential; the schema lets any one text stand for them, in every class",
    **dict.fromkeys(("id", "url", "targetUrl", "issuer"), "a URI"),
    **dict.fromkeys(("criteria", "identifier"), "not without both of two"),
    **dict.fromkeys(("resultDescription", "achievedLevel", "requiredLevel", "rubricCriterionLevel"), "as described"),
    **dict.fromkeys(("value", "requiredValue", "valueMin", "valueMax", "allowedValue"), "within what is allowed"),
    "status": "not left out where the result is one",
    **dict.fromkeys(("identifierType", "achievementType", "resultType", "targetType"), "ext: comes first"),
}
SAMPLE = 500  # of some 5,000


@pytest.mark.parametrize("top", sorted(everything()))
def test_what_the_official_schema_refuses_we_refuse(top: str) -> None:
    whole = everything()
    assert not list(_validator().iter_errors(whole))
    assert credential_faults(whole) == []
    missed = [
        (path, what)
        for path in places(whole[top], (top,))
        for what, document in spoilt(whole, path)
        if not credential_faults(document) and not _validator().is_valid(document)
    ]

    assert [one for one in missed if one[0] not in MORE] == []


def test_where_we_ask_for_more_is_said() -> None:
    """What is in several languages has them as VCDM 2.0 has them: no context defines the schema's own way."""
    whole = everything()
    made = [(path, what, document) for path in places(whole) if path for what, document in spoilt(whole, path)]
    chosen = random.Random(1).sample(made, SAMPLE)  # noqa: S311  the same ones each time
    surprising = [
        (path, what)
        for path, what, document in chosen
        if credential_faults(document) and _validator().is_valid(document)
        if what not in {"to {}", 'to {"en": "x"}', "to [{}]"}
        and [n for n in path if isinstance(n, str)][-1] not in LESS
    ]

    assert surprising == []


def test_examples_of_the_specification_have_the_shape_that_it_asks_for() -> None:
    examples = sorted((VECTORS / "ob-spec").glob("example-*.json"))
    if not examples:
        pytest.skip(f"published examples are not at hand: {VECTORS}")
    for path in examples:
        assert credential_faults(json.loads(path.read_bytes())) == [], path.name
