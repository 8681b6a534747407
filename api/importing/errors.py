"""What can be wrong with a file that is to be imported."""

from __future__ import annotations

from api.errors import ApiError


class ImportingError(ApiError):
    """The first of what is raised here; its words are for whoever brought the file."""


class CellError(ImportingError):
    """A cell that does not say what its column wants: `wanted`, and what it `got`."""

    def __init__(self, wanted: str, got: str) -> None:
        super().__init__(f"wanted {wanted}, got {got}")
        self.wanted, self.got = wanted, got


class SheetError(ImportingError):
    """A file that is no table, or not the one that the mapping speaks of."""


class GitError(ImportingError):
    """A repository that cannot be read."""
