"""The doors that a community opened to platforms: their secrets, and what came and could not be taken.

All of it is sealed under the community's key. What was kept aside may name anybody, and goes with the first erasure.
"""

from __future__ import annotations

from ledger.hooks.hooks import Hook, Hooks
from ledger.hooks.strays import Stray, StrayCount, Strays

__all__ = ["Hook", "Hooks", "Stray", "StrayCount", "Strays"]
