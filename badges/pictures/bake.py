"""Baking (OB 3.0 "Document Formats"): a credential inside a PNG or SVG image, and out again."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, NamedTuple
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from badges.errors import BakingError
from badges.pictures.chunks import PNG_SIGNATURE, Chunk, chunks
from badges.proofs.jwt import is_compact
from badges.work import spend
from schemas import loads

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST_IMAGE = 2 * 1024 * 1024  # bytes
MOST_PARTS = 30_000  # tags and attributes of an SVG that is read: each takes some 2 µs
LARGEST_PAYLOAD = 1024 * 1024  # bytes
_PART, _BYTES, _INFLATED = 2, 128, 4_000  # units of work of a part, bytes that cost one more, and to unpack a payload


class Form(NamedTuple):
    """How an edition of Open Badges is baked: the keyword of a PNG's chunk, namespace and element of an SVG."""

    keyword: bytes
    namespace: str
    element: str


OB3 = Form(b"openbadgecredential", "https://purl.imsglobal.org/ob/v3p0", "credential")
OB2 = Form(b"openbadges", "http://openbadges.org", "assertion")  # and before

_CHUNKS = {(b"iTXt", OB3.keyword), (b"iTXt", OB2.keyword), (b"tEXt", OB2.keyword)}  # 2.0 "Baking" took over the last

# What may stand before the root element; an internal DTD subset may not.
_PROLOG = re.compile(r"\ufeff?(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*>)*", re.DOTALL)
_ROOT = re.compile(r"<[\w:.-]+((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(/?)>")
_SVG_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")


def bake_png(png: bytes, payload: str, form: Form = OB3) -> bytes:
    """Return `png` carrying `payload` (the credential as JSON, or a compact JWS) in an iTXt chunk.

    It replaces what the image carried before. Raises `BakingError` where `png` is no PNG.
    """
    text = form.keyword + b"\0\0\0\0\0" + payload.encode()  # uncompressed, no language, no translation
    baked = bytearray(PNG_SIGNATURE)
    for chunk in chunks(png):
        if chunk.kind == b"iTXt" and chunk.data.partition(b"\0")[0] in {OB3.keyword, OB2.keyword}:
            continue
        baked += chunk.whole()
        if chunk.kind == b"IHDR":
            baked += Chunk(b"iTXt", text).whole()
    return bytes(baked)


def bake_svg(svg: bytes, payload: str, form: Form = OB3) -> bytes:
    """Return `svg` carrying `payload` as the first child of its root element.

    Raises `BakingError` where `svg` is no SVG in UTF-8, or carries a credential already.
    """
    if _carried(_parsed(svg)):
        raise BakingError("wanted an SVG without a credential, got one that has one")
    text = svg.decode()
    prolog = _PROLOG.match(text)
    root = _ROOT.match(text, prolog.end() if prolog else 0)
    if root is None:
        raise BakingError("wanted an SVG with a plain prolog, got one with an internal DTD")
    attributes, closed = root.groups()
    declared = "" if "xmlns:openbadges=" in attributes else f' xmlns:openbadges="{form.namespace}"'
    opening = text[: root.start(2)].rstrip() + declared + ">"
    rest = text[root.end() :]
    if closed:
        name = re.match(r"<([\w:.-]+)", root.group())
        rest = f"</{name.group(1) if name else 'svg'}>" + rest
    baked = (opening + _element(payload, form) + rest).encode()
    found = _carried(_parsed(baked), form)
    if len(found) != 1 or payload not in ("".join(found[0].itertext()), found[0].get("verify")):
        raise BakingError("wanted an SVG that gives the credential back, got one that does not")
    return baked


def unbake(image: bytes) -> str:
    """Return the credential in a PNG or SVG: JSON, or a compact JWS; of Open Badges 2.0 also its address alone.

    Reads at most 4 MiB of image and 1 MiB of credential. Raises `BakingError`, also for two credentials.
    """
    if len(image) > LARGEST_IMAGE:
        raise BakingError(f"wanted an image of at most {LARGEST_IMAGE} bytes, got {len(image)}")
    if image.startswith(PNG_SIGNATURE):
        return _from_png(image)
    if _SVG_START.match(image):
        return _from_svg(image)
    raise BakingError("wanted a PNG or SVG image, got neither")


def _from_png(png: bytes) -> str:
    found = []
    for chunk in chunks(png):
        keyword, ended, field = chunk.data.partition(b"\0")
        if not ended or (chunk.kind, keyword) not in _CHUNKS:
            continue
        found.append((chunk.kind, field))
    if len(found) != 1:
        raise BakingError(f"wanted one credential in the image, got {len(found)}")
    ((kind, field),) = found
    return _plain(field) if kind == b"tEXt" else _text(field)


def _plain(field: bytes) -> str:
    """Return the text of a tEXt chunk after its keyword (PNG "tEXt Textual data")."""
    if len(field) > LARGEST_PAYLOAD:
        raise BakingError(f"wanted a credential of at most {LARGEST_PAYLOAD} bytes, got {len(field)}")
    return field.decode("latin-1")


def _text(field: bytes) -> str:
    """Return the text of an iTXt chunk after its keyword (PNG "iTXt International textual data")."""
    flags, rest = field[:2], field[2:]
    parts = rest.split(b"\0", 2)
    if len(flags) != 2 or len(parts) != 3 or flags not in {b"\0\0", b"\1\0"}:  # noqa: PLR2004  two flags, three fields
        raise BakingError("wanted an iTXt chunk with all its fields, got a part")
    raw = parts[2] if flags == b"\0\0" else inflated(parts[2])
    if len(raw) > LARGEST_PAYLOAD:
        raise BakingError(f"wanted a credential of at most {LARGEST_PAYLOAD} bytes, got {len(raw)}")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BakingError("wanted the credential in UTF-8, got other bytes") from error


def inflated(packed: bytes) -> bytes:
    """Return what was packed by Deflate, or the first bytes of it, one more than `LARGEST_PAYLOAD`.

    Raises `BakingError` where it is none, or a part.
    """
    spend(_INFLATED)
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(packed, LARGEST_PAYLOAD + 1)
    except zlib.error as error:
        raise BakingError(f"wanted compressed text, got {error}") from error
    if not unpacker.eof and len(raw) <= LARGEST_PAYLOAD:
        raise BakingError("wanted compressed text to its end, got a part")
    return raw


def _from_svg(svg: bytes) -> str:
    if (parts := svg.count(b"<") + svg.count(b"=")) > MOST_PARTS:
        raise BakingError(f"wanted an SVG of at most {MOST_PARTS} tags and attributes, got {parts}")
    spend(_PART * parts + len(svg) // _BYTES)
    root = _parsed(svg)
    newer, older = _carried(root), _carried(root, OB2)
    if len(newer) + len(older) != 1:
        raise BakingError(f"wanted one credential in the image, got {len(newer) + len(older)}")
    (found,) = newer or older
    verify, inside = found.get("verify"), "".join(found.itertext())
    payload = inside if verify is None or (older and inside.strip()) else verify
    if len(payload) > LARGEST_PAYLOAD:
        raise BakingError(f"wanted a credential of at most {LARGEST_PAYLOAD} characters, got {len(payload)}")
    return payload.strip()


def _parsed(svg: bytes) -> Element:
    if len(svg) > LARGEST_IMAGE:
        raise BakingError(f"wanted an image of at most {LARGEST_IMAGE} bytes, got {len(svg)}")
    try:
        svg.decode()
        root: Element = fromstring(svg)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BakingError(f"wanted an SVG in UTF-8 without entities, got {type(error).__name__}: {error}") from error
    if root.tag.rpartition("}")[2] != "svg":
        raise BakingError(f"wanted an SVG, got an XML document of {ascii(root.tag)[:60]}")
    return root


def _carried(root: Element, form: Form = OB3) -> list[Element]:
    return list(root.iter(f"{{{form.namespace}}}{form.element}"))


def _element(payload: str, form: Form) -> str:
    """Return what the SVG carries; an assertion of OB 2.0 also says its own address where a verifier looks first."""
    name, verify, text = f"openbadges:{form.element}", "", ""
    if is_compact(payload):
        verify = f" verify={quoteattr(payload)}"
    else:
        text = f"<![CDATA[{payload.replace(']]>', ']]]]><![CDATA[>')}]]>"
        verify = f" verify={quoteattr(str(loads(payload.encode())['id']))}" if form is OB2 else ""  # type: ignore[index]
    return f"<{name}{verify}>{text}</{name}>"
