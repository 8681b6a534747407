"""Every badge of a community in one file: the very bytes that each badge is downloaded as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from tests.api.people import COMMUNITY
from tests.api.test_operating import Shell, begun

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return begun(Shell(tmp_path / "data"), tmp_path / "in")


def test_every_badge_is_written_as_it_is_downloaded(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    told = shell.json("badges", COMMUNITY, "--to", file)
    lines = file.read_bytes().splitlines()
    with shell.installation() as here:
        issued = here.awards.all(COMMUNITY)
        assert lines == [here.awards.json(one) for one in issued]
        assert told == {"community": COMMUNITY, "file": str(file), "badges": len(issued)}
    assert "wanted a new file, got one that exists" in shell.said("badges", COMMUNITY, "--to", file, code=1)

    taken = orjson.loads(lines[0])["id"].rpartition("/")[2]
    shell.said("revoke", taken, "--reason", "by mistake")
    left, whole = tmp_path / "left.jsonl", tmp_path / "whole.jsonl"
    assert shell.json("badges", COMMUNITY, "--to", left)["badges"] == len(lines) - 1
    assert shell.json("badges", COMMUNITY, "--to", whole, "--revoked")["badges"] == len(lines)
    assert shell.json("badges", COMMUNITY, "--to", tmp_path / "none", "--achievement", "none-such")["badges"] == 0
