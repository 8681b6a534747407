"""JSON that two readers could see differently is refused, in words, by one error."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import schemas
from schemas.strict_json import LARGEST_INTEGER

REFUSED = {
    b"": "got nothing",
    b" \n": "got nothing",
    b"{": "got the end of the text",
    b"{'a': 1}": "line 1, column 2",
    b'{"a":1,}': "wanted JSON",
    b"[1] [2]": "Extra data",
    b"\xff\xfe": "got byte 0xff at offset 0",
    b'"\xed\xa0\x80"': "wanted JSON in UTF-8",
    b'\xef\xbb\xbf{"a":1}': "byte order mark",
    b'{"id":1,"id":2}': "got 'id' twice",
    b'[{"a":{"\\u0061":1,"a":2}}]': "got 'a' twice",
    b'{"a":NaN}': "wanted a finite number, got NaN",
    b"-Infinity": "got -Infinity",
    b"1e400": "got '1e400'",
    b"[" * 50_000: "32 levels",
    b'{"a":' * 50_000: "32 levels",
    b"[" * 33 + b"]" * 33: "32 levels",
    b"9007199254740992": "wanted an integer within",
    b"-9007199254740992": "wanted an integer within",
    b"1" * 100_000: "wanted an integer within",
    b'{"id":"\\ud800"}': "lone surrogates, got one of them (at /id)",
    b'{"\\udc00":1}': "wanted names that are text",
    b'"\\u0000"': "U+0000",
    b'"\x00"': "wanted JSON",
    b'"tab\there"': "wanted JSON",
}


@pytest.mark.parametrize(("raw", "words"), REFUSED.items(), ids=count())
def test_refused_in_words(raw, words):
    with pytest.raises(schemas.MalformedJSONError) as refusal:
        schemas.loads(raw)
    assert words in str(refusal.value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b" null ", None),
        (
            b'{"a":[true,false,null,"\\ud83d\\ude00","\\\\u0000"]}',
            {"a": [True, False, None, "😀", "\\u0000"]},
        ),
        ('"Käthe"'.encode(), "Käthe"),
        (b"9007199254740991", LARGEST_INTEGER),
        (b"[1.0, 1e3, -0.0, 1.5, 1e300]", [1, 1000, 0, 1.5, 1e300]),
        (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
    ],
)
def test_taken(raw, value):
    taken = schemas.loads(raw)
    assert taken == value
    assert repr(taken) == repr(value)  # 1 and 1.0 are equal, and written differently


@settings(deadline=None)
@given(raw=st.binary())
@example(raw=b'"\\uD800\\u"')
def test_bytes_raise_nothing_else(raw):
    with suppress(schemas.MalformedJSONError):
        schemas.loads(raw)


scalars = st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | st.text()
numbers = scalars | st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(value=st.recursive(numbers, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_what_is_written_is_read_back(value):
    raw = json.dumps(value).encode()
    if "\\u0000" in json.dumps(value).replace("\\\\", ""):
        with pytest.raises(schemas.MalformedJSONError):
            schemas.loads(raw)
    else:
        assert schemas.loads(raw) == value
