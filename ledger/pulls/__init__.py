"""How far what we ask for, or listen to, was taken: cursors that survive a restart, and how each is doing.

Who takes a pull over is the only one who may write it from then on.
"""

from __future__ import annotations

from ledger.pulls.pulls import Mark, Pull, Pulls, TakenOverError

__all__ = ["Mark", "Pull", "Pulls", "TakenOverError"]
