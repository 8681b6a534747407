"""What an issuer's lists say of a credential, each status entry by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from badges.documents import status
from badges.documents.shape import id_of, type_names
from badges.errors import StatusListError
from badges.verifying.verdict import Verdict
from schemas import MalformedJSONError, english, loads, marked, say, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REVOCATION_LIST = "1EdTechRevocationList"
_LONGEST_MESSAGE = 300  # characters
_CANNOT = marked("Whether it was revoked cannot be told: %(why)s.")


class Told(NamedTuple):
    """What one entry comes to, and why in a person's words."""

    verdict: Verdict
    reason: str


def read_status(
    found: object,
    credential: Mapping[str, Any],
    *,
    at_hand: Callable[[str], bytes],
    signed: Callable[[str], Mapping[str, Any]],
) -> Told:
    """Return what a `credentialStatus` entry of a credential comes to.

    A BitstringStatusListEntry of any purpose (Bitstring Status List "Validate Algorithm"), a StatusList2021Entry, or a
    1EdTechRevocationList (OB 3.0 "RevocationList"). `at_hand` gives a list's bytes by its URL, `signed` a status list
    credential that was verified; both raise `StatusListError`.
    """
    kinds = type_names(found)
    try:
        if isinstance(found, dict) and REVOCATION_LIST in kinds:
            return _named(found, credential, at_hand)
        if not isinstance(found, dict) or len(kinds & status.FORMS.keys()) != 1:
            kind = ", ".join(sorted(kinds)) or "no type"
            return Told(
                Verdict.STATUS_UNREACHABLE,
                say(
                    "Whether it was revoked cannot be told: its status is of an unknown kind (%(kind)s).",
                    kind=kind[:80],
                ),
            )
        entry = status.read_entry(found)
    except StatusListError as error:
        return Told(Verdict.STATUS_UNREACHABLE, say(_CANNOT, why=words_of(error)))
    if not entry.known:
        return Told(
            Verdict.VALID,
            say("Its status list speaks of %(purpose)s, not of revocation.", purpose=english(entry.purpose[:40])),
        )
    try:
        return _listed(entry, status.lookup(entry, signed(entry.list_url)))
    except StatusListError as error:
        if entry.purpose in status.PURPOSES:
            return Told(Verdict.STATUS_UNREACHABLE, say(_CANNOT, why=words_of(error)))
        return Told(
            Verdict.VALID,
            say(
                "What its list says under %(purpose)s cannot be told: %(why)s.",
                purpose=english(entry.purpose),
                why=words_of(error),
            ),
        )


def _listed(entry: status.Entry, value: int) -> Told:
    if entry.purpose == "message":
        message = dict(entry.messages).get(value, f"status {value:#x}")
        return Told(
            Verdict.VALID, say("The issuer's list says of it: “%(message)s”.", message=message[:_LONGEST_MESSAGE])
        )
    if not value:
        return Told(
            Verdict.VALID, say("It is not under %(purpose)s by the issuer's list.", purpose=english(entry.purpose))
        )
    if entry.purpose == "refresh":
        return Told(Verdict.VALID, say("The issuer has a newer one, and asks that it be fetched anew."))
    words = dict(entry.messages).get(value)
    told = words and words[:_LONGEST_MESSAGE]
    if entry.purpose == "suspension":
        suspended = (
            say("The issuer has suspended it: “%(words)s”.", words=told)
            if told
            else say("The issuer has suspended it.")
        )
        return Told(Verdict.SUSPENDED, suspended)
    revoked = say("The issuer has revoked it: “%(words)s”.", words=told) if told else say("The issuer has revoked it.")
    return Told(Verdict.REVOKED, revoked)


def _named(found: Mapping[str, Any], credential: Mapping[str, Any], at_hand: Callable[[str], bytes]) -> Told:
    url, number, issuer = found.get("id"), credential.get("id"), id_of(credential.get("issuer"))
    if not isinstance(url, str) or not isinstance(number, str):
        raise StatusListError(say("wanted the ids of its list and of itself, got none"))
    try:
        listed = loads(at_hand(url))
    except MalformedJSONError as error:
        raise StatusListError(say("its revocation list cannot be read: %(why)s", why=words_of(error))) from error
    if not isinstance(listed, dict):
        raise StatusListError(say("wanted a revocation list as an object, got %(name)s", name=type(listed).__name__))
    if status.revoked_in(listed, number, issuer):
        return Told(Verdict.REVOKED, say("The issuer has revoked it."))
    return Told(Verdict.VALID, say("It is not among those that the issuer's list says were revoked."))
