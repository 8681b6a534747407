"""How a letter goes out: whatever the installation has for it, or nothing."""

from __future__ import annotations

from collections.abc import Callable

Send = Callable[[str, str], None]
"""Sends a letter: to an address, a text whose first line is what it is about. May block, and may raise nothing."""
