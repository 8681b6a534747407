"""Open Badges of every shape, with and without ids: others canonicalize them to the same statements as we do."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from badges.linked.canonical import canonize
from schemas import contexts
from tests.badges.oracles import said_by_oxigraph

CONTEXT = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES, contexts.OPEN_BADGES_EXTENSIONS]

words = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=12
) | st.sampled_from(["", "_:b0", "%s", "\\u0041", '"quoted"', "a\tb\nc\rd", "\u2028", "👩🏽‍🏫", "\x85"])
spoken = words | st.fixed_dictionaries({"@value": words, "@language": st.sampled_from(["en", "de-AT", "zh-Hant"])})
names = st.integers(0, 9).map(lambda number: f"urn:name:{number}") | st.sampled_from(
    ["https://x.example/é", "https://x.example/a?b=c#d", "did:key:z6Mk#z6Mk", "mailto:ada@x.example"]
)


def node(kind: str, needed: dict[str, Any], further: dict[str, Any], *, named: bool | None = None) -> Any:
    """Return nodes of a type: with an id, without, or either."""
    ids = {"id": names} if named else {}
    optional = further if named is not None else {"id": names, **further}
    return st.fixed_dictionaries({"type": st.just([kind]), **ids, **needed}, optional=optional)


def some(of: Any) -> Any:
    return st.lists(of, min_size=1, max_size=3)


images = node("Image", {}, {"caption": words}, named=True)
evidence = node("Evidence", {}, {"narrative": words, "name": spoken, "genre": words, "audience": words})
alignment = node(
    "Alignment", {"targetName": words, "targetUrl": names}, {"targetCode": words, "targetDescription": words}
)
identity = node("IdentityObject", {"identityHash": words, "hashed": st.booleans()}, {"salt": words}, named=False)
levels = node("RubricCriterionLevel", {"name": words}, {"level": words, "points": words}, named=True)
described = node(
    "ResultDescription",
    {"name": words, "resultType": st.sampled_from(["LetterGrade", "Status"])},
    {"allowedValue": st.lists(words, max_size=3), "rubricCriterionLevel": some(levels), "requiredLevel": names},
    named=True,
)
results = node(
    "Result", {}, {"value": words, "achievedLevel": names, "status": st.sampled_from(["Completed", "Failed"])}
)
profile = node("Profile", {}, {"name": spoken, "url": names, "image": images, "email": words}, named=True)
achievement = node(
    "Achievement",
    {"name": words, "criteria": st.fixed_dictionaries({}, optional={"id": names, "narrative": words})},
    {
        "description": words,
        "tag": some(words),
        "alignment": some(alignment),
        "creditsAvailable": st.integers(0, 1000) | st.sampled_from([0.5, 1.25, 2.0]),
        "creator": profile,
        "image": images,
        "resultDescription": some(described),
        "version": words,
    },
    named=True,
)
subject = node(
    "AchievementSubject",
    {"achievement": achievement},
    {"identifier": some(identity), "result": some(results), "creditsEarned": st.integers(0, 99), "role": words},
)
badges = st.fixed_dictionaries(
    {
        "@context": st.just(CONTEXT),
        "id": names,
        "type": st.just(["VerifiableCredential", "OpenBadgeCredential"]),
        "issuer": profile,
        "validFrom": st.just("2026-03-01T10:00:00Z"),
        "credentialSubject": subject,
    },
    optional={"evidence": some(evidence), "name": words, "awardedDate": st.just("2026-03-01T10:00:00Z")},
)


@given(badges)
@settings(max_examples=80)
def test_another_canonicalizer_hears_the_same(document: dict[str, Any]) -> None:
    assert canonize(document).nquads == said_by_oxigraph(document)
