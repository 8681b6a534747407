"""What the verifier has at hand: our own DID documents and status lists, and a folder of others'.

Nothing is ever fetched. A file of `GUILDBOOK_DOCUMENTS` (`*.json`) is one document with an `id`, or
`{"urls": {URL: document}}` with as many as one likes; a document is JSON, or a JWT as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from api.errors import SettingsError
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 16_777_216  # 16 MiB


class Documents(Mapping[str, object]):
    """Documents by their URL or DID: others' from the folder, and ours, made when asked for."""

    def __init__(self, others: Mapping[str, object], own: Callable[[str], object | None]) -> None:
        """Look in `others`, then ask `own`, which returns `None` for what is not ours."""
        self._others = others
        self._own = own

    def __getitem__(self, url: str) -> object:
        """Return the document. Raises `KeyError`."""
        found = self._own(url)
        return self._others[url] if found is None else found

    def __iter__(self) -> Iterator[str]:
        """Iterate over the URLs of the folder's documents; ours are made, not listed."""
        return iter(self._others)

    def __len__(self) -> int:
        """Return how many documents the folder has."""
        return len(self._others)


def read_folder(folder: Path | None) -> dict[str, object]:
    """Return the folder's documents by URL. Raises `SettingsError`, naming the file."""
    if folder is None:
        return {}
    if not folder.is_dir():
        raise SettingsError(f"GUILDBOOK_DOCUMENTS: wanted a folder, got {folder}")
    found: dict[str, object] = {}
    for path in sorted(folder.glob("*.json")):
        found |= _read(path)
    return found


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            document = loads(file.read(LARGEST_FILE))
    except (OSError, MalformedJSONError) as error:
        raise SettingsError(f"{path}: wanted a JSON document, got: {error}") from error
    if isinstance(document, dict) and isinstance(document.get("urls"), dict):
        return dict(document["urls"])
    if isinstance(document, dict) and isinstance(document.get("id"), str):
        return {document["id"]: document}
    raise SettingsError(f"{path}: wanted a document with an id, or `urls` with several; got neither")
