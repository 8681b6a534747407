"""Whether there is a newer one of a credential, and how that stands (OB 3.0 "RefreshService").

The verdict is about what was handed in, so a newer one is told and does not decide: neither does it make an expired
badge good, nor does what is wrong with it spoil this one. With one exception. Where what its issuer says now of this
very credential, by the same id, is that it was revoked or suspended, that is the issuer's word about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges.documents.shape import id_of, listed, type_names
from badges.hand import absent, to_bytes
from badges.instants import InstantError, instant, shown
from badges.verifying.bundles import vouched
from badges.verifying.reading import LARGEST_DOCUMENT
from badges.verifying.steps import failed, passed, step, unreachable
from badges.verifying.verdict import Outcome, Verdict
from schemas import MalformedJSONError, english, loads, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from badges.verifying.course import Judge
    from badges.verifying.verdict import Policy, Step, Verified

REFRESH = "1EdTechCredentialRefresh"
_TAKEN_BACK = frozenset({Verdict.REVOKED, Verdict.SUSPENDED})


def refresh(document: Mapping[str, Any], policy: Policy, judge: Judge) -> Step:
    """Return whether a newer one is at hand in `policy.documents`, under the id of a 1EdTechCredentialRefresh."""
    named = [id_of(one) for one in listed(document.get("refreshService")) if REFRESH in type_names(one)]
    url = next((one for one in named if isinstance(one, str)), None)
    if url is None:
        return unreachable(
            "refresh", say("It names a place where a newer one would be, of a kind that is not asked here.")
        )
    found = _at_hand(policy.documents, url)
    if found is None:
        lacking = english(absent(policy.documents, url))
        words = say("Whether there is a newer one cannot be told: wanted %(what)s.", what=lacking)
        return unreachable("refresh", words)
    if _same(found, document):
        return passed("refresh", say("There is no newer one: this is what its issuer has."))
    return _told(judge(found, policy.of_another(), most=LARGEST_DOCUMENT), document)


def _at_hand(documents: Mapping[str, object], url: str) -> bytes | None:
    found = vouched(documents, url)
    try:
        return None if found is None else to_bytes(found)
    except TypeError:
        return None


def _same(raw: bytes, document: Mapping[str, Any]) -> bool:
    try:
        return loads(raw) == document
    except MalformedJSONError:  # a token, or nothing that can be read, as will be told
        return False


def _told(answer: Verified, document: Mapping[str, Any]) -> Step:
    newer = answer.credential or {}
    if answer.credential is None or answer.verdict in {Verdict.MALFORMED, Verdict.FORGED, Verdict.ISSUER_UNKNOWN}:
        why = next((one.reason for one in answer.steps if one.verdict is answer.verdict), "")
        return _noticed(
            say(
                "What stands where a newer one would be does not hold (%(verdict)s): %(why)s",
                verdict=answer.verdict.words,
                why=why,
            )
        )
    if answer.issuer != id_of(document.get("issuer")) or not _about_the_same(newer, document):
        return _noticed(say("What stands where a newer one would be is another credential."))
    begins, began = _from(newer), _from(document)
    if answer.verdict in _TAKEN_BACK:
        very = newer.get("id") is not None and newer.get("id") == document.get("id")
        words = say("There is a newer one, and its issuer says that it is %(verdict)s.", verdict=answer.verdict.words)
        return failed("refresh", words, answer.verdict) if very else _noticed(words)
    if begins is None or began is None or begins <= began:
        return passed("refresh", say("There is no newer one: what its issuer has is as old, or older."))
    date = shown(begins)
    if answer.valid:
        return passed("refresh", say("There is a newer one, of %(date)s, which holds: ask for that.", date=date))
    words = say("There is a newer one, of %(date)s, which is %(verdict)s.", date=date, verdict=answer.verdict.words)
    return _noticed(words)


def _noticed(words: str) -> Step:
    """Return what is told, and decides nothing."""
    return step("refresh", Outcome.FAILED, words)


def _about_the_same(newer: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Tell whether two are the same credential, or say the same achievement of the same person."""
    if newer.get("id") is not None and newer.get("id") == document.get("id"):
        return True
    one, other = _what(newer), _what(document)
    return one == other and None not in one


def _what(document: Mapping[str, Any]) -> tuple[object, object]:
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict):
        return None, None
    return subject.get("id"), id_of(subject.get("achievement"))


def _from(document: Mapping[str, Any]) -> int | None:
    try:
        return instant(document.get("validFrom", document.get("issuanceDate")))
    except InstantError:
        return None
