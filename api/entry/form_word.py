"""The word of a form for those who are not signed in yet: a cookie has it, and the form must send the same.

So no other site can sign anybody in: not with her own link, nor with another's (login CSRF).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from api.guard.forms import WORD
from api.guard.sessions import same_word
from api.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from api.installation import Installation

COOKIE = "guildbook-form"
SECONDS = 900


def set_word(here: Installation, page: Callable[[str], Response]) -> Response:
    """Return `page`, made with a fresh word, and give the browser the cookie with that word."""
    word = secrets.token_urlsafe(16)
    answer = page(word)
    here.sessions.let_carry(answer, COOKIE, word, SECONDS, site="strict")
    return answer


def check_word(here: Installation, request: Request, form: Mapping[str, str]) -> None:
    """Raise a 403 problem unless a form carries the word of its browser's cookie."""
    if not same_word(form.get(WORD), request.cookies.get(here.sessions.named(COOKIE), "")):
        raise ProblemError(403, "wanted the form of our own page; open it once more")
