"""Whatever comes: a verdict, never an error, and valid only what was made so."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges import CHECKS, Verified, badge_svg, bake_svg
from badges.pictures.chunks import PNG_SIGNATURE, Chunk, chunks
from tests.badges.samples import ISSUER, METHOD
from tests.badges.verifier import making
from tests.badges.verifier.making import ask, badge, bare, claims, encoded, signed, token, whole
from tests.badges.verifier.occasions import as_token, presented
from tests.badges.verifier.pictures import DESIGN, field, png

FEW = settings(max_examples=60)
BADGE, TOKEN = signed(bare()), token(claims())
GOOD: dict[str, dict[str, Any]] = {
    name: json.loads(signed(made))
    for name, made in {
        "badge": badge(),
        "whole": whole(),
        "plain": making.plain(),
        "old": making.old(),
        "endorsement": making.endorsement(),
        "record": making.learner_record(),
    }.items()
} | {"presentation": json.loads(presented(None))}
WORDS = sorted(
    {word for one in GOOD.values() for word in one} | {"@id", "@type", "@graph", "vc", "verifiableCredential"}
)
KINDS = [b"iTXt", b"tEXt", b"zTXt", b"IDAT", b"IEND"]
NAMES = ["badge.json", "did.json", "status.json", "log.vkey", "../x", "x/y"]
VALUES = ["", "x", "urn:x", ISSUER, METHOD, "VerifiableCredential", "VerifiablePresentation", "Assertion"]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner),
    max_leaves=8,
)


def answered(document: bytes) -> Verified:
    answer = ask(document)
    assert isinstance(answer, Verified)
    assert all(step.reason for step in answer.steps)
    return answer


@given(
    st.binary(max_size=400)
    | st.binary(max_size=60).map(PNG_SIGNATURE.__add__)
    | st.binary(max_size=60).map(b"<".__add__)
)
@FEW
def test_bytes(raw: bytes) -> None:
    assert not answered(raw).valid


@given(anything)
@FEW
def test_json(value: Any) -> None:
    assert not answered(json.dumps(value).encode("utf-8", "replace")).valid


@given(st.sampled_from(sorted(GOOD)), st.dictionaries(st.sampled_from(WORDS), anything, min_size=1, max_size=3))
@FEW
def test_credentials_with_other_members(name: str, members: dict[str, Any]) -> None:
    good = GOOD[name]
    changed = {word: value for word, value in members.items() if good.get(word, []) != value and value != []}

    assert not (answered(json.dumps(good | members).encode()).valid and changed)


@given(anything, anything, st.binary(max_size=70))
@FEW
def test_tokens(header: Any, said: Any, tail: bytes) -> None:
    head = {"alg": "EdDSA", "kid": METHOD, "typ": "JWT"} | (header if isinstance(header, dict) else {})
    assert not answered(f"{encoded(head)}.{encoded(said)}.{encoded(tail)}".encode()).valid


@given(st.data())
@FEW
def test_tokens_with_other_claims_under_a_good_signature(data: st.DataObject) -> None:
    more = data.draw(
        st.dictionaries(st.sampled_from([*WORDS, "iss", "sub", "nbf", "exp", "jti", "aud"]), anything, max_size=2)
    )
    answered(token(claims() | more))


@given(st.dictionaries(st.sampled_from(["holder", "nonce", "aud", *WORDS]), anything, min_size=1, max_size=2))
@FEW
def test_presentations_that_say_anything_under_a_good_signature(members: dict[str, Any]) -> None:
    answered(as_token(**members))


@given(
    st.lists(
        st.tuples(st.sampled_from([b"iTXt", b"tEXt", b"zTXt", b"IDAT", b"IEND"]), st.binary(max_size=40)), max_size=4
    )
)
@FEW
def test_pngs_with_more_in_them(more: list[tuple[bytes, bytes]]) -> None:
    made = bytearray(PNG_SIGNATURE)
    for chunk in chunks(png(field(BADGE))):
        made += chunk.whole()
        if chunk.kind == b"IHDR":
            made += b"".join(Chunk(kind, text).whole() for kind, text in more)
    answered(bytes(made))


@pytest.mark.parametrize("image", [png(field(BADGE)), bake_svg(badge_svg(DESIGN), TOKEN.decode())], ids=["png", "svg"])
@given(data=st.data())
@FEW
def test_pictures_with_other_bytes(image: bytes, data: st.DataObject) -> None:
    place, length = data.draw(st.integers(0, len(image))), data.draw(st.integers(0, 9))
    answered(image[:place] + data.draw(st.binary(max_size=9)) + image[place + length :])


@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.binary(max_size=50) | st.just(BADGE),
        max_size=4,
    ),
    st.integers(0, 200),
    st.binary(max_size=3),
)
@FEW
def test_bundles(files: dict[str, bytes], place: int, other: bytes) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    whole_file = made.getvalue()
    answered(whole_file)
    answered(whole_file[:place] + other + whole_file[place + len(other) :])


@given(st.sets(st.sampled_from(sorted(CHECKS)), min_size=1), anything)
@FEW
def test_any_checks(checks: set[str], value: Any) -> None:
    assert isinstance(ask(json.dumps(GOOD["badge"] | {"evidence": value}).encode(), checks=frozenset(checks)), Verified)
