"""How an event looks where it goes. Names and titles are text there: in none of them does a word call anybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from schemas import say, tell

if TYPE_CHECKING:
    from api.celebrating.events import Event

SLACK_TEXT: Final = 3_000  # characters of a block's text
SLACK_LINES: Final = 30
DISCORD_TEXT: Final = 2_000  # characters of a message
_DISCORD = re.compile(r"([\\`*_~|>#\[\]()<:@-])")
_SPACE = re.compile(r"\s+")
_JOIN = "\N{WORD JOINER}"
_OPEN = say("See it")


def body_of(kind: str, event: Event) -> bytes:
    """Return the body of a POST to a channel of a kind: for people in the language that is spoken, else in English."""
    shaped = {"slack": slack, "discord": discord}.get(kind)
    return orjson.dumps(shaped(event) if shaped else event.told())


def slack(event: Event) -> dict[str, Any]:
    """Return a message of an incoming webhook of Slack: blocks of plain text, in which nothing is a command."""
    blocks = [_slack_text(tell(event.words))]
    if event.lines:
        blocks.append(_slack_text("\n".join(f"\N{BULLET} {_line(tell(line))}" for line in event.lines[:SLACK_LINES])))
    blocks.append(
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f"<{_slack_escaped(event.url)}|{_slack_escaped(tell(_OPEN))}>"},
        }
    )
    return {"text": _slack_escaped(_calm(tell(event.words))), "blocks": blocks, "unfurl_links": False}


def _slack_text(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": _calm(text)[:SLACK_TEXT], "emoji": False}}


def _slack_escaped(text: str) -> str:
    """Return text with the three characters escaped that Slack reads as commands."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def discord(event: Event) -> dict[str, Any]:
    """Return a message of a webhook of Discord: no mention is heard, and no mark of Markdown means anything."""
    parts = [f"**{_discord_escaped(tell(event.words))}**"]
    room = DISCORD_TEXT - len(parts[0]) - len(event.url) - 10
    for line in event.lines:
        text = f"\N{BULLET} {_discord_escaped(_line(tell(line)))}"
        if len(text) + 1 > room:
            parts.append("\N{HORIZONTAL ELLIPSIS}")
            break
        room -= len(text) + 1
        parts.append(text)
    return {"content": "\n".join([*parts, f"<{event.url}>"])[:DISCORD_TEXT], "allowed_mentions": {"parse": []}}


def _discord_escaped(text: str) -> str:
    return _DISCORD.sub(r"\\\1", _calm(text))[: DISCORD_TEXT // 2]


def _calm(text: str) -> str:
    """Return text in which an @ calls nobody."""
    return text.replace("@", f"@{_JOIN}")


def _line(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
