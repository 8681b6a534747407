"""docs/charter.md keeps up: every piece of YAML in it can be used, and every check of the linter is explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import projections.charters.language
from projections import PRESETS, faults_of, lint

PACKAGE = Path(projections.__file__).parent
TEXT = (PACKAGE.parent / "docs" / "charter.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def _whole(block: str) -> dict[str, Any]:
    """Return a charter around what a block shows: parts, rules or conditions."""
    found = yaml.safe_load(block)
    document: dict[str, Any] = {"charter": 1, "name": "Guild", "rules": []}
    if isinstance(found, dict):
        for badge in found.get("badges", ()):
            badge.get("image", {}).pop("file", None)  # for which the command line puts the data in
        return document | found
    if "rule" not in found[0]:
        found = [{"rule": "shown", "version": 1, "grants": {"cohort": "shown"}, "all": found}]
    document["ladder"] = [{"level": 2, "name": "Regular"}]
    document["leader_roles"] = [{"role": "facilitator", "name": "Facilitator"}]
    regular = {"rule": "r", "version": 1, "grants": {"level": 2}, "all": [{"count": "impact", "at_least": 1}]}
    granted = any("level" in rule["grants"] for rule in found)
    return document | {"rules": found if granted else [*found, regular]}


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_piece_of_yaml_can_be_used(number: int) -> None:
    document = _whole(BLOCKS[number])
    assert faults_of(document) == ()
    assert [one for one in lint(document) if one.check in ("never-met", "contradiction", "harder-to-keep")] == []


def test_every_check_is_explained() -> None:
    sources = sorted(PACKAGE.glob("*/lint*.py"))
    code = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    checks = set(re.findall(r'(?:warning|note|told)\(\s*"([a-z-]+)"', code)) | {
        "activity-without-outcome",
        "badge-without-outcome",
    }
    assert len(checks) > 25
    assert [check for check in sorted(checks) if f"`{check}`" not in TEXT] == []


def test_every_preset_is_listed() -> None:
    assert [name for name in PRESETS if f"`{name}`" not in TEXT] == []


def test_every_word_of_a_rule_is_explained() -> None:
    words = {*projections.charters.language.GROUPS, *projections.charters.language.MEASURES}
    words |= {
        "keep_while",
        "on_lapse",
        "looks_back",
        "holders",
        "needs",
        "where",
        "within",
        "since",
        "at_most_each",
        "having",
    }
    assert [word for word in sorted(words) if f"`{word}" not in TEXT] == []
