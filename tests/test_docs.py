"""The documents keep up with the product: what can be set, said or asked for is written down.

And the tree keeps to itself: no machine's paths, no index's address, no module too long to read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
from starlette.routing import Route

from api import cli
from api.app import create_app
from api.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("schemas", "ledger", "projections", "badges", "api")
LONGEST_MODULE = 400  # lines
MADE = {".git", ".venv", "build", "dist", "demo-data", "guildbook-data"}  # by targets, beside the caches
TEXT = {".md", ".py", ".toml", ".yaml", ".yml", ".json", ".sql", ".html", ".css", ".js", ".lock", ""}
MACHINE_PATH = re.compile(rf"{re.escape(str(ROOT))}|(?<![\w.:/-])/(?:home|root|Users)/[\w.-]+")
ADDRESS = re.compile(r"https?://|file:|--index-url|--extra-index-url|--find-links|--trusted-host")


def documents() -> str:
    """Return README.md and docs/*.md as one text."""
    return "\n".join(
        path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    )


def ours() -> list[Path]:
    """Return the text files of this tree, less what its targets make."""
    tops = [path for path in ROOT.iterdir() if path.name not in MADE and not path.name.endswith("_cache")]
    files = [file for top in tops for file in (top.rglob("*") if top.is_dir() else [top])]
    return sorted(file for file in files if file.is_file() and file.suffix in TEXT and not is_cached(file))


def is_cached(file: Path) -> bool:
    """Return whether a tool wrote `file`, to remember something or because others made it."""
    return not {"__pycache__", ".hypothesis", "node_modules"}.isdisjoint(file.parts)


def test_every_setting_is_documented():
    names = [f"{PREFIX}{field.upper()}" for field in Settings.model_fields]
    text = documents()
    assert names
    assert [name for name in names if f"`{name}`" not in text] == []


def commands(command: Any, path: str) -> list[str]:
    """Return the full name of every command under `command`, which may be a group of them."""
    children = getattr(command, "commands", {})
    return [full for name, child in children.items() for full in commands(child, f"{path} {name}")] or [path]


def test_every_command_is_documented():
    names = commands(typer.main.get_command(cli.app), "guildbook")
    text = documents()
    assert len(names) > 1
    assert [name for name in names if name not in text] == []


def test_every_route_is_documented(tmp_path):
    routes = create_app(Settings(data=tmp_path, vc_api_issuer=True)).routes
    paths = sorted({route.path for route in routes if isinstance(route, Route)})
    text = shape(documents())
    assert paths
    assert [path for path in paths if shape(path) not in text] == []


def shape(text: str) -> str:
    """Return `text` with the names of path parameters left out: `/c/{community}` is `/c/{}`."""
    return re.sub(r"\{[^{}\s]*\}", "{}", text)


def test_the_lock_names_hashes_and_no_addresses():
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and line[0].isalnum()]
    assert [line for line in lines if ADDRESS.search(line)] == []
    assert len(pinned) > 1
    assert [line for line in pinned if "==" not in line or not line.endswith("\\")] == []


@pytest.mark.parametrize("folder", ["badges/second", "api/provider", "pages"])
def test_the_lock_of_others_programs_names_hashes_and_no_addresses(folder: str):
    lock = (ROOT / "tests" / folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert ADDRESS.search(lock) is None, "npm writes where to send money: take every `funding` out"


def test_no_file_names_a_place_on_somebodys_machine():
    found = [
        f"{path.relative_to(ROOT)}: {place.group()}"
        for path in ours()
        for place in MACHINE_PATH.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_module_can_be_read_in_one_sitting():
    modules = [path for package in (*PACKAGES, "bench") for path in (ROOT / package).rglob("*.py")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n >= LONGEST_MODULE} == {}


def test_every_package_says_it_is_typed():
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").is_file()] == []


def test_the_container_file_takes_along_what_the_package_is_made_of():
    text = (ROOT / "docs" / "running" / "Containerfile").read_text(encoding="utf-8")
    copied = {word for line in re.findall(r"^COPY (?!--)(.*)$", text, re.MULTILINE) for word in line.split()[:-1]}
    assert copied >= {*PACKAGES, "requirements.lock", "pyproject.toml", "README.md", "LICENSE"}
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_settings_in_guides_are_settings():
    guides = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs" / "running").iterdir()]
    told = {name for guide in guides for name in re.findall(rf"{PREFIX}[A-Z0-9_]+", guide.read_text(encoding="utf-8"))}
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    assert sorted(name for name in told - known if not name.startswith(f"{PREFIX}TEST_")) == []


def test_every_practice_has_one_line_and_one_state():
    text = (ROOT / "docs" / "practices.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([AB]\d+) \| [^|]+ \| (real|partly|not yet) \| ([^|]*) \|$", text, re.MULTILINE)
    assert [name for name, _, _ in rows] == [*(f"A{n}" for n in range(1, 65)), *(f"B{n}" for n in range(1, 67))]
    assert [name for name, state, where in rows if state != "not yet" and not where.strip()] == []
