"""What ends a pull, or lets it wait."""

from __future__ import annotations

from api.errors import ApiError


class PullError(ApiError):
    """The first of what is raised here."""


class EndedError(PullError):
    """What trying again would not mend: a key that is not taken, an intent that is not allowed."""


class LaterError(PullError):
    """What may go later. `after`: the seconds that the platform asked for, where it did."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after
