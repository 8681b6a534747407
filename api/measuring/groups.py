"""Which measure stands where on the page: the headlines, the scorecards, and the groups of all others."""

from __future__ import annotations

from typing import Final, NamedTuple


class Group(NamedTuple):
    """Measures that are read together, by name; `words` say what they ask."""

    slug: str
    title: str
    words: str
    measures: tuple[str, ...]


HEADLINES: Final = ("weekly_active", "newcomers_answered", "member_led", "pre_post_gain", "practice_changed")
"""What a manager reads first; those that a community has."""

SCORECARDS: Final = ("elements", "factors")

GROUPS: Final = (
    Group("reach", "Reach", "Who is there. Reach is not success: it is who could have some.", ()),
    Group(
        "conversation", "Conversation", "Whether members speak with each other, and who is left alone.", ()
    ),
    Group("learning", "Learning", "Whether members can do more than before, and do it in practice.", ()),
    Group("leading", "Leading", "Whether many carry it, and others are ready to.", ()),
    Group("care", "Care", "Who needs somebody, and whose work nobody sees.", ()),
)
OTHERS: Final = Group("others", "Others", "What else is measured.", ())
