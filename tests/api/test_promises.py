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
    "POST /c/{community}/m/{member}/invitation": "likewise",
    "POST /manage/{community}/awards": "likewise",
    "POST /manage/{community}/cohorts": "likewise",
    "POST /manage/{community}/fairness/{case}": "likewise",
    "POST /manage/{community}/leaders": "likewise",
    "POST /manage/{community}/identity/{decision}": "likewise",
    "POST /manage/{community}/nominations/{nomination}": "likewise",
    "POST /manage/{community}/reviews/{credential}": "likewise",
    "POST /b/{credential}/wallet": "likewise",
    "POST /c/{community}/m/{member}/mail": "likewise",
    "POST /c/{community}/m/{member}/seen": "likewise",
    "POST /enter/letter": "likewise",
    "POST /manage/{community}/celebrations": "likewise",
    "POST /manage/{community}/charter": "likewise",
    "POST /manage/{community}/links": "likewise",
    "POST /manage/{community}/sign-ins/drop": "likewise",
    "POST /manage/{community}/sign-ins/end": "likewise",
    "POST /manage/{community}/sign-ins/link": "likewise",
    "POST /manage/{community}/sources/keys": "likewise",
    "POST /manage/{community}/sources/keys/{key}/drop": "likewise",
    "POST /manage/{community}/tables": "likewise",
    "POST /manage/{community}/connections": "likewise",
    "POST /manage/{community}/connections/{connector}/{done}": "likewise",
    "POST /signed-in/end": "likewise",
    "GET /signed-in": "for who signed in; keys do not",
    "GET /operate": "likewise",
    "POST /hooks/{community}/{connector}": "for platforms, which sign what they post",
    "PUT /hooks/{community}/{connector}/{rest}": "likewise",
    "GET /mail/{community}/{word}": "for who has a link from a letter",
    "POST /mail/{community}/{word}": "likewise",
    "GET /claim/{token}": "for who has a link that a manager handed out",
    "POST /claim/{token}": "likewise",
    "GET /claimed/{token}": "likewise",
    "POST /claimed/{token}": "likewise",
    "POST /communities/{community}/wallet/token": "for who has a code from a badge's page",
    "POST /communities/{community}/wallet/credential": "likewise",
    "GET /c/{community}/celebrations/{period}/{number}": "numbers of periods that were are few among all",
    "GET /c/{community}/levels/{name}": "the charter gives no credential for levels or roles",
    "GET /c/{community}/roles/{name}": "likewise",
    "GET /ob2/issuers/{community}/key/{kid}": "the community signs no tokens by RSA",
    "POST /communities/{community}/fairness/{case}/decision": "nobody is in a ring",
    "POST /communities/{community}/identity/{decision}": "no two accounts are one person's",
    "POST /communities/{community}/reviews/{credential}": "no badge waits to be looked at",
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
