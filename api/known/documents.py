"""What the verifier has at hand: our own documents, lists and logs' keys, and a folder of others'.

Nothing is ever fetched. A file of `GUILDBOOK_DOCUMENTS` is one document with an `id` (`*.json`), or
`{"urls": {URL: document}}` with as many as one likes, each JSON or a JWT as text; or the keys of logs and of their
witnesses, one a line (`*.vkey`, C2SP signed-note "Verifier keys").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from api.errors import SettingsError
from api.known.registries import read_registries
from ledger.transparency import Kind, TransparencyError, VerifierKey
from schemas import MalformedJSONError, loads

if TYPE_CHECKING:
    from pathlib import Path

    from api.settings import Settings
    from badges import Registry

T = TypeVar("T")

LARGEST_FILE = 16_777_216  # 16 MiB


class AtHand(Mapping[str, T], Generic[T]):
    """Things by their name: others' from the folder, and ours, made when asked for."""

    def __init__(self, others: Mapping[str, T], own: Callable[[str], T | None]) -> None:
        """Ask `own`, which returns `None` for what is not ours, then look in `others`."""
        self._others = others
        self._own = own

    def __getitem__(self, name: str) -> T:
        """Return what has that name. Raises `KeyError`."""
        found = self._own(name)
        return self._others[name] if found is None else found

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of others' things; ours are made, not listed."""
        return iter(self._others)

    def __len__(self) -> int:
        """Return how many the folder has."""
        return len(self._others)


@dataclass(frozen=True, slots=True)
class Documents:
    """What a badge is verified with, by URL, DID, or a log's origin."""

    published: Mapping[str, object] = field(default_factory=dict)  # DID documents, status lists, contexts
    logs: Mapping[str, VerifierKey] = field(default_factory=dict)
    witnesses: tuple[VerifierKey, ...] = ()
    registries: tuple[Registry, ...] = ()

    def with_more(self, more: Documents) -> Documents:
        """Return these and more: of what has the same name, that of `more`."""
        return Documents(
            AtHand(self.published, more.published.get),
            AtHand(self.logs, more.logs.get),
            tuple(dict.fromkeys((*self.witnesses, *more.witnesses))),
            (*self.registries, *more.registries),
        )

    def beside(
        self,
        own: Callable[[str], object | None],
        own_log: Callable[[str], VerifierKey | None],
        witnesses: tuple[VerifierKey, ...] = (),
    ) -> Documents:
        """Return these, and what is our own (`None` for what is not), and the witnesses that we know."""
        known = tuple(dict.fromkeys((*witnesses, *self.witnesses)))
        return Documents(AtHand(self.published, own), AtHand(self.logs, own_log), known, self.registries)


def documents_of(settings: Settings) -> Documents:
    """Return what the settings name of others' documents and registries. Raises `SettingsError`."""
    return replace(read_folder(settings.documents), registries=read_registries(settings.registries))


def read_folder(folder: Path | None) -> Documents:
    """Return what the folder holds. Raises `SettingsError`, naming the file."""
    if folder is None:
        return Documents()
    if not folder.is_dir():
        raise SettingsError(f"GUILDBOOK_DOCUMENTS: wanted a folder, got {folder}")
    published: dict[str, object] = {}
    for path in sorted(folder.glob("*.json")):
        published |= _document(path)
    keys = [key for path in sorted(folder.glob("*.vkey")) for key in read_keys(path)]
    logs = {key.name: key for key in keys if key.kind is Kind.NOTE}
    if twice := [key.name for key in keys if key.kind is Kind.NOTE and logs[key.name] != key]:
        raise SettingsError(f"{folder}: wanted one key of each log, got several of {twice[0]}")
    witnesses = dict.fromkeys(key for key in keys if key.kind is Kind.COSIGNATURE)
    return Documents(published, logs, tuple(witnesses))


def read_keys(path: Path) -> list[VerifierKey]:
    """Return the keys in a file, one a line. Raises `SettingsError`, naming the file."""
    try:
        with path.open("rb") as file:
            lines = file.read(LARGEST_FILE).decode().split("\n")
        return [VerifierKey.parse(line.strip()) for line in lines if line.strip()]
    except (OSError, UnicodeDecodeError, TransparencyError) as error:
        raise SettingsError(f"{path}: wanted keys of logs or witnesses, got: {error}") from error


def _document(path: Path) -> dict[str, object]:
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
