"""What an operator does with a book as a whole: export and adopt a community, move it, back up, restore, inspect.

Each works on the databases themselves, beside whoever serves them; what it promises of a running server stands in
docs/operations.md.
"""

from __future__ import annotations

from ledger.keyring import KeyRing
from ledger.operations.adopting import adopt, undo
from ledger.operations.adopting import all_opened as opened
from ledger.operations.backup import backup, checked_backup
from ledger.operations.export import Issuer, Whole, export
from ledger.operations.finding import Finding, of_communities, worst
from ledger.operations.handing import hand_over
from ledger.operations.imported import checked
from ledger.operations.inspect import inspect
from ledger.operations.manifest import Manifest
from ledger.operations.moving import GRACE_SECONDS, Moved, closed, move
from ledger.operations.recipient import Recipient
from ledger.operations.rehousing import Rehoused, back, rehouse, without_secret
from ledger.operations.restoring import restore
from ledger.operations.staging import home

__all__ = [
    "GRACE_SECONDS",
    "Finding",
    "Issuer",
    "KeyRing",
    "Manifest",
    "Moved",
    "Recipient",
    "Rehoused",
    "Whole",
    "adopt",
    "back",
    "backup",
    "checked",
    "checked_backup",
    "closed",
    "export",
    "hand_over",
    "home",
    "inspect",
    "move",
    "of_communities",
    "opened",
    "rehouse",
    "restore",
    "undo",
    "without_secret",
    "worst",
]
