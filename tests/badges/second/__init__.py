"""Other people's verifiers of badges, each a process that reads questions and writes answers, a line each.

A question is `{document, at}`: a credential as an object, a JWT as text, or a picture as a `data:` URL, and the
instant asked about. An answer is `{verified, why}`. What a verifier would fetch is in a file: it has no network.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas import contexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HERE = Path(__file__).parent
AT = "2026-06-01T00:00:00Z"
SECONDS = 120

NAMES = ("digitalbazaar", "verifier-core", "openvc_core", "openbadges_lib")


class NotHadError(Exception):
    """A verifier that is not installed here; the message says how to have it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verifier says of one credential, and why not where it does not verify."""

    verified: bool
    why: str


def ask(
    name: str,
    documents: Iterable[object],
    offline: Mapping[str, object],
    *,
    at: str = AT,
    seconds: float = SECONDS,
) -> list[Answer]:
    """Return what the verifier `name` says of each document, in one run of at most `seconds`.

    `offline` maps addresses and DIDs to documents; the contexts are at hand anyway. Raises `NotHadError`.
    """
    questions = [{"document": document, "at": at} for document in documents]
    return [Answer(**found) for found in told(name, questions, offline, seconds=seconds)]


def told(
    name: str, questions: Iterable[object], offline: Mapping[str, object], *, seconds: float = SECONDS
) -> list[Any]:
    """Return what the program `name` says to each question, as JSON. Raises `NotHadError`."""
    command = _command(name)
    lines = "".join(f"{json.dumps(question)}\n" for question in questions)
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({url: contexts.document(url) for url in contexts.urls()} | dict(offline), file)
        file.flush()
        done = subprocess.run(
            [*command, file.name], input=lines, capture_output=True, text=True, timeout=seconds, check=False
        )
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(answers) == lines.count("\n"), done.stderr[-2_000:]
    return answers


def web_addresses(document: Mapping[str, Any]) -> dict[str, object]:
    """Return a did:web document under its DID and under the address where verifiers fetch it."""
    host, *path = str(document["id"]).removeprefix("did:web:").split(":")
    return {document["id"]: document, f"https://{'/'.join([host, *path])}/did.json": document}


def _command(name: str) -> list[str]:
    script = HERE / f"{name}.js"
    if not script.exists():
        return [sys.executable, "-m", f"{__name__}.{name}"]
    if not shutil.which("node") or not (HERE / "node_modules").exists():
        raise NotHadError(f"no Node with {name} here (npm ci in tests/badges/second)")
    return ["node", str(script)]
