"""JSON-LD contexts by URL: read from installed packages, checked by SHA-256, never fetched.

What a Data Integrity signature covers depends on every byte of the contexts a document names, so each
file is checked before its first use, and a URL that is not listed here is refused (JSON-LD 1.1
"Security Considerations"; VC Data Integrity "Validating Contexts").
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from schemas.errors import SchemaError

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OPEN_BADGES_EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
LEARNER_RECORDS = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
MULTIKEY_V1 = "https://w3id.org/security/multikey/v1"
DID_V1 = "https://www.w3.org/ns/did/v1"
EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"


class UnknownContextError(SchemaError):
    """A context that is not at hand, or not the bytes it should be. It is never fetched."""


class _Source(NamedTuple):
    package: str
    path: str
    sha256: str


_OB = "openbadgeslib"
_OB_PATH = "openbadgeslib/ob3/contexts/"
_LD = "PyLD"
_LD_PATH = "pyld/documentloader/frozen/bundled/"

_SOURCES = {
    CREDENTIALS_V2: _Source(
        _OB,
        _OB_PATH + "credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json": _Source(
        _OB,
        _OB_PATH + "ob-v3p0-context-3.0.1.json",
        "5f3d9dd6288ef437ff8286cf95ffbff609c748a66f24a1e9450c45ca64be1571",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json": _Source(
        _OB,
        _OB_PATH + "ob-v3p0-context-3.0.2.json",
        "00666ad080ba407687ed1846b7f5e7495f5019042b202a727de47c48a1755c53",
    ),
    # The form published since June 2026, which adds `endorsementJwt` and `jti` to the first 3.0.3.
    OPEN_BADGES: _Source(
        _OB,
        _OB_PATH + "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    ),
    OPEN_BADGES_EXTENSIONS: _Source(
        _OB,
        _OB_PATH + "ob-v3p0-extensions.json",
        "87c06c81bc2317663bf288d740d94fddd2818c4342b186270ff6371dfaa63f93",
    ),
    LEARNER_RECORDS: _Source(
        _OB,
        _OB_PATH + "clr_context_2.0.1.json",
        "880f1902d4158f2f33ce06af41b90719977cd1ea337a9de2e41edb3ff5e543d6",
    ),
    DATA_INTEGRITY_V2: _Source(
        _OB,
        _OB_PATH + "security-data-integrity-v2.json",
        "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
    ),
    MULTIKEY_V1: _Source(
        _OB,
        _OB_PATH + "security-multikey-v1.json",
        "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
    ),
    CREDENTIALS_V1: _Source(
        _LD,
        _LD_PATH + "credentials-v1.jsonld",
        "00d7dd6d3ad8b920e3e550dd3a3d9090bffcac84cdbf943da6924b3e0a5c8bb8",
    ),
    DID_V1: _Source(
        _LD,
        _LD_PATH + "did-v1.jsonld",
        "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
    ),
    "https://w3id.org/security/v1": _Source(
        _LD,
        _LD_PATH + "security-v1.jsonld",
        "e2d146cd556f6fa5f14996c6f1749667d5a14073fa30f0643990068e2c0b1bac",
    ),
    "https://w3id.org/security/v2": _Source(
        _LD,
        _LD_PATH + "security-v2.jsonld",
        "4cb186bc29c08af6e40c58178c22dd84d542f2871a063afed6e648b47abc3cf6",
    ),
    "https://w3id.org/security/suites/ed25519-2020/v1": _Source(
        _LD,
        _LD_PATH + "security-ed25519-2020-v1.jsonld",
        "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588",
    ),
    "https://w3id.org/security/suites/jws-2020/v1": _Source(
        _LD,
        _LD_PATH + "security-jws-2020-v1.jsonld",
        "00ee65bb7307f9a01c3170b823083b0d4de68223520834b2c5eb7a09bae5dea6",
    ),
}

_PUBLISHED = frozenset({CREDENTIALS_V2, DATA_INTEGRITY_V2, MULTIKEY_V1})

# So small that no package carries it: it gives every undefined term a name for examples and tests.
_EXAMPLES = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}


def urls() -> frozenset[str]:
    """Return the URLs that `document` answers."""
    return frozenset(_SOURCES) | {EXAMPLES_V2}


def document(url: str) -> dict[str, object]:
    """Return the context document of `url` (an object with `@context`); the URL must match exactly.

    The same object every time: do not change it. Raises `UnknownContextError` where the URL is not
    listed, its package is missing, or the file is not the one that was checked in.
    """
    if url == EXAMPLES_V2:
        return dict(_EXAMPLES)
    source = _SOURCES.get(url)
    if source is None:
        raise UnknownContextError(f"wanted one of the {len(urls())} contexts at hand, got {ascii(url)[:200]}")
    return _checked(source)


def published(name: object) -> bytes | None:
    """Return the very bytes that the W3C publishes as `name`; None for what else is here, or is not.

    Those of the contexts whose SHA-256 the specifications print. Other files say the same as what is published, but
    may be written otherwise. Raises `UnknownContextError` where a file is not the one that was checked in.
    """
    return _bytes(_SOURCES[name]) if isinstance(name, str) and name in _PUBLISHED else None


@cache
def _checked(source: _Source) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(_bytes(source))
    return parsed


@cache
def _bytes(source: _Source) -> bytes:
    try:
        raw = Path(str(distribution(source.package).locate_file(source.path))).read_bytes()
    except (PackageNotFoundError, OSError) as error:
        raise UnknownContextError(f"{source.path}: wanted it from the package {source.package}, got {error}") from error
    found = hashlib.sha256(raw).hexdigest()
    if found != source.sha256:
        raise UnknownContextError(f"{source.path}: wanted SHA-256 {source.sha256}, got {found}")
    return raw
