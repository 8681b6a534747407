"""What a browser says of itself, in the few words that remind somebody of the device she sat at."""

from __future__ import annotations

import re
from typing import Final

from schemas import say

LONGEST = 500  # characters of the header that are looked at

# In this order: most say the names of others too.
_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    (re.compile("iPhone"), say("an iPhone")),
    (re.compile("iPad"), say("an iPad")),
    (re.compile("Android"), "Android"),
    (re.compile("CrOS"), "ChromeOS"),
    (re.compile("Windows"), "Windows"),
    (re.compile("Mac OS X|Macintosh"), say("a Mac")),
    (re.compile("Linux|X11"), "Linux"),
)
UNKNOWN: Final = say("a browser that does not say which")


def device(header: str) -> str:
    """Return `Firefox on Linux` of a User-Agent (RFC 9110), none of its words but those we know."""
    told = header[:LONGEST]
    browser = next((name for mark, name in _BROWSERS if mark in told), "")
    system = next((name for mark, name in _SYSTEMS if mark.search(told)), "")
    if browser and system:
        return say("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or (say("a browser on %(system)s", system=system) if system else UNKNOWN)
