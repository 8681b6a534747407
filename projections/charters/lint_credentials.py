"""What a charter gives credentials for: those that nobody will ever get, and what says less than its author means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from projections.charters.advice import Advice, note, warning
from projections.charters.conditions import grant_of
from projections.charters.recognition import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MEANS = ("name", "description", "criteria", "results", "alignment", "credits")
"""What makes it another achievement, under a version that somebody may rely on."""


def lint_credentials(document: Mapping[str, Any]) -> Iterator[Advice]:
    """Yield what is amiss in what a charter gives credentials for."""
    granted = {grant_of(rule["grants"]) for rule in document["rules"]}
    roles = {one["role"]: one for one in document.get("leader_roles", ())}
    for (kind, name), said, at in places(document):
        if kind == "level" and ("level", int(name)) not in granted:
            words = f"no rule grants level {name}: nobody is ever given its credential"
            yield warning("credential-never-given", at, words, f"write a rule that grants {{level: {name}}}")
        if kind == "role" and "expires" in said and "term" in roles[name]:
            words = f"a term of {name} ends after {roles[name]['term']}, and its credential with it"
            yield note(
                "expires-ignored", f"{at}/expires", words, "leave it out: it counts only where a term has no end"
            )
        for n, one in enumerate(said.get("alignment", ())):
            if "framework" not in one:
                words = f"which framework {one['name']} is of is not said"
                yield note("alignment-without-framework", f"{at}/alignment/{n}", words, "name it, as framework: ESCO")
        for n, one in enumerate(said.get("results", ())):
            if not {"value", "levels", "required_value", "min", "max"} & one.keys():
                words = f"the result {one['result']} says neither what is asked nor what she reached"
                todo = "give it value: facts, a required_value or levels, or leave it out"
                yield note("result-says-nothing", f"{at}/results/{n}", words, todo)


def lint_version(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Advice]:
    """Yield what became something else than in the charter before, and kept its version."""
    former = {grant: said for grant, said, _ in places(before)}
    for grant, said, at in places(after):
        was = former.get(grant, {})
        if "version" not in said or said["version"] != was.get("version"):
            continue
        if changed := [name for name in _MEANS if said.get(name) != was.get(name)]:
            words = f"{' '.join(grant)} has another {changed[0]}, but still says version {said['version']}"
            yield warning("badge-version-kept", f"{at}/version", words, "give it a new version, or leave version out")
