"""What is imported is declared, and what is declared is locked: else it works only where it was written."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("schemas", "ledger", "projections", "badges", "api")
BESIDE = ("tests", "bench")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def named(requirements):
    """Return the names of `requirements`, as an index compares them."""
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in requirements)
    return {re.sub(r"[._-]+", "-", name.group()).lower() for name in names if name}


def modules(folder):
    """Return the top-level modules that the code under `folder` imports."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return {name.partition(".")[0] for name in found} - set(sys.stdlib_module_names) - {*PRODUCT, *BESIDE}


@pytest.mark.parametrize("folder", [*PRODUCT, *BESIDE])
def test_what_is_imported_is_declared(folder):
    declared = named(PROJECT["dependencies"])
    if folder in BESIDE:
        declared |= named(PROJECT["optional-dependencies"]["test"])
    if folder == "ledger":
        declared |= named(PROJECT["optional-dependencies"]["hsm"])  # imported where it is asked for
    providers = packages_distributions()
    undeclared = {name for name in modules(folder) if not declared & named(providers.get(name, []))}
    assert undeclared == set()


def test_what_is_declared_is_locked():
    extras = PROJECT["optional-dependencies"]
    declared = named([*PROJECT["dependencies"], *extras["test"], *extras["dev"]])
    locked = named((ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines())
    assert declared - locked == set()
