"""What an LMS reported in its own words, kept beside the facts: statements, what is attached to them, and documents.

It stands in the vault, which forgets. What names somebody is sealed under her key, or under the keys of all whom it
names together; what is asked for it by is a keyed digest. Whoever is erased takes it with her.
"""

from __future__ import annotations

from ledger.statements.documents import Document, Documents, Drawer
from ledger.statements.forgetting import forget
from ledger.statements.statements import Kept, New, Question, Statements, TakenError

__all__ = [
    "Document",
    "Documents",
    "Drawer",
    "Kept",
    "New",
    "Question",
    "Statements",
    "TakenError",
    "forget",
]
