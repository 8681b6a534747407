"""One plausible year of one community, for `guildbook demo`: written by a seed, the same every time."""

from __future__ import annotations

from api.demo.year import COMMUNITY, NAME, year

__all__ = ["COMMUNITY", "NAME", "year"]
