"""Every text of ours that can be translated: found in the sources, and written as the catalogue that translators fill.

`python -m tests.catalogue`, which is `make catalogue`, writes `api/locale/guildbook.pot` and brings every translation
up to it: new texts come empty, changed ones as fuzzy, what is no longer said stands at the end, commented out.
"""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes
from jinja2.ext import extract_from_ast

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "api" / "locale"
TEMPLATE = LOCALE / "guildbook.pot"
PACKAGES = ("schemas", "ledger", "projections", "badges", "api")
SAID: dict[str, tuple[int, ...]] = {"say": (1,), "marked": (1,), "counted": (2, 3), "pgettext": (2,)}
"""Which arguments of our functions are messages: schemas/texts.py."""

SHOWN = ("gettext", "ngettext", "_", "pgettext", "npgettext")
HEAD = """\
# Texts of Guildbook's pages. docs/translating.md says how to translate them.
# Copyright: the contributors to Guildbook. This file is under the same licence as Guildbook, Apache-2.0."""
_CHANGING = re.compile(r'^"(Project|Report|POT|PO|Generated|Last|Language)-[^"]*"\n', re.MULTILINE)  # lines of the head
_WIDTH = 110

Found = tuple[str, str | None, tuple[str, ...]]
"""A file, a context or None, and the forms of a message."""


def found() -> list[Found]:
    """Return every text that can be translated, in the order of files and lines."""
    modules = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [
        *(one for path in sorted((ROOT / "api" / "templates").glob("*.html")) for one in shown(path)),
        *(one for path in modules for _, one in sorted(said(path), key=lambda one: one[0])),
    ]


def shown(path: Path) -> Iterator[Found]:
    """Yield the messages of a template, those of the filter `counted` among them."""
    templates = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True, autoescape=True)
    templates.policies["ext.i18n.trimmed"] = True
    tree = templates.parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(ROOT).as_posix()
    lines: list[tuple[int, str | None, tuple[str, ...]]] = []
    for line, function, message in extract_from_ast(tree, SHOWN):
        forms = [message] if isinstance(message, str) else [each for each in message or () if each is not None]
        context = forms.pop(0) if function in {"pgettext", "npgettext"} else None
        if not forms:
            raise SystemExit(f"{name}:{line}: wanted a message written out, got something else")
        lines.append((line, context, tuple(forms[:2])))
    for node in tree.find_all(nodes.Filter):
        if node.name == "counted":
            forms = [each.value for each in node.args if isinstance(each, nodes.Const)]
            lines.append((node.lineno, None, tuple(f"%(count)s {each}" for each in forms)))
    yield from ((name, context, forms) for _, context, forms in sorted(lines, key=lambda one: one[0]))


def said(path: Path) -> Iterator[tuple[int, Found]]:
    """Yield the messages of a module, each with its line."""
    name = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        function = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if function not in SAID or len(node.args) < max(SAID[function]):
            continue
        given = [node.args[at - 1] for at in SAID[function]]
        if any(isinstance(each, ast.JoinedStr) for each in given):
            raise SystemExit(f"{name}:{node.lineno}: wanted a message written out, got an f-string")
        forms = [str(each.value) for each in given if isinstance(each, ast.Constant)]
        if not forms:  # marked where it is written
            continue
        prefix = "%(count)s " if function == "counted" else ""
        context = str(node.args[0].value) if function == "pgettext" and isinstance(node.args[0], ast.Constant) else None
        yield node.lineno, (name, context, tuple(f"{prefix}{each}" for each in forms))


def catalogue() -> Catalog:
    """Return the catalogue of all texts, translated into nothing."""
    made = Catalog(project="Guildbook", charset="utf-8", header_comment=HEAD, fuzzy=False)
    for file, context, forms in found():
        made.add(forms if len(forms) > 1 else forms[0], locations=[(file, 0)], context=context)
    return made


def written(made: Catalog) -> str:
    """Return a catalogue as the text of its file: without line numbers or dates, which change when no text does."""
    out = io.BytesIO()
    write_po(out, made, width=_WIDTH, include_lineno=False)
    return _CHANGING.sub("", out.getvalue().decode())


def translated() -> list[Path]:
    """Return the catalogues of other languages."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/guildbook.po"))


def main() -> None:
    """Write the catalogue anew, and bring every translation up to it."""
    made = catalogue()
    LOCALE.mkdir(exist_ok=True)
    TEMPLATE.write_text(written(made), encoding="utf-8")
    for path in translated():
        with path.open("rb") as source:
            theirs = read_po(source, locale=path.parent.parent.name)
        theirs.update(made)
        with path.open("wb") as out:
            write_po(out, theirs, width=_WIDTH, include_lineno=False)
    print(f"{len(made)} texts, {len(translated())} translations")


if __name__ == "__main__":
    main()
