"""Related resources: a digest that is known to be another's is a fault, and nothing else is."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from badges.documents.related import related_faults
from ledger.multibase import base58_encode, base64url_encode
from schemas import contexts

V2 = contexts.CREDENTIALS_V2
RAW = contexts.published(V2) or b""
# VC Data Model 2.0 "Base Context" and VC-DATA-INTEGRITY "Contexts and Vocabularies" print these
PRINTED = {
    V2: "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    contexts.DATA_INTEGRITY_V2: "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
    contexts.MULTIKEY_V1: "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
}


def sri(raw: bytes, kind: str = "sha384") -> str:
    return f"{kind}-{base64.b64encode(hashlib.new(kind, raw).digest()).decode()}"


def faults(*resources: Any) -> list[str]:
    return [fault.pointer for fault in related_faults({"relatedResource": list(resources)})]


@pytest.mark.parametrize("url", PRINTED)
def test_what_is_published_is_known_to_the_byte(url):
    raw = contexts.published(url)
    assert raw
    assert hashlib.sha256(raw).hexdigest() == PRINTED[url]


@pytest.mark.parametrize("name", [contexts.OPEN_BADGES, contexts.EXAMPLES_V2, "https://other.example", "", None, 7, []])
def test_of_others_nothing_is_known(name):
    assert contexts.published(name) is None


def test_digests_of_what_it_is_are_none_of_another():
    sha = hashlib.sha256(RAW).digest()
    good: list[dict[str, str]] = [
        *({"digestSRI": sri(RAW, kind)} for kind in ("sha256", "sha384", "sha512")),
        {"digestSRI": sri(b"", "sha512") + " " + sri(RAW)},
        {"digestMultibase": "u" + base64url_encode(b"\x12\x20" + sha)},
        {"digestMultibase": base58_encode(b"\x12\x20" + sha)},
        {"digestMultibase": "u" + base64url_encode(sha)},
        {"digestMultibase": "u" + base64url_encode(b"\x13\x40" + hashlib.sha512(RAW).digest())},
    ]
    assert faults(*({"id": V2} | one for one in good)) == []


@pytest.mark.parametrize(
    "digest",
    [
        {"digestSRI": sri(b"another")},
        {"digestSRI": "sha384-" + "_" * 64},
        {"digestSRI": "sha256-"},
        {"digestMultibase": "u" + base64url_encode(b"\x12\x20" + bytes(32))},
        {"digestMultibase": "u" + base64url_encode(bytes(32))},
        {"digestMultibase": "u!"},
        {"digestMultibase": "z0"},
    ],
)
def test_the_digest_of_another_is_a_fault(digest):
    (name,) = digest
    assert faults({"id": V2} | digest) == [f"/relatedResource/0/{name}"]
    assert faults({"id": "https://other.example/1"} | digest) == []


def test_what_cannot_be_told_is_no_fault():
    texts: list[dict[str, Any]] = [{"digestSRI": "md5-abc"}, {"digestMultibase": "f00"}, {"digestMultibase": "uAAEC"}]
    unknown = [*texts, {"digestSRI": 7}, {}]
    assert faults(*({"id": V2} | one for one in unknown), 7, None, "text", []) == []
