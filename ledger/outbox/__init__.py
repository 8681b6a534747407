"""What is to be sent out of the book, and to whom: channels, deliveries, mailboxes.

A delivery says what it is about, never in words: they are made when it is sent, by what is allowed then. Whatever may
name somebody is sealed, and a member's address under her own key, so that it ends with her.
"""

from __future__ import annotations

from ledger.outbox.channels import Channel, Channels
from ledger.outbox.mailboxes import Mailbox, Mailboxes
from ledger.outbox.queue import Announced, Delivery, New, Queue

__all__ = ["Announced", "Channel", "Channels", "Delivery", "Mailbox", "Mailboxes", "New", "Queue"]
