"""The tables that hold a community's rows, as whoever copies them needs to know.

Types are PostgreSQL's. A stream id (`uuid`) is handed about as its 16 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES: Mapping[str, Mapping[str, str]] = {
    "stored_events": {
        "community": "text",
        "position": "int8",
        "originator_id": "uuid",
        "originator_version": "int8",
        "topic": "text",
        "recorded": "int8",
        "state": "bytea",
    },
    "claims": {"claim": "bytea", "community": "text", "number": "int8"},
    "conflicts": {
        "originator_id": "uuid",
        "community": "text",
        "position": "int8",
        "pointers": "text",
        "met": "int8",
        "times": "int8",
    },
    "log_checkpoints": {"community": "text", "log": "int4", "size": "int8", "note": "text"},
    "vault.communities": {
        "slug": "text",
        "name": "text",
        "opened": "int8",
        "book_key": "bytea",
        "data_key": "bytea",
        "open": "int4",
        "kek": "text",
    },
    "vault.buckets": {"id": "text", "community": "text", "kek": "text", "key": "bytea"},
    "vault.accounts": {
        "account": "text",
        "community": "text",
        "lookup": "bytea",
        "member": "bytea",
        "key": "bytea",
        "contact": "bytea",
        "bucket": "text",
    },
    "vault.gone": {"digest": "bytea", "community": "text"},
    "vault.api_keys": {
        "id": "text",
        "community": "text",
        "label": "text",
        "scopes": "text",
        "digest": "bytea",
        "made": "int8",
    },
    "vault.links": {"id": "text", "community": "text", "digest": "bytea", "expires": "int8", "sealed": "bytea"},
    "vault.sign_ins": {
        "digest": "bytea",
        "community": "text",
        "holder": "bytea",
        "begun": "int8",
        "seen": "int8",
        "sealed": "bytea",
    },
    "vault.subjects": {"id": "text", "community": "text", "lookup": "bytea", "holder": "bytea", "sealed": "bytea"},
    "vault.channels": {
        "id": "text",
        "community": "text",
        "kind": "text",
        "since": "int8",
        "state": "text",
        "sealed": "bytea",
    },
    "vault.deliveries": {
        "id": "text",
        "community": "text",
        "channel": "text",
        "key": "bytea",
        "made": "int8",
        "due": "int8",
        "tries": "int4",
        "state": "text",
        "said": "text",
        "sealed": "bytea",
    },
    "vault.announced": {"community": "text", "position": "int8", "looked": "int8", "quiet": "int8"},
    "vault.mailboxes": {
        "account": "text",
        "community": "text",
        "since": "int8",
        "state": "text",
        "sealed": "bytea",
    },
    "vault.hooks": {"community": "text", "connector": "text", "since": "int8", "sealed": "bytea"},
    "vault.strays": {
        "id": "text",
        "community": "text",
        "connector": "text",
        "why": "text",
        "key": "text",
        "at": "int8",
        "sealed": "bytea",
    },
    "vault.stray_counts": {
        "community": "text",
        "connector": "text",
        "why": "text",
        "key": "text",
        "number": "int8",
        "first": "int8",
        "last": "int8",
    },
    "vault.pulls": {
        "community": "text",
        "connector": "text",
        "holder": "text",
        "since": "int8",
        "heard": "int8",
        "behind": "int8",
        "taken": "int8",
        "refused": "int8",
        "again": "int8",
        "state": "text",
        "said": "text",
        "sealed": "bytea",
        "present": "bytea",
    },
    "vault.statements": {
        "community": "text",
        "stored": "int8",
        "id": "bytea",
        "state": "int4",
        "accounts": "text",
        "terms": "bytea",
        "sealed": "bytea",
    },
    "vault.statement_terms": {"community": "text", "term": "bytea", "stored": "int8"},
    "vault.statement_files": {"community": "text", "stored": "int8", "number": "int4", "sealed": "bytea"},
    "vault.documents": {
        "community": "text",
        "place": "bytea",
        "drawer": "bytea",
        "part": "bytea",
        "account": "text",
        "updated": "int8",
        "sealed": "bytea",
    },
}

FACTS = "stored_events"
BESIDE_FACTS = ("claims", "conflicts", "log_checkpoints")
OUTBOX = ("vault.channels", "vault.deliveries", "vault.announced", "vault.mailboxes")
HOOKS = ("vault.hooks", "vault.strays", "vault.stray_counts")
STATEMENTS = ("vault.statements", "vault.statement_terms", "vault.statement_files", "vault.documents")
PEOPLE = (
    "vault.communities",
    "vault.buckets",
    "vault.accounts",
    "vault.gone",
    "vault.api_keys",
    "vault.links",
    "vault.sign_ins",
    "vault.subjects",
    *OUTBOX,
    *HOOKS,
    "vault.pulls",
    *STATEMENTS,
)


def community_column(table: str) -> str:
    """Return the column that names the community."""
    return "slug" if table == "vault.communities" else "community"
