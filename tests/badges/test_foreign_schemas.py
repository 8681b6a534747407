"""Schemas that somebody else wrote: judged as `jsonschema` judges, and never for long."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft201909Validator, Draft202012Validator

from badges import to_json
from badges.errors import ForeignSchemaError
from badges.verifying import jsonschemas
from badges.verifying.jsonschemas import LARGEST_SCHEMA, schema_faults
from badges.work import working
from tests.badges import official
from tests.badges.samples import signed

DRAFTS = {
    "https://json-schema.org/draft/2020-12/schema": Draft202012Validator,
    "https://json-schema.org/draft/2019-09/schema": Draft201909Validator,
    "http://json-schema.org/draft-07/schema#": Draft7Validator,
}
LONG = "a" * 60_000


def faults(document: Any, schema: Any) -> list[str]:
    return [str(one) for one in schema_faults(document, json.dumps(schema).encode())]


# --- what is judged -------------------------------------------------------------------------------


def test_1edtech_s_own_schema_takes_a_badge_of_ours_and_refuses_what_lacks_a_part():
    schema = json.dumps(official.schema(official.BADGE)).encode()
    badge = signed()
    assert schema_faults(badge, schema) == []
    for name in ("issuer", "credentialSubject", "validFrom"):
        without = {key: value for key, value in badge.items() if key != name}
        (fault,) = schema_faults(without, schema)
        assert name in fault.message


def test_a_fault_says_where_and_what():
    assert faults({"a": {"b": 3}}, {"properties": {"a": {"properties": {"b": {"type": "string"}}}}}) == [
        "/a/b: 3 is not of type 'string'"
    ]


LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ab", "b1"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(
            ["object", "array", "string", "integer", "number", "null", "boolean", ["object", "null"]]
        ),
        "minimum": st.integers(-2, 2),
        "maxLength": st.integers(0, 2),
        "minItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
        "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
        "const": VALUES,
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "pattern": st.sampled_from(["^a", "b$", "[0-9]", "^(a|b)+$", ""]),
    },
)
SCHEMAS = st.recursive(
    st.booleans() | PLAIN,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b|c", "."]), inner, max_size=2),
            "additionalProperties": inner,
            "propertyNames": inner,
            "items": inner,
            "contains": inner,
            "not": inner,
            "if": inner,
            "then": inner,
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
        },
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("draft", DRAFTS)
@settings(max_examples=150)
@given(document=st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), schema=SCHEMAS)
def test_it_says_what_jsonschema_says(draft: str, document: Any, schema: Any):
    whole = {"$schema": draft, "properties": {"a": schema}, "allOf": [schema]}
    try:
        found = faults(document, whole)
    except ForeignSchemaError as error:
        assert "steps" in str(error)  # noqa: PT017  it may cost too much, and nothing else
        return
    assert bool(found) == (not DRAFTS[draft](whole).is_valid(document))


def test_references_lead_to_places_in_the_same_schema():
    inside = {"$defs": {"k": {"$anchor": "k", "const": 1}}}
    for reference in ("#/$defs/k", "#k", "https://schemas.example/one#/$defs/k"):
        schema = inside | {"$id": "https://schemas.example/one", "properties": {"a": {"$ref": reference}}}
        assert faults({"a": 1}, schema) == []
        assert faults({"a": 2}, schema) == ["/a: 1 was expected"]


# --- what is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "schema",
    [
        [],
        {"$schema": "http://json-schema.org/draft-04/schema#"},
        {"$ref": "https://elsewhere.example/schema"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#/title", "title": "no schema"},
        {"$dynamicRef": "#x"},
        {"unevaluatedProperties": False},
        {"properties": {"a": {"$id": "https://other.example"}}},
        {"pattern": "(?=a)b"},
        {"pattern": "(a)\\1"},
        {"patternProperties": {"(": True}},
        {"required": "a"},
        {"minimum": "1"},
        {"multipleOf": 0},
        {"type": "thing"},
        {"type": [["object"]]},
        {"enum": 1},
        {"allOf": []},
        {"anyOf": {}},
        {"properties": []},
        {"properties": {"a": 1}},
        {"dependentRequired": {"a": "b"}},
        {"maxItems": -1},
        {"$ref": "#"},
        {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "items": [True]},
    ],
)
def test_what_cannot_be_judged_is_said_to_be_so(schema: Any):
    with pytest.raises(ForeignSchemaError, match=r"wanted|not judged"):
        faults({"a": "b"}, schema)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"a": 1, "a": 2}', b" " * (LARGEST_SCHEMA + 1)])
def test_what_is_no_schema_is_refused(raw: bytes):
    with pytest.raises(ForeignSchemaError, match="wanted"):
        schema_faults({}, raw)


DOUBLING: dict[str, Any] = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)} | {"d30": False}


@pytest.mark.parametrize(
    ("document", "schema"),
    [
        ({}, {"$defs": DOUBLING, "$ref": "#/$defs/d0"}),
        ({"a": LONG}, {"properties": {"a": {"pattern": "(a?){500}b{500}"}}}),
        ({"a": ["x"] * 15_000}, {"anyOf": [{"type": "string"}] * 5_000}),
        ({"a": [1] * 30_000}, {"properties": {"a": {"items": {"type": "integer"}}}}),
        ({"a": [1] * 30_000}, {"allOf": [{"properties": {"a": {"items": True}}}] * 3_000}),
        ({f"k{n}": 1 for n in range(5_000)}, {"patternProperties": {f"^(x|y){n}": True for n in range(2_000)}}),
        ({f"k{n}": 1 for n in range(3_000)}, {"allOf": [{"additionalProperties": {"type": "integer"}}] * 50}),
        ({"a": "x"}, {"properties": {"a": {"allOf": [{"pattern": f"(a{n}?){{50}}"} for n in range(3_000)]}}}),
    ],
    ids=["doubling", "pattern", "alternatives", "items", "again and again", "names", "members", "patterns"],
)
def test_what_would_take_long_is_given_up(document: Any, schema: Any):
    with pytest.raises(ForeignSchemaError, match="less work"):
        faults(document, schema)


def test_patterns_do_not_go_back():
    """Each of these takes a matcher that does go back longer than anybody lives."""
    for pattern in ("^(a+)+$", "^(a|a)*b", "a.*a.*a.*a.*a.*b"):
        assert faults({"a": f"{LONG}!"}, {"properties": {"a": {"pattern": pattern}}})


def test_one_that_is_known_is_paid_for_as_if_it_was_not():
    schema = json.dumps({"properties": {"a": {"pattern": "^(a|b)+$"}}}).encode()

    def work() -> int:
        with working(0) as whole:
            assert schema_faults({"a": "ab"}, schema) == []
            return whole.beside("schemas", 0).spent

    jsonschemas._read.cache_clear()
    assert work() == work()


def test_all_that_is_written_twice_is_found_without_holding_each_against_each():
    same: list[object] = [{}] * 5_000
    assert faults({"a": same}, {"properties": {"a": {"uniqueItems": True}}})
    assert not faults({"a": [{"n": n} for n in range(2_000)]}, {"properties": {"a": {"uniqueItems": True}}})


@settings(max_examples=300)
@given(
    schema=st.recursive(
        VALUES,
        lambda inner: st.dictionaries(
            st.sampled_from(
                ["properties", "items", "allOf", "$ref", "type", "enum", "required", "if", "$defs", "minimum", "not"]
            ),
            inner,
            max_size=3,
        ),
        max_leaves=10,
    ),
    document=VALUES,
)
def test_any_json_is_a_schema_or_refused(schema: Any, document: Any):
    try:
        schema_faults({"a": document}, to_json(schema) if isinstance(schema, dict) else json.dumps(schema).encode())
    except ForeignSchemaError:
        return
