"""The service held to what its OpenAPI document says, by cases that Schemathesis makes of that document.

`python -m tests.api.promises [EXAMPLES]` makes so many of each kind for each operation, sends each as every caller,
and says what was answered how often, and every promise that was not kept.

Held are the status, the media type, the headers and the shape of every answer; that 500 is none, and that 503 says when
to ask again. What else Schemathesis can look at would not be sound here. That all that fits a schema is accepted, and
nothing else: a schema knows neither members nor charters, unknown parameters are left alone as RFC 9110 has it, and
what is to be verified may be anything. That what was made is there, and what was deleted is not: an id is not taken
from one answer to the next. Who may ask for what is held by `test_auth`, for every route and caller.
"""

from __future__ import annotations

import re
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.errors import FailureGroup
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.openapi import openapi
from tests.api.promised import Service, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy
    from schemathesis import APIOperation

    Operation = APIOperation[Any, Any, Any, Any]

EXAMPLES = 60
CALLERS = ("nobody", "poster", "reader", "manager")
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LAST = re.compile("PUT|DELETE|POST .*/awards/")  # take away what others ask for
LATER = 503
FAILED = 500


@dataclass
class Told:
    """What was answered: how often which status, by operation; what was not as it says, and a request for it."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        return sum(each.total() for each in self.statuses.values())

    @property
    def done(self) -> set[str]:
        """The operations that did what they are for, at least once."""
        return {label for label, each in self.statuses.items() if any(status < 400 for status in each)}


def held(service: Service, examples: int) -> Told:
    """Send so many cases of each kind, each as every caller; the same ones each time."""
    told = Told()

    def sent(case: Any) -> None:
        label = case.operation.label
        for caller in CALLERS:
            answer = ask(service, case, caller)
            told.statuses.setdefault(label, Counter())[answer.status_code] += 1
            for fault in faults(case, answer):
                told.faults.setdefault(f"{label}\n{fault}", f"{caller}: {case.as_curl_command()}")

    how = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for operation in operations(service):
        for kind in kinds(service, operation):
            how(given(case=kind)(sent))()
    return told


def operations(service: Service) -> list[Operation]:
    """Return all that its document has, those last that take something away."""
    config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})  # keys are ours
    schema = from_dict(openapi(service.guild.client.app), config=config)  # type: ignore[arg-type]
    found: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]  # or it raises
    return sorted(found, key=lambda one: (LAST.match(one.label) is not None, one.label))


def kinds(service: Service, operation: Operation) -> Iterator[SearchStrategy[Any]]:
    """Yield examples, cases as it wants them, at addresses that are there or not, and cases as it does not."""
    known = service.known(operation.path, [one.name for one in operation.path_parameters])
    if operation.label in service.said:
        yield operation.as_strategy(path_parameters=known, **service.said[operation.label])
    yield from operation.get_strategies_from_examples(path_parameters=known)
    yield operation.as_strategy(path_parameters=known)
    if known:
        yield operation.as_strategy()
    if operation.query or operation.headers or operation.body:
        yield operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=known)


def ask(service: Service, case: Any, caller: str) -> Any:
    """Send a case as one of the callers."""
    made: Any = requests.Request(**case.as_transport_kwargs(base_url=service.guild.here.settings.origin)).prepare()
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in made.headers.items()]
    if key := getattr(service.guild, caller, ""):
        headers.append((b"authorization", f"Bearer {key}".encode()))
    client = service.guild.client
    client.cookies.clear()
    return client.request(made.method, made.url, headers=headers, content=made.body, follow_redirects=False)


def faults(case: Any, answer: Any) -> list[str]:
    """Return what of an answer is not as the document says."""
    found = []
    if answer.status_code == FAILED or (answer.status_code == LATER and "retry-after" not in answer.headers):
        found.append(f"{answer.status_code}: {answer.text[:200]}")
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        found.extend(str(error) for error in group.exceptions)
    return found


def main(examples: int) -> None:
    """Hold a service of its own, and print what came of it."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as service:
        told = held(service, examples)
    statuses = sum(told.statuses.values(), Counter())
    print(f"{len(told.statuses)} operations, {told.cases:,} cases, {len(told.faults)} promises not kept")
    print(", ".join(f"{status}: {number:,}" for status, number in sorted(statuses.items())))
    print(f"never did what they are for: {', '.join(sorted(told.statuses.keys() - told.done)) or 'none'}")
    print("\n\n".join(f"{fault}\n{how[:1_000]}" for fault, how in told.faults.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES)
