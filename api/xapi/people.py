"""Whom a statement names: agents as the accounts of the book (xAPI "Inverse Functional Identifier").

`account` is an account of its home page; `mbox` one by mail, whose address is told too, so that the same person on
another platform can be proposed as the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.xapi.statement_shapes import IDENTIFIERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_NAME, LONGEST_MAIL = 256, 320  # characters that are told of a person

Ref = tuple[str, str, str]


def account(agent: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the account object of an agent or an identified group; None of a group without an identifier."""
    told = agent.get("account")
    if told is not None:
        found = {"platform": "xapi", "realm": told["homePage"], "id": told["name"]}
    elif (told := agent.get("mbox")) is not None:
        address = told.partition(":")[2]
        found = {"platform": "mail", "id": address, "email": address[:LONGEST_MAIL]}
    elif (told := agent.get("mbox_sha1sum")) is not None:
        found = {"platform": "mail-sha1", "id": told.lower()}
    elif (told := agent.get("openid")) is not None:
        found = {"platform": "openid", "id": told}
    else:
        return None
    name = agent.get("name")
    if name:
        found["name"] = name[:LONGEST_NAME]
    return found


def ref(account: Mapping[str, Any]) -> Ref:
    """Return how the book names an account."""
    return account["platform"], account.get("realm") or "", account["id"]


def identifier(agent: Mapping[str, Any]) -> str:
    """Return an agent's identifier as text, "" where there is none."""
    for name in IDENTIFIERS:
        told = agent.get(name)
        if told is not None:
            return f"{name}:{told['homePage']} {told['name']}" if name == "account" else f"{name}:{told}"
    return ""


def accounts(agent: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Yield the accounts of an agent, or of a group and its members."""
    if agent is None:
        return
    own = account(agent)
    if own is not None:
        yield own
    for member in agent.get("member", ()):
        yield from accounts(member)
