"""What a browser says of itself, in the few words that remind somebody of the device she sat at."""

from __future__ import annotations

import re
from typing import Final

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
    (re.compile("iPhone"), "an iPhone"),
    (re.compile("iPad"), "an iPad"),
    (re.compile("Android"), "Android"),
    (re.compile("CrOS"), "ChromeOS"),
    (re.compile("Windows"), "Windows"),
    (re.compile("Mac OS X|Macintosh"), "a Mac"),
    (re.compile("Linux|X11"), "Linux"),
)
UNKNOWN: Final = "a browser that does not say which"


def device(header: str) -> str:
    """Return `Firefox on Linux` of a User-Agent (RFC 9110), none of its words but those we know."""
    told = header[:LONGEST]
    browser = next((name for mark, name in _BROWSERS if mark in told), "")
    system = next((name for mark, name in _SYSTEMS if mark.search(told)), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or (f"a browser on {system}" if system else UNKNOWN)
