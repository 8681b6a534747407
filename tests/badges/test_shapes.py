"""Documents hashed by their shape against the general way, which they may fall back on but never contradict."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from badges import CHECKS, Policy, UnsafeDocumentError, Verdict, did, sign, to_json, verify
from badges.documents.credential import credential
from badges.linked import shapes
from badges.linked.canonical import canonize
from badges.linked.shapes import Shapes
from schemas import contexts
from tests.badges.generated import cohort
from tests.badges.samples import AWARDED, DAY, NOW, SIGNER, STRANGER, facts, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.keys import Signer

COHORTS = 60


def hashed(document: dict[str, Any]) -> bytes | None:
    try:
        return hashlib.sha256(canonize(document).nquads.encode()).digest()
    except UnsafeDocumentError:
        return None


def documents(chosen: random.Random) -> Iterator[dict[str, Any]]:
    """Yield badges of many cohorts, some of which come back later."""
    earlier = []
    for _ in range(COHORTS):
        some = cohort(chosen)
        earlier.append(some)
        yield from (some.make(some.draw()) for _ in range(8))
        again = chosen.choice(earlier)
        yield from (again.make(again.draw()) for _ in range(3))


def test_what_is_found_is_what_the_general_way_finds():
    known, found = Shapes(), {True: 0, False: 0, None: 0}
    for document in documents(random.Random(41)):  # noqa: S311  the same each time
        raw = orjson.dumps(document)
        answer, truth = known.find(raw), hashed(document)
        assert answer is None or answer.digest == truth, document
        found[answer.cohort if answer else None] += 1
        if truth and not (answer and answer.cohort):
            known.learn(document, raw)
    assert found[True] > found[None]


@pytest.mark.parametrize(("first", "second"), [([], ["a"]), (["a"], []), ([[]], [["a"]]), ([["a"], []], [[], ["a"]])])
def test_a_list_of_no_texts_is_not_one_of_some(first, second):
    known, made = Shapes(), credential(facts())
    for tags in (first, second, first, second):
        made["credentialSubject"]["achievement"]["tag"] = tags
        raw = orjson.dumps(made)
        answer = known.find(raw)
        assert answer is None or answer.digest == hashed(made)
        known.learn(made, raw)


def test_another_issuer_is_known_by_the_structure_and_then_as_a_cohort():
    known = Shapes()
    for number in range(4):
        document = credential(facts(narrative=f"Story {number}"))
        known.learn(document, orjson.dumps(document))
    found = []
    for number in range(4):
        document = credential(facts(narrative=f"Tale {number}", issuer="did:web:elsewhere.example", community_name="E"))
        raw = orjson.dumps(document)
        answer = known.find(raw)
        assert answer is not None
        assert answer.digest == hashed(document)
        found.append(answer.cohort)
        if not answer.cohort:
            known.learn(document, raw)
    assert found == [False, False, True, True]


def changed(value: Any, chosen: random.Random) -> Any:
    """Return a document with one text in it replaced, by what stands elsewhere or means something."""
    made = orjson.loads(orjson.dumps(value))
    texts: list[tuple[Any, Any]] = []
    ahead = [made]
    while ahead:
        one = ahead.pop()
        for name, inner in one.items() if isinstance(one, dict) else enumerate(one):
            if isinstance(inner, str):
                texts.append((one, name))
            elif isinstance(inner, (dict, list)):
                ahead.append(inner)
    place, name = chosen.choice(texts)
    elsewhere, other = chosen.choice(texts)
    odd = ["", "_:b0", "@id", "x", "a b", "https://x y", "type:x", "id", "\x7f", '"', "\\", "did:x:y", "\U0010e003"]
    place[name] = elsewhere[other] if chosen.random() < 0.5 else chosen.choice(odd)
    return made


def test_a_document_with_another_text_anywhere_is_never_taken_for_what_it_is_not():
    chosen = random.Random(43)  # noqa: S311  the same each time
    for identities in (0, 2):
        some, known = cohort(chosen, identities), Shapes()
        for document in [some.make(some.draw()) for _ in range(6)]:
            known.learn(document, orjson.dumps(document))
        for _ in range(250):
            document = changed(some.make(some.draw()), chosen)
            answer = known.find(orjson.dumps(document))
            assert answer is None or answer.digest == hashed(document), document


def test_one_document_again_and_again_is_known_as_any_of_its_structure():
    known, document = Shapes(), credential(facts())
    raw = orjson.dumps(document)
    for _ in range(2):
        assert known.find(raw) is None
        known.learn(document, raw)
    answer = known.find(raw)
    assert answer is not None
    assert (answer.cohort, answer.digest) == (False, hashed(document))


def test_shapes_are_forgotten_and_no_cohort_too_many_is_kept(monkeypatch):
    monkeypatch.setattr(shapes, "MOST_STRUCTURES", 2)
    monkeypatch.setattr(shapes, "MOST_COHORTS", 1)
    known = Shapes()
    made = [credential(facts(**more)) for more in ({}, {"expires": None}, {"status_list": None, "status_index": None})]
    for document in made * 2:
        known.learn(document, orjson.dumps(document))
    assert [known.find(orjson.dumps(document)) is None for document in made] == [True, True, True]
    for document in made[:2] * 3:
        known.learn(document, orjson.dumps(document))
    assert [known.find(orjson.dumps(document)) is None for document in made] == [False, False, True]


@pytest.mark.parametrize("checks", [CHECKS, frozenset({"proof"})])
def test_badges_of_a_known_shape_are_judged_as_the_first_was(checks):
    for number in range(6):
        named = f"https://guild.example/credentials/{number:04}"
        raw = to_json(signed(credential_id=named, status_list=None, status_index=None, narrative=f"Story {number}"))
        assert verify(raw, policy=Policy(checks=checks), at=NOW).verdict is Verdict.VALID
        for old, new in ((b"Story", b"Glory"), (b"0000", b"0001"), (b"2026-03-01", b"2026-02-01")):
            forged = verify(raw.replace(old, new), policy=Policy(checks=checks), at=NOW)
            assert forged.verdict is not Verdict.VALID or raw.replace(old, new) == raw


def test_what_is_told_twice_is_told_by_the_general_way():
    ours = "https://guild.example/credentials/again"
    for number in range(4):
        named = f"https://guild.example/credentials/{number:04}"
        raw = to_json(signed(credential_id=named, status_list=None, status_index=None))
        assert verify(raw, policy=Policy(), at=NOW).verdict is Verdict.VALID
    twice = signed(credential_id=ours, subject_id=ours, status_list=None, status_index=None)
    answer = verify(to_json(twice), policy=Policy(), at=NOW)
    assert answer.step("contexts").outcome.value == "failed"
    assert "in two" in answer.step("contexts").reason


def links_to_itself(signer: Signer, number: str, *, expires: int) -> dict[str, Any]:
    """Return a badge of another issuer that has its own id twice."""
    named, issuer = f"https://other.example/credentials/{number}", did.did_key(signer.public_key)
    made = credential(facts(credential_id=named, issuer=issuer, status_list=None, status_index=None, expires=expires))
    made["@context"].append("https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
    return made | {"refreshService": {"id": named, "type": "1EdTechCredentialRefresh"}}


def made_by(signer: Signer, document: dict[str, Any]) -> dict[str, Any]:
    method = did.verification_method(did.did_key(signer.public_key), signer.public_key)
    return sign(document, signer, verification_method=method, created=AWARDED)


def respelled(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document of the same statements, in which the expiry stands where no reader looks."""
    term = {"p": "https://other.example/credentials/"}
    until = {"@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": document["validUntil"]}
    hidden = {"id": "p:abc", "https://www.w3.org/2018/credentials#validUntil": until}
    made = document | {
        "@context": [*document["@context"], term],
        "refreshService": document["refreshService"] | hidden,
    }
    return {name: value for name, value in made.items() if name != "validUntil"}


def test_an_expiry_said_by_another_name_is_hidden_from_nobody_who_saw_the_like_before():
    late = AWARDED + 30 * DAY
    good = made_by(SIGNER, links_to_itself(SIGNER, "abc", expires=AWARDED + 2 * DAY))
    forged = respelled(good)
    bare = {name: value for name, value in forged.items() if name != "proof"}
    assert hashed(bare) == hashed({name: value for name, value in good.items() if name != "proof"})
    for number in range(3):
        other = links_to_itself(STRANGER, f"z{number}", expires=AWARDED + 2 * DAY)
        verify(to_json(made_by(STRANGER, respelled(other))), policy=Policy(), at=late)

    assert verify(to_json(good), policy=Policy(), at=late).verdict is Verdict.EXPIRED
    assert verify(to_json(forged), policy=Policy(), at=late).verdict is Verdict.MALFORMED


SAYS_ITSELF = {
    "a term that means nothing": ({"v": {"@id": "urn:v", "@type": "@vocab"}, "https://a.example/b": None}, "v"),
    "a type by another name": ({"v": "@type", "https://a.example/b": {"@id": "urn:t", "@context": {}}}, "v"),
}


@pytest.mark.parametrize(("context", "name"), SAYS_ITSELF.values(), ids=SAYS_ITSELF)
def test_of_documents_that_say_themselves_what_words_mean_nothing_is_learned(context, name):
    known = Shapes()
    for value in ("https://a.example/c", "https://a.example/d") * 2:
        made = {
            "@context": [contexts.CREDENTIALS_V2, context],
            "id": "urn:uuid:1",
            "type": ["VerifiableCredential"],
            "issuer": "did:x:y",
            "credentialSubject": {"id": "did:a:b", name: value},
        }
        known.learn(made, orjson.dumps(made))
        assert known.find(orjson.dumps(made)) is None


def test_two_values_that_become_one_are_left_to_the_general_way():
    def document(*said: tuple[str, ...]) -> dict[str, Any]:
        return {
            "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES],
            "id": "urn:uuid:1",
            "type": ["VerifiableCredential"],
            "issuer": "did:x:y",
            "credentialSubject": [{"type": "AchievementSubject", "role": list(each)} for each in said],
        }

    known = Shapes()
    for number in range(3):
        made = document(*[(f"a{number}{place}", f"b{number}{place}") for place in range(4)])
        known.learn(made, orjson.dumps(made))
    different, alike = document(*map(tuple, ["ab", "cd", "ef", "gh"])), document(*map(tuple, ["ab", "cc", "ef", "gg"]))
    found = known.find(orjson.dumps(different))
    assert found is not None
    assert found.digest == hashed(different)
    assert known.find(orjson.dumps(alike)) is None


def test_a_document_as_long_as_a_book_is_not_learned():
    known = Shapes()
    for number in range(3):
        made = credential(facts(narrative=f"{number}" + "a long story " * 6_000))
        known.learn(made, orjson.dumps(made))
        assert known.find(orjson.dumps(made)) is None
