"""A command line in a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.test_cli import Shell

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a command line on a book that is to begin."""
    return Shell(tmp_path / "data")
