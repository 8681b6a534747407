"""Facts flow one way, and so do imports: schemas < ledger < projections < badges < api.

A package imports only those before it, and of them only what their `__init__` names in `__all__`, or one
of the few modules that are public as a whole.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("schemas", "ledger", "projections", "badges", "api")
ROOMS = {
    "projections": {
        "charters": 0,
        "fold": 1,
        "views": 2,
        "leading": 3,
        "fairness": 3,
        "alarms": 3,
        "quarters": 4,
        "measures": 4,
        "spotlights": 4,
        "commons": 4,
        "asked": 5,
    },
    "badges": {"linked": 0, "proofs": 1, "documents": 2, "pictures": 3, "verifying": 4, "awarding": 5},
    "api": {
        "demo": 0,
        "known": 0,
        "network": 0,
        "web": 0,
        "guard": 1,
        "intake": 2,
        "words": 2,
        "xapi": 2,
        "commons": 3,
        "fairness": 3,
        "people": 3,
        "connecting": 4,
        "entry": 4,
        "issued": 4,
        "leading": 4,
        "measuring": 4,
        "watching": 4,
        "awarding": 5,
        "celebrating": 5,
        "charter": 5,
        "importing": 5,
        "pulling": 5,
        "verifying": 5,
        "desk": 6,
        "holding": 6,
        "leaving": 6,
        "vcapi": 6,
        "showing": 7,
        "commands": 8,
    },
}
"""The rooms of a package: a lower one knows nothing of a higher one, nor one beside it."""
TOP_OF_API = {
    "__init__",
    "app",
    "background",
    "cli",
    "errors",
    "installation",
    "openapi",
    "remembered",
    "settings",
}
"""What starts the service, or is shared by all of it; everything else of api has a room."""
PUBLIC_MODULES = {
    "schemas.contexts",
    "ledger.hsm",
    "ledger.key_files",
    "ledger.key_stores",
    "ledger.ed25519",
    "ledger.keys",
    "ledger.multibase",
    "ledger.connecting",
    "ledger.operations",
    "ledger.transparency",
}


def imported(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    """Yield (module, name) for every absolute import, at any depth; name is None for `import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.module, alias.name) for alias in node.names)


def fault(layer: str, module: str, name: str | None) -> str | None:
    """Return what is wrong with `layer` importing `name` from `module`, or None."""
    package, _, inner = module.partition(".")
    if package not in LAYERS or package == layer:
        return None
    if LAYERS.index(package) > LAYERS.index(layer):
        return f"{layer} comes before {package}"
    if module in PUBLIC_MODULES or f"{module}.{name}" in PUBLIC_MODULES:
        return None
    if inner:
        return f"{module} is {package}'s own business"
    if name and name not in getattr(importlib.import_module(package), "__all__", ()):
        return f"{package} does not offer {name}"
    return None


@pytest.mark.parametrize("layer", LAYERS)
def test_a_package_imports_only_what_those_before_it_offer(layer):
    faults = [
        f"{path.relative_to(ROOT)}: {wrong}"
        for path in sorted((ROOT / layer).rglob("*.py"))
        for module, name in imported(ast.parse(path.read_text(encoding="utf-8")))
        if (wrong := fault(layer, module, name))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("layer", LAYERS)
def test_what_a_package_offers_is_there(layer):
    package = importlib.import_module(layer)
    offered = getattr(package, "__all__", [])
    assert [name for name in offered if not hasattr(package, name)] == []
    assert len(set(offered)) == len(offered)


@pytest.mark.parametrize(
    ("layer", "module", "name"),
    [
        ("schemas", "ledger", "Book"),
        ("projections", "ledger.sqlite", "Recorder"),
        ("ledger", "schemas", "nothing_of_this_name"),
    ],
)
def test_the_watch_sees_a_wrong_import(layer, module, name):
    assert fault(layer, module, name)


def others(package: str, module: str, name: str | None) -> Iterator[str]:
    """Yield the room of `package` that an import is of, whether it stands in the module or is the name imported."""
    if module == package and name:
        yield name
    elif module.startswith(f"{package}."):
        yield module.split(".")[1]


@pytest.mark.parametrize(("package", "room"), [(package, room) for package in ROOMS for room in ROOMS[package]])
def test_a_room_imports_only_lower_ones(package, room):
    order = ROOMS[package]
    faults = [
        f"{path.relative_to(ROOT)}: {room} comes no later than {other}"
        for path in sorted((ROOT / package / room).rglob("*.py"))
        for module, name in imported(ast.parse(path.read_text(encoding="utf-8")))
        for other in others(package, module, name)
        if other in order and other != room and order[other] >= order[room]
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_its_place_in_the_order(package):
    there = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    assert there == set(ROOMS[package])


def test_what_stands_at_the_top_of_api_starts_the_service_or_is_shared_by_all_of_it():
    assert {path.stem for path in (ROOT / "api").glob("*.py")} == TOP_OF_API
