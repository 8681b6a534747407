"""A charter's pictures in files of their own: `image: {file: ./helper.svg}`, put in as the text is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

from badges import LARGEST_PICTURE, DesignError, picture
from projections import ALIAS, CharterError, CharterFault, composed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PARTS = ("badges", "ladder", "leader_roles")


def inlined(text: str, folder: Path) -> str:
    """Return a charter's text with the pictures that it names by `file`, relative to `folder`, as `data` in it.

    All else stays where it stands, line by line. Raises `CharterError` for files that are no pictures.
    """
    try:
        root = composed(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return text  # whoever reads it says what is wrong with it
    faults, found = [], []
    for pointer, key, value in _named(root):
        try:
            found.append((key, value, _data(folder, value)))
        except DesignError as error:
            mark = value.start_mark
            faults.append(CharterFault(pointer, str(error), line=mark.line + 1, column=mark.column + 1))
    if faults:
        raise CharterError(faults)
    for key, value, data in sorted(found, key=lambda one: one[0].start_mark.index, reverse=True):
        for node, instead in ((value, data), (key, "data")):
            text = text[: node.start_mark.index] + json.dumps(instead) + text[node.end_mark.index :]
    return text


def _named(root: yaml.Node | None) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Walk over the files that images name: a JSON pointer, the node of `file`, and the node of the name."""
    for part in _PARTS:
        for _, entries in _under(root, part):
            for number, entry in enumerate(entries.value if isinstance(entries, yaml.SequenceNode) else ()):
                inner = [("", entry), *(("/credential", value) for _, value in _under(entry, "credential"))]
                for above, one in inner:
                    for _, image in _under(one, "image"):
                        for key, value in _under(image, "file"):
                            yield f"/{part}/{number}{above}/image/file", key, value


def _under(node: yaml.Node | None, name: str) -> list[tuple[yaml.Node, yaml.Node]]:
    """Return what stands under a name, but for aliases: whoever reads the text says that it takes none."""
    if not isinstance(node, yaml.MappingNode):
        return []
    return [(key, value) for key, value in node.value if key.value == name and value.tag != ALIAS]


def _data(folder: Path, named: yaml.Node) -> str:
    if not isinstance(named, yaml.ScalarNode):
        raise DesignError("wanted the name of a file, as ./helper.svg")
    file = folder / str(named.value)
    if not file.is_file():
        raise DesignError(f"wanted a file beside the charter, got {named.value}, which is not there")
    try:
        with file.open("rb") as opened:
            return picture(opened.read(LARGEST_PICTURE + 1)).uri
    except OSError as error:
        raise DesignError(f"wanted a file that can be read, got {named.value}: {error.strerror}") from error
    except DesignError as error:
        raise DesignError(f"{named.value}: {error}") from error
