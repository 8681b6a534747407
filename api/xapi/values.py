"""The plain values of a statement (xAPI 1.0.3 part 2 "Special Data Types and Rules"; xAPI 2.0 "Data Types")."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime

IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
SHA1 = re.compile(r"[0-9A-Fa-f]{40}")
MAILTO = re.compile(r"mailto:[^\s@:]+@[^\s@:]+")
MEDIA = re.compile(r"[A-Za-z0-9!#$&^_.+\-]+/[A-Za-z0-9!#$&^_.+\-]+[ \t]*(?:;[\t\x20-\x7e]*)?")
VERSION_1 = re.compile(r"1\.0(?:\.\d+)?")
VERSION_2 = re.compile(r"[12]\.0(?:\.\d+)?")
# RFC 5646 "Syntax": langtag, with privateuse or alone; and the tags registered before it
_LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+|[ix]-[a-z]{2,}|sgn-[a-z]{2}-[a-z]{2}|zh-min(?:-nan)?|en-gb-oed|art-lojban)",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"P(?=.)(?:\d+(?:\.\d+)?W|(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?)"
)
_SECONDS = re.compile(r"(?:T|(?<=T))?(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?$")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_NO_OFFSET = re.compile(r"-00(?::?00)?$")  # "unknown", which neither edition allows
LONGEST = 4_096  # characters of a plain value worth looking at
MOST_REMEMBERED = 4_096


def is_iri(value: object) -> bool:
    """Tell whether a value is an absolute IRI (RFC 3987), as far as it is worth to know."""
    return type(value) is str and _iri(value)


@functools.lru_cache(MOST_REMEMBERED)
def _iri(text: str) -> bool:
    return len(text) <= LONGEST and IRI.fullmatch(text) is not None


def is_uuid(value: object) -> bool:
    """Tell whether a value is a UUID in its usual form (RFC 4122)."""
    return type(value) is str and UUID.fullmatch(value) is not None


def is_language(value: object) -> bool:
    """Tell whether a value is a language tag (RFC 5646)."""
    return type(value) is str and _language(value)


@functools.lru_cache(256)
def _language(text: str) -> bool:
    return len(text) <= LONGEST and _LANGUAGE.fullmatch(text) is not None


def is_duration(value: object) -> bool:
    """Tell whether a value is a duration (ISO 8601)."""
    return type(value) is str and len(value) <= LONGEST and _DURATION.fullmatch(value) is not None


def is_time(value: object) -> bool:
    """Tell whether a value is a time (ISO 8601, xAPI 1.0.3), with an offset that is known or none."""
    return type(value) is str and _time(value, rfc_3339=False) is not None


def is_rfc_3339(value: object) -> bool:
    """Tell whether a value is a time as RFC 3339 has it (xAPI 2.0)."""
    return type(value) is str and _time(value, rfc_3339=True) is not None


def instant(text: str) -> int:
    """Return the µs since 1970 of a time; one without an offset is UTC. Raises `ValueError`."""
    found = _time(text, rfc_3339=False)
    if found is None:
        raise ValueError(f"wanted a time such as 2026-03-01T10:00:00Z, got {text[:40]!r}")
    return found


@functools.lru_cache(MOST_REMEMBERED)
def _time(text: str, *, rfc_3339: bool) -> int | None:
    form = _RFC_3339 if rfc_3339 else _TIME
    if len(text) > 64 or form.fullmatch(text) is None or _NO_OFFSET.search(text, 11):  # noqa: PLR2004 - after a date
        return None
    try:
        found = datetime.fromisoformat(text.upper().replace(",", "."))
        since = (found if found.tzinfo else found.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def seconds(duration: str) -> float:
    """Return the seconds of a duration's part after the T; years, months and days are not counted by the hour."""
    found = _SECONDS.fullmatch(duration.partition("T")[2])
    hours, minutes, rest = (float(each or 0) for each in (found.groups() if found else ("0", "0", "0")))
    return hours * 3_600 + minutes * 60 + rest
