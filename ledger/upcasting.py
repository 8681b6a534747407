"""How facts of earlier versions read as the present one. What is stored is never rewritten.

A fact type changes by a next version: a schema of its own beside the old one, and a step here that turns the open
part of the earlier version into that of the later. Whoever reads facts sees the latest version only; whoever checks
them (a leaf, a repeated event) reads what is stored. None has changed yet, so there is no step yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Step(NamedTuple):
    """From one version of a type to the next: its topic, and its open part from that of the one before."""

    topic: str
    read: Callable[[dict[str, Any]], dict[str, Any]]


STEPS: Mapping[str, Step] = {}
"""By the topic of the earlier version."""


def upcast(topic: str, opened: dict[str, Any], steps: Mapping[str, Step] = STEPS) -> tuple[str, dict[str, Any]]:
    """Return a fact's topic and open part as the latest version of its type has them."""
    while step := steps.get(topic):
        topic, opened = step.topic, step.read(opened)
    return topic, opened
