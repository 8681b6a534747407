"""Git histories made by the tests, with real git."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ADA, BO, CY = "Ada <ada@example.org>", "Bo <bo@example.org>", "Cy <cy@example.org>"


class History:
    """A repository in a folder; every commit is a day after the one before."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self._day = folder, 0
        self.git("init", "--quiet", "--initial-branch=main", "--template=")

    def git(self, *words: str, **more: str) -> str:
        """Run git there, as nobody in particular."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_COMMITTER_NAME": "Committer",
            "GIT_COMMITTER_EMAIL": "committer@example.org",
        }
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=environment | more, capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    def commit(self, author: str, message: str, **files: str) -> str:
        """Commit files, and return the commit's id. `__` in a name is a /."""
        for name, text in files.items():
            path = self.folder / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self._day += 1
        day = f"2026-03-{self._day:02}T23:30:00-05:00"
        self.git("commit", "--quiet", "--allow-empty", f"--author={author}", f"--message={message}",
                 GIT_AUTHOR_DATE=day, GIT_COMMITTER_DATE=day)  # fmt: skip
        return self.git("rev-parse", "HEAD")


def trailers(*lines: str, subject: str = "seeds: sow") -> str:
    """Return a message that ends with trailers."""
    return f"{subject}\n\nWhy it is so.\n\n" + "\n".join(lines) + "\n"
