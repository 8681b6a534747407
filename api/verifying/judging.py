"""Verifying with what this installation has at hand, and the answer for pages and for programs."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from api.issued.addresses import own_name
from api.known.policies import policy_of
from api.verifying.rulings import decides, is_notice, told
from api.web.problems import busy
from badges import CHECKS, Outcome, Policy, SlowError, Verified, briefly, swiftly, verify

if TYPE_CHECKING:
    from collections.abc import Collection

    from api.installation import Installation
    from api.known.documents import Documents
    from api.known.policies import Asked
    from api.network.fetched import Reach

ORDINARY: Final = Policy()
"""What is asked where nobody asks otherwise: it decides what is a notice."""


def judge(
    here: Installation, document: bytes, *, checks: Collection[str] | None = None, reach: Reach | None = None
) -> Verified:
    """Verify `document` as it stands now, with what this installation has at hand. Blocks.

    `checks` are those that decide, by their VC-API names; names we do not know are ignored. Nothing is fetched, unless
    a `reach` that asks is given. Raises a 503 problem where it would take too long.
    """
    return judged(document, policy_of(here.documents), checks=checks, reach=reach)


def judged(
    document: bytes, policy: Policy, *, checks: Collection[str] | None = None, reach: Reach | None = None
) -> Verified:
    """Verify `document` for whoever asks the service: apart, where others might wait for what it takes. Blocks.

    Raises a 503 problem where it would take too long, and `VerificationError`.
    """
    if checks is not None:
        policy = replace(policy, checks=CHECKS & frozenset(checks) or CHECKS)
    try:
        return swiftly(document, policy=reach.over(policy) if reach else policy, at=time.time_ns() // 1_000)
    except SlowError as error:
        raise busy(str(error)) from error


def judged_briefly(document: bytes, policy: Policy, *, reach: Reach | None = None) -> Verified:
    """Verify `document` as it stands now, within a millisecond or so: what that needs has been looked up.

    Raises `SlowError` where that is not enough, and `VerificationError`.
    """
    return briefly(document, policy=reach.over(policy) if reach else policy, at=time.time_ns() // 1_000)


def judge_with(
    known: Documents,
    document: bytes,
    *,
    checks: Collection[str] | None = None,
    asked: Asked | None = None,
    reach: Reach | None = None,
) -> Verified:
    """Verify `document` by what is asked of it, with what is at hand and, behind that, what is within `reach`."""
    policy = policy_of(known, asked)
    if checks is not None:
        policy = replace(policy, checks=CHECKS & frozenset(checks) or CHECKS)
    return verify(document, policy=reach.over(policy) if reach else policy, at=time.time_ns() // 1_000)


def ruled(here: Installation, verified: Verified) -> dict[str, Any]:
    """Return a verification as our pages show it. Blocks."""
    return told(verified, policy_of(here.documents), ours=own_name(here, verified))


def answered(verified: Verified, policy: Policy = ORDINARY) -> dict[str, Any]:
    """Return a verification as programs read it.

    `warnings` tell what decides nothing; `errors` are there only where it failed.
    """
    rows = [(step, is_notice(step, policy)) for step in verified.steps]
    answer: dict[str, Any] = {
        "verified": verified.valid,
        "verdict": verified.verdict.value,
        "kind": verified.kind,
        "checks": [
            {
                "step": step.number,
                "name": step.name,
                "outcome": step.outcome.value,
                "words": step.reason,
                "clause": step.clause,
                "decides": decides(step, policy),
            }
            for step, _ in rows
        ],
    }
    if warnings := [f"{step.name}: {step.reason}" for step, notice in rows if notice]:
        answer["warnings"] = warnings
    if verified.contents:
        answer["contents"] = [answered(each, policy) for each in verified.contents]
    if not verified.valid:
        failed = {Outcome.FAILED, Outcome.UNREACHABLE}
        answer["errors"] = [
            f"{step.name}: {step.reason}" for step, notice in rows if step.outcome in failed and not notice
        ]
    return answer
