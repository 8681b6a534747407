"""Sessions: the cookie of a browser that somebody signed in with, and who that is.

The cookie holds a secret and nothing else; whose it is stands in the vault (`ledger.SignIn`), under the secret's hash.
So whoever reads the vault can be nobody, and a session that was ended is over.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Literal, cast

from api.guard.devices import device
from api.web.auth import ANONYMOUS, Principal, Role
from ledger import INSTALLATION, LONGEST_SIGN_IN
from ledger.multibase import base64url_encode

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ledger import SignIn, SignIns

COOKIE = "guildbook"
HOURS = 8  # unused
LONGEST_COOKIE = 100  # characters; ours have 43


class Sessions:
    """Makes and reads the cookies of one installation."""

    def __init__(self, sign_ins: SignIns, *, secure: bool) -> None:
        """`secure` cookies travel by https alone and carry the `__Host-` prefix: no other host can set one."""
        self._sign_ins = sign_ins
        self.secure = secure

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return self.named(COOKIE)

    def named(self, name: str) -> str:
        """Return the name of a cookie of ours, which no neighbouring host can set where people come by https."""
        return f"__Host-{name}" if self.secure else name

    def let_carry(
        self, response: Response, name: str, value: str, seconds: int, *, site: Literal["lax", "strict"] = "lax"
    ) -> None:
        """Let a browser carry `value` for so long, to us alone, where no script reads it; for 0 seconds: no more.

        `lax`: also when it comes by a link from another site; `strict`: then not.
        """
        response.set_cookie(
            self.named(name), value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite=site
        )

    def start(
        self,
        request: Request,
        response: Response,
        *,
        community: str,
        role: Role,
        subject: str,
        way: Literal["link", "oidc"] = "link",
    ) -> None:
        """Sign somebody in with `response`; whoever was signed in by this browser before is so no more. Blocks.

        `subject`: a public member id; of a manager who came by a provider the id of that row; else "". `community` is
        "" for an operator. Raises `UnknownCommunityError`, `LedgerUnavailableError`.
        """
        former = self.read(request.cookies.get(self.cookie))
        words = device(request.headers.get("user-agent", ""))
        secret = self._sign_ins.begin(community, role=role, subject=subject, way=way, device=words)
        if former.kind == "session":
            self._sign_ins.end(former.community or INSTALLATION, [former.session])
        self.let_carry(response, COOKIE, secret, LONGEST_SIGN_IN // 1_000_000)

    def end(self, response: Response, asking: Principal) -> None:
        """Sign out whoever is asking. Blocks."""
        if asking.kind == "session":
            self._sign_ins.end(asking.community or INSTALLATION, [asking.session])
        self.forget(response)

    def forget(self, response: Response) -> None:
        """Let the browser forget a session that is over."""
        self.let_carry(response, COOKIE, "", 0)

    def remembered(self, cookie: str | None) -> Principal | None:
        """Return who a cookie says is asking, where that can be told without asking the vault; else None."""
        if not cookie or len(cookie) > LONGEST_COOKIE:
            return ANONYMOUS
        found = self._sign_ins.remembered(cookie)
        return _principal(found, cookie) if found else None

    def read(self, cookie: str | None) -> Principal:
        """Return who a cookie says is asking; anonymous where it is absent, unknown or over. Blocks."""
        known = self.remembered(cookie)
        if known is not None:
            return known
        assert cookie  # noqa: S101  else it was anonymous
        found = self._sign_ins.find(cookie)
        return _principal(found, cookie) if found else ANONYMOUS


def _principal(found: SignIn, secret: str) -> Principal:
    return Principal(
        kind="session",
        community=found.community or None,
        role=cast("Role", found.role),
        member=found.subject if found.role == "member" else None,
        subject=found.subject,
        label=found.role,
        csrf=_form_word(secret),
        session=found.handle,
    )


def _form_word(secret: str) -> str:
    """Return the word that a form shown in this session must send back. It does not give the secret away."""
    return base64url_encode(hmac.digest(secret.encode(), b"guildbook.form.1", hashlib.sha256))


def same_word(given: object, wanted: str) -> bool:
    """Return whether a form's word is the wanted one; an empty one never is."""
    return (
        isinstance(given, str)
        and bool(wanted)
        and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
    )
