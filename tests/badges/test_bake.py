"""Baking: what goes into an image comes out of it, and broken or double images are refused."""

from __future__ import annotations

import struct
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from badges import BakingError, Design, badge_png, badge_svg, bake_png, bake_svg, to_json, unbake
from badges.pictures.bake import LARGEST_IMAGE
from badges.pictures.chunks import PNG_SIGNATURE
from tests.badges.samples import signed, signed_jwt, vector_bytes

DESIGN = Design("shield", "indigo", "H", "Helper")
PNG, SVG = badge_png(DESIGN, 64), badge_svg(DESIGN)
BADGE, TOKEN = to_json(signed()).decode(), signed_jwt()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks: bytes) -> bytes:
    head = PNG[: len(PNG_SIGNATURE) + 25]
    return head + b"".join(chunks) + chunk(b"IEND", b"")


def itxt(text: bytes, keyword: bytes = b"openbadgecredential", flags: bytes = b"\0\0") -> bytes:
    return chunk(b"iTXt", keyword + b"\0" + flags + b"\0\0" + text)


@pytest.mark.parametrize("payload", [BADGE, TOKEN, "{}", '{"a": "]]>"}', '{"ä": "日本"}'])
@pytest.mark.parametrize(("bake", "image"), [(bake_png, PNG), (bake_svg, SVG)], ids=["png", "svg"])
def test_what_goes_in_comes_out(bake, image, payload):
    assert unbake(bake(image, payload)) == payload


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
        min_size=1,
        max_size=60,
    )
)
@settings(max_examples=50)
def test_any_words_survive(words):
    payload = to_json({"name": words}).decode()

    assert unbake(bake_png(PNG, payload)) == unbake(bake_svg(SVG, payload)) == payload


def test_a_second_baking_replaces_the_first_in_png():
    assert unbake(bake_png(bake_png(PNG, BADGE), TOKEN)) == TOKEN


def test_a_second_baking_is_refused_in_svg():
    with pytest.raises(BakingError, match="without a credential"):
        bake_svg(bake_svg(SVG, BADGE), TOKEN)


def test_the_chunk_is_as_specified():
    """OB 3.0 "Portable Network Graphics (PNG)": one uncompressed iTXt, keyword openbadgecredential."""
    assert itxt(BADGE.encode()) in bake_png(PNG, BADGE)


@pytest.mark.parametrize(
    "svg",
    [
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
        '<?xml version="1.0" encoding="utf-8"?>\n<!-- a > b -->\n<svg a="/>" ></svg>',
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">\n<svg><g/></svg>',
        '<s:svg xmlns:s="http://www.w3.org/2000/svg"\n><s:g/></s:svg>',
        '<svg xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"/>',
        "\ufeff<svg/>",
    ],
)
def test_svgs_of_others_can_be_baked(svg):
    baked = bake_svg(svg.encode(), TOKEN)

    assert unbake(baked) == TOKEN
    assert baked.count(b"xmlns:openbadges=") == 1


@pytest.mark.parametrize(
    "svg",
    [
        b"",
        b"not xml",
        b"<html/>",
        b"<svg>",
        b"<svg>\xff</svg>",
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
        b"<!DOCTYPE svg [<!ELEMENT svg ANY>]><svg/>",
        b'<svg xmlns:openbadges="urn:other"/>',
        '<?xml version="1.0" encoding="utf-16"?><svg/>'.encode("utf-16"),
    ],
)
def test_what_is_no_plain_svg_is_refused(svg):
    with pytest.raises(BakingError):
        bake_svg(svg, BADGE)


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"GIF89a",
        PNG,
        SVG,
        PNG[:-1],
        PNG + b"x",
        PNG_SIGNATURE,
        png_with(itxt(b"{}"), itxt(b"{}")),
        png_with(itxt(b"{}", keyword=b"openbadges"), itxt(b"{}")),
        png_with(chunk(b"tEXt", b"openbadges\0{}"), itxt(b"{}", keyword=b"openbadges")),
        png_with(chunk(b"tEXt", b"openbadgecredential\0{}")),
        png_with(itxt(b"\xff\xfe")),
        png_with(itxt(b"{}", flags=b"\2\0")),
        png_with(itxt(b"no zlib", flags=b"\1\0")),
        png_with(itxt(zlib.compress(b"{}")[:-4], flags=b"\1\0")),
        png_with(chunk(b"iTXt", b"openbadgecredential\0\0")),
        png_with(chunk(b"IHDR", b""), itxt(b"{}")),
        PNG_SIGNATURE + itxt(b"{}"),
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR",
        b"<svg><credential>{}</credential></svg>",
        b'<svg xmlns:o="https://purl.imsglobal.org/ob/v3p0"><o:credential/><o:credential/></svg>',
        (
            b'<svg xmlns:n="https://purl.imsglobal.org/ob/v3p0" xmlns:o="http://openbadges.org">'
            b"<n:credential>{}</n:credential><o:assertion>{}</o:assertion></svg>"
        ),
    ],
)
def test_images_without_exactly_one_credential_are_refused(image):
    with pytest.raises(BakingError):
        unbake(image)


@pytest.mark.parametrize(
    "image",
    [
        png_with(itxt(b"https://old.example/1", keyword=b"openbadges")),
        png_with(itxt(zlib.compress(b"https://old.example/1"), keyword=b"openbadges", flags=b"\1\0")),
        png_with(chunk(b"tEXt", b"openbadges\0https://old.example/1")),
        b'<svg xmlns:o="http://openbadges.org"><o:assertion verify="https://old.example/1"/></svg>',
        b'<svg xmlns:o="http://openbadges.org"><o:assertion verify="x"> https://old.example/1 </o:assertion></svg>',
    ],
)
def test_what_open_badges_2_0_baked_is_read_too(image):
    assert unbake(image) == "https://old.example/1"


def test_compressed_text_is_read_within_limits():
    assert unbake(png_with(itxt(zlib.compress(b"{}"), flags=b"\1\0"))) == "{}"
    with pytest.raises(BakingError, match="at most 1048576 bytes"):
        unbake(png_with(itxt(zlib.compress(b"x" * 3_000_000), flags=b"\1\0")))


@pytest.mark.parametrize(
    "hostile",
    [
        png_with(*[chunk(b"tEXt", b"a\0b")] * 100_000),
        b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg>&b;</svg>',
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
        b"<svg>" + b"<g>" * 200_000,
        b"x" * (LARGEST_IMAGE + 1),
    ],
    ids=["chunks", "entities", "external", "depth", "size"],
)
def test_hostile_images_cost_little(hostile):
    begun = time.thread_time()
    with pytest.raises(BakingError):
        unbake(hostile)

    assert time.thread_time() - begun < 1


@given(st.data())
@settings(max_examples=60)
def test_any_flipped_bit_of_a_png_is_noticed(data):
    baked = bytearray(bake_png(PNG, TOKEN))
    at = data.draw(st.integers(0, len(baked) - 1))
    baked[at] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(BakingError):
        unbake(bytes(baked))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_else(raw):
    for image in (raw, PNG_SIGNATURE + raw, b"<svg>" + raw + b"</svg>"):
        with pytest.raises(BakingError):
            unbake(image)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("simple-json.png", "{"),
        ("simple-json.svg", "{"),
        ("simple-jwt.png", "eyJ"),
        ("simple-jwt.svg", "eyJ"),
    ],
)
def test_images_baked_elsewhere_are_read(name, begins):
    assert unbake(vector_bytes(f"1edtech/{name}")).startswith(begins)


@pytest.mark.parametrize("payload", [BADGE, TOKEN], ids=["json", "token"])
def test_another_implementation_reads_our_images(payload):
    baking = pytest.importorskip("openbadgeslib.baking")
    svg = baking.extract_svg(bake_svg(SVG, payload), element=baking.SVG_ELEMENT_OB3, text_fallback=True)

    assert baking.extract_png(bake_png(PNG, payload), keyword=baking.ITXT_KEYWORD_OB3) == payload
    assert svg == payload
