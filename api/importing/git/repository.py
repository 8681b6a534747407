"""A repository of anybody's, read without doing anything that it says.

Its own configuration can name programs (hooks, monitors, text converters, signers, pagers). So only its references
are asked for in its own folder; everything else is read through an empty repository of ours that borrows its objects,
and so knows nothing of its configuration, its grafts, its replacements, or where missing objects could be fetched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from api.importing.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_FIELD: Final = 16_777_216  # 16 MiB: of a commit's message, say
ASKED_SECONDS: Final = 60
LONGEST_NAME: Final = 100
NAME: Final = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_NAME}}}")
_UNNAMED = re.compile(r"[^A-Za-z0-9._-]+")
_PIECE = 262_144  # 256 KiB
_KEPT: Final = ("PATH", "TMPDIR", "SYSTEMROOT")  # of our own environment
_QUIET: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_HARMLESS: Final = tuple(
    word
    for said in ("core.fsmonitor=", f"core.hooksPath={os.devnull}", "log.showSignature=false", "safe.directory=*")
    for word in ("-c", said)
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A history: its objects seen from an empty repository, and the commit at which it ends."""

    name: str  # of the place it was cloned from, else of its folder
    tip: str  # the id of a commit
    shallow: bool  # what came before some commit is not here
    program: str
    environment: dict[str, str]
    scratch: Path

    def asked(self, *arguments: str) -> str:
        """Return what git answers, stripped. Raises `GitError`."""
        return _asked([self.program, *_HARMLESS, *arguments], self.environment)

    @contextmanager
    def running(self, *arguments: str, fed: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """Run git while its output is read; `fed`: the file that is its input, a pipe when absent.

        Raises `GitError` at the end where it failed.
        """
        with tempfile.TemporaryFile() as said, fed.open("rb") if fed else _nothing() as given:
            with subprocess.Popen(  # noqa: S603  a list without a shell, and what others chose is never an option
                [self.program, *_HARMLESS, *arguments],
                stdin=given or subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=self.environment,
                cwd=self.scratch,
            ) as process:
                try:
                    yield process
                except BaseException:
                    process.kill()
                    raise
                if process.stdin:
                    process.stdin.close()
            if process.returncode:
                said.seek(0)
                raise GitError(f"git {arguments[0]}: {_words(said.read(2_000))}")

    def fields(self, *arguments: str, number: int, fed: Path | None = None) -> Iterator[list[str]]:
        """Yield the records of git's output: so many fields, each ended by a NUL. Raises `GitError`."""
        with self.running(*arguments, fed=fed) as process:
            record: list[str] = []
            for field in _ended(_output(process)):
                record.append(field.decode("utf-8", "replace"))
                if len(record) == number:
                    yield record
                    record = []


@contextmanager
def opened(path: Path, ref: str = "HEAD") -> Iterator[Repository]:
    """Open the repository at `path` (its folder, or its `.git`) up to `ref`. Raises `GitError`."""
    program = shutil.which("git")
    if program is None:
        raise GitError("wanted the program git on the PATH, got none")
    if not path.is_dir():
        raise GitError(f"{path}: wanted the folder of a git repository, got none")
    folder = path.resolve()
    ours = {name: os.environ[name] for name in _KEPT if name in os.environ} | _QUIET
    with tempfile.TemporaryDirectory(prefix="guildbook-git-") as made:
        theirs = ours | {"HOME": made, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
        there = [program, *_HARMLESS, "-C", str(folder)]
        common = Path(_asked([*there, "rev-parse", "--path-format=absolute", "--git-common-dir"], theirs))
        kind = _asked([*there, "rev-parse", "--show-object-format"], theirs)
        tip = _tip(there, theirs, ref)
        origin = _asked([*there, "config", "--default", "", "--get", "remote.origin.url"], theirs)
        scratch = Path(made) / "empty"
        _asked([program, "init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(scratch)], theirs)
        shallow = (common / "shallow").is_file()
        if shallow:
            shutil.copyfile(common / "shallow", scratch / "shallow")
        yield Repository(
            name=_name(origin, folder),
            tip=tip,
            shallow=shallow,
            program=program,
            environment=ours | {"HOME": made, "GIT_DIR": str(scratch), "GIT_OBJECT_DIRECTORY": str(common / "objects")},
            scratch=scratch,
        )


def _tip(there: Sequence[str], environment: dict[str, str], ref: str) -> str:
    if not ref or not ref.isprintable():
        raise GitError(f"wanted a branch, a tag or a commit, got {ref[:60]!r}")
    try:
        return _asked(
            [*there, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"], environment
        )
    except GitError as error:
        raise GitError(f"wanted a branch, a tag or a commit of the repository, got {ref[:60]!r}") from error


def _name(origin: str, folder: Path) -> str:
    """Return what a repository is called: the last part of its origin's address, which clones share."""
    last = origin.rstrip("/").replace(":", "/").rpartition("/")[2] or folder.name
    if not origin and last == ".git":
        last = folder.parent.name
    return _UNNAMED.sub("-", last.removesuffix(".git")).strip("-")[:LONGEST_NAME] or "repository"


def _asked(command: Sequence[str], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603  as above
            command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=ASKED_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git: wanted an answer within {ASKED_SECONDS} s, got none") from error
    if done.returncode:
        raise GitError(f"wanted a git repository, got: {_words(done.stderr)}")
    return done.stdout.decode("utf-8", "replace").strip()


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise GitError("git: wanted its output, got none")
    return process.stdout


def _ended(output: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands before each NUL. Raises `GitError` for more than any commit says."""
    rest = b""
    while piece := output.read(_PIECE):
        *done, rest = (rest + piece).split(b"\0")
        yield from done
        if len(rest) > LONGEST_FIELD:
            raise GitError(f"git: wanted at most {LONGEST_FIELD:,} bytes of one commit's words, got more")


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def _words(said: bytes) -> str:
    return said.decode("utf-8", "replace").strip().partition("\n")[0][:300] or "no word of why"
