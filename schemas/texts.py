"""Texts for people: each is its English, and remembers what it was made of, so that it can be told in other languages.

A `Text` is a `str` that says the English. So what compares it, measures it or writes it as JSON sees English, whatever
language the pages are in; whoever shows it to a person asks `tell`, and a template does so by itself. What is cut out
of a `Text`, or put together with another by `+` or an f-string, is English for ever: use `say` and `joined`. What is
English in every language is `english`, and is marked so in markup.

Messages are written where they are used, and `make catalogue` collects them: the first argument of `say` and `marked`,
and both forms of `counted`. Placeholders are named, `%(name)s`; a percent sign is `%%`.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations
from typing import Self

_Telling = Callable[[NullTranslations], str]

ENGLISH = NullTranslations()
_BEGIN, _END = "\ufdd0", "\ufdd1"  # around what is English within another language; no text has them (Unicode 23.7)
_MARKS = str.maketrans({_BEGIN: None, _END: None})
_SPANS = str.maketrans({_BEGIN: '<span lang="en">', _END: "</span>"})
_spoken: ContextVar[NullTranslations] = ContextVar("spoken", default=ENGLISH)


class Text(str):
    """A text in English that can be told in other languages. Made by the functions of this module alone."""

    __slots__ = ("_made",)
    _made: tuple[Callable[..., str], tuple[object, ...]]

    @classmethod
    def of(cls, telling: Callable[..., str], *made: object) -> Self:
        """Return what `telling(translations, *made)` says; `telling` is a function of a module, so that it pickles."""
        return cls.saying(telling(ENGLISH, *made), telling, *made)

    @classmethod
    def saying(cls, english: str, telling: Callable[..., str], *made: object) -> Self:
        """Return the same, of which the English is known."""
        text = cls(english)
        text._made = (telling, made)
        return text

    def told(self, translations: NullTranslations) -> str:
        """Return the text in another language."""
        return self.parted(translations).translate(_MARKS)

    def parted(self, translations: NullTranslations) -> str:
        """Return the same, with a mark before and after each part that is English there too."""
        if translations is ENGLISH:
            return str(self)
        telling, made = self._made
        return telling(translations, *made)

    def __html__(self) -> str:
        """Return the text as markup in the language that is spoken: templates ask for it, by `markupsafe.escape`."""
        escaped = html.escape(self.parted(_spoken.get())).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
        return escaped.translate(_SPANS) if _BEGIN in escaped else escaped


@contextmanager
def speaking(translations: NullTranslations) -> Iterator[None]:
    """Let texts be told in a language; it holds for this thread, or task, alone."""
    before = _spoken.set(translations)
    try:
        yield
    finally:
        _spoken.reset(before)


def tell(text: object) -> str:
    """Return a text in the language that is spoken; anything else as it is."""
    return text.told(_spoken.get()) if isinstance(text, Text) else str(text)


def marked(message: str) -> str:
    """Return `message` as it is. The catalogue takes it up; `say` can be given it later."""
    return message


def say(message: str, /, **values: object) -> Text:
    """Return the text that `message` makes with its placeholders filled; values that are texts are told along."""
    return Text.saying(message % values, _say, message, values)  # what is in it is English too


def _say(translations: NullTranslations, message: str, values: dict[str, object]) -> str:
    return translations.gettext(message) % _told(translations, values)


def english(words: str) -> Text:
    """Return what is English in every language: in markup within another it is marked `lang="en"`.

    Not for attributes, where there can be no markup.
    """
    return words if isinstance(words, Text) else Text.saying(words, _english, words)


def _english(translations: NullTranslations, words: str) -> str:
    return words if translations is ENGLISH else f"{_BEGIN}{words}{_END}"


def words_of(error: Exception) -> Text:
    """Return what an error says: a text, where it was made of one, else English in every language."""
    (first, *_) = error.args or ("",)
    return english(first if isinstance(first, Text) else str(error))


def counted(number: int, one: str, many: str, /, **values: object) -> Text:
    """Return `1 member`, `2,000 members`, `no members`; the catalogue has `%(count)s` before both forms."""
    return Text.of(_counted, number, one, many, values)


def _counted(translations: NullTranslations, number: int, one: str, many: str, values: dict[str, object]) -> str:
    form = translations.ngettext(f"%(count)s {one}", f"%(count)s {many}", number)
    none = translations is ENGLISH and number == 0  # else every language would need a form for it
    count = "no" if none else _grouped(translations, number)
    return form % {**_told(translations, values), "count": count}


def grouped(number: int) -> Text:
    """Return 12345 as `12,345`."""
    return Text.saying(f"{number:,}", _grouped, number)


def _grouped(translations: NullTranslations, number: int) -> str:
    return _between(translations, f"{number:,}")


def _between(translations: NullTranslations, number: str) -> str:
    return number.replace(",", translations.pgettext("between thousands, as in 12,345", ","))


def decimal(number: float, digits: int = 1, *, signed: bool = False) -> Text:
    """Return 1234.56 as `1,234.6`; `signed`: with a plus where it is above zero."""
    form = f"{'+' if signed and number > 0 else ''},.{digits}f"
    return Text.saying(format(number, form), _decimal, number, form)


def _decimal(translations: NullTranslations, number: float, form: str) -> str:
    point = translations.pgettext("before decimals, as in 1.5", ".")
    whole, dot, rest = format(number, form).partition(".")
    return f"{_between(translations, whole)}{point if dot else ''}{rest}"


def percent(share: float) -> Text:
    """Return 0.312 as `31 %`, with a space that does not break."""
    return say("%(number)s\u00a0%%", number=grouped(round(100 * share)))


def joined(separator: str, parts: Iterable[object]) -> Text:
    """Return texts with the same between them."""
    given = tuple(parts)
    return Text.saying(separator.join(map(str, given)), _joined, separator, given)


def _joined(translations: NullTranslations, separator: str, parts: tuple[object, ...]) -> str:
    return _in(translations, separator).join(_in(translations, each) for each in parts)


def listed(parts: Iterable[object]) -> Text:
    """Return `a, b and c`."""
    *first, last = parts
    return say("%(several)s and %(last)s", several=joined(", ", first), last=last) if first else joined("", [last])


def capital(text: str) -> Text:
    """Return the text with a capital at its beginning."""
    return Text.of(_capital, text)


def _capital(translations: NullTranslations, text: str) -> str:
    told = _in(translations, text)
    return f"{told[:1].upper()}{told[1:]}"


def lowered(text: str) -> Text:
    """Return the text with a small letter at its beginning, as it stands within a sentence."""
    return Text.of(_lowered, text)


def _lowered(translations: NullTranslations, text: str) -> str:
    told = _in(translations, text)
    return f"{told[:1].lower()}{told[1:]}"


def _told(translations: NullTranslations, values: dict[str, object]) -> dict[str, object]:
    return {name: _in(translations, each) for name, each in values.items()}


def _in(translations: NullTranslations, value: object) -> str:
    return value.parted(translations) if isinstance(value, Text) else str(value)
