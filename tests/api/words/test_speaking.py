"""A template's messages are written out in it: what is told may have tags, and of a person's words would make some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jinja2 import TemplateAssertionError

from api.words.speaking import Speaking
from schemas import ENGLISH, say, speaking
from tests.api.pseudo import Pseudo

if TYPE_CHECKING:
    from gettext import NullTranslations

HOSTILE = "<script>alert(1)</script>%(name)s"
SHOWN = "&lt;script&gt;alert(1)&lt;/script&gt;%(name)s"
LANGUAGES = [ENGLISH, Pseudo()]


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize(
    "source",
    [
        "{{ _(name) }}",
        "{{ gettext(name) }}",
        "{{ _(one.name) }}",
        '{{ _("A " ~ name) }}',
        "{{ _(name, name=1) }}",
        "{{ _(*names) }}",
        '{{ _("A member", **names) }}',
        '{{ ngettext(name, "members", 2) }}',
        '{{ ngettext("member", name, 2) }}',
        '{{ pgettext("of a page", name) }}',
        '{{ npgettext("of a page", "member", name, 2) }}',
        '<p title="{{ _(name) }}">',
        "{% set told = _(name) %}{{ told }}",
        "{% set tell = _ %}{{ tell(name) }}",
        '{{ [name] | map("upper") | map(_) }}',
        "{% if _(name) %}{% endif %}",
        "{% trans who=_(name) %}Signed by {{ who }}{% endtrans %}",
        '{{ _("Signed by %(who)s", who=_(name)) }}',
        '{{ ngettext("member", "members", _(name)) }}',
    ],
)
def test_a_message_that_is_not_written_out_is_no_template(source: str, spoken: NullTranslations):
    with pytest.raises(TemplateAssertionError, match="wants a message written out"):
        Speaking(spoken, autoescape=True).from_string(source)


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize(
    "source",
    [
        "{{ name }}",
        "{{ text }}",
        "{{ text | string }}",
        "{% trans name=name %}Signed by {{ name }}{% endtrans %}",
        "{% trans name=text %}<em>{{ name }}</em>{% endtrans %}",
        "{% trans count=2, name=name %}{{ name }} once{% pluralize %}{{ name }} {{ count }} times{% endtrans %}",
        '{{ _("Signed by %(name)s", name=name) }}',
        '{% set told = _("Signed by %(name)s", name=name) %}{{ told }}',
        '{{ _("Signed by") ~ name }}',
        '{{ pgettext("of a page", "Signed by %(name)s", name=name) }}',
        '{{ ngettext("%(name)s, one", "%(name)s, %(num)s", 2, name=name) }}',
    ],
)
def test_what_a_person_wrote_is_shown_as_she_wrote_it(source: str, spoken: NullTranslations):
    with speaking(spoken):
        shown = (
            Speaking(spoken, autoescape=True).from_string(source).render(name=HOSTILE, text=say("%(by)s", by=HOSTILE))
        )
    assert SHOWN in shown
    assert "<script" not in shown
