"""Programs over what others wrote, where the machine has it: `second/*.go` over golang.org/x/mod, `*.js` over npm's."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SECOND = Path(__file__).with_name("second")
GO_SOURCES = "/usr/share/gocode"  # where Debian puts libraries in Go
SIGSTORE = "node_modules/@sigstore/verify/dist/tlog/merkle.js"  # in npm's own folder
BUILD_SECONDS = 120
SECONDS = 60


def built(name: str, folder: Path) -> Callable[[Sequence[str]], list[str]]:
    """Return what asks a program of ours in Go, over golang.org/x/mod, many questions at once; skip without Go."""
    sources = Path(os.environ.get("GOPATH") or GO_SOURCES)
    if not shutil.which("go") or not (sources / "src/golang.org/x/mod/sumdb/tlog").exists():
        pytest.skip("no Go with golang.org/x/mod here (apt install golang-go golang-golang-x-mod-dev)")
    settings = {"GO111MODULE": "off", "GOPATH": str(sources), "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    build = ["go", "build", "-o", str(folder / name), str(SECOND / f"{name}.go")]
    subprocess.run(build, env=os.environ | settings, check=True, timeout=BUILD_SECONDS)
    return lambda questions: answers([str(folder / name)], questions)


def scripted(name: str) -> Callable[[Sequence[str]], list[str]]:
    """Return what asks a script of ours in Node, over npm's own verifier, many questions at once; skip without npm."""
    npm = shutil.which("npm")
    found = Path(npm).resolve().parent.parent / SIGSTORE if npm else None
    if not shutil.which("node") or not found or not found.exists():
        pytest.skip("no Node here with npm's @sigstore/verify (apt install nodejs npm)")
    return lambda questions: answers(["node", str(SECOND / f"{name}.js"), str(found)], questions)


def answers(command: Sequence[str], questions: Sequence[str]) -> list[str]:
    asked = "".join(f"{question}\n" for question in questions)
    done = subprocess.run(command, input=asked, check=True, capture_output=True, text=True, timeout=SECONDS)
    found = done.stdout.splitlines()
    assert len(found) == len(questions)
    return found
