"""JSON that two readers could see differently is refused, in words, by one error."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import schemas
from schemas import strict_json
from schemas.strict_json import LARGEST_INTEGER, loads_slowly
from tests.schemas import corpus

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
    b'{"a":1,"b":2,"a":1}': "got 'a' twice",
    b'{"a":{"b":[{"c":1,"d":{},"c":1}]}}': "got 'c' twice",
    b'{"a":1,"\\u0061":":"}': "got 'a' twice",
    b'{"\\u003a":":","\\u003A":1}': "got ':' twice",
    b'{":":":::",":":""}': "got ':' twice",
    b'{"\\"":1,"\\u0022":2}': "twice",
    b'{"\\\\":"\\"","\\u005c":"\\\\\\""}': "twice",
    b'{"\\/":1,"/":"\\"\\"\\"\\""}': "got '/' twice",
    b'{"a":"\\"","a":"\\\\\\""}': "got 'a' twice",
    b'{"a":"\\u0022\\u0022","b":1,"a":2}': "got 'a' twice",
    '{"ä":1,"\\u00e4":"::"}'.encode(): "twice",
    b'{"":1,"":1}': "got '' twice",
    b'{"a":1.0,"a":1e300}': "got 'a' twice",
    b'{"a":0,"a":10000000000000000000000}': "wanted",
    b'{"a":NaN}': "wanted a finite number, got NaN",
    b"-Infinity": "got -Infinity",
    b"1e400": "got '1e400'",
    b"[" * 50_000: "32 levels",
    b'{"a":' * 50_000: "32 levels",
    b"[" * 33 + b"]" * 33: "32 levels",
    b"[-0, 9007199254740992]": "wanted an integer within",
    b"18446744073709551616": "wanted an integer within",
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


@given(raw=st.binary())
@example(raw=b'"\\uD800\\u"')
def test_bytes_raise_nothing_else(raw):
    with suppress(schemas.MalformedJSONError):
        schemas.loads(raw)


scalars = st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | st.text()
numbers = scalars | st.floats(allow_nan=False, allow_infinity=False)


@given(value=st.recursive(numbers, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_what_is_written_is_read_back(value):
    raw = json.dumps(value).encode()
    if "\\u0000" in json.dumps(value).replace("\\\\", ""):
        with pytest.raises(schemas.MalformedJSONError):
            schemas.loads(raw)
    else:
        assert schemas.loads(raw) == value


def outcome(read, raw):
    """Return what `read` makes of `raw`, told apart to the type, or the words it refuses it with."""
    try:
        return repr(read(raw))
    except schemas.MalformedJSONError as error:
        return error


def as_the_authority(raw):
    quick, slow = outcome(schemas.loads, raw), outcome(loads_slowly, raw)
    return str(quick) == str(slow) and isinstance(quick, str) == isinstance(slow, str)


@pytest.mark.parametrize("raw", REFUSED, ids=count())
def test_what_is_refused_is_refused_by_the_authority(raw):
    assert as_the_authority(raw)


# JSON as someone might write it: few letters, so that names meet, and every way to write each of them
LETTERS = ["a", "b", ":", '"', "\\", "/", "{", "[", "é", "😀", "\n", "\0", "u0000"]
SPACES = ["", "", "", " ", "\n", "\t \r"]
WHOLE = [
    "0",
    "-0",
    "7",
    "-1",
    "9007199254740991",
    "9007199254740992",
    "-9007199254740991",
    "-9007199254740992",
    "1" * 25,
]
PARTS = ["1.0", "-0.0", "0.5", "1e3", "1E+2", "5e-1", "1e300", "9007199254740993.0"]
BROKEN = ["1e400", "01", "1.", ".5", "+1", "NaN", "nul", "", "'a'", '"\t"', '"\\x"', '"\\ud800"', "\x0b"]
SHORT = {"\n": "\\n", '"': '\\"', "\\": "\\\\", "/": "\\/", "\0": "\\u0000"}


class Writer:
    """Writes JSON in any way there is, and now and then in a way there is not."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  no secret: the same texts in every run
        self.one = self.random.choice

    def text(self) -> str:
        return '"' + "".join(self.letter(self.one(LETTERS)) for _ in range(self.one([0, 1, 1, 1, 2, 3]))) + '"'

    def letter(self, letter: str) -> str:
        units = letter.encode("utf-16-be").hex()
        escaped = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
        plain = letter if letter.isprintable() and letter not in '"\\' else escaped
        return self.one([plain, plain, SHORT.get(letter, plain), escaped, escaped.upper().replace("U", "u")])

    def value(self, room: int) -> str:
        kind = self.one("tn[{{{") if room else self.one("tn")
        if kind == "n":
            return self.one(
                self.one([WHOLE, PARTS, ["true", "false", "null"], BROKEN if self.random.random() < 0.1 else WHOLE])
            )
        if kind == "t":
            return self.text()
        if kind == "[":
            return "[" + ",".join(self.value(room - 1) for _ in range(self.one([0, 1, 2, 3]))) + self.one(SPACES) + "]"
        members = (
            f"{self.space()}{self.text()}{self.space()}:{self.space()}{self.value(room - 1)}"
            for _ in range(self.one([0, 1, 2, 3, 4]))
        )
        return "{" + ",".join(members) + self.space() + "}"

    def space(self) -> str:
        return self.one(SPACES)


def test_however_it_is_written_it_is_read_as_the_authority_reads_it():
    read = 0
    for seed in range(4_000):
        writer = Writer(seed)
        raw = f"{writer.space()}{writer.value(4)}{writer.space()}".encode()
        assert as_the_authority(raw), raw
        read += isinstance(outcome(schemas.loads, raw), str)
    assert 1_000 < read < 3_500  # of each enough


def test_broken_bytes_are_read_as_the_authority_reads_them():
    for seed in range(4_000):
        writer = Writer(seed)
        raw, place = writer.value(3).encode(), writer.random.random()
        cut = int(len(raw) * place)
        broken = raw[:cut] + writer.random.randbytes(writer.one([0, 1, 1, 2])) + raw[cut + writer.one([0, 1, 2]) :]
        assert as_the_authority(broken), broken


@pytest.mark.parametrize("levels", [1, 2, 15, 16, 31, 32, 33, 34, 64])
@pytest.mark.parametrize("inside", ["1", "[]", "{}", '"]"', '{"a":"["}', "[1,{}]"])
@pytest.mark.parametrize(
    ("opened", "closed"), [("[", "]"), ('{"a":', "}"), ('[{}, "]]]", ', "]"), ('{"[":"]", "a": ', "}")]
)
def test_depth_is_counted_as_the_authority_counts_it(levels, inside, opened, closed):
    raw = (opened * levels + inside + closed * levels).encode()
    assert as_the_authority(raw)
    assert as_the_authority(b"[" + b",".join([b'{"a":{"b":[]}}'] * 40 + [raw]) + b"]")


def test_events_need_no_authority(monkeypatch):
    """Compact, spaced or escaped, alone or in a batch: what is plainly good is read the quick way."""
    monkeypatch.setattr(strict_json, "loads_slowly", None)
    quoted = corpus.MOST["endorsement"] | {"comment": 'She said: "C:\\"\n\\', "symbol": "\\"}
    events = [*corpus.valid(), corpus.event("endorsement", quoted)]
    for one in events:
        for raw in (
            json.dumps(one),
            json.dumps(one, ensure_ascii=False, separators=(",", ":")),
            json.dumps(one, indent=1),
        ):
            assert schemas.loads(raw.encode()) == one
            assert schemas.loads(f" {raw}\r\n".encode()) == one
    assert schemas.loads(json.dumps(events).encode()) == events


@pytest.mark.parametrize(
    ("value", "count"), [(None, 1), ("ü" * 100, 1), ([], 1), ([1, [2, "three"]], 5), ({"a": {"b": [True, 1.5]}}, 5)]
)
def test_what_is_measured_is_about_what_is_written(value, count):
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    values, size = schemas.measured(value)
    assert values == count
    assert abs(size - len(written)) <= 3 * count
