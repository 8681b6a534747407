"""Registries of issuers: files in which somebody says who is who, as the verifier asks them.

A file is JSON: `{"name": "...", "issuers": {"did:web:...": "Name"}}`, or as the Digital Credentials Consortium
publishes its own, `{"meta": {...}, "registry": {"did:web:...": {"name": "Name", ...}}}`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from api.errors import SettingsError
from badges import Registry
from schemas import MalformedJSONError, loads

LARGEST = 16_777_216  # 16 MiB
LONGEST_NAME = 300  # characters
WANTED = "a registry, `{name, issuers: {DID: name}}` or `{meta, registry: {DID: {name}}}`"


class RegistryError(SettingsError):
    """A file that is no registry; the message names it."""


def read_registry(path: Path) -> Registry:
    """Return the registry in a file, called what it calls itself or else by the file's name. Raises `RegistryError`."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise RegistryError(f"{path}: wanted a registry of at most {LARGEST:,} bytes, got more")
        document = loads(raw)
    except (OSError, MalformedJSONError) as error:
        raise RegistryError(f"{path}: wanted {WANTED}, got: {error}") from error
    if not isinstance(document, dict):
        raise RegistryError(f"{path}: wanted {WANTED}, got {type(document).__name__}")
    issuers = _issuers(document)
    if issuers is None:
        raise RegistryError(f"{path}: wanted {WANTED}, got neither")
    return Registry(_name(document) or path.stem, issuers)


def read_registries(setting: str) -> tuple[Registry, ...]:
    """Return the registries that a setting names: files, or folders of `*.json`, as PATH names folders.

    Raises `RegistryError`.
    """
    named = [Path(each) for each in setting.split(os.pathsep) if each]
    files = [file for each in named for file in (sorted(each.glob("*.json")) if each.is_dir() else [each])]
    return tuple(read_registry(file) for file in files)


def _name(document: dict[str, Any]) -> str | None:
    meta = document.get("meta")
    for found in (document.get("name"), meta.get("name") if isinstance(meta, dict) else None):
        if isinstance(found, str) and found.strip():
            return found.strip()[:LONGEST_NAME]
    return None


def _issuers(document: dict[str, Any]) -> dict[str, str] | None:
    """Return the issuers that either form lists, None where it is neither; one without a name is called by its id."""
    plain, listed = document.get("issuers"), document.get("registry")
    if isinstance(plain, dict):
        return {issuer: _called(name, issuer) for issuer, name in plain.items()}
    if isinstance(listed, dict):
        names = {issuer: entry.get("name") for issuer, entry in listed.items() if isinstance(entry, dict)}
        return {issuer: _called(name, issuer) for issuer, name in names.items()}
    return None


def _called(name: object, issuer: str) -> str:
    return name.strip()[:LONGEST_NAME] or issuer if isinstance(name, str) else issuer
