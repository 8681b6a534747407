"""Templates in one language: their messages are translated when a template is compiled, and cost nothing afterwards."""

from __future__ import annotations

import html
import re
from gettext import NullTranslations
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, TemplateAssertionError, nodes
from jinja2.visitor import NodeTransformer

from schemas import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CALLS: Final = {"_": 1, "gettext": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}  # how many texts each begins with
_PART: Final = re.compile(r"%\((\w+)\)s|(%%)")


class Speaking(Environment):
    """Templates whose messages (`_("...")`, `{% trans %}`) are told in a language."""

    def __init__(self, spoken: NullTranslations, **options: Any) -> None:  # noqa: ANN401  those of any environment
        super().__init__(**options, extensions=["jinja2.ext.i18n"])
        self._spoken = spoken
        self.policies["ext.i18n.trimmed"] = True  # how a template is indented is nothing to a translator
        self.install_gettext_callables(  # type: ignore[attr-defined]  # the extension's own
            as_markup(spoken.gettext),
            as_markup(spoken.ngettext),
            newstyle=True,
            pgettext=as_markup(spoken.pgettext),
            npgettext=as_markup(spoken.npgettext),
        )

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Return a template's tree, told. Raises `TemplateAssertionError` for a message that is not written out."""
        tree: nodes.Template = _Teller(self._spoken, name, filename).visit(super()._parse(source, name, filename))
        return tree


class _Teller(NodeTransformer):
    """Puts translations in the place of messages: as text of the template, with what they name between.

    A message may have tags, so what tells one returns markup: of a value it would make markup too, whoever wrote it.
    """

    def __init__(self, spoken: NullTranslations, name: str | None, filename: str | None) -> None:
        self._tell = as_markup(spoken.gettext)
        self._name, self._filename = name, filename

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802  named for the node
        told: list[nodes.Expr] = []
        for each in node.nodes:
            message = _message(each)
            told += [self.visit(each)] if message is None else self._parts(each, message)
        node.nodes = told
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802  named for the node
        message = _message(node)
        if message is None or node.kwargs:
            return self._within(node)
        return nodes.MarkSafe(nodes.Const(self._tell(message).replace("%%", "%")), lineno=node.lineno)

    def visit_Name(self, node: nodes.Name) -> nodes.Name:  # noqa: N802  named for the node
        if node.name in _CALLS:  # under another name it would be given anything
            raise self._not_written(node, node.name)
        return node

    def _within(self, call: nodes.Call) -> nodes.Call:
        """Look for messages in what a call is given; what tells one is given texts written out, and values by name."""
        name = call.node.name if isinstance(call.node, nodes.Name) else None
        if name not in _CALLS:
            self.generic_visit(call)
            return call
        texts = call.args[: _CALLS[name]]
        written = len(texts) == _CALLS[name] and all(isinstance(each, nodes.Const) for each in texts)
        if not written or call.dyn_args or call.dyn_kwargs:
            raise self._not_written(call, name)
        call.args[len(texts) :] = [self.visit(each) for each in call.args[len(texts) :]]
        call.kwargs = [self.visit(each) for each in call.kwargs]
        return call

    def _not_written(self, node: nodes.Node, name: str) -> TemplateAssertionError:
        words = f"`{name}` wants a message written out, got something else: make the text in Python, with `say`"
        return TemplateAssertionError(words, node.lineno, self._name, self._filename)

    def _parts(self, call: nodes.Node, message: str) -> Iterator[nodes.Expr]:
        """Yield a translation as parts of an output. Raises `KeyError` where a value is named that is not given."""
        values = {each.key: each.value for each in getattr(call, "kwargs", ())}
        text, at = self._tell(message), 0
        for found in _PART.finditer(text):
            yield nodes.TemplateData(text[at : found.start()] + ("%" if found[2] else ""), lineno=call.lineno)
            if found[1]:
                yield self.visit(values[found[1]])
            at = found.end()
        yield nodes.TemplateData(text[at:], lineno=call.lineno)


def _message(node: nodes.Node) -> str | None:
    """Return the message that is told by a call of `_` or `gettext`; None where it is something else."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in {"_", "gettext"}:
        first = node.args[0] if len(node.args) == 1 and not (node.dyn_args or node.dyn_kwargs) else None
        return str(first.value) if isinstance(first, nodes.Const) else None
    return None


def as_markup(told: Callable[..., str]) -> Callable[..., str]:
    """Return what finds a message's translation, as a template may show it: only what has tags in English has them."""
    if getattr(told, "__self__", None) is ENGLISH:
        return told

    def escaped(*message: Any) -> str:  # noqa: ANN401  a context, a message or two, a number
        found = told(*message)
        english = [each for each in message if isinstance(each, str)]
        return found if found in english or any("<" in each for each in english) else html.escape(found)

    return escaped
