"""GitHub's own examples of its deliveries, all of them: each becomes what it is, or is known to mean nothing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.connecting.connector import connectors
from api.connecting.deliveries import seen
from schemas import check_event
from tests.api.connecting.deliveries import SECRET, deliver
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from tests.api.conftest import Guild

EXAMPLES = Path(__file__).parent / "others/node_modules/@octokit/webhooks-examples/api.github.com/index.json"

BECOME = {
    "commit_comment.created": {"contribution": 5},
    "discussion.answered": {"contribution": 1, "endorsement": 1},
    "discussion.created": {"contribution": 2},
    "discussion.unanswered": {"retraction": 1},
    "discussion_comment.created": {"contribution": 2},
    "discussion_comment.deleted": {"retraction": 1},
    "gollum": {"contribution": 3},
    "issue_comment.created": {"contribution": 5},
    "issue_comment.deleted": {"retraction": 2},
    "issues.deleted": {"retraction": 1},
    "issues.opened": {"contribution": 4},
    "pull_request.closed": {},  # none of them was merged
    "pull_request_review.dismissed": {},  # all of whoever opened the pull request
    "pull_request_review.submitted": {},
    "pull_request_review_comment.created": {},
    "pull_request_review_comment.deleted": {},
}
"""What the examples of each word become; all others mean nothing."""


def examples() -> list[tuple[str, Any]]:
    """Return GitHub's word for each example, and its body."""
    if not EXAMPLES.is_file():
        pytest.skip("no @octokit/webhooks-examples here (npm ci in tests/api/connecting/others)")
    found = json.loads(EXAMPLES.read_bytes())
    return [(event["name"], body) for event in found for body in event["examples"]]


def test_each_becomes_what_it_is_or_is_known_to_mean_nothing() -> None:
    made: dict[str, Counter[str]] = {}
    kinds: Counter[str] = Counter()
    for name, body in examples():
        found = connectors()["github"].meaning.map(seen(body, {"x-github-event": name}, {}), COMMUNITY)
        kinds[found.kind] += 1
        assert found.kind in {"mapped", "ignored"}, (found.key, found.words)
        assert [check_event(event) for event in found.events] == [()] * len(found.events), found.key
        if found.kind == "mapped":
            made.setdefault(found.key, Counter()).update(event["type"].split(".")[2] for event in found.events)

    assert {key: dict(facts) for key, facts in made.items()} == BECOME
    assert kinds.total() >= 329


def test_one_of_each_kind_is_taken_by_the_door(guild: Guild) -> None:
    guild.here.book.hooks.open(COMMUNITY, "github", SECRET)
    first = {f"{name}.{body.get('action', '')}": (name, body) for name, body in reversed(examples())}
    for name, body in first.values():
        answer = deliver(guild, "github", body, **{"X-GitHub-Event": name})
        assert (answer.status_code, answer.json()["outcome"]) in {(202, "mapped"), (202, "ignored")}, answer.text
        assert {each["outcome"] for each in answer.json()["events"]} <= {"stored", "duplicate"}, answer.text
    assert guild.here.book.strays.counts(COMMUNITY) == []
