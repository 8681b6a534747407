"""Compiled badges against JSON-LD and RDFC-1.0 gone through in full, by ours, by PyLD, and by Oxigraph."""

from __future__ import annotations

import gc
import hashlib
import os
import random
from collections.abc import Mapping
from dataclasses import fields, replace
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from pyld import jsonld

from badges import AwardFacts, Mint, UnsafeDocumentError, did, sign
from badges.documents.achievement import Reached
from badges.documents.credential import credential, document, slots
from badges.linked.canonical import canonize, check_issuable
from badges.linked.statements import AlikeError, MouldError
from badges.linked.template import Template, UnfitError
from badges.proofs.seal import Seal
from schemas import contexts
from tests.badges.generated import BROKEN, cohort
from tests.badges.oracles import said_by_oxigraph
from tests.badges.samples import AWARDED, ISSUER, LIST_URL, METHOD, NOW, SECOND, SIGNER, STRANGER, facts

if TYPE_CHECKING:
    from tests.badges.generated import Cohort

CASES = int(os.environ.get("GUILDBOOK_TEST_CASES", "1000"))
PER_COHORT = 10
EVERY = 4  # of them is also asked of PyLD, which is slow
CONTEXT = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES]


def said_by_pyld(made: dict[str, Any]) -> str:
    """Return canonical N-Quads by PyLD alone: URDNA2015, which differs from RDFC-1.0 in what ours never has."""
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    return str(jsonld.normalize(made, options))


def _load(url: str, _options: object) -> dict[str, Any]:
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": contexts.document(url),
    }


def hashed(nquads: str) -> bytes:
    return hashlib.sha256(nquads.encode()).digest()


def compiled(some: Cohort) -> Template | None:
    """Return the template of a cohort, by the first of its badges whose blank nodes can be told apart.

    None where no badge of it may be signed, for what all of them say alike.
    """
    for _ in range(20):
        said = some.draw()
        try:
            return Template(some.make, said)
        except (AlikeError, MouldError):
            continue
        except UnsafeDocumentError:
            with pytest.raises(UnsafeDocumentError):
                check_issuable(canonize(some.make(said)))
            return None
    raise AssertionError("no badge of the cohort gave a template")


def test_a_compiled_badge_is_byte_for_byte_what_others_make_of_it():
    chosen = random.Random(os.environ.get("GUILDBOOK_TEST_SEED", "badges"))  # noqa: S311  the same each time
    told = slow = number = 0
    while told + slow < CASES:
        some = cohort(chosen)
        template = compiled(some)
        if template is None:
            continue
        for _ in range(PER_COHORT):
            said = some.draw()
            made = some.make(said)
            try:
                values = template.filled(said)
                digest = template.digest(values)
            except (AlikeError, UnfitError):
                slow += 1
                continue
            told, number = told + 1, number + 1
            assert orjson.loads(template.json(values)) == made
            assert digest == hashed(canonize(made).nquads), made
            assert digest == hashed(said_by_oxigraph(made)), made
            if number % EVERY == 0:
                assert digest == hashed(said_by_pyld(made)), made
    assert slow < told / 10


@pytest.mark.parametrize("broken", BROKEN)
def test_what_no_credential_may_say_is_refused_by_both_ways(broken):
    award = facts()
    template = Template(lambda said: document(award, said), slots(award))
    said = slots(facts(narrative=f"a{broken}b"))
    with pytest.raises(UnsafeDocumentError):
        check_issuable(canonize(document(award, said)))
    with pytest.raises(UnsafeDocumentError, match="story: wanted "):
        template.filled(said)


@pytest.mark.parametrize(
    "strange",
    [
        "https://elsewhere.example/c/weavers/m/x",
        "https://guild.example/c/weavers/m/a b",
        "https://guild.example/c/weavers/m/é",
        'https://guild.example/c/weavers/m/"',
        "https://guild.example/c/weavers/m/\n",
        "",
        "member",
    ],
)
def test_an_id_that_the_template_was_not_proven_for_is_left_to_the_general_way(strange):
    award = facts()
    template = Template(lambda said: document(award, said), slots(award))
    with pytest.raises(UnfitError, match=r"subject: wanted an IRI that begins with https://guild.example/c/weavers/m/"):
        template.filled(slots(award) | {"subject": strange})


def test_values_that_verifiers_sort_otherwise_are_left_to_the_general_way():
    def make(said: Any) -> dict[str, Any]:
        made = credential(facts())
        made["credentialSubject"]["achievement"]["tag"] = [said["one"], said["other"]]
        return made

    template = Template(make, {"one": "a", "other": "b"})
    for pair in ({"one": "b", "other": "a"}, {"one": "\U0001f600", "other": "z"}, {"one": "a", "other": "a"}):
        assert template.digest(template.filled(pair)) == hashed(canonize(make(pair)).nquads)
    with pytest.raises(AlikeError, match="sorts alike"):
        template.digest(template.filled({"one": "\U0001f600 x", "other": "\uff21 y"}))


@pytest.mark.parametrize("term", ["proofPurpose", "type", "@id"])
def test_a_text_that_means_more_than_it_says_gives_no_template(term):
    def make(said: Any) -> dict[str, Any]:
        return {"@context": CONTEXT, "id": "urn:uuid:1", "type": "DataIntegrityProof", "created": "x"} | {
            term: said["it"]
        }

    with pytest.raises((MouldError, UnsafeDocumentError)):
        Template(make, {"it": "assertionMethod"})


def test_a_document_that_looks_into_its_texts_gives_no_template():
    def make(said: Any) -> dict[str, Any]:
        return document(facts(), slots(facts()) | {"story": said["story"].upper()})

    with pytest.raises(MouldError, match=r"wanted the document itself|wanted what the general way"):
        Template(lambda said: make(said) | {"name": "x" * len(said["story"])}, {"story": "a story"})


def test_a_sealed_badge_is_the_signed_one():
    award = facts()
    template = Template(lambda said: document(award, said), slots(award))
    seal = Seal(SIGNER, verification_method=METHOD, context=CONTEXT)
    for number in range(30):
        one = facts(
            credential_id=f"https://guild.example/credentials/{number}", narrative=f"Größe {number} \U0001f600\n"
        )
        values, created = template.filled(slots(one)), AWARDED + number // 3 * SECOND
        sealed = seal.sign(template.json(values), template.digest(values), created=created)
        assert sealed == orjson.dumps(sign(credential(one), SIGNER, verification_method=METHOD, created=created))


def test_seals_of_two_keys_are_two_signatures():
    award = facts()
    template = Template(lambda said: document(award, said), slots(award))
    values = template.filled(slots(award))
    other = did.verification_method(ISSUER, STRANGER.public_key)
    seals = [
        Seal(SIGNER, verification_method=METHOD, context=CONTEXT),
        Seal(STRANGER, verification_method=other, context=CONTEXT),
    ]
    ours, theirs = (seal.sign(template.json(values), template.digest(values), created=AWARDED) for seal in seals)
    assert ours != theirs
    assert theirs == orjson.dumps(sign(credential(award), STRANGER, verification_method=other, created=AWARDED))


def test_awards_that_differ_in_anything_are_never_taken_for_one_another():
    """A field that `shared` forgets would make the second badge say what the first one said."""
    known = facts(
        edition=2, suspension_list=f"{LIST_URL}-suspension", suspension_index=7, log_proof="a proof", role="Host",
        community_description="Weaves.", results=(Reached("https://guild.example/r", None),),
        follows="https://guild.example/credentials/before",
    )  # fmt: skip
    mint = Mint()
    for field in fields(AwardFacts):
        was = getattr(known, field.name)
        for other in others(was):
            changed = replace(known, **{field.name: other})
            if field.name in {"status_list", "status_index"} and other is None:
                changed = replace(known, status_list=None, status_index=None)
            if field.name in {"suspension_list", "suspension_index"} and other is None:
                changed = replace(known, suspension_list=None, suspension_index=None)
            for award in (known, changed):
                made = mint.sign(award, SIGNER, verification_method=METHOD, created=AWARDED)
                general = sign(credential(award), SIGNER, verification_method=METHOD, created=AWARDED)
                assert made == orjson.dumps(general), field.name


def test_a_badge_with_two_nodes_alike_is_signed_in_the_general_way():
    aligned = [{"type": ["Alignment"], "targetName": "Weaving", "targetUrl": "https://weaving.example/"}] * 2
    award = facts(achievement={**facts().achievement, "alignment": aligned})
    made = Mint().sign(award, SIGNER, verification_method=METHOD, created=AWARDED)
    assert made == orjson.dumps(sign(credential(award), SIGNER, verification_method=METHOD, created=AWARDED))


def test_a_mint_keeps_nothing_of_any_one_award():
    """Or the first to have a badge could not be forgotten."""
    mint, award = Mint(), facts(subject_id="https://guild.example/m/ada", narrative="A story of Ada.")
    assert b"/m/ada" in mint.sign(award, SIGNER, verification_method=METHOD, created=AWARDED)
    kept = texts_in(vars(mint))
    assert any("OpenBadgeCredential" in text for text in kept)
    assert not [text for text in kept if "/m/ada" in text or "Ada" in text]


def texts_in(held: object) -> set[str]:
    """Return every text that is kept in an object, however deep."""
    seen: dict[int, object] = {}
    left = [held]
    while left:
        one = left.pop()
        if id(one) not in seen and not isinstance(one, (type, ModuleType)):
            seen[id(one)] = one
            left += (one.__closure__ or ()) if isinstance(one, FunctionType) else gc.get_referents(one)
    texts = [one for one in seen.values() if isinstance(one, (str, bytes))]
    return {one if isinstance(one, str) else one.decode("latin-1") for one in texts}


def others(was: Any) -> list[Any]:
    """Return other values of the kind of a field's, and None where it may be left out."""
    if isinstance(was, bytes):
        return [bytes(32)]
    if isinstance(was, int):
        return [was + 1] if was < SECOND else [was + SECOND, None] if was > NOW else [was + SECOND]
    if isinstance(was, tuple):
        return [(), (Reached("https://guild.example/r", "https://guild.example/l"),)]
    if isinstance(was, Mapping):
        return [{**was, "name": "Another"}]
    return ["ab" * 32] if len(was) in {64, 71} else [f"{was}x"]
