"""A charter's text: what it says, and where in the text each part of it stands.

YAML without what surprises (aliases, tags, dates), or strict JSON. What is wrong with one part is told at its
place and the rest is read on; only text that is neither YAML nor JSON ends the reading.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from projections.errors import CharterFault
from schemas import MalformedJSONError, charter_names, escaped, foreign, loads

if TYPE_CHECKING:
    from schemas import Fault

LONGEST = 262_144  # characters, but for pictures
LONGEST_PICTURES = 1_500_000  # characters, of all pictures (a MiB as base64)
_DEEPEST = 32  # levels
_PLAIN = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")}
_BROUGHT = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_LOOKS_LIKE_JSON = re.compile(r'\s*(\{\s*["}]|\[\s*[\[{"\]])')
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(r"[^\s,\]}]+")
_PICTURE = re.compile(r"data:image/[a-z+]{3,9};base64,[A-Za-z0-9+/]*")

Mark = tuple[int, int]  # line and column, from 1


class Place(NamedTuple):
    """Where a value stands, and where the name does under which it stands."""

    name: Mark
    value: Mark


class Text(NamedTuple):
    """A text that was read. `broken`: pointers to parts of which something was left out, each told in `faults`."""

    document: Any
    places: Mapping[str, Place]
    faults: tuple[CharterFault, ...]
    broken: frozenset[str]

    def placed(self, fault: Fault) -> CharterFault:
        """Return the fault with its line and column; of what is missing, those of what it is missing in."""
        pointer, named = fault.pointer, fault.named
        while pointer and pointer not in self.places:
            pointer, named = pointer.rpartition("/")[0], False
        place = self.places.get(pointer)
        line, column = (None, None) if place is None else place.name if named else place.value
        return CharterFault(fault.pointer, fault.message, fault.named, line, column)


def read_text(text: str | Mapping[str, Any]) -> Text:
    """Return what a text says, with all that is wrong with it as a text. Raises nothing."""
    if isinstance(text, Mapping):
        return Text(dict(text), {}, (), frozenset())
    if len(text) > LONGEST:
        words = len(_PICTURE.sub("", text))
        if words > LONGEST:
            return _unreadable(f"wanted at most {LONGEST:,} characters, got {words:,}")
        if len(text) - words > LONGEST_PICTURES:
            wanted = f"wanted pictures of at most {LONGEST_PICTURES:,} characters together"
            return _unreadable(f"{wanted}, got {len(text) - words:,}")
    if not _LOOKS_LIKE_JSON.match(text):
        return _yaml(text)
    try:
        return _json(text)
    except (json.JSONDecodeError, RecursionError) as error:
        found = _yaml(text)  # braces are YAML too
        if found.document is not None or not isinstance(error, json.JSONDecodeError):
            return found
        return _unreadable(f"wanted JSON: {error.msg.lower()}", error.lineno, error.colno)


def _unreadable(words: str, line: int | None = None, column: int | None = None) -> Text:
    return Text(None, {}, (CharterFault("", words, line=line, column=column),), frozenset({""}))


# YAML


ALIAS = "alias"
"""The tag of a node that refers to another."""


class _Loader(yaml.SafeLoader):
    """Plain YAML: no aliases (they can grow without bound), no dates turned behind one's back."""

    yaml_implicit_resolvers = {  # noqa: RUF012  as the base class declares it
        first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose a node; an alias becomes a value of a kind of its own, which is told where it stands."""
        if not self.check_event(yaml.AliasEvent):
            return super().compose_node(parent, index)
        event: Any = self.get_event()  # type: ignore[no-untyped-call]
        return yaml.ScalarNode(ALIAS, f"*{event.anchor}", event.start_mark, event.end_mark)


def composed(text: str) -> yaml.Node | None:
    """Return the nodes of a YAML text as `read_text` has them: what an alias stands for is not there again.

    Raises `yaml.YAMLError`, `ValueError` and `RecursionError`.
    """
    node: yaml.Node | None = _Loader(text).get_single_node()
    return node


def _yaml(text: str) -> Text:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _unreadable(_in_words(error, text), *(_at(mark) if mark else (None, None)))
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        words = f"wanted YAML or JSON, got a character that text cannot hold: {text[error.position]!a}"
        return _unreadable(words, line, column)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return _unreadable(f"wanted YAML or JSON, got text that cannot be read: {type(error).__name__}")
    if node is None:
        return _unreadable("wanted a charter, got an empty text", 1, 1)
    reading = _Nodes(loader)
    document = reading.value(node, "", 0)
    return Text(document, reading.places, tuple(reading.faults), frozenset(reading.broken))


class _Nodes:
    """Makes values of YAML nodes, notes where each stands, and tells what cannot be taken."""

    def __init__(self, loader: _Loader) -> None:
        self._loader = loader
        self.places: dict[str, Place] = {}
        self.faults: list[CharterFault] = []
        self.broken: set[str] = set()

    def value(self, node: yaml.Node, pointer: str, depth: int) -> Any:  # noqa: ANN401  JSON
        """Return the value of a node; None, and a fault, where it cannot be taken."""
        if pointer not in self.places:
            self.places[pointer] = Place(_at(node.start_mark), _at(node.start_mark))
        if depth > _DEEPEST:
            return self._refuse(pointer, node, f"wanted at most {_DEEPEST} levels, got more")
        if isinstance(node, yaml.MappingNode) and node.tag in _BROUGHT:
            return self._mapping(node, pointer, depth)
        if isinstance(node, yaml.SequenceNode) and node.tag in _BROUGHT:
            return [self.value(one, f"{pointer}/{n}", depth + 1) for n, one in enumerate(node.value)]
        return self._scalar(node, pointer)

    def _mapping(self, node: yaml.MappingNode, pointer: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in node.value:
            name = self._name(key, pointer)
            if name is None:
                continue
            below = f"{pointer}/{escaped(name)}"
            if name in made:
                self.faults.append(_twice(below, name, _at(key.start_mark), self.places[below].name))
                continue
            self.places[below] = Place(_at(key.start_mark), _at(value.start_mark))
            made[name] = self.value(value, below, depth + 1)
        return made

    def _name(self, key: yaml.Node, pointer: str) -> str | None:
        got = key.value if isinstance(key, yaml.ScalarNode) else "a list or a group of names"
        if strange := foreign(got):
            self.faults.append(_named(pointer, f"a name: {strange.message}", _at(key.start_mark)))
            return None
        if isinstance(key, yaml.ScalarNode) and key.tag == "tag:yaml.org,2002:str":
            return str(key.value)
        hint = f' (write it in quotes: "{got}")' if key.tag in _PLAIN else ""
        self.faults.append(_named(pointer, f"wanted a name here, got {got}{hint}", _at(key.start_mark)))
        return None

    def _scalar(self, node: yaml.Node, pointer: str) -> Any:  # noqa: ANN401  JSON
        if node.tag == ALIAS:
            return self._refuse(
                pointer, node, f"wanted a value, got {node.value}: aliases are not allowed, write it out"
            )
        if node.tag not in _PLAIN:
            return self._refuse(pointer, node, f"wanted a plain value, got one of a kind of its own: {node.tag}")
        try:
            value = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError, KeyError):
            return self._refuse(pointer, node, f"wanted a value that can be read, got {node.value!r}; try it in quotes")
        strange = foreign(value)
        return value if strange is None else self._refuse(pointer, node, strange.message)

    def _refuse(self, pointer: str, node: yaml.Node, words: str) -> None:
        line, column = _at(node.start_mark)
        self.faults.append(CharterFault(pointer, words, line=line, column=column))
        self.broken.add(pointer)


def _at(mark: yaml.Mark) -> Mark:
    return mark.line + 1, mark.column + 1


def _twice(pointer: str, name: str, again: Mark, first: Mark) -> CharterFault:
    words = f"wanted each name once, got {name} again: {name} stands twice here, first on line {first[0]}"
    return _named(pointer, words, again)


def _named(pointer: str, words: str, at: Mark) -> CharterFault:
    return CharterFault(pointer, words, named=True, line=at[0], column=at[1])


_WORDS = (
    (r"character '\\t'", "wanted spaces, got a tab: YAML is indented by spaces alone"),
    (
        r"mapping values are not allowed",
        "wanted one `name: value` a line, got a second colon: put text with a colon in it in quotes",
    ),
    (r"could not find expected ':'", "wanted `name: value`, got a line without a colon, or one indented too little"),
    (r"unexpected end of stream", "wanted a closing quotation mark, got the end of the text"),
    (r"expected ',' or '\]'", "wanted a comma or ], got something else: a list is opened with [ and not closed"),
    (r"expected ',' or '\}'", "wanted a comma or }, got something else: a group is opened with { and not closed"),
    (r"expected <block end>", "wanted what follows to be indented like its neighbours, got another indentation"),
    (r"unknown escape character", "wanted text, got a backslash in double quotes: use single quotes"),
    (
        r"cannot start any token",
        "wanted a value, got one that begins with a sign of YAML's own: put it in quotes",
    ),
    (r"single document|but found another document", "wanted one document, got a second one after ---"),
    (r"duplicate anchor", "wanted no anchors, got one twice"),
)


def _in_words(error: yaml.MarkedYAMLError, text: str) -> str:
    """Say what ended the reading, for somebody who does not know how YAML is read."""
    told = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark
    if mark is not None and mark.index < len(text) and text[mark.index] == "\t":
        return f"wanted YAML or JSON; {_WORDS[0][1]}"
    words = next((words for pattern, words in _WORDS if re.search(pattern, told)), None)
    since = f" (begun on line {error.context_mark.line + 1})" if error.context_mark else ""
    return f"wanted YAML or JSON; {words or error.problem}{since}"


# JSON


def _json(text: str) -> Text:
    """Return what strict JSON says. Raises `json.JSONDecodeError` and `RecursionError` where it is none."""
    document = json.loads(text)
    reading = _Spelled(text)
    reading.value(_space(text, 0), "", 0)
    faults = reading.faults
    try:
        loads(text.encode(errors="surrogatepass"))
    except MalformedJSONError as error:
        if not faults:
            faults.append(CharterFault("", str(error), line=1, column=1))
            return Text(None, {}, tuple(faults), frozenset({""}))
    return Text(document, reading.places, tuple(faults), frozenset())


class _Spelled:
    """Walks over text that is JSON, and notes where each value stands and which name comes twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0, *(at.end() for at in re.finditer("\n", text))]
        self.places: dict[str, Place] = {}
        self.faults: list[CharterFault] = []

    def value(self, at: int, pointer: str, depth: int) -> int:
        """Note what stands at an offset; return the offset behind it."""
        self.places.setdefault(pointer, Place(self._mark(at), self._mark(at)))
        if depth > 2 * _DEEPEST:
            raise RecursionError
        match self._text[at]:
            case "{":
                return self._inside(at, "}", lambda at, _: self._member(at, pointer, depth))
            case "[":
                return self._inside(at, "]", lambda at, n: self.value(at, f"{pointer}/{n}", depth + 1))
            case '"':
                return self._string(at)[1]
        found = _SCALAR.match(self._text, at)
        return found.end() if found else at + 1

    def _inside(self, at: int, closing: str, one: Any) -> int:  # noqa: ANN401  a function of (offset, number)
        at, number = _space(self._text, at + 1), 0
        while self._text[at] != closing:
            at = _space(self._text, one(at, number))
            number += 1
            if self._text[at] == ",":
                at = _space(self._text, at + 1)
        return at + 1

    def _member(self, at: int, pointer: str, depth: int) -> int:
        name, behind = self._string(at)
        value = _space(self._text, _space(self._text, behind) + 1)
        below = f"{pointer}/{escaped(name)}"
        if below in self.places:
            self.faults.append(_twice(below, name, self._mark(at), self.places[below].name))
            self.places.pop(below)
        self.places[below] = Place(self._mark(at), self._mark(value))
        return self.value(value, below, depth + 1)

    def _string(self, at: int) -> tuple[str, int]:
        found = _STRING.match(self._text, at)
        return ("", at + 1) if found is None else (str(json.loads(found.group())), found.end())

    def _mark(self, at: int) -> Mark:
        line = bisect_right(self._lines, at)
        return line, at - self._lines[line - 1] + 1


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def written(document: Mapping[str, Any]) -> str:
    """Return a charter as YAML, in the order in which one thinks of it: what the ledger keeps is sorted by name."""
    return yaml.safe_dump(_in_order(document), sort_keys=False, allow_unicode=True, width=110, default_flow_style=None)


def _in_order(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, list):
        return [_in_order(one) for one in value]
    if not isinstance(value, dict):
        return value
    known = next((names for names in charter_names() if value.keys() <= set(names)), tuple(value))
    return {name: _in_order(value[name]) for name in known if name in value}
