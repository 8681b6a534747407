"""Credentials inside a document: what a learner record or a presentation contains, and endorsements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from badges.documents.shape import ENDORSEMENT_TYPE, id_of, listed, type_names
from badges.hand import to_bytes
from badges.verifying.reading import LARGEST_DOCUMENT
from badges.verifying.steps import failed, not_applicable, passed, step, unreachable
from badges.verifying.verdict import Outcome, Verdict, Verified, worst
from schemas import counted, marked, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from badges.verifying.course import Judge
    from badges.verifying.verdict import Policy, Step
    from schemas import Text

MOST_CREDENTIALS = 64
MOST_ENDORSEMENTS = 32
_BROKEN = frozenset({Verdict.MALFORMED, Verdict.FORGED})
_KINDS = {"presentation": say("a presentation"), "assertion": say("an Open Badges 2.0 assertion")}
_NOTHING = say("nothing was said of it.")
_ENVELOPED = frozenset({"EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"})
_CONTAINERS = frozenset({"verifiableCredential", "proof"})  # what stands in them is judged by itself


def presented(document: Mapping[str, Any], policy: Policy, judge: Judge) -> tuple[Step, tuple[Verified, ...]]:
    """Return whether each credential of a presentation holds: all must (VCDM 2.0 "Verifiable Presentations")."""
    found = listed(document.get("verifiableCredential"))
    if not found:
        return not_applicable("contents", say("There are no credentials in it.")), ()
    if len(found) > MOST_CREDENTIALS:
        return _too_many(len(found)), ()
    answers = _judged(found, policy.of_presented(), judge)
    if (strange := _strange(answers)) is not None:
        return strange, answers
    told = _worst(answers)
    if (verdict := told.verdict) is Verdict.VALID:
        return passed(
            "contents", say("%(credentials)s in it, and each holds.", credentials=_counted(len(answers)))
        ), answers
    words = say(
        "Of %(credentials)s in it, number %(number)s is %(verdict)s: %(why)s",
        credentials=_counted(len(answers)),
        number=answers.index(told) + 1,
        verdict=verdict.words,
        why=_why(told),
    )
    outcome = Outcome.UNREACHABLE if verdict.undecided else Outcome.FAILED
    return step("contents", outcome, words, verdict if verdict.undecided else Verdict.ENCLOSED_INVALID), answers


def in_record(document: Mapping[str, Any], policy: Policy, judge: Judge) -> tuple[Step, tuple[Verified, ...]]:
    """Return how the credentials of a ClrCredential stand (CLR 2.0 "ClrSubject").

    A record says what was so when it was made. That one of them was revoked since, or has expired, or cannot be told,
    is said and does not spoil the record; one that its issuer never signed does, in a record within it, too.
    """
    subjects = [one for one in listed(document.get("credentialSubject")) if isinstance(one, dict)]
    found = [one for subject in subjects for one in listed(subject.get("verifiableCredential"))]
    if not found:
        return not_applicable("contents", say("There are no credentials in it.")), ()
    if len(found) > MOST_CREDENTIALS:
        return _too_many(len(found)), ()
    answers = _judged(found, policy.of_another(), judge)
    if (strange := _strange(answers)) is not None:
        return strange, answers
    good = sum(one.valid for one in answers)
    if good == len(answers):
        return passed("contents", say("%(credentials)s in it, and each holds.", credentials=_counted(good))), answers
    told = _worst([one for one in answers if _broken(one)] or answers)
    words = say(
        "Of %(credentials)s in it, %(good)s hold; another is %(verdict)s: %(why)s",
        credentials=_counted(len(answers)),
        good=good,
        verdict=told.verdict.words,
        why=_why(told),
    )
    if _broken(told):
        return failed("contents", words, Verdict.ENCLOSED_INVALID), answers
    outcome = Outcome.UNREACHABLE if told.verdict.undecided else Outcome.FAILED
    return step("contents", outcome, words), answers


def endorsements(document: Mapping[str, Any], policy: Policy, judge: Judge) -> Step | None:
    """Return whether the endorsements that a credential carries hold, and are of what they stand at; None without any.

    OB 3.0 "Endorsement". One whose issuer or status cannot be told is said, and spoils nothing.
    """
    found = list(_endorsements(document))
    if not found:
        return None
    if len(found) > MOST_ENDORSEMENTS:
        words = marked("What others say of it was not looked at: wanted at most %(most)s endorsements, got more.")
        return failed("endorsements", say(words, most=MOST_ENDORSEMENTS), Verdict.ENCLOSED_INVALID)
    answers = []
    for one, thing in found:
        plain = one if isinstance(one, dict) and not type_names(one) & _ENVELOPED else None
        wrong = _another(plain, thing) if plain is not None else ""  # before any work is done for it
        if not wrong:
            (answer,) = _judged([one], policy.of_another(), judge)
            answers.append(answer)
            holds = answer.verdict.undecided or answer.valid
            wrong = (
                _another(answer.credential, thing)
                if holds
                else say("it is %(verdict)s: %(why)s", verdict=answer.verdict.words, why=_why(answer))
            )
        if wrong:
            return failed(
                "endorsements",
                say("An endorsement in it does not hold: %(why)s", why=wrong),
                Verdict.ENCLOSED_INVALID,
            )
    if unsure := next((one for one in answers if not one.valid), None):
        return unreachable(
            "endorsements", say("Whether all endorsements in it hold cannot be told: %(why)s", why=_why(unsure))
        )
    names = sorted({str(one.issuer)[:120] for one in answers})
    return passed("endorsements", say("It is endorsed by %(names)s.", names=", ".join(names)))


def _another(said: Mapping[str, Any] | None, thing: object) -> str:
    """Return in what a credential is none that endorses a thing; "" where it is one."""
    if ENDORSEMENT_TYPE not in type_names(said):
        return say("wanted an EndorsementCredential, got another credential.")
    about = id_of((said or {}).get("credentialSubject"))
    if about != thing:
        words = marked("wanted one of %(thing)s, where it stands, got one of %(other)s.")
        return say(words, thing=ascii(thing)[:120], other=ascii(about)[:120])
    return ""


def _endorsements(node: object) -> Iterator[tuple[object, object]]:
    """Yield each endorsement below a node, and the id of what it stands at; none of credentials in it."""
    ahead = [node]
    while ahead:
        one = ahead.pop()
        if isinstance(one, list):
            ahead.extend(one)
        elif isinstance(one, dict):
            for name in ("endorsement", "endorsementJwt"):
                for each in listed(one.get(name)):
                    yield each, one.get("id")
            inside = (value for name, value in one.items() if name not in {"endorsement", *_CONTAINERS})
            ahead.extend(value for value in inside if isinstance(value, (dict, list)))


def _judged(found: Sequence[object], policy: Policy, judge: Judge) -> tuple[Verified, ...]:
    return tuple(judge(to_bytes(one), policy, most=LARGEST_DOCUMENT) for one in found)


def _worst(answers: Sequence[Verified]) -> Verified:
    """Return the first of those that stand worst."""
    verdict = worst(one.verdict for one in answers)
    return next(one for one in answers if one.verdict is verdict)


def _broken(answer: Verified) -> bool:
    """Tell whether it is none that its issuer signed, or has one in it."""
    return answer.verdict in _BROKEN or any(map(_broken, answer.contents))


def _strange(answers: Sequence[Verified]) -> Step | None:
    """Refuse what stands where a credential should, and is none, however well it holds."""
    for number, one in enumerate(answers, start=1):
        if one.kind != "credential":
            words = say(
                "Not all in it are credentials: number %(number)s is another document, %(kind)s.",
                number=number,
                kind=_KINDS[one.kind],
            )
            return failed("contents", words, Verdict.ENCLOSED_INVALID)
    return None


def _why(answer: Verified) -> str:
    return next((one.reason for one in answer.steps if one.verdict is answer.verdict), _NOTHING)


def _counted(number: int) -> Text:
    return say("one credential") if number == 1 else counted(number, "credential", "credentials")


def _too_many(number: int) -> Step:
    words = marked("What is in it was not looked at: wanted at most %(most)s credentials in it, got %(count)s.")
    return failed("contents", say(words, most=MOST_CREDENTIALS, count=number), Verdict.MALFORMED)
