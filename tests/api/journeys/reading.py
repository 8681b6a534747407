"""Pages as a program reads them: where they lead, what can be filled in, and every word they hold, packed or not."""

from __future__ import annotations

import base64
import contextlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

import pypdf

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEADING = {"href", "src", "action", "formaction"}
_TYPED = {"textarea", "input", "text", "email", "url", "search"}
_ADDRESSES = re.compile(rb"https?://[^\s\"'<>\\)]+")
_TOKEN = re.compile(rb"[\w-]+\.[\w-]+\.[\w-]+")
_STREAMS = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


@dataclass
class Form:
    """A form of a page: where it goes, and its fields with what stands in them."""

    page: str
    method: str = "get"
    action: str = ""
    media: str = "application/x-www-form-urlencoded"
    hidden: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)  # what a person fills in; a button's name is one, too
    typed: set[str] = field(default_factory=set)  # those of them that she types into


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.links += [told[name] for name in _LEADING & told.keys() if told[name]]
        if tag == "form":
            self._form = Form(
                self.page, told.get("method", "get"), urldefrag(urljoin(self.page, told.get("action", ""))).url
            )
            self._form.media = told.get("enctype", self._form.media)
            self.forms.append(self._form)
        elif self._form is not None and (name := told.get("name")):
            kind = told.get("type", tag)
            into = self._form.hidden if kind == "hidden" else self._form.fields
            into.setdefault(name, told.get("value", ""))
            if kind in _TYPED:
                self._form.typed.add(name)
            self._area = name if tag in {"textarea", "select"} else self._area
        elif tag == "option" and self._form is not None and self._area is not None:
            self._form.fields[self._area] = self._form.fields[self._area] or told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._form = None if tag == "form" else self._form
        self._area = None if tag in {"textarea", "select"} else self._area

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._area is not None and not self._form.fields[self._area]:
            self._form.fields[self._area] = data.strip()


def forms_of(address: str, text: str) -> list[Form]:
    """Return the forms of a page."""
    reader = _Reader(address)
    reader.feed(text)
    return reader.forms


def links_of(address: str, body: bytes) -> set[str]:
    """Return every address that an answer names, by markup or in plain words, without fragments."""
    reader = _Reader(address)
    reader.feed(body.decode("utf-8", "replace"))
    found = {urljoin(address, link) for link in reader.links if not link.startswith(("data:", "mailto:"))}
    found |= {each.decode("ascii", "replace").rstrip(".,;") for each in _ADDRESSES.findall(body)}
    return {urldefrag(each).url for each in found}


def words_of(body: bytes) -> bytes:
    """Return an answer with all that is packed in it unpacked behind it, in lower case."""
    return b"\n".join(_unpacked(body)).lower()


def _unpacked(body: bytes) -> Iterator[bytes]:
    yield body
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from _unpacked(archive.read(name))
    elif token := _TOKEN.fullmatch(body):
        yield from (base64.urlsafe_b64decode(part + b"==") for part in token[0].split(b".")[:2])
    elif body.startswith(b"%PDF"):
        for stream in _STREAMS.findall(body):
            with contextlib.suppress(zlib.error):
                yield zlib.decompress(stream)
        yield "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages).encode()
