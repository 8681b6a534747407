"""The schema files themselves keep the promises that storage and messages rest on."""

from __future__ import annotations

import re

import jsonschema
import pytest

import schemas
from schemas.documents import FORMATS, document, validator

FILES = ["common", "envelope", *(f"{name}.v1" for name in schemas.FACT_TYPES)]
OPEN_TEXT = re.compile(r"\^\[[A-Za-z0-9._/-]+\]\{(1,)?\d+\}\$")


def nodes(node):
    """Yield every object inside a schema."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from nodes(inner)


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_a_2020_12_schema_with_its_own_name(name):
    loaded = document(f"events/{name}")
    jsonschema.Draft202012Validator.check_schema(loaded)
    assert loaded["$id"] == f"https://guildbook.org/schemas/events/{name}.json"


@pytest.mark.parametrize("name", FILES)
def test_a_pattern_or_format_is_also_said_in_words(name):
    for node in nodes(document(f"events/{name}")):
        if isinstance(node.get("pattern"), str) or isinstance(node.get("format"), str):
            assert node["x-wanted"]


def test_every_envelope_type_is_a_fact_type():
    types = document("events/envelope")["properties"]["type"]["enum"]
    assert tuple(types) == tuple(f"org.guildbook.{name}.v1" for name in schemas.FACT_TYPES)


@pytest.mark.parametrize("name", schemas.FACT_TYPES)
def test_fact_schema_stands_alone_and_belongs_to_the_caller(name):
    schema = schemas.fact_schema(name)
    assert not any("$ref" in node for node in nodes(schema))
    assert not schema.get("additionalProperties", True)
    schema.clear()
    assert schemas.fact_schema(name)["type"] == "object"


@pytest.mark.parametrize("name", schemas.FACT_TYPES)
def test_open_text_is_an_enum_or_a_slug(name):
    """What is stored in the clear can hold no free text."""
    for field in schemas.fact_schema(name)["properties"].values():
        accounts = [node for node in nodes(field) if node.get("title") == "an account"]
        for node in nodes(field) if field.get("x-kept") == "open" and not accounts else ():
            if node.get("type") == "string":
                bounded = "enum" in node or node.get("format") == "date-time"
                assert bounded or OPEN_TEXT.fullmatch(node["pattern"]), node


@pytest.mark.parametrize("name", schemas.FACT_TYPES)
def test_every_field_says_how_it_is_kept(name):
    for label, field in schemas.fact_schema(name)["properties"].items():
        kept = {node["x-kept"] for node in nodes(field) if "x-kept" in node}
        assert kept, label
        assert kept <= {"open", "token", "sealed"}


def test_an_unknown_fact_type_is_refused():
    with pytest.raises(schemas.UnknownFactTypeError, match="got 'nonsense'"):
        schemas.fact_schema("nonsense")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date-time", ["2026-03-01T10:00:00Z"], ["yesterday", "2026-03-01", ""]),
        (
            "uri-reference",
            ["https://a.example/x?y#z", "urn:a:b", "/x", "", "#f"],
            ["a b", "http://[::1", "é", "/x\n"],
        ),
    ],
)
def test_formats_really_check(name, good, bad):
    assert all(FORMATS[name](text) for text in good)
    assert not any(FORMATS[name](text) for text in bad)


def test_formats_take_hostile_text_in_stride():
    for text in (
        "http://" + "a" * 512,
        "%" * 512,
        ":" * 512,
        "http://[" + "1:" * 250,
        "//" + "@:" * 256,
        "/" * 512,
    ):
        FORMATS["uri-reference"](text + " ")


def test_a_validator_is_made_once():
    assert validator("events/envelope") is validator("events/envelope")


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(schemas.SchemaError, match="events/none"):
        document("events/none")
