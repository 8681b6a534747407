"""A request is taken apart without reading what is to be verified."""

from __future__ import annotations

import json

import pytest

from api.vcapi.parting import LARGEST_REST, parted
from schemas import MalformedJSONError

DOCUMENT = b'{"a": [1, {"b":"\\u00e9"}], "a" :2}'  # it is not read, so nothing is said of it


@pytest.mark.parametrize("space", [b"", b" ", b"\n\t"])
@pytest.mark.parametrize("inner", [DOCUMENT, b'"e.y.z"', b"[]", b"null", b"1e400"])
def test_the_document_stays_as_it_came(inner: bytes, space: bytes):
    raw = space.join([b"{", b'"options"', b":", b'{"checks":["proof"]}', b",", b'"vc"', b":", inner, b"}"])
    assert parted(raw, "vc", unless="@context") == ({"options": {"checks": ["proof"]}, "vc": None}, inner)


def test_without_a_document_there_is_none():
    assert parted(b"{}", "vc", unless="@context") is None
    assert parted(b'{"vc":{},"@context":[]}', "vc", unless="@context") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'"text"',
        b"\xff",
        b"{" + b" " * 9 + b"]",
        b'{"vc":{}} more',
        b'{"vc":{},"vc":{}}',
        b'{"vc":{},"v\\u0063":{}}',
        b'{"vc":{},"vc":{"other":1}}',
        b'{"a":1,"a":2}',
        b'{"a":1,"a":2,"vc":{}}',
        b'{"vc":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"vc":{},"options":' + b"[" * 40 + b"]" * 40 + b"}",
        json.dumps({"vc": {}, "options": "x" * LARGEST_REST}).encode(),
    ],
)
def test_what_two_could_read_differently_is_refused(raw: bytes):
    with pytest.raises(MalformedJSONError, match="wanted"):
        parted(raw, "vc", unless="@context")
