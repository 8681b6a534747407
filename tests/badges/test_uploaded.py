"""Pictures that a charter brings along: what they look like is kept, what they do or hide is not."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from badges import (
    DesignError,
    bake_png,
    bake_svg,
    cleaned,
    picture,
    picture_png,
    picture_svg,
    to_json,
    troubled,
    unbake,
)
from badges.pictures.chunks import PNG_SIGNATURE, Chunk, chunks
from badges.pictures.cleaning import LARGEST_PICTURE
from badges.pictures.uploaded import read_picture
from tests.badges.samples import signed

NS = 'xmlns="http://www.w3.org/2000/svg"'
SVG = (
    f'<svg {NS} viewBox="0 0 90 90"><defs><linearGradient id="g"><stop offset="0" stop-color="#123456"/>'
    '</linearGradient></defs><rect width="90" height="90" fill="url(#g)"/><text x="9" y="50">Hi</text></svg>'
).encode()


def png(width: int = 64, height: int = 64, *extra: bytes, mode: str = "RGBA") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), "#a03").save(file, "PNG")
    raw = file.getvalue()
    return raw[:-12] + b"".join(extra) + raw[-12:]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def uri(raw: bytes) -> str:
    return f"data:image/{'png' if raw.startswith(PNG_SIGNATURE) else 'svg+xml'};base64,{b64encode(raw).decode()}"


def prefixes(number: int) -> str:
    return " ".join(f'xmlns:p{one}="urn:{one}"' for one in range(number))


def entry(raw: bytes) -> dict[str, object]:
    return {"badge": "helper", "name": "Helper", "image": {"shape": "book", "data": uri(raw)}}


@pytest.mark.parametrize("raw", [SVG, png(), png(2_048, 1_700, mode="L")], ids=["svg", "png", "large"])
def test_what_is_clean_stays_as_it_is(raw):
    once = picture(raw)

    assert picture(once.content) == once == read_picture(once.uri)


def test_a_png_loses_all_but_its_looks():
    hidden = [chunk(b"tEXt", b"Comment\0secret"), chunk(b"eXIf", b"secret"), chunk(b"iTXt", b"x\0\0\0\0\0secret")]
    made = picture(png(100, 80, *hidden, chunk(b"zzZz", b"secret"))).content

    assert b"secret" not in made
    assert made == picture(png(100, 80)).content
    with Image.open(io.BytesIO(made)) as image:
        assert (image.size, image.convert("RGB").getpixel((9, 9))) == ((100, 80), (170, 0, 51))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "wanted a PNG or SVG, got what is neither"),
        (b"GIF89a", "wanted a PNG or SVG, got what is neither"),
        (b"<html/>", 'wanted <svg xmlns="http://www.w3.org/2000/svg">, got .html. without xmlns'),
        (b"<svg><rect/></svg>", "got 'svg' without xmlns"),
        (b"<svg xmlns='u:v'><rect/></svg>", "got 'svg' with xmlns 'u:v'"),
        (f"<s:svg {NS.replace('xmlns', 'xmlns:s')}><s:rect/></s:svg>".encode(), "elements have no prefix"),
        (SVG[:-3], "neither"),
        (f'<!DOCTYPE svg [<!ENTITY a "b">]><svg {NS}><text>&a;</text></svg>'.encode(), "neither"),
        (f"<svg {NS}><g/></svg>".encode(), "nothing is left"),
        (f"<svg {NS}><image href='data:image/png;base64,AA'/></svg>".encode(), "stands still, got one with <image>"),
        (f"<svg {NS}><rect/><script>alert(1)</script></svg>".encode(), "got one with <script>"),
        (f"<svg {NS}><rect><animate attributeName='x'/></rect></svg>".encode(), "got one with <animate>"),
        (png()[:-3], "wanted a PNG that is whole"),
        (png() + b"<script>", "nothing after IEND"),
        (png(63, 64), "wanted a PNG of 64 to 2048 pixels a side, got 63 by 64"),
        (png(2_049, 2_000, mode="1"), "got 2049 by 2000"),
        (png(200, 100), "about as wide as it is high, got 200 by 100"),
        (PNG_SIGNATURE + chunk(b"IHDR", b"\0") + chunk(b"IEND", b""), "a header of 13 bytes, got 1"),
        (PNG_SIGNATURE + png()[8:33] + chunk(b"IEND", b""), "wanted a PNG with pixels"),
        (b" " * (LARGEST_PICTURE + 1), "at most 262,144 bytes, got 262,145"),
        (f"<svg {NS}>{'<rect/>' * 30_000}</svg>".encode(), "at most 262,144 bytes once it is clean, .* got 300,0"),
        (f"<svg {NS}>{'<g>' * 64}<rect/>{'</g>' * 64}</svg>".encode(), "elements within one another to 64, got more"),
        (f"<svg {NS} {prefixes(64)}><rect/></svg>".encode(), "at most 64 namespaces at a time, got more"),
    ],
)
def test_what_is_no_picture_for_a_badge_is_refused(raw, words):
    with pytest.raises(DesignError, match=words):
        picture(raw)


@pytest.mark.parametrize(
    "inside",
    [
        "<g>" * 37_000 + "<rect/>" + "</g>" * 37_000,
        "<g>" * 60 + "<g/>" * 60_000 + "</g>" * 60,
        f"<g {prefixes(6_000)}>{'<g/>' * 25_000}</g><rect/>",
    ],
    ids=["deep", "many", "prefixes"],
)
def test_a_small_svg_takes_no_long_time_and_no_great_memory_to_clean(inside):
    program = """
import resource, sys
from badges import DesignError, picture
resource.setrlimit(resource.RLIMIT_DATA, (268_435_456, 268_435_456))
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
try:
    picture(sys.stdin.buffer.read())
except DesignError as error:
    print(error)
"""
    raw = f"<svg {NS}>{inside}</svg>".encode()
    ended = subprocess.run([sys.executable, "-c", program], input=raw, capture_output=True, check=False)

    assert len(raw) < LARGEST_PICTURE
    assert (ended.returncode, ended.stdout[:7]) == (0, b"wanted "), ended.stderr[-300:]


def test_an_svg_at_its_bounds_is_kept():
    deep = f"<svg {NS}>{'<g>' * 62}<rect/>{'</g>' * 62}</svg>"
    spaces = f"<svg {NS} {prefixes(63)}>{'<g/>' * 4_000}<rect/></svg>"
    for raw in (deep, spaces):
        assert b"<rect/>" in picture(raw.encode()).content


@pytest.mark.parametrize(
    "data", ["", "helper.svg", "data:image/gif;base64,AAAA", "data:image/png;base64,A", "data:image/png,x"]
)
def test_what_is_no_data_uri_is_refused(data):
    with pytest.raises(DesignError, match=r"wanted (data:image|base64)"):
        read_picture(data)


@given(st.binary(max_size=120))
def test_arbitrary_bytes_raise_nothing_else(raw):
    for given_bytes in (raw, PNG_SIGNATURE + raw, f"<svg {NS}>".encode() + raw + b"<rect/></svg>"):
        try:
            picture(given_bytes)
        except DesignError:
            continue


@pytest.mark.parametrize("raw", [SVG, png(128, 110)], ids=["svg", "png"])
def test_a_badge_shows_the_picture_it_was_given_and_carries_the_credential(raw):
    payload = to_json(signed()).decode()
    painted, drawn = picture_png(entry(raw), 128), picture_svg(entry(raw))

    assert unbake(bake_png(painted, payload)) == unbake(bake_svg(drawn, payload)) == payload
    with Image.open(io.BytesIO(painted)) as image:
        assert image.size == ((128, 110) if raw != SVG else (128, 128))
    assert (uri(picture(raw).content).encode() in drawn) == (raw != SVG)


def test_a_picture_that_got_in_unclean_is_not_shown():
    """By a ledger made elsewhere, say: then the badge is drawn, as if none had been given."""
    bad = entry(f"<svg {NS}><rect/><script>alert(1)</script></svg>".encode())

    assert picture_svg(bad) == picture_svg({**bad, "image": {"shape": "book"}})
    assert picture_png(bad, 64) == picture_png({**bad, "image": {"shape": "book"}}, 64)


def test_the_pictures_of_a_charter_are_cleaned_and_their_faults_placed():
    noisy = png(64, 64, chunk(b"tEXt", b"a\0b"))
    document: Any = {
        "badges": [{"badge": "plain", "name": "Plain"}, entry(noisy), entry(b"<html/>")],
        "ladder": [
            {"level": 0, "name": "\u200b", "image": {"symbol": "\t"}},
            {"level": 1, "name": "One", "credential": {"image": {"data": uri(png(9, 9))}}},
        ],
        "leader_roles": [{"role": "host", "name": "Host", "credential": {"image": {"data": uri(SVG)}}}],
    }
    found = cleaned(document)
    made = found.document

    assert [fault.pointer for fault in found.faults] == [
        "/ladder/0/image", "/badges/2/image/data", "/ladder/1/credential/image/data",
    ]  # fmt: skip
    assert found.pictures == {
        "/badges/1/image/data": picture(noisy),
        "/leader_roles/0/credential/image/data": picture(SVG),
    }
    assert made["badges"][1]["image"]["data"] == uri(picture(noisy).content)
    assert made["leader_roles"][0]["credential"]["image"]["data"] == uri(picture(SVG).content)
    assert document["badges"][1] == entry(noisy), "what was given is left alone"
    assert made["badges"][0] == document["badges"][0]


def test_the_pictures_of_a_charter_are_together_no_more_than_a_mebibyte():
    large = png(64, 64, chunk(b"PLTE", bytes(261_000)))
    found = cleaned({"badges": [entry(large)] * 5})

    assert [(fault.pointer, fault.message[:34]) for fault in found.faults] == [
        ("/badges/4/image/data", "wanted pictures of at most 1,048,5")
    ]


BLUR = f"""<svg {NS} viewBox="0 0 600 600"><filter id="f" x="-1000%" y="-1000%" width="3000%" height="3000%">
{'<feGaussianBlur stdDeviation="900"/>' * 200}</filter>
{'<g filter="url(#f)"><rect width="600" height="600"/></g>' * 300}</svg>""".encode()


def test_a_drawing_that_is_hard_to_paint_is_found_before_anybody_depends_on_it():
    assert troubled([]) is None
    assert troubled([picture(png()).drawing]) is None
    found = troubled([picture(SVG).content, picture(BLUR).content])

    assert found is not None
    assert found[0] == 1
    assert "wanted a drawing that is painted within 3 s" in found[1]


SHADOW = f"""<svg {NS} viewBox="0 0 600 600"><filter id="f"><feDropShadow dx="4" dy="4" stdDeviation="8"/></filter>
<rect x="50" y="50" width="500" height="500" filter="url(#f)"/></svg>""".encode()


def test_a_drawing_is_tried_as_it_is_shown_and_printed():
    """A shadow is quick as large as it is shown, and as small as a certificate has it."""
    assert troubled([picture(SHADOW).content]) is None


@pytest.mark.parametrize("letter", ["\ue000", "\U00012000"], ids=["private", "cuneiform"])
def test_words_that_no_certificate_could_have_are_found_too(letter):
    said = f'<svg {NS} viewBox="0 0 90 90"><text x="9" y="50">{letter}</text></svg>'.encode()
    found = troubled([picture(SVG).content, picture(said).content])

    assert found is not None
    assert found[0] == 1
    assert "wanted a drawing that can be printed, got: PDF/A-3a" in found[1]
    assert "letters that were made paths always can" in found[1]


def test_emoji_are_left_out_in_print_and_nothing_is_wrong_with_them():
    said = f'<svg {NS} viewBox="0 0 90 90"><text x="9" y="50">Well done \U0001f389</text></svg>'.encode()
    assert troubled([picture(said).content]) is None


def test_a_png_whose_pixels_are_damaged_is_found_too():
    damaged = [Chunk(one.kind, b"no pixels" if one.kind == b"IDAT" else one.data).whole() for one in chunks(png())]
    found = troubled([picture(png()).drawing, picture(PNG_SIGNATURE + b"".join(damaged)).drawing])

    assert found is not None
    assert found[0] == 1
    assert "wanted a drawing, got: failed to process image" in found[1]
