"""Which measure stands where on the page: the headlines, the scorecards, and the groups of all others."""

from __future__ import annotations

from typing import Final, NamedTuple

from schemas import say


class Group(NamedTuple):
    """Measures that are read together, by name; `words` say what they ask."""

    slug: str
    title: str
    words: str
    measures: tuple[str, ...]


HEADLINES: Final = ("weekly_active", "newcomers_answered", "member_led", "pre_post_gain", "practice_changed")
"""What a manager reads first; those that there are."""

SCORECARDS: Final = ("elements", "success_factors")

PRIVATE: Final = frozenset({"support"})
"""What is not for sharing: it is about persons who may not want it known."""

GROUPS: Final = (
    Group(
        "reach",
        say("Reach"),
        say("Who is there, and who stays. Reach is not success: without it there is none."),
        ("weekly_active", "doing", "creation", "mix", "retention", "novelty"),
    ),
    Group(
        "talk",
        say("Conversation"),
        say("Whether members speak with each other, and who is left alone."),
        (
            "newcomers_answered",
            "first_answer_hours",
            "conversation",
            "carry_over",
            "connections",
            "isolated",
            "ties_retention",
            "mingling",
            "reuse",
        ),
    ),
    Group(
        "learning",
        say("Learning"),
        say("Whether members can do more than before, and do it in practice."),
        ("pre_post_gain", "practice_changed", "wins", "focus", "poll_response", "session_feedback"),
    ),
    Group(
        "leading",
        say("Leading"),
        say("Whether many carry it, and others are ready to."),
        ("member_led", "facilitation", "dominance", "cadence", "pipeline"),
    ),
    Group(
        "care",
        say("Care"),
        say("Who may need somebody, and whose work nobody sees."),
        ("support", "recognised", "coverage", "tending"),
    ),
)
OTHERS: Final = Group("others", say("Others"), say("What else is measured."), ())

FILLED: Final = {
    "poll_response": say("a `metric` of the poll that says how many were asked (`asked`)"),
    "pre_post_gain": say("a `response` to the same question in the phase `pre` and in `post`"),
    "session_feedback": say("a `response` that names its `session`"),
    "practice_changed": say("an `impact` of the kind `practice_change`"),
    "wins": say("an `impact` with a `measure` that has `before` and `after`"),
    "reuse": say("a `contribution` that says what it is `about`, or an `impact` of the kind `reuse`"),
    "focus": say("`skills` on contributions, and on the outcomes of the charter"),
    "newcomers_answered": say("a `contribution` that names its `thread`"),
    "first_answer_hours": say("a `contribution` of the kind `answer` or `reply` that says what it is `about`"),
    "carry_over": say("an `attendance` with `mode: sync`"),
    "mingling": say("an `attendance` with `mode: sync`, or a `contribution` that names its `thread`"),
    "mix": say("`mode` and `setting` on attendances, and activities in the charter"),
    "member_led": say("an `attendance` with `role: facilitator`"),
    "facilitation": say("an `attendance` with `role: facilitator` and the `series` of its session"),
    "dominance": say("an `attendance` with `role: facilitator`, or an `assignment` of a role"),
    "cadence": say("an `attendance` with `mode: sync`"),
    "tending": say("a `contribution` of the kind `curation`, or a `moderation`"),
}
"""What a platform, or the charter, would have to say so that there is something to tell a measure by."""
