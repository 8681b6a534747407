"""An LMS as the tests play it: statements such as one sends, and who sends them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from httpx2 import Response
    from starlette.testclient import TestClient

    from api.installation import Installation

SCHOOL = "https://school.example"
VERBS = "http://adlnet.gov/expapi/verbs"
VOIDED = f"{VERBS}/voided"
FIRST, SECOND = "1.0.3", "2.0.0"
NOON = "2026-03-01T12:00:00Z"
BOUNDARY = "between"


def ada(name: str = "ada") -> dict[str, Any]:
    return {"account": {"homePage": SCHOOL, "name": name}, "name": name.title()}


def by_mail(name: str = "ada") -> dict[str, Any]:
    return {"mbox": f"mailto:{name}@school.example"}


def told(done: str = "completed", what: str = "course/1", **more: Any) -> dict[str, Any]:
    """Return a statement: Ada did something to an activity, at noon. What is None is left out."""
    statement = {
        "actor": ada(),
        "verb": {"id": done if ":" in done else f"{VERBS}/{done}", "display": {"en": done}},
        "object": {"objectType": "Activity", "id": f"{SCHOOL}/{what}"},
        "timestamp": NOON,
    }
    return {name: value for name, value in (statement | more).items() if value is not None}


def number(n: int) -> str:
    """Return the UUID of that number."""
    return f"00000000-0000-4000-8000-{n:012x}"


def voiding(name: str, **more: Any) -> dict[str, Any]:
    return told(VOIDED, object={"objectType": "StatementRef", "id": name}, **more)


def sha2(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def attachment(content: bytes, **more: Any) -> dict[str, Any]:
    """Return how a statement names what is attached to it."""
    return {
        "usageType": f"{SCHOOL}/usage/photo",
        "display": {"en": "a photo"},
        "contentType": "image/png",
        "length": len(content),
        "sha2": sha2(content),
        **more,
    }


def part(content: bytes, **headers: str) -> bytes:
    said = {
        "Content-Type": "image/png",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": sha2(content),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
    return f"--{BOUNDARY}\r\n{head}\r\n".encode() + content + b"\r\n"


def mixed(statement: Any, *parts: bytes, first: str = "application/json") -> bytes:
    """Return a body of several parts, of which the first is the statement."""
    head = f"--{BOUNDARY}\r\nContent-Type: {first}\r\n\r\n".encode()
    return head + json.dumps(statement).encode() + b"\r\n" + b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


@dataclass(frozen=True)
class Store:
    """The record store of a community of its own, and an LMS that has a key to it."""

    client: TestClient
    here: Installation
    community: str
    key: str  # writes and reads
    poster: str  # writes alone
    reader: str

    def ask(self, method: str, path: str, *, version: str = FIRST, key: str | None = None, **more: Any) -> Response:
        """Ask for `/xapi/PATH`; `version` "" names none, nor `key` "" anybody."""
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"} if key != "" else {}
        if version:
            headers["X-Experience-API-Version"] = version
        headers |= more.pop("headers", {})
        return self.client.request(method, f"/xapi/{path}", headers=headers, follow_redirects=False, **more)

    def post(self, told: Any, **more: Any) -> Response:
        return self.ask("POST", "statements", json=told, **more)

    def put(self, name: str, told: Any, **more: Any) -> Response:
        return self.ask("PUT", "statements", params={"statementId": name}, json=told, **more)

    def attached(self, told: Any, *parts: bytes, **more: Any) -> Response:
        """Post a statement with what is attached to it."""
        headers = {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
        return self.ask("POST", "statements", content=mixed(told, *parts, **more), headers=headers)

    def take(self, *told: Any, **more: Any) -> list[str]:
        """Post statements that are taken, and return their ids."""
        answer = self.post(list(told), **more)
        assert answer.status_code == 200, answer.text
        ids: list[str] = answer.json()
        return ids

    def get(self, **asked: Any) -> Response:
        version, key, headers = (asked.pop(name, None) for name in ("version", "key", "headers"))
        return self.ask(
            "GET", f"statements?{urlencode(asked)}", version=version or FIRST, key=key, headers=headers or {}
        )

    def found(self, **asked: Any) -> list[str]:
        """Return the ids of the statements that are asked for, in the answer's order."""
        answer = self.get(**asked)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["statements"]]

    def one(self, name: str, **asked: Any) -> dict[str, Any]:
        answer = self.get(statementId=name, **asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def facts(self) -> list[Any]:
        """Return the facts of the community."""
        return self.here.book.read(self.community, 0, 1_000)

    def kept_aside(self) -> Sequence[Any]:
        return self.here.book.strays.of(self.community, "xapi")


def wrong(answer: Response, status: int = 400) -> list[str]:
    """Return the pointers of a refusal, which is a problem document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return [each["pointer"] for each in answer.json().get("errors", ())]
