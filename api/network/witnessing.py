"""Posting a signed head to witnesses, who cosign only what goes on from what they saw before (C2SP tlog-witness)."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.errors import SettingsError
from ledger.transparency import Kind, TransparencyError, VerifierKey, Witness

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPMessage
    from typing import IO

SECONDS = 3.0  # that an answer may take: a witness that is slow is gone on without
LONGEST_ANSWER = 65_536  # bytes
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def witnesses_of(text: str) -> list[Witness]:
    """Return the witnesses of a setting: each an address and its key, `https://... name+hash+key`, by spaces.

    Raises `SettingsError`.
    """
    words = text.split()
    if len(words) % 2:
        raise SettingsError(f"WITNESSES: wanted an address and a key for each witness, got {len(words)} words")
    return [_witness(url, key) for url, key in zip(words[::2], words[1::2], strict=True)]


def _witness(url: str, key: str) -> Witness:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise SettingsError(f"WITNESSES: wanted an https address, got {url}")
    try:
        known = VerifierKey.parse(key)
    except TransparencyError as error:
        raise SettingsError(f"WITNESSES: {url}: {error}") from error
    if known.kind is not Kind.COSIGNATURE:
        raise SettingsError(f"WITNESSES: {url}: wanted a key for cosignatures (type 4), got type {known.kind:d}")
    return Witness(url, [known])


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none: a witness is where its key is known to be."""


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def post(url: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """Post `body`; return status, headers and body of the answer. Raises `OSError` where there is none in time."""
    request = urllib.request.Request(url, body, {"Content-Type": "text/plain"}, method="POST")  # noqa: S310 - checked above
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            return answer.status, dict(answer.headers), answer.read(LONGEST_ANSWER)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, dict(answer.headers), answer.read(LONGEST_ANSWER)
