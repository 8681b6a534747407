"""The yard: folders and processes of one run of fault tests. Nothing stays behind, however the run ends.

Its reaper, `python -m tests.faults.yard`, hears on its standard input of every process, folder and mount. When
that input closes, by `kill -9` of the run too, it ends what is still there: frozen processes, full disks, all.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tests.faults import processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 15


class MissingToolError(Exception):
    """A fault cannot be put in on this machine; the message is one line and says why."""


class Yard:
    """Where one run works: `folder` is its own, and gone afterwards."""

    def __init__(self, folder: Path, reaper: IO[str]) -> None:
        """Use `opened`."""
        self.folder = folder
        self._reaper = reaper
        self._count = 0

    def room(self, name: str) -> Path:
        """Return a new, empty folder."""
        self._count += 1
        made = self.folder / f"{self._count:03}-{name}"
        made.mkdir()
        return made

    def start(
        self, command: Sequence[str | Path], log: Path, *, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[bytes]:
        """Start a process whose output goes to the end of `log`. Whoever starts it ends it."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*command],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # ctrl-C is for the run, which ends them in order
                **options,
            )
        self.note([process.pid])
        return process

    def note(self, pids: Iterable[int]) -> None:
        """Let the reaper know of processes."""
        for pid in pids:
            self._tell(process=pid, born=processes.born(pid))

    @contextlib.contextmanager
    def small_disk(self, size: int) -> Iterator[Path]:
        """Yield the folder of a tmpfs of `size` bytes. Raises `MissingToolError` where none may be mounted."""
        place = self.room("disk")
        told = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "guildbook-faults", place],
            capture_output=True,
            text=True,
            check=False,
        )
        if told.returncode:
            raise MissingToolError(f"full disk: wanted leave to mount a tmpfs, got: {told.stderr.strip()[:100]}")
        self._tell(mount=str(place))
        try:
            yield place
        finally:
            subprocess.run(["umount", "--lazy", place], check=False)

    def _tell(self, **what: object) -> None:
        self._reaper.write(json.dumps(what) + "\n")
        self._reaper.flush()


@contextlib.contextmanager
def opened() -> Iterator[Yard]:
    """Yield a yard for as long as the block runs. Raises `MissingToolError` where this is no Linux."""
    if not sys.platform.startswith("linux"):
        raise MissingToolError(f"faults: wanted Linux, whose /proc and signals they use; got {sys.platform}")
    folder = Path(tempfile.mkdtemp(prefix="guildbook-faults-"))
    folder.chmod(0o711)  # PostgreSQL, as another user, passes through to its own
    command = [sys.executable, "-m", "tests.faults.yard"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True, start_new_session=True) as reaper:
        assert reaper.stdin
        yard = Yard(folder, reaper.stdin)
        yard._tell(folder=str(folder))
        yield yard
        reaper.stdin.close()
        reaper.wait(STOP_SECONDS)


def tool(name: str, *trial: str) -> str:
    """Return the path of a program, tried with the arguments `trial`. Raises `MissingToolError`."""
    found = shutil.which(name)
    if found is None:
        raise MissingToolError(f"{name}: wanted it on the PATH, got none (apt install {name})")
    if trial:
        told = subprocess.run([found, *trial], capture_output=True, text=True, check=False)
        if told.returncode:
            raise MissingToolError(f"{name}: wanted leave to run it, got: {told.stderr.strip()[-100:]}")
    return found


def reap(lines: Iterable[str]) -> None:
    """Hear what was started until `lines` end, then end what is left of it."""
    told = [json.loads(line) for line in lines]
    living = [one["process"] for one in told if "process" in one and one["born"] is not None]
    named = {one["process"]: one["born"] for one in told if "process" in one}
    ours = [pid for pid in dict.fromkeys(living) if processes.born(pid) == named[pid]]
    processes.kill([child for pid in ours for child in processes.children(pid)] + ours)
    for one in told:
        if "mount" in one and os.path.ismount(one["mount"]):
            subprocess.run(["umount", "--lazy", one["mount"]], check=False)
    for one in told:
        if "folder" in one:
            shutil.rmtree(one["folder"], ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    reap(sys.stdin)
