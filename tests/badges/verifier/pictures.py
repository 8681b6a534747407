"""Pictures that carry a badge otherwise than they should, and XML that is no picture at all."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from badges import Design, Verdict, badge_png, badge_svg, bake_png, bake_svg
from badges.pictures.chunks import PNG_SIGNATURE, Chunk, chunks
from tests.badges.verifier.making import Case, bare, claims, signed, token

if TYPE_CHECKING:
    from collections.abc import Iterator

DESIGN = Design("hexagon", "teal", "H", "Helper")
PNG, SVG = badge_png(DESIGN, 64), badge_svg(DESIGN)
BADGE, TOKEN = signed(bare()), token(claims())
NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
KEYWORD = b"openbadgecredential"
BILLION = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


def png(*texts: bytes, kind: bytes = b"iTXt", after: bytes = b"") -> bytes:
    """Return our picture with chunks of text after its first."""
    made = bytearray(PNG_SIGNATURE)
    for chunk in chunks(PNG):
        made += chunk.whole()
        if chunk.kind == b"IHDR":
            made += b"".join(Chunk(kind, text).whole() for text in texts)
    return bytes(made) + after


def field(text: bytes, *, keyword: bytes = KEYWORD, flags: bytes = b"\0\0", rest: bytes = b"\0\0") -> bytes:
    return keyword + b"\0" + flags + rest + text


def carrying(inner: str, *, before: str = "", root: str = "svg") -> bytes:
    """Return an SVG with `inner` in it, and `before` before it."""
    return (
        f'{before}<{root} xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="{NAMESPACE}">{inner}</{root}>'.encode()
    )


def element(text: str) -> str:
    return f"<openbadges:credential><![CDATA[{text}]]></openbadges:credential>"


def of_png() -> Iterator[tuple[str, bytes]]:
    """Yield PNGs."""
    whole = bake_png(PNG, BADGE.decode())
    place = whole.index(KEYWORD)
    yield "no credential", PNG
    yield "two of them", png(field(BADGE), field(BADGE))
    yield "two different ones", png(field(BADGE), field(TOKEN))
    yield "another keyword", png(field(BADGE, keyword=b"openbadge"))
    yield "a keyword in other letters", png(field(BADGE, keyword=b"OpenBadgeCredential"))
    yield "the keyword of text that is not iTXt", png(KEYWORD + b"\0" + BADGE, kind=b"tEXt")
    yield "the keyword of compressed text", png(KEYWORD + b"\0\0" + zlib.compress(BADGE), kind=b"zTXt")
    yield "a bomb", png(field(zlib.compress(bytes(100_000_000), 9), flags=b"\1\0"))
    yield "compressed text that is cut", png(field(zlib.compress(BADGE)[:-9], flags=b"\1\0"))
    yield "text that says it is compressed", png(field(BADGE, flags=b"\1\0"))
    yield "an unknown compression", png(field(zlib.compress(BADGE), flags=b"\1\1"))
    yield "an unknown flag", png(field(BADGE, flags=b"\2\0"))
    yield "no language", png(KEYWORD + b"\0\0\0")
    yield "text not in UTF-8", png(field(b"\xff\xfe{}"))
    yield "empty text", png(field(b""))
    yield "a picture in text", png(field(PNG))
    yield "a wrong checksum", whole[:place] + b"O" + whole[place + 1 :]
    yield "its end cut off", whole[:-20]
    yield "something after its end", png(field(BADGE), after=b"x")
    yield "its first chunk missing", PNG_SIGNATURE + whole[33:]
    yield "a chunk that is too long for it", PNG_SIGNATURE + b"\x7f\xff\xff\xff" + whole[12:]
    yield "nothing after its signature", PNG_SIGNATURE
    yield "too many chunks", png(*[b""] * 10_001, field(BADGE), kind=b"tEXt")


def of_svg() -> Iterator[tuple[str, bytes]]:
    """Yield SVGs, and what only looks like one."""
    text = BADGE.decode()
    entity = '<!DOCTYPE svg [<!ENTITY a "x">]>'
    yield "no credential", SVG
    yield "two of them", carrying(element(text) * 2)
    yield "one within another", carrying(f"<openbadges:credential>{element(text)}</openbadges:credential>")
    yield "another namespace", carrying(element(text)).replace(NAMESPACE.encode(), b"https://other.example/ob")
    yield "another element", carrying(element(text).replace("credential>", "assertion>"))
    yield "a token that is none", carrying('<openbadges:credential verify="x"/>')
    yield "an empty element", carrying("<openbadges:credential/>")
    yield "an empty token", carrying('<openbadges:credential verify=""/>')
    yield "an entity", carrying(element(text), before=entity)
    yield "an entity used", carrying(element(text) + "&a;", before=entity)
    yield "a billion laughs", carrying(element("&a9;"), before=f'<!DOCTYPE svg [<!ENTITY a0 "ha">{BILLION}]>')
    yield (
        "an entity from a file",
        carrying(
            "<openbadges:credential>&f;</openbadges:credential>",
            before='<!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        ),
    )
    yield (
        "an entity from the network",
        carrying(element(text), before='<!DOCTYPE svg [<!ENTITY % f SYSTEM "http://127.0.0.1:9/x.dtd">%f;]>'),
    )
    yield "an entity not defined", carrying(element(text) + "&a;")
    yield "an XML that is cut", carrying(element(text))[:-10]
    yield "another root", carrying(element(text), root="html")
    yield "another encoding", carrying(element(text)).decode().encode("utf-16")
    yield "a prefix not declared", carrying(element(text)).replace(b"xmlns:openbadges", b"xmlns:badges")
    yield "something after its end", carrying(element(text)) + b"<x/>"
    yield "elements 100,000 deep", carrying("<g>" * 100_000)
    yield "a page", b"<!DOCTYPE html><html><body>hello</body></html>"
    yield "a script for a badge", carrying(element("<script>alert(1)</script>"))
    yield "nothing", b"<"


def cases() -> Iterator[Case]:
    """Yield them all, and a few that carry a badge well that is none."""
    baked = bake_png(PNG, BADGE.decode()), bake_svg(SVG, BADGE.decode())
    for control, kind, made in ((baked[0], "PNG", of_png()), (baked[1], "SVG", of_svg())):
        for words, document in made:
            yield Case(f"{kind} with {words}", document, Verdict.MALFORMED, "read", control, intact=False)
    altered = BADGE.replace(b"Weavers", b"Ravens").decode()
    packed = field(zlib.compress(BADGE), flags=b"\1\0")
    for control, document in (
        (baked[0], bake_png(PNG, altered)),
        (baked[1], bake_svg(SVG, altered)),
        (png(packed), png(field(zlib.compress(altered.encode()), flags=b"\1\0"))),
        (carrying(f'<openbadges:credential verify="{TOKEN.decode()}"/>'),
         carrying(f'<openbadges:credential verify="{TOKEN.decode()[:-4]}AAAA"/>')),
    ):  # fmt: skip
        yield Case("a forgery in a picture", document, Verdict.FORGED, "proof", control, intact=False)
