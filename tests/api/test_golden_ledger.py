"""A ledger of every release is replayed to the same standings by this one, whatever has changed since.

`golden/` holds, for each release, the export of one community with every type of fact in it, its keys sealed to a
recipient whose secret lies beside them, and the standings, verdicts and awards that were derived then. None of it
may ever be made anew: a difference is a fault of the release at hand, or a decision that needs a new rule version.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from api.installation import Installation, migrate
from api.settings import Settings
from api.verifying.judging import judge
from badges import Verdict
from ledger import operations
from ledger.facts import TOPICS
from ledger.key_files import make_private_directory
from schemas import parse_time
from tests.api.people import COMMUNITY

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parent / "golden"
RELEASES = sorted(file.name.removesuffix(".jsonl.gz") for file in GOLDEN.glob("*.jsonl.gz"))
MOMENTS = ("2026-02-01T00:00:00Z", "2026-03-02T12:00:00Z", "2026-04-30T23:00:00Z", "2026-12-24T00:00:00Z")
OF_THE_MOMENT = ("known_at", "position")


def told(here: Installation) -> dict[str, Any]:
    """Return all that is derived of the community, at several moments, by public member id."""
    members = [row["account"] for row in here.standings.members(COMMUNITY, as_of=parse_time(MOMENTS[-1]))]
    rules = [rule["rule"] for rule in here.standings.charter(COMMUNITY).document["rules"]]
    return {
        here.book.member_id(COMMUNITY, account): {
            moment: {
                "standing": _lasting(here.standings.standing(COMMUNITY, account, as_of=parse_time(moment))),
                "verdicts": [
                    _lasting(here.standings.verdict(COMMUNITY, account, rule, as_of=parse_time(moment)))
                    for rule in rules
                ],
            }
            for moment in MOMENTS
        }
        for account in members
    } | {"awards": [[one.id, one.achievement, one.revoked is not None] for one in here.awards.all(COMMUNITY)]}


def _lasting(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in OF_THE_MOMENT}


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    database = "" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    return Settings(data=tmp_path / "data", database=database, base_url="http://127.0.0.1:8700", log_level="error")


@pytest.fixture
def adopted(settings: Settings, release: str) -> Iterator[Installation]:
    """Give an installation that took the release's community over."""
    migrate(settings)
    folder = settings.data / "keys"
    make_private_directory(folder)
    (folder / "recipient").write_bytes(bytes.fromhex((GOLDEN / "recipient.hex").read_text(encoding="ascii")))
    (folder / "recipient").chmod(0o600)
    export, sealed = (shutil.copy(GOLDEN / f"{release}{kind}", settings.data) for kind in (".jsonl.gz", ".sealed"))
    ring = operations.KeyRing(folder)
    ring.create()
    operations.adopt(
        settings.books,
        Path(export),
        Path(sealed),
        recipient=operations.Recipient(folder),
        ring=ring,
        told=lambda *_: None,
    )
    here = Installation.open(settings)
    for follower in here.background.followers:
        follower.catch_up()
    yield here
    here.close()


def _known_then(told: Any, kept: Any) -> Any:
    """Return what is told today, less the fields that an answer did not have in that release."""
    if isinstance(told, dict) and isinstance(kept, dict):
        return {name: _known_then(told[name], kept[name]) for name in told.keys() & kept.keys()}
    if isinstance(told, list) and isinstance(kept, list) and len(told) == len(kept):
        return [_known_then(one, other) for one, other in zip(told, kept, strict=True)]
    return told


@pytest.mark.parametrize("release", RELEASES)
def test_a_golden_ledger_is_replayed_to_the_same_standings(adopted: Installation, release: str):
    kept = json.loads((GOLDEN / f"{release}.json").read_text(encoding="utf-8"))
    assert _known_then(json.loads(json.dumps(told(adopted))), kept) == kept


@pytest.mark.parametrize("release", RELEASES)
def test_badges_of_a_golden_ledger_are_as_they_were(adopted: Installation, release: str):
    """Release 0.1 bound no award to a log: its badges have no proof, and are made again without one."""
    for issued in adopted.awards.all(COMMUNITY):
        document = adopted.awards.document(issued)
        (fact,) = adopted.book.at(COMMUNITY, [issued.position])
        if release == "release-0.1":
            assert adopted.awards.proof(issued) is None
            assert len(document["evidence"]) == 1
            assert document["validFrom"] == document["proof"]["created"]
            assert parse_time(document["validFrom"]) == fact.time - fact.time % 1_000_000
        assert judge(adopted, orjson.dumps(document)).verdict in {Verdict.VALID, Verdict.REVOKED}


@pytest.mark.parametrize("release", RELEASES)
def test_a_golden_ledger_has_every_type_of_fact(adopted: Installation, release: str):
    topics = {fact.topic for fact in adopted.book.read(COMMUNITY, 0, 1_000)}
    assert topics >= TOPICS.keys() | {"charter.published.v1", "award.issued.v1", "award.revoked.v1"}, release
