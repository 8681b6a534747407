"""What the OpenAPI document says of every operation is so, whoever asks whatever."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from api.app import create_app
from api.openapi import openapi
from api.settings import Settings
from tests.api.promised import served
from tests.api.promises import held

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = int(os.environ.get("GUILDBOOK_TEST_CASES", "2"))

# What no case does that it is for, and why.
NEVER = {
    "POST /b/{credential}/endorsements": "forms of pages, which are sent by who signed in",
    "POST /c/{community}/badges/{name}/nominations": "likewise",
    "POST /c/{community}/endorsements": "likewise",
    "POST /c/{community}/m/{member}/erase": "likewise",
    "POST /c/{community}/{part}/{name}/endorsements": "likewise",
    "POST /manage/{community}/awards": "likewise",
    "POST /manage/{community}/identity/{decision}": "likewise",
    "POST /manage/{community}/nominations/{nomination}": "likewise",
    "POST /manage/{community}/reviews/{credential}": "likewise",
    "GET /c/{community}/levels/{name}": "the charter gives no credential for levels or roles",
    "GET /c/{community}/roles/{name}": "likewise",
    "GET /ob2/issuers/{community}/key/{kid}": "the community signs no tokens by RSA",
    "POST /communities/{community}/fairness/{case}/decision": "nobody is in a ring",
    "POST /communities/{community}/identity/{decision}": "no two accounts are one person's",
    "POST /communities/{community}/reviews/{credential}": "no badge waits to be looked at",
    "GET /communities/{community}/measures": "not built yet: 501",
    "GET /communities/{community}/spotlights": "likewise",
}


def test_every_answer_is_as_the_document_says(tmp_path: Path) -> None:
    with served(tmp_path) as service:
        told = held(service, EXAMPLES)

    assert told.faults == {}
    assert told.statuses.keys() - told.done == NEVER.keys()


def test_no_operation_says_that_it_may_fail(tmp_path: Path) -> None:
    document = openapi(create_app(Settings(data=tmp_path, base_url="http://127.0.0.1:8700")))

    for path in document["paths"].values():
        for operation in path.values():
            assert not {status for status in operation["responses"] if status.startswith("5")} - {"501", "503"}
