"""Credentials shown in part: what their issuer signed of it holds, and nothing else is shown by it."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from hypothesis import given, settings
from hypothesis import strategies as st
from openvc.cbor import encode as encoded_by_openvc
from openvc.keys import P256SigningKey
from openvc.proof.ecdsa_sd import EcdsaSdProofSuite

from badges import ProofError, UnsafeDocumentError, UnsupportedProofError, credential
from badges.proofs import cbor
from badges.proofs.did import resolve
from badges.proofs.disclosed import MOST_SIGNATURES, SIGNATURE, read_disclosure
from badges.proofs.keys import Key, decode_multikey
from badges.proofs.proof import check_proof, read_proofs
from badges.work import DOCUMENT, working
from ledger.multibase import base64url_decode, base64url_encode
from schemas import contexts
from tests.badges.samples import facts, vector
from tests.badges.test_ecdsa import did_key_of

PRIVATE = derive_private_key(4_711, SECP256R1())
ISSUER = did_key_of(PRIVATE)
METHOD = f"{ISSUER}#{ISSUER.removeprefix('did:key:')}"
AT_HAND = {url: contexts.document(url) for url in contexts.urls()}
MANDATORY = ["/issuer", "/validFrom", "/validUntil", "/credentialStatus"]
SHOWN = ["/credentialSubject/achievement", "/credentialSubject/identifier"]
DERIVED = b"\xd9\x5d\x01"


@cache
def base() -> dict[str, Any]:
    """Return Ada's badge with a base proof, as openvc makes it: with nodes that have no id."""
    made = credential(facts(issuer=ISSUER))
    made["credentialSubject"]["identifier"] = [
        {
            "type": "IdentityObject",
            "hashed": False,
            "identityHash": f"ada{n}@guild.example",
            "identityType": "emailAddress",
        }
        for n in range(3)
    ]
    return EcdsaSdProofSuite().add_base_proof(
        made,
        signing_key=P256SigningKey(PRIVATE, kid="x"),
        verification_method=METHOD,
        mandatory_pointers=MANDATORY,
        created=datetime(2026, 3, 1, tzinfo=UTC),
        extra_contexts=AT_HAND,
    )


@cache
def _derived(*pointers: str) -> dict[str, Any]:
    return EcdsaSdProofSuite().derive_proof(base(), selective_pointers=list(pointers), extra_contexts=AT_HAND)


def derived(*pointers: str) -> dict[str, Any]:
    return copy.deepcopy(_derived(*pointers or SHOWN))


def check(document: dict[str, Any]) -> None:
    (proof,) = read_proofs(document)
    check_proof(document, proof, resolve(proof.method, {}, at=0))


def parts(document: dict[str, Any]) -> list[Any]:
    found = cbor.decode(base64url_decode(document["proof"]["proofValue"][1:])[len(DERIVED) :])
    assert isinstance(found, list)
    return found


def with_parts(document: dict[str, Any], found: object) -> dict[str, Any]:
    document["proof"]["proofValue"] = "u" + base64url_encode(DERIVED + encoded_by_openvc(found))
    return document


def test_1edtech_s_vector_holds():
    document = vector("1edtech/sd/derivedcredential.json")
    (proof,) = read_proofs(document)
    kind, raw = decode_multikey(proof.method.partition("#")[2])
    key = Key(kind, raw, "", frozenset())

    check_proof(document, proof, key)
    document["credentialSubject"]["achievement"]["name"] = "Leadership"
    with pytest.raises(ProofError, match="over exactly these statements"):
        check_proof(document, proof, key)


@pytest.mark.parametrize(
    "pointers", [SHOWN, ["/credentialSubject/achievement/name"], ["/credentialSubject/identifier"], ["/name"]]
)
def test_any_part_of_it_holds(pointers):
    made = derived(*pointers)
    assert made["validUntil"] == base()["validUntil"]
    check(made)


def test_the_base_proof_is_for_its_holder():
    with pytest.raises(UnsupportedProofError, match="the base proof, which is for its holder alone"):
        read_proofs(base())


def leaves(value: Any, path: tuple[Any, ...] = ()):
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, name))
    elif not str(value).startswith("_:"):  # the names of nodes without an id say nothing
        yield path


def test_every_leaf_of_it_altered_or_removed_is_noticed():
    made = derived()
    kept = [path for path in leaves(made) if "@context" not in path and path[-1] != "proofValue"]
    assert len(kept) > 30
    for path in kept:
        for change in ("altered", "removed"):
            spoilt = copy.deepcopy(made)
            place: Any = spoilt
            for name in path[:-1]:
                place = place[name]
            if change == "removed":
                del place[path[-1]]
            else:
                place[path[-1]] = f"{place[path[-1]]}x" if isinstance(place[path[-1]], str) else 7
            with pytest.raises((ProofError, UnsafeDocumentError)):
                check(spoilt)


def test_what_was_mandatory_may_not_be_left_out():
    for name in ("validFrom", "validUntil", "credentialStatus"):
        made = derived()
        del made[name]
        with pytest.raises(ProofError):
            check(made)


def test_statements_of_two_badges_are_not_put_together():
    """Each credential has a key of its own, which its issuer signed; and its own names for nodes."""
    made, other = derived(), parts(derived("/name"))
    mixed = parts(made)
    mixed[2][0] = other[2][0]
    with pytest.raises(ProofError, match="over exactly these statements"):
        check(with_parts(made, mixed))


def change_key(found):
    found[1] = b"\x80\x24" + decode_multikey(did_key_of(derive_private_key(7, SECP256R1()))[len("did:key:") :])[1]


def swap_labels(found):
    found[3][0], found[3][1] = found[3][1], found[3][0]


SPOILT = {
    "another's key": change_key,
    "no point": lambda found: found.__setitem__(1, b"\x80\x24" + b"\x02" + b"\xff" * 32),
    "Ed25519": lambda found: found.__setitem__(1, b"\xed\x01" + found[1][2:]),
    "names swapped": swap_labels,
    "one name left out": lambda found: found[3].popitem(),
    "no names": lambda found: found[3].clear(),
    "one name twice": lambda found: found[3].__setitem__(0, found[3][1]),
    "a name too short": lambda found: found[3].__setitem__(0, b"x"),
    "less mandatory": lambda found: found[4].pop(),
    "a place twice": lambda found: found[4].append(found[4][0]),
    "a place outside": lambda found: found[4].append(4_711),
    "all mandatory": lambda found: found.__setitem__(4, list(range(len(found[2]) + len(found[4])))),
    "none mandatory": lambda found: found.__setitem__(4, []),
    "a signature less": lambda found: found[2].pop(),
    "a signature more": lambda found: found[2].append(found[2][0]),
    "signatures reversed": lambda found: found[2].reverse(),
    "too many signatures": lambda found: found.__setitem__(2, [bytes(64)] * (MOST_SIGNATURES + 1)),
    "a short signature": lambda found: found[2].__setitem__(0, bytes(63)),
    "zeros": lambda found: found[2].__setitem__(0, bytes(64)),
    "the issuer's signature": lambda found: found.__setitem__(0, found[2][0]),
    "six parts": lambda found: found.append(0),
    "four parts": lambda found: found.pop(),
    "numbers for signatures": lambda found: found.__setitem__(2, [7]),
    "a number for signatures": lambda found: found.__setitem__(2, 7),
    "a list for names": lambda found: found.__setitem__(3, [7]),
    "bytes for places": lambda found: found.__setitem__(4, [b"7"]),
    "a number for places": lambda found: found.__setitem__(4, 7),
    "a number for the signature": lambda found: found.__setitem__(0, 7),
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_a_proof_that_says_something_else_is_refused(spoilt):
    made = derived()
    found = parts(made)
    check(with_parts(made, found))
    spoilt(found)

    with pytest.raises(ProofError, match="wanted"):
        check(with_parts(made, found))


@given(data=st.data())
@settings(max_examples=80)
def test_any_flipped_bit_of_it_is_noticed(data):
    made = derived()
    raw = bytearray(base64url_decode(made["proof"]["proofValue"][1:]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    made["proof"]["proofValue"] = "u" + base64url_encode(bytes(raw))

    with pytest.raises(ProofError, match="wanted"):
        check(made)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "u",
        "z" + "1" * 80,
        "u2V0B",
        "u2V0BhQ",
        "u!",
        "u" + "A" * 200_000,
        "u" + base64url_encode(b"\xd9\x5d\x02"),
        "u" + base64url_encode(DERIVED + b"\x80"),
    ],
)
def test_what_is_no_derived_proof_is_refused(value):
    with pytest.raises(ProofError):
        read_disclosure(value)


def test_it_is_made_upon_no_other():
    made = derived()
    made["proof"]["previousProof"] = "urn:x"
    with pytest.raises(UnsupportedProofError, match="upon no other"):
        read_proofs(made)


def test_a_thousand_signatures_of_nobody_cost_nothing():
    """The issuer's signature comes first, so only an issuer can ask for the others to be checked."""
    made = derived()
    found = parts(made)
    with working(DOCUMENT) as whole:
        check(made)
    found[0] = found[2][0]
    with working(DOCUMENT) as refused, pytest.raises(ProofError, match="over exactly these"):
        check(with_parts(made, found))
    assert whole.spent - refused.spent == len(found[2]) * SIGNATURE


# --- CBOR ------------------------------------------------------------------------------------------------


@given(st.recursive(st.integers(0, 2**64 - 1) | st.binary(max_size=300), st.lists, max_leaves=5))
def test_cbor_is_read_as_another_writes_it(value):
    def depth(one: object) -> int:
        return 1 + max(map(depth, one), default=0) if isinstance(one, list) else 1

    if depth(value) <= cbor.DEEPEST:
        assert cbor.decode(encoded_by_openvc(value)) == value


@given(st.dictionaries(st.integers(0, 70_000), st.binary(max_size=40), max_size=30))
def test_maps_are_read_as_another_writes_them(value):
    assert cbor.decode(encoded_by_openvc(value)) == value


@given(st.binary(max_size=60))
def test_bytes_are_cbor_or_refused(raw):
    """What is read has one form: written again it is the same, but for the order of a map's keys."""
    try:
        found = cbor.decode(raw)
    except ProofError:
        return
    assert cbor.decode(encoded_by_openvc(found)) == found
    assert len(encoded_by_openvc(found)) == len(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "00 00",  # more than one value
        "18 17",  # 23 in two bytes
        "19 00ff",
        "5b 0000000000000001 00",
        "1c",
        "1f",
        "9f ff",  # lengths left open
        "5f 41 00 ff",
        "bf ff",
        "9b ffffffffffffffff",  # lists and bytes longer than what is there
        "9a 00ffffff",
        "5b ffffffffffffffff",
        "bb ffffffffffffffff",
        "82 01",
        "20",  # a negative number
        "61 61",  # a text
        "c1 00",  # tags: a date, a great number, a shared and a referring value, a pattern
        "c2 41 ff",
        "d8 1c 81 d8 1d 00",
        "d8 23 61 28",
        "f4",  # false
        "f6",  # null
        "f9 3c00",  # a float
        "a1 41 00 00",  # bytes as a key
        "a2 00 00 00 01",  # a key twice
        "81 81 81 81 00",
    ],
)
def test_other_cbor_is_refused(raw):
    with pytest.raises(ProofError, match="CBOR: wanted"):
        cbor.decode(bytes.fromhex(raw))


def test_a_tower_of_lists_is_refused_at_once():
    with pytest.raises(ProofError, match="within 3 levels"):
        cbor.decode(b"\x81" * 60_000 + b"\0")
