"""Pictures that want to run: cleaned, they do nothing in a real browser; unclean, served as ours are, neither.

Each is shown in two ways at its worst: what cleaning leaves of it as part of a page, and all of it opened as a file
of ours by its address, which no charter could publish.
"""

from __future__ import annotations

import io

import pytest
from defusedxml.ElementTree import fromstring
from PIL import Image
from playwright.sync_api import Dialog, Page, Route
from py_svg_hush import filter_svg

from api.web.access import FILE_POLICY, HEADERS
from badges import DesignError, picture
from tests.badges.test_uploaded import png

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
RUN = "alert(1)"
B64 = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0iYWxlcnQoMSkiLz4="  # an SVG that alerts
HTML = 'xmlns="http://www.w3.org/1999/xhtml"'

PAYLOADS = (
    f"<script>{RUN}</script>",
    f"<script type='text/ecmascript'><![CDATA[{RUN}]]></script>",
    f"<script href='data:text/javascript,{RUN}'/>",
    f"<script xlink:href='data:text/javascript,{RUN}'/>",
    f"<g onload='{RUN}'/>",
    f"<rect width='999' height='999' onmouseover='{RUN}' onclick='{RUN}' onfocus='{RUN}'/>",
    f"<image href='x' onerror='{RUN}'/>",
    f"<image xlink:href='data:image/svg+xml;base64,{B64}' onload='{RUN}'/>",
    f"<animate attributeName='x' dur='1s' onbegin='{RUN}'/>",
    f"<set attributeName='onmouseover' to='{RUN}'/>",
    f"<a href='javascript:{RUN}'><rect width='999' height='999'/></a>",
    f"<a xlink:href='javascript:{RUN}'><rect width='999' height='999'/></a>",
    f"<a xlink:href='&#x6A;avascript:{RUN}'><text y='50' font-size='99'>click</text></a>",
    f"<a href='java&#10;script:{RUN}'><rect width='999' height='999'/></a>",
    f"<a><rect width='999' height='999'/><animate attributeName='href' values='javascript:{RUN}'/></a>",
    f"<a><rect width='999' height='999'/><set attributeName='xlink:href' to='javascript:{RUN}'/></a>",
    f"<a href='data:text/html,&lt;script&gt;{RUN}&lt;/script&gt;'><rect width='999' height='999'/></a>",
    f"<foreignObject><body {HTML} onload='{RUN}'><img src='x' onerror='{RUN}'/></body></foreignObject>",
    f"<foreignObject><iframe {HTML} src='javascript:{RUN}'/></foreignObject>",
    f"<foreignObject><iframe {HTML} srcdoc='&lt;script&gt;{RUN}&lt;/script&gt;'/></foreignObject>",
    f"<foreignObject><script {HTML}>{RUN}</script></foreignObject>",
    f"<foreignObject><details {HTML} open='' ontoggle='{RUN}'/></foreignObject>",
    f"<foreignObject><video {HTML}><source onerror='{RUN}'/></video></foreignObject>",
    f"<foreignObject><input {HTML} autofocus='' onfocus='{RUN}'/></foreignObject>",
    f"<foreignObject><object {HTML} data='data:image/svg+xml;base64,{B64}'/></foreignObject>",
    f"<foreignObject><embed {HTML} src='data:image/svg+xml;base64,{B64}'/></foreignObject>",
    f"<foreignObject><meta {HTML} http-equiv='refresh' content='0;url=javascript:{RUN}'/></foreignObject>",
    f"<use href='data:image/svg+xml;base64,{B64}#x'/>",
    f"<use xlink:href='data:image/svg+xml;base64,{B64}#x'/>",
    f"<style>@import 'data:text/css,*{{background:url(javascript:{RUN})}}';</style>",
    f"<style>*{{fill:url(javascript:{RUN})}}</style><rect style='fill:url(javascript:{RUN})'/>",
    f"</svg><script xmlns=''>{RUN}</script><svg>",
    f"<handler xmlns='http://www.w3.org/2001/xml-events' event='load'>{RUN}</handler>",
    f"<desc><script>{RUN}</script></desc><title>&lt;script&gt;{RUN}&lt;/script&gt;</title>",
    f"<metadata><h:script xmlns:h='http://www.w3.org/1999/xhtml'>{RUN}</h:script></metadata>",
    f"<h:script xmlns:h='http://www.w3.org/1999/xhtml'>{RUN}</h:script>",
    f"<h:img xmlns:h='http://www.w3.org/1999/xhtml' src='x' onerror='{RUN}'/>",
    f"<switch><g systemLanguage='en'><script>{RUN}</script></g></switch>",
    f"<feImage href='data:image/svg+xml;base64,{B64}'/><g filter='url(data:image/svg+xml;base64,{B64}#x)'/>",
    f"<text><![CDATA[</text></svg><img src=x onerror={RUN}>]]></text>",
    f'<!--><script>{RUN}</script>--><noscript><p title="</noscript><img src=x onerror={RUN}>"/></noscript>',
    f"<style><![CDATA[</style><img src=x onerror={RUN}>]]></style>",
)
SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" {XLINK} onload="{RUN}" viewBox="0 0 999 999"><rect width="9" height="9"/>'
)
ADDRESS = "http://127.0.0.1:9/c/makers/badges/evil.svg"


def whole(payload: str) -> str:
    return f"{SVG}{payload}</svg>"


def is_broken(payload: str) -> bool:
    """Whether a picture with `payload` is no XML."""
    try:
        fromstring(whole(payload))
    except SyntaxError:
        return True
    return False


class Watch:
    """Counts the dialogs of a page, and closes each."""

    def __init__(self, page: Page) -> None:
        self.page, self.seen, self.body = page, 0, ""
        page.on("dialog", self._dismissed)
        page.route("**/*", self._served)

    def _dismissed(self, dialog: Dialog) -> None:
        self.seen += 1
        dialog.dismiss()

    def _served(self, route: Route) -> None:
        if route.request.url != ADDRESS:
            route.abort()
            return
        policy = {"Content-Security-Policy": FILE_POLICY, "Content-Type": "image/svg+xml"}
        route.fulfill(body=self.body, headers={**HEADERS, **policy})

    def poke(self) -> None:
        """Do what a curious person does."""
        self.page.mouse.move(60, 60)
        self.page.mouse.click(60, 60)


def left_of(payload: str) -> str:
    """Return what cleaning leaves of a picture, refused or not; nothing where it is no XML at all."""
    raw = whole(payload).encode()
    try:
        return picture(raw).content.decode()
    except DesignError:
        pass
    try:
        return bytes(filter_svg(raw, {})).decode()
    except ValueError:
        return ""


@pytest.fixture
def watch(page: Page) -> Watch:
    return Watch(page)


def test_the_browser_would_run_them(watch):
    """Else the tests below show nothing."""
    watch.page.set_content(whole(""))
    assert watch.seen == 1


def test_what_is_left_of_them_does_nothing_even_within_a_page(watch):
    assert len(set(PAYLOADS)) >= 40
    for payload in PAYLOADS:
        watch.page.set_content(f"<body style='margin:0'>{left_of(payload)}</body>")
        watch.poke()
        assert watch.seen == 0, payload


def test_unclean_but_served_as_ours_are_they_do_nothing_either(watch):
    """Those that are XML together in one file, each other one in its own."""
    for payload in [*filter(is_broken, PAYLOADS), "".join(one for one in PAYLOADS if not is_broken(one))]:
        watch.body = whole(payload)
        watch.page.goto(ADDRESS)
        watch.poke()
        assert watch.seen == 0, payload


def test_a_png_within_a_drawing_of_ours_is_seen(watch):
    """Brought along as PNG, a picture is drawn around as an SVG, and opened by its own address it shows itself."""
    watch.body = picture(png(300, 300)).drawing.decode()
    watch.page.goto(ADDRESS)
    with Image.open(io.BytesIO(watch.page.screenshot())) as seen:
        assert seen.convert("RGB").getpixel((seen.width // 2, seen.height // 2)) == (170, 0, 51)
