"""Generated badges: every shape and colour, readable, safe, and the same every time."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from badges import Design, DesignError, badge_png, badge_svg, design_of, pictured
from badges.pictures.colour import PALETTE, READABLE, contrast, mixed, shades
from badges.pictures.outline import CANVAS, SHAPES, outline

INDIGO = Design("shield", "indigo", "H", "Helper")
SVG = "{http://www.w3.org/2000/svg}"


def painted(design: Design, size: int) -> Image.Image:
    with Image.open(io.BytesIO(badge_png(design, size))) as image:
        image.load()
        return image.copy()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [16, 64, 300])
def test_every_shape_is_painted_at_every_size(shape, size):
    image = painted(Design(shape, "teal", "P", "Practice sharer"), size)

    assert image.size == (size, size)
    assert image.mode == "RGBA"
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    assert image.getchannel("A").getpixel((size // 2, size // 2)) == 255


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_written_as_svg(shape):
    root = fromstring(badge_svg(Design(shape, "#ffe600", "XII", 'Level <twelve> & "more"')))

    assert root.tag == f"{SVG}svg"
    assert root.get("aria-label") == 'Level <twelve> & "more"'
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        "svg", "defs", "linearGradient", "stop", "clipPath", "rect", "path", "text",
    }  # fmt: skip


def test_the_outlines_stay_on_the_canvas():
    for shape in SHAPES:
        assert all(0 <= x <= CANVAS and 0 <= y <= CANVAS for x, y in outline(shape))


def test_the_same_design_gives_the_same_bytes():
    assert badge_png(INDIGO, 64) == badge_png(INDIGO, 64)
    assert badge_svg(INDIGO) == badge_svg(INDIGO)


@pytest.mark.parametrize("name", sorted(PALETTE))
def test_symbols_can_be_read_on_every_colour_of_the_palette(name):
    found = shades(name)

    assert contrast(found.ink, found.top) >= READABLE
    assert contrast(found.ink, found.bottom) >= READABLE
    assert contrast(found.lettering, found.paper) >= READABLE


@given(st.integers(0, 0xFFFFFF))
def test_symbols_can_be_read_on_any_colour(number):
    found = shades(f"#{number:06x}")

    assert min(contrast(found.ink, found.top), contrast(found.ink, found.bottom)) >= READABLE
    assert contrast(found.lettering, found.paper) >= READABLE


def test_contrast_is_that_of_the_guideline():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"


def test_the_name_is_lettered_where_it_can_be_read():
    with_name, other_name = (painted(Design("circle", "moss", "1", name), 300) for name in ("First share", "Another"))
    small, other_small = (painted(Design("circle", "moss", "1", name), 64) for name in ("First share", "Another"))

    assert with_name.tobytes() != other_name.tobytes()
    assert small.tobytes() == other_small.tobytes()


def test_words_that_our_font_lacks_become_a_star_and_stay_in_svg():
    japanese = Design("circle", "sky", "日", "日本語")

    assert badge_png(japanese, 300) == badge_png(Design("circle", "sky", "*", "日本"), 300)
    assert "日本語" in badge_svg(japanese).decode()


@given(st.text(max_size=80), st.text(min_size=1, max_size=3))
@settings(max_examples=25)
def test_any_words_make_a_badge_or_a_clear_refusal(name, symbol):
    design = Design("hexagon", "plum", symbol, name)
    try:
        fromstring(badge_svg(design))
    except DesignError:  # a symbol of nothing but controls
        return
    assert painted(design, 160).size == (160, 160)


def test_every_level_has_marks_of_its_own_and_a_role_its_laurel():
    plain = Design("shield", "indigo", "R", "Regular")
    drawn = {badge_svg(replace(plain, level=level)) for level in range(21)}

    assert len(drawn | {badge_svg(replace(plain, leads=True))}) == 22
    assert len({badge_png(replace(plain, level=level), 64) for level in range(21)}) == 21


@pytest.mark.parametrize("shape", SHAPES)
def test_marks_stay_within_the_badge(shape):
    """Whatever is drawn over it changes nothing of its outline, small or large."""
    plain = Design(shape, "teal", "XII", "M")
    for size in (64, 160):
        drawn = [painted(one, size) for one in (plain, replace(plain, leads=True), replace(plain, level=19))]
        outlines = {image.getchannel("A").point(lambda alpha: 255 * (alpha > 127)).tobytes() for image in drawn}
        assert len(outlines) == 1


def test_a_level_and_a_role_of_a_charter_are_drawn_as_what_they_are():
    charter = {
        "ladder": [{"level": 0, "name": "Guest"}, {"level": 3, "name": "Regular", "credential": {"name": "A regular"}}],
        "leader_roles": [{"role": "host", "name": "Host", "image": {"shape": "rosette"}}],
    }
    level, role = (design_of(pictured(charter, *which)) for which in (("level", "3"), ("role", "host")))

    assert (level.name, level.symbol, level.level, level.leads) == ("A regular", "AR", 3, False)
    assert (role.shape, role.symbol, role.level, role.leads) == ("rosette", "H", 0, True)
    assert design_of(pictured(charter, "level", "0")).level == 0
    for unknown in (("level", "1"), ("role", "3"), ("badge", "host")):
        with pytest.raises(KeyError):
            pictured(charter, *unknown)


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (Design("cube", "indigo", "H", "x"), "shape: wanted one of shield"),
        (Design("shield", "#12", "H", "x"), "colour: wanted #rrggbb"),
        (Design("shield", "In Digo", "H", "x"), "colour: wanted #rrggbb"),
        (Design("shield", "indigo", "HELP", "x"), "symbol: wanted 1 to 3 characters"),
        (Design("shield", "indigo", "\n", "x"), "symbol: wanted 1 to 3 characters"),
    ],
)
def test_what_cannot_be_drawn_is_refused(design, words):
    with pytest.raises(DesignError, match=words):
        badge_svg(design)


@pytest.mark.parametrize("size", [0, 15, 2_049, -1])
def test_sizes_are_bounded(size):
    with pytest.raises(DesignError, match="size: wanted 16 to 2048 pixels"):
        badge_png(INDIGO, size)


def test_a_charter_s_badge_is_drawn_as_it_says():
    given_badge = {
        "badge": "helper",
        "name": "Helper",
        "image": {"shape": "book", "colour": "wine", "symbol": "★"},
    }

    assert design_of(given_badge) == Design("book", "wine", "★", "Helper")


def test_what_a_charter_leaves_out_follows_from_its_words():
    bare = {"badge": "steady-hand", "name": "Steady hand"}

    assert design_of(bare) == design_of(bare)
    assert design_of(bare).symbol == "SH"
    assert design_of(bare).shape in SHAPES
    badge_svg(design_of(bare | {"name": "!!!"}))


def test_an_unknown_colour_name_still_gives_a_colour():
    assert shades("heather") == shades("heather")
